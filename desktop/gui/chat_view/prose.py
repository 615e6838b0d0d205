"""Paragraphs, headings, list items, quotes and rules of an answer, in one document."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.ink import gap
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.pieces import Para, Piece, endless, piece_text
from desktop.gui.chat_view.places import Ruler
from desktop.gui.chat_view.section import Host


class ProseSection(PieceSection):
    """Paragraphs, headings, list items, quotes and rules, in one document."""

    def __init__(self, host: Host, above: int) -> None:
        super().__init__(host, above)
        self._pieces: list[Para] = []
        self._shown: list[Para] = []
        self._starts: list[int] = []
        self._rulers: dict[int, tuple[Para, Ruler]] = {}

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

    def _ruler(self, number: int) -> Ruler:
        """Of a piece; made when it is asked for."""
        para = self._pieces[number]
        known = self._rulers.get(number)
        if known is None or known[0] is not para:
            known = self._rulers[number] = (para, Ruler(para.text, para.segs))
        return known[1]

    def source(self, start: int, end: int, text: str) -> tuple[int, int] | None:
        """By the places of the paragraphs."""
        at, first, last = 0, None, None
        for number in range(len(self._pieces)):
            ruler = self._ruler(number)
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
