"""Drives the real program from inside its own process: real window, real engine, real database, real keys.

`python -m tests.e2e.drive SCENARIO FOLDER [ARGUMENT]` runs one scenario, writes PNGs into FOLDER and prints
one JSON object. A process of its own, because the display is chosen before Qt starts and some scenarios end
by SIGKILL.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop import app as program
from desktop.app import App
from desktop.store.types import Message

PATIENCE_MS = 60_000


class Driver:
    """The program, and hands to use it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[str] = []
        sys.excepthook = self._fault
        self.application = QApplication(["slipstream"])
        app = program.build(self.application)
        assert app is not None
        self.app: App = app
        app.show()
        assert QTest.qWaitForWindowExposed(app.window)
        app.window.activateWindow()  # keys need an active window; Xvfb has no window manager to see to it
        assert QTest.qWaitForWindowActive(app.window)

    def _fault(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.faults.append(f"{kind.__name__}: {error}")
        traceback.print_exception(kind, error, trace)

    def wait(self, done: Callable[[], bool]) -> bool:
        """Let the program run until something is so."""
        end = time.monotonic() + PATIENCE_MS / 1000
        while not done() and time.monotonic() < end:
            QTest.qWait(5)
        return done()

    def wait_model(self) -> None:
        """Until a model is loaded."""
        host = self.app.host
        assert self.wait(lambda: host.info is not None and not host.is_loading), "no model was loaded"

    def type(self, text: str) -> None:
        """Type into the message box and press Enter."""
        editor = self.app.window.composer.editor
        editor.setFocus()
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def wait_answer(self) -> Message:
        """Until the answer is finished; returns it as stored."""
        assert self.wait(lambda: not self.app.chat.busy), "the answer did not end"
        return self.thread()[-1]

    def thread(self) -> list[Message]:
        """The open conversation, as stored."""
        assert self.app.chat.conversation is not None
        return self.app._store.thread(self.app.chat.conversation)

    def key(self, key: Qt.Key, *modifiers: Qt.KeyboardModifier) -> None:
        """Press a key in the window."""
        held = Qt.KeyboardModifier.NoModifier
        for modifier in modifiers:
            held |= modifier
        QTest.keyClick(self.application.focusWidget() or self.app.window, key, held)
        QTest.qWait(1)

    def grab(self, name: str) -> None:
        """Save a picture of the window."""
        QTest.qWait(400)  # a shot, not an assertion: let animations end and charts draw
        self.app.window.grab().save(str(self.folder / f"{name}.png"))

    def close(self) -> None:
        """Close the window as a person does."""
        self.app.window.close()


def say(result: dict[str, Any]) -> None:
    """Tell the parent process, at once."""
    sys.stdout.write(json.dumps(result) + "\n")
    sys.stdout.flush()


def ask(driver: Driver, question: str) -> dict[str, Any]:
    """Type a question; the answer streams, is shown, counted and kept."""
    driver.wait_model()
    driver.grab("first-run")
    streamed: list[str] = []
    driver.app.chat.streamed.connect(lambda _id, parts: streamed.append("".join(part.text for part in parts)))
    driver.type(question)
    answer = driver.wait_answer()
    driver.grab("answer")
    return {
        "thread": [message.text for message in driver.thread()],
        "streamed": streamed,
        "receipt": answer.receipt,
        "state": answer.state,
        "shown": driver.app.window.panel.state,
        "title": driver.app.window.windowTitle(),
        "platform": driver.application.platformName(),
    }


def reopen(driver: Driver, _argument: str) -> dict[str, Any]:
    """Open the newest conversation of an earlier run by keyboard."""
    driver.wait_model()
    driver.key(Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    driver.grab("reopened")
    thread = driver.thread()
    return {"thread": [message.text for message in thread], "states": [message.state for message in thread]}


def versions(driver: Driver, question: str) -> dict[str, Any]:
    """Answer again, edit the question, step back: by keyboard only."""
    driver.wait_model()
    driver.type(question)
    driver.wait_answer()
    driver.key(Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    again = driver.wait_answer()
    driver.key(Qt.Key.Key_Left, Qt.KeyboardModifier.AltModifier)
    first = driver.thread()[-1]
    return {"again": [again.version, again.versions], "first": [first.version, first.versions]}


def endless(driver: Driver, question: str) -> dict[str, Any]:
    """Start an answer that does not end; the parent kills this process."""
    driver.wait_model()
    driver.type(question)
    driver.wait(lambda: len(driver.thread()[-1].text) > 0)
    say({"kept": driver.thread()[-1].text})
    QTest.qWait(PATIENCE_MS)
    return {}


def stop(driver: Driver, question: str) -> dict[str, Any]:
    """Stop an answer that would not end, with Esc."""
    driver.wait_model()
    driver.type(question)
    stepped: list[int] = []
    driver.app.chat.streamed.connect(lambda _id, parts: stepped.append(len(parts)))
    driver.wait(lambda: len(stepped) > 3)
    driver.key(Qt.Key.Key_Escape)
    answer = driver.wait_answer()
    driver.grab("stopped")
    return {"state": answer.state, "text": answer.text}


def bad_file(driver: Driver, path: str) -> dict[str, Any]:
    """Drop a file that is no model: an error is shown, the guide still answers."""
    driver.wait_model()
    driver.app.window.files_dropped.emit([path])
    host = driver.app.host
    driver.wait(lambda: driver.app.window.error is not None and not host.is_loading)
    card = driver.app.window.error
    driver.grab("error")
    title = card.accessibleName() if card is not None else ""
    driver.type("What is a token?")
    answer = driver.wait_answer()
    return {"error": title, "state": answer.state, "model": host.info.name if host.info else ""}


Scenario = Callable[[Driver, str], dict[str, Any]]


def main(*scenarios: Scenario) -> None:
    """Run one of the scenarios."""
    name, folder, *rest = sys.argv[1:]
    driver = Driver(Path(folder))
    try:
        result = {f.__name__: f for f in scenarios}[name](driver, rest[0] if rest else "")
    finally:
        driver.close()
    say({**result, "faults": driver.faults})


if __name__ == "__main__":
    main(ask, reopen, versions, endless, stop, bad_file)
