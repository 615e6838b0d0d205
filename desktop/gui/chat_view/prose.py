"""Paragraphs, headings, list items, quotes and rules of an answer, in one document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.ink import gap
from desktop.gui.chat_view.look import Layer, Look
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.pieces import Para, Piece, endless, piece_text
from desktop.gui.chat_view.section import Host
from desktop.gui.chat_view.struck import add_blank
from desktop.gui.chat_view.tints import Tint, reach


class ProseSection(PieceSection):
    """Paragraphs, headings, list items, quotes and rules, in one document."""

    def __init__(self, host: Host, above: int, layer: Layer | None = None) -> None:
        super().__init__(host, above)
        self._pieces: list[Para] = []
        self._shown: list[Para] = []
        self._starts: list[int] = []
        self._stale = False  # the layer changed since it was written
        self._looks: dict[int, Look] = {}
        self.layer = layer

    @property
    def count(self) -> int:  # type: ignore[override]
        """Number of pieces."""
        return len(self._pieces)

    def sync(self, pieces: Sequence[Piece]) -> None:
        """Only what differs is written."""
        paras = [p for p in pieces if isinstance(p, Para)]
        if paras == self._pieces:
            self._pieces = paras  # what stands before may have changed: equal, but at other places
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
        add_blank(pane.document())
        self.widget = pane
        self._shown, self._starts = [], []
        self._write()
        self.host.adopt(self, pane)
        return pane

    def _write(self) -> None:
        pane = self.widget
        assert isinstance(pane, TextPane)
        self._stale = False
        paras = [self._look(number).dressed for number in range(len(self._pieces))]
        keep = 0
        while keep < min(len(self._shown), len(paras)) and self._shown[keep] == paras[keep]:
            keep += 1
        if keep < max(len(self._shown), len(paras)):
            self._rewrite(pane, paras, keep)
        tints = []
        for number, start in enumerate(self._starts):
            tints += [Tint(start + t.start, start + t.end, t.kind) for t in self._look(number).tints]
        pane.shade(tints)

    def _rewrite(self, pane: TextPane, paras: list[Para], keep: int) -> None:
        """Writes what differs: the paragraphs from `keep` on."""
        if any(endless(p.text) for p in paras[keep:]):
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
        for index in range(keep, len(paras)):
            above = gap(paras[index - 1], paras[index]) if index else 0
            self.host.ink.write(cursor, paras[index], above, first=index == 0)
            self._starts.append(cursor.block().position())
        cursor.endEditBlock()
        self._shown = paras
        pane.rewind()

    def measure(self, width: int) -> int:
        """Height of the document."""
        if not isinstance(self.widget, TextPane):
            return 0
        if self._stale:
            self._write()
        return self.widget.fit(width)

    def panes(self) -> list[TextPane]:
        """The one pane."""
        return [self.widget] if isinstance(self.widget, TextPane) else []

    def text(self) -> str:
        """The paragraphs, one a line."""
        return "\n".join(piece_text(p) for p in self._pieces)

    def _look(self, number: int) -> Look:
        """Of a piece; made when it is asked for."""
        layer = self.layer
        traced = layer.traced if layer is not None else None
        known = self._looks.get(number)
        if known is None or not known.good(self._pieces[number], traced, self._strikes):
            known = self._looks[number] = Look(self._pieces[number], traced, struck=self._strikes)
        return known

    @property
    def _strikes(self) -> bool:
        return self.layer is not None and self.layer.traced is not None and self.layer.rejected

    def recolour(self) -> None:
        """What is known of the tokens, or what of it is to be shown, is another: seen at the next layout."""
        if self.widget is not None:
            self._stale = True
            self.refit()

    def span_at(self, unit: int) -> tuple[int, bool] | None:
        """Number of the span at a unit of the document, and whether what it took the place of is there."""
        at = 0
        for number in range(len(self._pieces)):
            look = self._look(number)
            if unit < at + look.ruler.length:
                return look.span_at(unit - at)
            at += look.ruler.length + 1
        return None

    def part_of(self, span: int) -> tuple[int, int] | None:
        """Units of the document that a span wrote; None = nothing here."""
        traced = self.layer.traced if self.layer is not None else None
        part = traced.part(span) if traced is not None else None
        placed = [p for p in self._pieces if p.segs]
        if part is None or not placed or part[1] <= reach(placed[0])[0] or part[0] >= reach(placed[-1])[1]:
            return None
        at = 0
        for number in range(len(self._pieces)):
            look = self._look(number)
            found = look.part_of(span)
            if found is not None:
                return at + found[0], at + found[1]
            at += look.ruler.length + 1
        return None

    def source(self, start: int, end: int, text: str) -> tuple[int, int] | None:
        """By the places of the paragraphs."""
        at, first, last = 0, None, None
        for number in range(len(self._pieces)):
            ruler = self._look(number).ruler
            if start <= at + ruler.length and at <= end:
                if first is None:
                    first = ruler.place_from(max(0, start - at))
                until = ruler.place_until(min(ruler.length, end - at))
                last = last if until is None else until
            at += ruler.length + 1
        return (first, last) if first is not None and last is not None and first < last else None

    def release(self) -> None:
        """Forgets what was written, too."""
        super().release()
        self._shown, self._starts = [], []
