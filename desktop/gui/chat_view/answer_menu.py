"""What is seldom wanted of an answer: making it again with or without drafting, its rounds as a file."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMenu, QWidget

from desktop.gui import drafted
from desktop.store.types import Message


def answer_menu(message: Message, act: Callable[[str], None], parent: QWidget, *, busy: bool) -> QMenu:
    """`act` is called with: plain, drafted, figures, trace. While one is written, none is again."""
    menu = QMenu(parent)
    menu.setObjectName("answer_menu")
    menu.setAccessibleName("More about this answer")
    did = drafted.from_receipt(message.receipt)
    if not did.known or did.state != "off":
        _add(menu, "plain", "Answer again without drafting", act, enabled=not busy)
    if not did.known or did.state == "off":
        _add(menu, "drafted", "Answer again with drafting", act, enabled=not busy)
    menu.addSeparator()
    _add(menu, "figures", "Show its numbers", act, enabled=bool(message.receipt))
    _add(menu, "trace", "Export trace…", act, enabled=did.known)
    return menu


def _add(menu: QMenu, action: str, text: str, act: Callable[[str], None], *, enabled: bool) -> None:
    made = menu.addAction(text)
    made.setObjectName(f"answer_{action}")
    made.setEnabled(enabled)
    made.triggered.connect(lambda: act(action))
