"""A theme for the tests of the window: one for all, dark, without motion."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.gui.main_window import MainWindow
from desktop.gui.theme import Theme


@pytest.fixture(scope="session")
def one_theme(qapp: QApplication) -> Theme:
    """Fonts are loaded once."""
    return Theme(qapp, "dark", reduce_motion=True)


@pytest.fixture
def theme(one_theme: Theme) -> Iterator[Theme]:
    """The theme, put back afterwards."""
    yield one_theme
    # pytest-qt closed the test's widgets "later"; now, or every change of theme would style them too.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if not one_theme.dark or one_theme.px(100) != 100:
        one_theme.set("dark", 100)


class Chat(QWidget):
    """Stands in for the conversation: the window only places it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("chat")


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> MainWindow:
    made = MainWindow(theme, Chat())
    qtbot.addWidget(made)
    made.composer.set_model("Guide")
    made.composer.set_state("ready")
    made.show()
    made.activateWindow()
    qtbot.waitExposed(made)
    return made


def press(window: MainWindow, keys: str) -> None:
    """As if typed into whatever has the focus."""
    combination = QKeySequence.fromString(keys)[0]  # type: ignore[index]
    target = QApplication.focusWidget() or window
    QTest.keyClick(target, combination.key(), combination.keyboardModifiers())


def named(window: QWidget, name: str) -> QWidget:
    found = window.findChild(QWidget, name)
    assert found is not None
    return found
