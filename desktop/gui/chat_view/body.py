"""The sections of an answer's text: prose, code, table.

Each is a view of some pieces and can follow them as they grow.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.code_card import CodeCard, fold_code
from desktop.gui.chat_view.ink import INDENT, QUOTE_INDENT, gap
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.pieces import Code, Para, Piece, Table, endless, piece_text
from desktop.gui.chat_view.section import Host, Section

PROSE_CHARS, PROSE_PIECES = 3_000, 24  # a prose section is closed when it has this much


class PieceSection(Section):
    """A section that shows pieces. `count` of them, in order."""

    count = 0

    def accepts(self, piece: Piece) -> bool:
        """Whether the piece may be added at the end."""
        raise NotImplementedError

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Shows these pieces instead of the ones before."""
        raise NotImplementedError


class ProseSection(PieceSection):
    """Paragraphs, headings, list items, quotes and rules, in one document."""

    def __init__(self, host: Host, above: int) -> None:
        super().__init__(host, above)
        self._pieces: list[Para] = []
        self._shown: list[Para] = []
        self._starts: list[int] = []

    @property
    def count(self) -> int:  # type: ignore[override]
        """Number of pieces."""
        return len(self._pieces)

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Only what differs is written."""
        paras = [p for p in pieces if isinstance(p, Para)]
        if paras == self._pieces:
            return
        self._pieces = paras
        if self.widget is None:
            self.height = self._guess()
        else:
            self._write()
        self.refit()

    def _guess(self) -> int:
        width = 620 if self.fitted < 0 else self.fitted
        lines = sum(1 + len(p.text) * 7 // width + p.text.count("\u2028") for p in self._pieces)
        return self.host.theme.px(lines * 23 + 10 * len(self._pieces))

    def build(self) -> QWidget:
        """A pane with the text."""
        pane = TextPane(self.host.ink, "answer_text", self.host.canvas, wrap=self.room)
        pane.setAccessibleName("Answer text")
        self.widget = pane
        self._shown, self._starts = [], []
        self._write()
        self.host.adopt(self, pane)
        return pane

    def _write(self) -> None:
        pane = self.widget
        assert isinstance(pane, TextPane)
        keep = 0
        while keep < min(len(self._shown), len(self._pieces)) and self._shown[keep] == self._pieces[keep]:
            keep += 1
        if any(endless(p.text) for p in self._pieces[keep:]):
            pane.break_anywhere()
        pane.reach_links(any(run.href for p in self._pieces for run in p.runs))
        cursor = QTextCursor(pane.document())
        cursor.beginEditBlock()
        if keep < len(self._shown):
            cursor.setPosition(max(0, self._starts[keep] - 1) if keep else 0)
            cursor.movePosition(QTextCursor.MoveOperation.End, QTextCursor.MoveMode.KeepAnchor)
            cursor.removeSelectedText()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        del self._starts[keep:]
        for index in range(keep, len(self._pieces)):
            para = self._pieces[index]
            above = gap(self._pieces[index - 1], para) if index else 0
            self.host.ink.write(cursor, para, above, first=index == 0)
            self._starts.append(cursor.block().position())
        cursor.endEditBlock()
        self._shown = list(self._pieces)
        pane.rewind()

    def measure(self, width: int) -> int:
        """Height of the document."""
        return self.widget.fit(width) if isinstance(self.widget, TextPane) else 0

    def panes(self) -> list[TextPane]:
        """The one pane."""
        return [self.widget] if isinstance(self.widget, TextPane) else []

    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(piece_text(p) for p in self._pieces)

    def release(self) -> None:
        """Forgets what was written, too."""
        super().release()
        self._shown, self._starts = [], []


class CodeSection(PieceSection):
    """A code block as a card."""

    count = 1

    def __init__(self, host: Host, above: int, piece: Code) -> None:
        super().__init__(host, above, _inset(piece))
        self._piece = piece
        self._expanded = False
        self.height = self._guess()

    def _guess(self) -> int:
        lines = fold_code(self._piece.text).text.count("\n") + 1
        return self.host.theme.px(36 + 26 + 20 * lines)

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Adds the new lines."""
        piece = pieces[0]
        if not isinstance(piece, Code) or piece == self._piece:
            return
        self._piece = piece
        self.inset = _inset(piece)
        if isinstance(self.widget, CodeCard):
            self.widget.show_code(piece)
        else:
            self.height = self._guess()
        self.refit()

    def build(self) -> QWidget:
        """The card."""
        card = CodeCard(self.host.theme, self.host.ink, self.host.canvas)
        card.copy_asked.connect(self._copy)
        card.expand_asked.connect(self._expand)
        card.show_code(self._piece)
        if self._expanded:
            card.expand()
        self.host.adopt(self, card.pane)
        return card

    def _copy(self) -> None:
        self.host.copy(self._piece.text, "code")

    def _expand(self) -> None:
        self._expanded = True
        if isinstance(self.widget, CodeCard):
            self.widget.expand()
            self.refit()
            self.host.moved()

    def measure(self, width: int) -> int:
        """Height of the card."""
        return self.widget.fit(width) if isinstance(self.widget, CodeCard) else self.height

    def panes(self) -> list[TextPane]:
        """The code, unless it is shown in its own scrolled box."""
        return [self.widget.pane] if isinstance(self.widget, CodeCard) and not self._expanded else []

    def text(self) -> str:
        """The code."""
        return self._piece.text


class TableSection(PieceSection):
    """Some rows of a table; scrolls sideways when it cannot be made narrow enough."""

    count = 1

    def __init__(self, host: Host, above: int, piece: Table) -> None:
        super().__init__(host, above, _inset(piece))
        self._piece = piece
        self._written = -1
        self.height = host.theme.px(31 * (len(piece.rows) + 1))

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Writes the table again: its columns may have changed."""
        piece = pieces[0]
        if isinstance(piece, Table) and piece != self._piece:
            self._piece, self._written = piece, -1
            self.inset = _inset(piece)
            self.refit()

    def build(self) -> QWidget:
        """A pane that does not wrap at its own width."""
        pane = TextPane(self.host.ink, "answer_table", self.host.canvas)
        pane.setAccessibleName(f"Table with {len(self._piece.weights)} columns")
        self._written = -1
        self.host.adopt(self, pane)
        return pane

    def measure(self, width: int) -> int:
        """Writes the table for this width, then measures."""
        pane = self.widget
        assert isinstance(pane, TextPane)
        if self._written != width:
            pane.document().clear()
            self.host.ink.write_table(QTextCursor(pane.document()), self._piece, width)
            self._written = width
            pane.rewind()
            rows = (self._piece.head, *self._piece.rows)
            pane.reach_links(any(run.href for row in rows for cell in row for run in cell))
        return pane.fit(width)

    def panes(self) -> list[TextPane]:
        """The one pane."""
        return [self.widget] if isinstance(self.widget, TextPane) else []

    def text(self) -> str:
        """Cells between tabs."""
        return piece_text(self._piece)


def _inset(piece: Code | Table) -> int:
    return piece.depth * INDENT + piece.quote * QUOTE_INDENT


def follow(host: Host, sections: list[PieceSection], pieces: Sequence[Piece], first: int = 0) -> None:
    """Makes `sections` show `pieces`, keeping those that still fit; the same pieces give the same sections.

    `first`: pieces before it are what they were the last time.
    """
    at = index = 0
    while index + 1 < len(sections) and at + sections[index].count < first:
        at, index = at + sections[index].count, index + 1
    while at < len(pieces):
        end = _group_end(pieces, at)
        group = pieces[at:end]
        above = gap(pieces[at - 1] if at else None, pieces[at])
        if index < len(sections) and _fits(sections[index], group[0]):
            section = sections[index]
            section.above = above
            section.sync(group)
        else:
            section = _make(host, above, group)
            for old in sections[index : index + 1]:
                old.release()
            sections[index : index + 1] = [section]
        at, index = end, index + 1
    for old in sections[index:]:
        old.release()
    del sections[index:]


def _group_end(pieces: Sequence[Piece], start: int) -> int:
    if not isinstance(pieces[start], Para):
        return start + 1
    chars = 0
    for index in range(start, len(pieces)):
        piece = pieces[index]
        if not isinstance(piece, Para) or chars >= PROSE_CHARS or index - start >= PROSE_PIECES:
            return index
        chars += sum(len(run.text) for run in piece.runs)
    return len(pieces)


def _fits(section: PieceSection, piece: Piece) -> bool:
    kind = {Para: ProseSection, Code: CodeSection, Table: TableSection}[type(piece)]
    return isinstance(section, kind)


def _make(host: Host, above: int, group: Sequence[Piece]) -> PieceSection:
    first = group[0]
    if isinstance(first, Code):
        return CodeSection(host, above, first)
    if isinstance(first, Table):
        return TableSection(host, above, first)
    section = ProseSection(host, above)
    section.sync(group)
    return section
