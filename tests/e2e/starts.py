"""Scenarios that begin before the window: `desktop.app.main` itself, driven from its own event loop.

`python -m tests.e2e.starts SCENARIO FOLDER [ARGUMENT]`. What is found is told line by line, as JSON.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton

from desktop import app as program
from desktop import paths
from desktop.app import App
from desktop.gui.main_window import MainWindow
from desktop.gui.message_sheet import MessageSheet
from tests.e2e.drive import PATIENCE_MS, say

POLL_MS = 50


class Hands:
    """Answers dialogs as told, then runs a scenario once the window is there."""

    def __init__(self, folder: Path, answers: list[str], scenario: Callable[[Hands], None]) -> None:
        self.folder = folder
        self._answers, self._scenario = answers, scenario
        self._timer = QTimer()
        self._timer.setInterval(POLL_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        sheet = QApplication.activeModalWidget()
        if isinstance(sheet, MessageSheet):
            self._answer(sheet)
        elif (window := self._window()) is not None and window.isVisible():
            self._timer.stop()
            window.activateWindow()  # keys need an active window; Xvfb has no window manager to see to it
            QTimer.singleShot(0, lambda: self._scenario(self))

    def _answer(self, sheet: MessageSheet) -> None:
        sentence = sheet.findChild(QLabel, "message_sentence")
        buttons = [button.objectName() for button in sheet.findChildren(QPushButton)]
        sheet.grab().save(str(self.folder / f"sheet-{len(self._answers)}.png"))
        text = sentence.text() if sentence is not None else ""
        say({"dialog": sheet.windowTitle(), "sentence": text, "buttons": buttons})
        answer = self._answers.pop(0)
        if answer == "repair":  # the person puts things right meanwhile
            paths.database().unlink()
            answer = "retry"
        button = sheet.findChild(QPushButton, f"message_{answer}")
        assert button is not None, buttons
        button.click()

    @staticmethod
    def _window() -> MainWindow | None:
        found = (widget for widget in QApplication.topLevelWidgets() if isinstance(widget, MainWindow))
        return next(found, None)

    @property
    def window(self) -> MainWindow:
        window = self._window()
        assert window is not None
        return window

    @property
    def app(self) -> App:
        application = QApplication.instance()
        assert application is not None
        app = application.findChild(App)
        assert app is not None
        return app

    def wait(self, done: Callable[[], bool]) -> bool:
        """Let the program run until something is so."""
        for _ in range(PATIENCE_MS // 10):
            if done():
                return True
            QTest.qWait(10)
        return done()

    def type(self, text: str) -> None:
        """Type into the message box and press Enter."""
        editor = self.window.composer.editor
        QTest.keyClicks(editor, text)
        QTest.keyClick(editor, Qt.Key.Key_Return)

    def grab(self, name: str) -> None:
        """Save a picture of the window."""
        QTest.qWait(300)
        self.window.grab().save(str(self.folder / f"{name}.png"))


def look(hands: Hands) -> None:
    """Say what state the window is in once the model is there, or it is clear that none comes; then close."""
    window, host = hands.window, hands.app.host
    QTest.qWait(200)  # the load is asked for after the first paint
    hands.wait(lambda: not host.is_loading)
    hands.wait(lambda: window.composer.state in ("ready", "no_model"))
    hands.grab("started")
    card = window.error
    say(
        {
            "state": window.composer.state,
            "model": host.info.name if host.info else "",
            "error": card.error.kind if card is not None else "",
            "conversations": len(hands.app._store.conversations()),
        }
    )
    window.close()


def open_first(hands: Hands) -> None:
    """Open the newest conversation and go on: damage in the database may be met at any of these steps."""
    window, chat = hands.window, hands.app.chat
    hands.wait(lambda: hands.app.host.info is not None and not hands.app.host.is_loading)
    QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    QTest.qWait(200)
    hands.type("one more")
    hands.wait(lambda: not chat.busy)
    hands.grab("damage")
    card = window.error
    say(
        {
            "error": card.error.kind if card is not None else "",
            "crash": hands.app.crashes.dialog() is not None,
            "typed": window.composer.editor.toPlainText(),
            "visible": window.isVisible(),
        }
    )
    window.close()


def raised(hands: Hands) -> None:
    """Minimise, and wait for a second start to bring the window back."""
    window = hands.window
    failed: list[str] = []
    hands.wait(lambda: hands.app.host.info is not None and not hands.app.host.is_loading)
    window.showMinimized()
    hands.wait(window.isMinimized)
    say({"minimised": window.isMinimized()})
    back = hands.wait(lambda: not window.isMinimized())
    hands.wait(lambda: window.error is not None)
    if window.error is not None:
        failed.append(window.error.error.kind)
    say({"raised": back, "errors": failed})
    window.close()


def writing(hands: Hands) -> None:
    """Begin an answer without an end and say what is kept of it; the parent ends this process."""
    _begin(hands)
    store, chat = hands.app._store, hands.app.chat
    assert chat.conversation is not None
    say({"kept": store.thread(chat.conversation)[-1].text})


def full(hands: Hands) -> None:
    """The disk is full while an answer is written, and later there is room again."""
    _begin(hands)
    window, chat = hands.window, hands.app.chat
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    size = paths.database().stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (min(size, 4096), before[1]))
    told = hands.wait(lambda: window.error is not None)
    kind = window.error.error.kind if window.error is not None else ""
    still = chat.busy
    QTest.keyClick(window.composer.editor, Qt.Key.Key_Escape)
    stopped = hands.wait(lambda: not chat.busy)
    assert chat.conversation is not None
    shown = chat._keeper.path(chat.conversation)[-1].text
    hands.type("one more")
    refused = window.composer.editor.toPlainText()
    QTest.qWait(200)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    hands.grab("disk-full")
    say(
        {
            "told": told,
            "kind": kind,
            "still_writing": still,
            "stopped": stopped,
            "shown": shown,
            "refused": refused,
        }
    )
    window.close()


def _begin(hands: Hands) -> None:
    hands.wait(lambda: hands.app.host.info is not None and not hands.app.host.is_loading)
    hands.type("go")
    store, chat = hands.app._store, hands.app.chat
    hands.wait(lambda: chat.conversation is not None and bool(store.thread(chat.conversation)[-1].text))


def main() -> int:
    """Run the program with a scenario; the exit code is the program's."""
    name, folder, *answers = sys.argv[1:]
    application = QApplication(["slipstream"])
    scenarios = {f.__name__: f for f in (look, open_first, raised, writing, full)}
    hands = Hands(Path(folder), answers, scenarios[name])
    code = program.main()
    del hands, application
    return code


if __name__ == "__main__":
    sys.exit(main())
