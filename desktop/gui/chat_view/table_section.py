"""A table of an answer, or some rows of a long one."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.ink import INDENT, QUOTE_INDENT
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.pieces import Code, Piece, Table, cell_text, piece_text
from desktop.gui.chat_view.places import Ruler
from desktop.gui.chat_view.section import Host


class TableSection(PieceSection):
    """Some rows of a table; scrolls sideways when it cannot be made narrow enough."""

    count = 1

    def __init__(self, host: Host, above: int, piece: Table) -> None:
        super().__init__(host, above, inset(piece))
        self._piece = piece
        self._written = -1
        self.height = host.theme.px(31 * (len(piece.rows) + 1))

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Writes the table again: its columns may have changed."""
        piece = pieces[0]
        if isinstance(piece, Table) and piece != self._piece:
            self._piece, self._written = piece, -1
            self.inset = inset(piece)
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

    def source(self, start: int, end: int, text: str) -> tuple[int, int] | None:
        """By the places of the cells: in the document every cell is a block, after an empty one."""
        rows = ([self._piece.head] if self._piece.head else []) + list(self._piece.rows)
        columns, at = len(self._piece.aligns), 1
        found: list[tuple[int, int]] = []
        for cells, places in zip(rows, self._piece.segs, strict=False):
            for column in range(columns):
                shown = cell_text(cells[column]) if column < len(cells) else ""
                ruler = Ruler(shown, places[column] if column < len(places) else ())
                if start < at + ruler.length and at < end:
                    first, last = (
                        ruler.place_from(max(0, start - at)),
                        ruler.place_until(min(ruler.length, end - at)),
                    )
                    if first is not None and last is not None and first < last:
                        found.append((first, last))
                at += ruler.length + 1
        return (found[0][0], found[-1][1]) if found else None

    def panes(self) -> list[TextPane]:
        """The one pane."""
        return [self.widget] if isinstance(self.widget, TextPane) else []

    def text(self) -> str:
        """Cells between tabs."""
        return piece_text(self._piece)


def inset(piece: Code | Table) -> int:
    """Design px kept free on the left of a code block or table in lists and quotes."""
    return piece.depth * INDENT + piece.quote * QUOTE_INDENT
