"""A code block: language, Copy, and highlighted lines that scroll sideways.

Grows line by line while it is written.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QTextCharFormat, QTextCursor, QTextLayout
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QWidget

from desktop.gui.chat_view.big_text import BigText
from desktop.gui.chat_view.ink import Ink
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.pieces import Code
from desktop.gui.chat_view.places import units
from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.theme import R_CARD, Theme

if TYPE_CHECKING:  # Pygments is loaded with the first code block, not before the window is on screen
    from desktop.gui.chat_view.highlight import LineLexer, Span

FOLD_LINES, FOLD_CHARS, LINE_CHARS = 1_000, 64_000, 2_000
_HEAD, _PAD_X, _PAD_TOP, _PAD_BOTTOM, _FOOT = 36, 14, 12, 10, 34
_SLICE = 0.006  # seconds of lexing in one turn of the event loop


def _lexer(language: str) -> LineLexer | None:
    from desktop.gui.chat_view.highlight import line_lexer

    return line_lexer(language)


class Folded(NamedTuple):
    """What is shown of a code text; `lines` of the whole, 0 when nothing was left out."""

    text: str
    lines: int


def fold_code(text: str) -> Folded:
    """The first lines of a long text. Long lines are broken: laying out one of a megabyte takes seconds."""
    if len(text) <= LINE_CHARS:
        return Folded(text, 0)
    shown: list[str] = []
    used = 0
    for line in text[: FOLD_CHARS + 1].split("\n"):
        for start in range(0, max(len(line), 1), LINE_CHARS):
            shown.append(line[start : start + LINE_CHARS])
        used += len(line) + 1
        if len(shown) >= FOLD_LINES or used > FOLD_CHARS:
            return Folded("\n".join(shown[:FOLD_LINES])[:FOLD_CHARS], text.count("\n") + 1)
    return Folded("\n".join(shown), 0)


class CodeCard(QFrame):
    """The card. `show_code` may be called again with the same code grown."""

    copy_asked = Signal()
    expand_asked = Signal()

    def __init__(self, theme: Theme, ink: Ink, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("code_card")
        self._theme, self._ink = theme, ink
        self._raw = self._shown = ""
        self._closed = False
        self._lexer: LineLexer | None = None
        self._language: str | None = None
        self._lexed = 0  # characters of `_shown` that have colours
        self._job: Iterator[Span] | None = None
        self._big: BigText | None = None
        self.pane = TextPane(ink, "code_text", self)
        self._label = QLabel(self)
        self._label.setProperty("type", "mono2")
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        self._copy = self._button("copy_code", "Copy code", "\u2009Copy")
        self._copy.setIcon(theme.icon("copy", "text2", 14))
        self._copy.clicked.connect(self.copy_asked)
        self._more = self._button("show_all_code", "Show all of this code", "Show all")
        self._more.clicked.connect(self.expand_asked)
        self._more.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._colour_some)

    def _button(self, name: str, label: str, text: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setObjectName(name)
        button.setAccessibleName(label)
        button.setProperty("kind", "ghost")
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        return button

    # -- content ---------------------------------------------------------------------------------------

    def show_code(self, piece: Code) -> None:
        """Shows a code block; one that only grew is only added to."""
        if piece.language != self._language:
            self._language = piece.language
            self._label.setText(piece.language or "text")
            self._lexer = _lexer(piece.language)
            self.pane.setAccessibleName(f"Code, {piece.language}" if piece.language else "Code")
            self._lexed, self._job = 0, None
        folded = fold_code(piece.text)
        self._raw = piece.text
        self._more.setVisible(folded.lines > 0 and self._big is None)
        self._more.setText(f"Show all {folded.lines:,} lines")
        self._append(plain_lines(folded.text))
        if piece.closed and not self._closed:
            self._closed = True
            self._recolour()
        elif not piece.closed:
            self._closed = False
            self._feed_lines()

    def _append(self, text: str) -> None:
        old = self._shown
        if text == old:
            return
        cursor = QTextCursor(self.pane.document())
        cursor.beginEditBlock()
        if not old:
            cursor.setBlockFormat(self._ink.code_block())
        same = len(old) if text.startswith(old) else _common(old, text)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        if same < len(old):
            cursor.setPosition(units(old[:same]))
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        cursor.insertText(text[same:], self._ink.code_char())
        cursor.endEditBlock()
        self.pane.rewind()
        self._shown = text
        if self._lexed > same:
            self._lexed, self._job = 0, None

    # -- colours ---------------------------------------------------------------------------------------

    def _feed_lines(self) -> None:
        """Colours the lines that were completed since the last time."""
        end = self._shown.rfind("\n") + 1
        if self._lexer is None or end <= self._lexed:
            return
        if self._lexed == 0:
            self._restart()
        new = self._shown[self._lexed : end]
        self._apply(list(self._lexer.feed(new)), self._lexed)
        self._lexed = end

    def _restart(self) -> None:
        self._lexer = _lexer(self._language or "")

    def _recolour(self) -> None:
        """Lexes the whole again, a few milliseconds at a time."""
        self._restart()
        if self._lexer is not None:
            self._job = self._lexer.feed(self._shown)
            self._lexed = len(self._shown)
            self._colour_some()

    def _colour_some(self) -> None:
        if self._job is None:
            return
        deadline, got = time.perf_counter() + _SLICE, []
        for span in self._job:
            got.append(span)
            if len(got) % 32 == 0 and time.perf_counter() > deadline:
                self._timer.start(0)
                break
        else:
            self._job = None
        self._apply(got, 0)

    def _apply(self, spans: list[Span], offset: int) -> None:
        """Lays colours over the document; its text and selection are left alone."""
        document = self.pane.document()
        formats: dict[int, list[QTextLayout.FormatRange]] = {}
        wide = bool(self._shown) and max(self._shown) > "\uffff"
        at = [0, *accumulate(2 if c > "\uffff" else 1 for c in self._shown)] if wide else None
        for start, length, name in spans:
            begin, end = offset + start, offset + start + length
            if at:
                begin, end = at[begin], at[end]
            block = document.findBlock(begin)
            while block.isValid() and block.position() < end:
                part = QTextLayout.FormatRange()
                part.start = max(0, begin - block.position())
                part.length = min(end, block.position() + block.length() - 1) - block.position() - part.start
                part.format = self._colour(name)
                formats.setdefault(block.blockNumber(), []).append(part)
                block = block.next()
        for number, parts in formats.items():
            block = document.findBlockByNumber(number)
            kept = block.layout().formats() if self._job is not None or self._closed else []
            first = parts[0].start
            block.layout().setFormats([f for f in kept if f.start + f.length <= first] + parts)

        if formats:
            # Once for all lines: each call costs as much as there are lines below.
            top, bottom = (document.findBlockByNumber(n) for n in (min(formats), max(formats)))
            document.markContentsDirty(top.position(), bottom.position() + bottom.length() - top.position())

    def _colour(self, name: str) -> QTextCharFormat:
        form = QTextCharFormat()
        form.setForeground(self._theme.color(name))
        return form

    # -- geometry --------------------------------------------------------------------------------------

    def expand(self) -> None:
        """Shows everything, in a box with its own scroll bar."""
        if self._big is None:
            self._big = BigText(self._theme, self._raw, self, mono=True)
            self._big.setAccessibleName("Whole code")
            self._big.show()
            self.pane.hide()
            self._more.hide()

    def fit(self, width: int) -> int:
        """Places the parts for a width in pixels; returns the height."""
        px = self._theme.px
        inner = width - 2 * px(_PAD_X)
        side = self._copy.sizeHint().width()
        self._copy.setGeometry(width - side - px(4), px(4), side, px(_HEAD) - px(8))
        self._label.setGeometry(px(_PAD_X), 0, max(0, width - side - px(_PAD_X + 8)), px(_HEAD))
        top = px(_HEAD) + px(_PAD_TOP)
        if self._big is not None:
            self._big.setGeometry(px(6), px(_HEAD) + 1, width - px(12), px(480))
            return px(_HEAD) + px(480) + px(6)
        height = self.pane.fit(inner)
        self.pane.setGeometry(px(_PAD_X), top, inner + px(_PAD_X) - 1, height)
        bottom = top + height + px(_PAD_BOTTOM)
        if not self._more.isHidden():
            self._more.setGeometry(px(2), bottom - px(4), self._more.sizeHint().width(), px(28))
            bottom += px(_FOOT) - px(4)
        return bottom

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground, outline and the line under the head."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._theme.color("line"))
        painter.setBrush(self._theme.color("code"))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), R_CARD, R_CARD)
        painter.fillRect(1, self._theme.px(_HEAD), self.width() - 2, 1, self._theme.color("line"))
        painter.end()


def _common(a: str, b: str) -> int:
    """Length of the common beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[:middle] == b[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
