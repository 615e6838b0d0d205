"""The box a passage is shown in: as it is, or with what changed in it. Read-only, as high as its text.

Removed words are struck, added ones tinted and underlined, so neither rests on colour alone. Shows plain text
only: what is in a passage comes from a model.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QResizeEvent, QTextCharFormat, QTextCursor, QTextOption
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QSizePolicy

from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.passage.diff import Change, Run
from desktop.gui.theme import Theme

_LINES, _ROUNDS = 2, 3
_LONG_WORD = re.compile(r"\S{1000}")
_EDGES = re.compile(r"(\s*\n\s*|\s+\Z|\A\s+)")
"""Space at the edges of lines: neither struck nor underlined."""


class PassageText(QPlainTextEdit):
    """Grows with its text up to a limit, then scrolls. `grown`: its height changed."""

    grown = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._runs, self._role = theme, list[Run](), "body"
        self._limit, self._least, self._height, self._fitting = theme.px(200), 0, 0, False
        self.setObjectName("passageText")
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setUndoRedoEnabled(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)
        theme.changed.connect(self.refresh)
        self.refresh()

    def show_runs(self, runs: Sequence[Run], accessible: str, *, follow: bool = False) -> None:
        """Show these. `follow`: keep what was written last in sight."""
        self._runs = list(runs)
        self.setAccessibleName(accessible)
        self._write()
        if follow:
            self._follow()
        else:
            self.verticalScrollBar().setValue(0)

    def set_mono(self, mono: bool) -> None:
        """Code and tables in the mono font."""
        self._role = "mono" if mono else "body"
        self.refresh()

    def shown(self) -> list[Run]:
        """What is shown."""
        return list(self._runs)

    def set_limit(self, pixels: int) -> None:
        """The height at which it stops growing."""
        self._limit = max(pixels, self.least)
        self.fit()

    @property
    def least(self) -> int:
        """The least height, in pixels."""
        return self._line() * _LINES + 2

    def hold(self, held: bool) -> None:
        """Do not become lower while text comes: what is around would jump."""
        self._least = self._height if held else 0
        self.fit()

    @Slot()
    def refresh(self) -> None:
        """Font and colours from the theme. By style sheet: the application's has a font for everything."""
        font = self._theme.type_font(self._role)
        self.setStyleSheet(
            f"QPlainTextEdit{{background:transparent; border:0; padding:0; font-family:'{font.family()}';"
            f" font-size:{font.pixelSize()}px}}"
        )
        self._write()

    @Slot()
    def fit(self) -> None:
        """Take the height the text needs. A scroll bar that comes or goes wraps the text anew: once more."""
        if self._fitting:
            return
        before, self._fitting = self._height, True
        for _ in range(_ROUNDS):
            height = self._wanted()
            if height == self._height:
                break
            self._height = height
            self.setFixedHeight(height)
        self._fitting = False
        if self._height != before:
            self.grown.emit()

    def _wanted(self) -> int:
        lines = max(int(self.document().size().height()), 1)  # a plain text document is measured in lines
        wanted = max(lines, _LINES) * self._line() + 2
        height = min(max(wanted, self._least), self._limit)
        if self._least:
            self._least = max(self._least, height)
        return height

    def sizeHint(self) -> QSize:
        """`fit` sets the height."""
        return QSize(200, self._height)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A new width wraps differently."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def changeEvent(self, event: QEvent) -> None:
        """Another font, other lines."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.fit()

    def _line(self) -> int:
        return max(ceil(QFontMetricsF(self.font()).lineSpacing()), 1)  # as the document rounds it

    def _write(self) -> None:
        whole = "".join(run.text for run in self._runs)
        anywhere = _LONG_WORD.search(whole) is not None
        wrap = QTextOption.WrapMode
        self.setWordWrapMode(wrap.WrapAnywhere if anywhere else wrap.WrapAtWordBoundaryOrAnywhere)
        cursor = QTextCursor(self.document())
        cursor.beginEditBlock()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.removeSelectedText()
        for run in self._runs:
            shape = self._format(run.change)
            for part in _EDGES.split(plain_lines(run.text)):
                cursor.insertText(part, shape if part.strip() else self._format("kept"))
        cursor.endEditBlock()
        self.fit()

    def _format(self, change: Change) -> QTextCharFormat:
        made, theme = QTextCharFormat(), self._theme
        made.setForeground(theme.color("text3" if change == "pending" else "text"))
        if change == "removed":
            made.setFontStrikeOut(True)
            made.setForeground(theme.color("bad"))
        elif change == "added":
            made.setBackground(theme.color("ok_bg"))
            made.setFontUnderline(True)
        return made

    def _follow(self) -> None:
        """To the last word that is not pending."""
        tail = sum(len(plain_lines(run.text)) for run in self._runs if run.change == "pending")
        cursor = QTextCursor(self.document())
        cursor.setPosition(max(self.document().characterCount() - 1 - tail, 0))
        self.setTextCursor(cursor)
        self.ensureCursorVisible()
