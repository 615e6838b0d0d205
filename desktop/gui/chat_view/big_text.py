"""A very long plain text in a box of its own with its own scroll bar: laid out only where it is seen.

The text is filled in by slices, so that a megabyte does not hold the event loop up.
"""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.theme import Theme

_LINE, _SLICE = 2_000, 20_000  # characters of one line, of one slice


class BigText(QPlainTextEdit):
    """Read-only. Lines of more than 2,000 characters are broken."""

    def __init__(self, theme: Theme, text: str, parent: QWidget, *, mono: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("big_text")
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.viewport().setAutoFillBackground(False)
        self.setStyleSheet("QPlainTextEdit{background:transparent;border:0}")
        self.setFont(theme.font(13 if mono else 14, mono=mono))
        self.setLineWrapMode(
            QPlainTextEdit.LineWrapMode.NoWrap if mono else QPlainTextEdit.LineWrapMode.WidgetWidth
        )
        self._text, self._at = text, 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._fill)
        self._fill()

    @property
    def complete(self) -> bool:
        """Whether everything has been filled in."""
        return self._at >= len(self._text)

    def _fill(self) -> None:
        end = self._at + _SLICE
        cut = self._text.rfind("\n", self._at, end) + 1 if end < len(self._text) else len(self._text)
        end = cut if cut > self._at else end
        lines = plain_lines(self._text[self._at : end]).split("\n")
        broken = "\n".join(
            "\n".join(line[i : i + _LINE] for i in range(0, max(1, len(line)), _LINE)) for line in lines
        )
        cursor = QTextCursor(self.document())
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(broken)
        self._at = end
        if not self.complete:
            self._timer.start(0)
