"""The bar at the bottom that says what was done and offers to undo it, for ten seconds."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QFrame

from desktop.gui.controls import Elided, ToolButton, button, row
from desktop.gui.theme import Theme

SHOWN_MS = 10_000


class UndoBar(QFrame):
    """Hidden until `offer`. Stays while mouse or keyboard are on it."""

    undone = Signal()
    expired = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("undoBar")
        self.setProperty("card", "popup")
        self._words = Elided("", "ui", name="undoText")
        self._undo = button(theme, "Undo", "secondary", name="undo", height=30)
        close = ToolButton(theme, "x", "Close", name="closeUndo", box=28)
        self.setLayout(row(self._words, self._undo, close, spacing=10, margins=(14, 6, 8, 6)))
        self._undo.clicked.connect(self._take)
        close.clicked.connect(self._expire)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_MS)
        self._timer.timeout.connect(self._time_up)
        self.hide()

    def offer(self, title: str) -> None:
        """Say that a conversation was deleted. An earlier offer still open ends."""
        if self.isVisible():
            self.expired.emit()
        shown = title if len(title) <= 48 else f"{title[:47].rstrip()}…"
        self._words.set_text(f"Deleted “{shown}”")
        self.setAccessibleName(f"Deleted {title}. Undo is offered for ten seconds")
        self.setMaximumWidth(self._theme.px(520))
        self.adjustSize()
        self.show()
        self.raise_()
        self._timer.start()

    @property
    def remaining_ms(self) -> int:
        """Until the offer ends; -1 when there is none."""
        return self._timer.remainingTime()

    @Slot()
    def _take(self) -> None:
        self._timer.stop()
        self.hide()
        self.undone.emit()

    @Slot()
    def _time_up(self) -> None:
        focus = QApplication.focusWidget()
        if self.underMouse() or (focus is not None and self.isAncestorOf(focus)):
            self._timer.start()
        else:
            self._expire()

    @Slot()
    def _expire(self) -> None:
        self._timer.stop()
        self.hide()
        self.expired.emit()
