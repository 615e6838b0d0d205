"""Esc belongs to what is open on top, before it is the window's shortcut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent


def claims_escape(event: QEvent) -> bool:
    """Whether Qt asks who wants Esc; if so it is claimed, and comes back as an ordinary key press."""
    if not isinstance(event, QKeyEvent) or event.key() != Qt.Key.Key_Escape:
        return False
    if event.type() != QEvent.Type.ShortcutOverride:
        return False
    event.accept()
    return True
