"""The sections of an answer's text: prose, code, table. Made from pieces, and kept while these grow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.code_card import CodeCard, fold_code
from desktop.gui.chat_view.ink import gap
from desktop.gui.chat_view.look import Layer
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.pieces import Code, Para, Piece, Table
from desktop.gui.chat_view.places import code_place
from desktop.gui.chat_view.prose import ProseSection
from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.chat_view.section import Host
from desktop.gui.chat_view.table_section import TableSection, inset

PROSE_CHARS, PROSE_PIECES = 3_000, 24  # a prose section is closed when it has this much


class CodeSection(PieceSection):
    """A code block as a card."""

    count = 1

    def __init__(self, host: Host, above: int, piece: Code) -> None:
        super().__init__(host, above, inset(piece))
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
        self.inset = inset(piece)
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

    def source(self, start: int, end: int, text: str) -> tuple[int, int] | None:
        """Line by line: a code block is shown as it is written, without its indentation."""
        shown = plain_lines(fold_code(self._piece.text).text)
        if self._piece.start < 0 or start >= end:
            return None
        first = code_place(text, shown, self._piece.start, start)
        last = code_place(text, shown, self._piece.start, end)
        return (first, last) if first < last else None

    def panes(self) -> list[TextPane]:
        """The code, unless it is shown in its own scrolled box."""
        return [self.widget.pane] if isinstance(self.widget, CodeCard) and not self._expanded else []

    def text(self) -> str:
        """The code."""
        return self._piece.text


def follow(
    host: Host,
    sections: list[PieceSection],
    pieces: Sequence[Piece],
    first: int = 0,
    layer: Layer | None = None,
) -> None:
    """Makes `sections` show `pieces`, keeping those that still fit; the same pieces give the same sections.

    `layer`: what prose shows of its tokens. `first`: pieces before it are what they were the last time.
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
            section = _make(host, above, group, layer)
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


def _make(host: Host, above: int, group: Sequence[Piece], layer: Layer | None) -> PieceSection:
    first = group[0]
    if isinstance(first, Code):
        return CodeSection(host, above, first)
    if isinstance(first, Table):
        return TableSection(host, above, first)
    section = ProseSection(host, above, layer)
    section.sync(group)
    return section
