"""The list of keys, the crash dialog and the message before there is a window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPlainTextEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.gui.crash_dialog import CrashDialog, CrashReporter
from desktop.gui.keys import SHORTCUTS
from desktop.gui.message_sheet import MessageSheet
from desktop.gui.shortcuts import ShortcutsSheet, key_text
from desktop.gui.theme import Theme
from tests.gui.pages.conftest import assert_named_and_reachable

REPORT = "Traceback (most recent call last):\nZeroDivisionError: division by zero"


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    yield made
    shiboken6.delete(made)


def button(root: QWidget, name: str) -> QAbstractButton:
    found = root.findChild(QAbstractButton, name)
    assert found is not None, name
    return found


def shown_texts(root: QWidget) -> list[str]:
    return [label.text() for label in root.findChildren(QLabel) if label.isVisible()]


def test_every_key_of_the_table_is_listed_once(window: QWidget, theme: Theme) -> None:
    sheet = ShortcutsSheet(theme)
    sheet.open(window)
    texts = shown_texts(sheet)
    for shortcut in SHORTCUTS:
        assert texts.count(shortcut.text) == 1
        assert key_text(shortcut.keys[0]) in texts
    assert {"Writing", "Answers", "Conversations", "Window"} <= set(texts)
    assert_named_and_reachable(sheet)


@pytest.mark.parametrize(
    ("keys", "text"),
    [("Return", "Enter"), ("Ctrl+Return", "Ctrl+Enter"), ("Ctrl+K", "Ctrl+K"), ("Esc", "Esc")],
)
def test_keys_are_written_as_on_the_keyboard(qapp: QApplication, keys: str, text: str) -> None:
    assert key_text(keys) == text


def test_escape_closes_the_sheet_before_the_window_hears_it(window: QWidget, theme: Theme) -> None:
    heard: list[str] = []
    action = QAction(window)
    action.setShortcut(QKeySequence("Esc"))
    action.triggered.connect(lambda: heard.append("window"))
    window.addAction(action)
    sheet = ShortcutsSheet(theme)
    sheet.closed.connect(lambda: heard.append("sheet"))
    sheet.open(window)
    focus = QApplication.focusWidget()
    assert focus is not None
    QTest.keyClick(focus, Qt.Key.Key_Escape)
    assert heard == ["sheet"]
    assert not sheet.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert heard == ["sheet", "window"]


@pytest.mark.parametrize(("size", "percent"), [((1280, 800), 100), ((640, 480), 150)])
def test_the_sheet_stays_within_the_window(
    window: QWidget, theme: Theme, size: tuple[int, int], percent: int
) -> None:
    sheet = ShortcutsSheet(theme)
    sheet.open(window)
    theme.set(percent=percent)
    window.resize(*size)
    assert window.rect().contains(sheet.card.geometry())


@pytest.fixture
def reporter(window: QWidget, theme: Theme) -> CrashReporter:
    return CrashReporter(theme, window)


def dialog_of(reporter: CrashReporter) -> CrashDialog:
    dialog = reporter.dialog()
    assert dialog is not None
    return dialog


def test_the_crash_dialog_says_the_conversations_are_safe_and_folds_the_details(
    reporter: CrashReporter,
) -> None:
    reporter.report(REPORT)
    dialog = dialog_of(reporter)
    assert any("Your conversations are safe." in text for text in shown_texts(dialog))
    details = dialog.findChild(QPlainTextEdit, "crash_details")
    assert details is not None
    assert not details.isVisible()
    folded = dialog.height()
    button(dialog, "crash_details_fold").click()
    assert details.isVisible()
    assert details.toPlainText() == REPORT
    assert dialog.height() > folded
    button(dialog, "crash_details_fold").click()
    assert dialog.height() == folded
    assert_named_and_reachable(dialog)


def test_copy_copies_the_whole_report(reporter: CrashReporter) -> None:
    reporter.report(REPORT)
    button(dialog_of(reporter), "crash_copy").click()
    assert QGuiApplication.clipboard().text() == REPORT
    assert button(dialog_of(reporter), "crash_copy").accessibleName() == "Copied"


def test_a_second_bug_joins_the_first_dialog(reporter: CrashReporter, window: QWidget) -> None:
    reporter.report(REPORT)
    first = dialog_of(reporter)
    for n in range(100):
        reporter.report(f"again {n}")
    assert dialog_of(reporter) is first
    assert len(window.findChildren(CrashDialog)) == 1
    assert first.report().startswith(f"{REPORT}\n\nagain 0")
    assert "again 99" not in first.report()


def test_a_bug_while_the_dialog_is_made_opens_no_other(
    reporter: CrashReporter, theme: Theme, window: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = theme.pixmap

    def failing(*arguments: Any) -> Any:
        reporter.report("a bug in the dialog itself")
        return plain(*arguments)

    monkeypatch.setattr(theme, "pixmap", failing)
    reporter.report(REPORT)
    assert len(window.findChildren(CrashDialog)) == 1
    assert dialog_of(reporter).report() == REPORT


def test_closing_goes_on_and_the_next_bug_gets_a_new_dialog(reporter: CrashReporter) -> None:
    quits: list[bool] = []
    reporter.quit_requested.connect(lambda: quits.append(True))
    reporter.report("first")
    button(dialog_of(reporter), "crash_close").click()
    assert reporter.dialog() is None
    assert quits == []
    reporter.report("second")
    assert dialog_of(reporter).report() == "second"
    button(dialog_of(reporter), "crash_quit").click()
    assert quits == [True]
    assert reporter.dialog() is None


@pytest.fixture
def message(qtbot: QtBot, theme: Theme) -> Iterator[MessageSheet]:
    made = MessageSheet(
        theme, "The conversations cannot be read", "The database is damaged. It was left as it is.",
        [("aside", "Keep the file and start anew"), ("quit", "Quit")], detail="file is not a database",
    )  # fmt: skip
    made.show()
    yield made
    shiboken6.delete(made)


def test_a_message_says_what_happened_and_what_the_system_said(message: MessageSheet) -> None:
    assert {"The conversations cannot be read", "The database is damaged. It was left as it is."} <= set(
        shown_texts(message)
    )
    detail = message.findChild(QPlainTextEdit, "message_detail")
    assert detail is not None
    assert detail.toPlainText() == "file is not a database"
    assert_named_and_reachable(message)


@pytest.mark.parametrize(("press", "answer"), [("message_aside", "aside"), ("message_quit", "quit")])
def test_a_message_answers_with_the_button(message: MessageSheet, press: str, answer: str) -> None:
    heard: list[str] = []
    message.chosen.connect(heard.append)
    button(message, press).click()
    assert (heard, message.answer, message.isVisible()) == ([answer], answer, False)


def test_enter_takes_the_main_button_and_escape_none(message: MessageSheet) -> None:
    QTest.keyClick(message, Qt.Key.Key_Return)
    assert message.answer == "aside"
    message.answer = ""
    message.show()
    QTest.keyClick(message, Qt.Key.Key_Escape)
    assert (message.answer, message.isVisible()) == ("", False)
