"""One paragraph as it is shown with its tokens: what is tinted, what is struck in it. Pure.

`Layer` is what an answer shows of its tokens now; a `Look` is good until that or the paragraph changes.
"""

from __future__ import annotations

from desktop.gui.chat_view.pieces import Para
from desktop.gui.chat_view.places import Ruler
from desktop.gui.chat_view.tints import dressed, reach, strikes, tints
from desktop.gui.chat_view.traced import Traced


class Layer:
    """`traced`: the rounds beside the text, None = not shown. `rejected`: struck proposals are shown, too."""

    def __init__(self) -> None:
        self.traced: Traced | None = None
        self.rejected = False


class Look:
    """`dressed`: as it is written. `tints`: in units of its block."""

    def __init__(self, para: Para, traced: Traced | None, *, struck: bool) -> None:
        self._para, self._traced, self._struck = para, traced, struck
        self._known = traced.reach if traced is not None else 0
        self._ended = traced.end_refused if traced is not None else -1
        plain = Ruler(para.text, para.segs)
        self._strikes = strikes(para, plain, traced) if traced is not None and struck else []
        self.dressed = dressed(para, self._strikes)
        self.ruler = Ruler(self.dressed.text, para.segs) if self._strikes else plain
        self.tints = tints(para, self.ruler, traced) if traced is not None else []

    def good(self, para: Para, traced: Traced | None, struck: bool) -> bool:
        """Whether it would be the same if it were made now."""
        if para is not self._para or traced is not self._traced or struck != self._struck:
            return False
        if traced is None:
            return True
        return self._ended == traced.end_refused and (
            self._known == traced.reach or self._known >= reach(para)[1]
        )

    def span_at(self, unit: int) -> tuple[int, bool] | None:
        """Number of the span shown at a unit; true: of the proposal struck there, whose place it took."""
        if self._traced is None:
            return None
        number = self.ruler.object_at(unit)
        if number >= 0:
            return self._strikes[number].span, True
        char = self.ruler.char(unit)
        place = self.ruler.place_of(char)
        span = self._traced.at(place) if place is not None else -1
        return (span, False) if span >= 0 else None

    def part_of(self, span: int) -> tuple[int, int] | None:
        """Units of the block a span wrote, without the spaces around; None = nothing here."""
        part = self._traced.part(span) if self._traced is not None else None
        if part is None:
            return None
        runs = list(self.ruler.chars(*part))
        if not runs:
            return None
        first, last = runs[0][0], runs[-1][1]
        text = self._para.text
        while first < last - 1 and text[first].isspace():
            first += 1
        while last - 1 > first and text[last - 1].isspace():
            last -= 1
        return self.ruler.unit(first), self.ruler.end(last - 1)
