"""The window's actions, made from the table of keys: one QAction for each row the window answers to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QWidget

from desktop.gui.keys import SHORTCUTS


def add_actions(
    window: QWidget, own: Mapping[str, Callable[[], object]], otherwise: Callable[[], object]
) -> dict[str, QAction]:
    """Add an action for every shortcut, by id; those not in `own` call `otherwise` (see sender())."""
    actions = {}
    for shortcut in SHORTCUTS:
        if not shortcut.action:
            continue
        action = QAction(shortcut.text, window)
        action.setObjectName(shortcut.id)
        action.setShortcuts([QKeySequence(keys) for keys in shortcut.keys])
        action.triggered.connect(own.get(shortcut.id, otherwise))
        window.addAction(action)
        actions[shortcut.id] = action
    return actions
