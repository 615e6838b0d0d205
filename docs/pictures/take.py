"""Takes the README's pictures from the running program: `python docs/pictures/take.py`.

Greedy, so that they can be taken again; the figures are this computer's.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["SLIPSTREAM_HOME"] = tempfile.mkdtemp()
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop import app as program
from desktop.app import App

FOLDER = Path(__file__).resolve().parent
CONVERSATIONS = (
    ("Which model suits my computer?",),
    ("Where are my conversations stored?",),
    ("What is speculative decoding?", "Why are output tokens more expensive than input tokens?"),
)


def until(done: Callable[[], bool]) -> None:
    """Let the program run, in Qt's own loop, until something is so; three minutes at most."""
    end = time.monotonic() + 180
    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if done() or time.monotonic() > end else None)
    timer.start(10)
    loop.exec()


def chat(app: App) -> None:
    """Hold the conversations."""
    for questions in CONVERSATIONS:
        app.conversations.new()
        for question in questions:
            app.chat.send(question)
            until(lambda: not app.chat.busy)


def take(app: App, name: str) -> None:
    """Save the window in dark and light."""
    for scheme in ("dark", "light"):
        app.preferences.update(theme=scheme)
        pause = QEventLoop()
        QTimer.singleShot(600, pause.quit)  # animations end, charts draw
        pause.exec()
        app.window.grab().save(str(FOLDER / f"{name}-{scheme}.png"))


def main() -> None:
    """Start, chat, take, close."""
    app = program.build(QApplication([]))
    assert app is not None
    app.preferences.update(temperature=0.0, panel_visible=True, reduce_motion=True)
    app.show()
    app.window.resize(1280, 800)
    until(lambda: app.host.info is not None and not app.host.is_loading)
    until(lambda: app.host.drafts.info is not None and not app.host.drafts.measuring)
    chat(app)
    take(app, "chat")
    app.drafts.settings_requested.emit()
    until(lambda: not app.host.drafts.judging)
    take(app, "speculation")
    app.window.close_page()
    see(app)
    app.window.close()


def see(app: App) -> None:
    """The tokens of the last answer, and a race."""
    race, tokens = app.race, app.tokens
    assert race is not None
    assert tokens is not None
    answer = app.conversations.last_answer()
    assert answer is not None
    tokens.open(answer.id, 9)
    until(lambda: not app.host.work.running)
    take(app, "tokens")
    race.show_demonstration()
    until(lambda: not race.busy)
    take(app, "race")


if __name__ == "__main__":
    main()
