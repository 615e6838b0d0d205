"""A theme for the whole session and a shown conversation view for every test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.gui.chat_view import ChatView
from desktop.gui.theme import Theme
from desktop.store.types import Message, Role

Make = Callable[..., Message]


@pytest.fixture(scope="session")
def theme(qapp: QApplication) -> Theme:
    """Dark, without motion."""
    return Theme(qapp, "dark", reduce_motion=True)


@pytest.fixture
def view(theme: Theme, qtbot: QtBot) -> Iterator[ChatView]:
    """700 x 600, shown, empty."""
    theme.set("dark", 100)
    out = ChatView(theme)
    qtbot.addWidget(out)
    out.resize(700, 600)
    out.show()
    qtbot.waitExposed(out)
    yield out
    out.close()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)


def message(number: int, role: Role, text: str, **more: Any) -> Message:
    """A message of conversation 1."""
    return replace(Message(number, 1, number - 1 or None, role, text, model="Test 1B"), **more)


def thread(
    count: int, text: str = "Some *words* of an answer.\n\n- one\n- two\n\nAnd `more`."
) -> list[Message]:
    """Questions and answers in turn."""
    return [
        message(n, "user" if n % 2 else "assistant", f"Question {n}" if n % 2 else text)
        for n in range(1, count + 1)
    ]
