"""An editor for plain text that stays quick with words of any length. Takes text only, never files."""

from __future__ import annotations

import re

from PySide6.QtCore import QMimeData
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit

_LONG_WORD = re.compile(r"\S{4000}")


class PlainEdit(QPlainTextEdit):
    """As Qt's, without its seconds for a word of 200,000 letters."""

    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        """Text only; files dropped here belong to the window."""
        return source.hasText() and not source.hasUrls()

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Plain text of whatever was copied."""
        if source.hasText():
            self._choose_wrap(source.text())
            self.insertPlainText(source.text())

    def setPlainText(self, text: str) -> None:
        """As Qt's."""
        if self.wordWrapMode() == QTextOption.WrapMode.WrapAnywhere:
            # Or the long word, still there, is laid out once more, which takes seconds.
            super().setPlainText("")
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self._choose_wrap(text)
        super().setPlainText(text)

    def _choose_wrap(self, text: str) -> None:
        """Looking for the end of a long word takes Qt seconds a key: then do not look."""
        if _LONG_WORD.search(text):
            self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
