"""Chips in rows: which box stands where at a width. Knows how wide a text is, nothing of painting or Qt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from desktop.engine.spans import Span
from desktop.gui.tokens_view.words import chip_text


class Box(NamedTuple):
    """A chip, or with `proposal` >= 0 a struck word in front of one: its span's `before[proposal]`."""

    span: int
    proposal: int
    text: str
    x: float
    width: float


class Measures:
    """Lengths in pixels. `advance`: how wide a text is in the chips' font, asked once for each."""

    def __init__(self, advance: Callable[[str], float], pad: float, gap: float) -> None:
        self._advance, self.pad, self.gap = advance, pad, gap
        self._known: dict[tuple[str, int], tuple[str, float]] = {}

    def of(self, text: str, token: int) -> tuple[str, float]:
        """What a chip shows, and how wide that is."""
        key = (text, 0 if text else token)
        known = self._known.get(key)
        if known is None:
            shown = chip_text(text, token)
            known = self._known[key] = (shown, self._advance(shown))
        return known


@dataclass(slots=True)
class Flow:
    """Boxes in reading order, and where each row begins."""

    boxes: list[Box] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    row_of_span: list[int] = field(default_factory=list)
    box_of_span: list[int] = field(default_factory=list)

    def row(self, number: int) -> list[Box]:
        """The boxes of a row."""
        end = self.rows[number + 1] if number + 1 < len(self.rows) else len(self.boxes)
        return self.boxes[self.rows[number] : end]

    def of_span(self, span: int) -> Box:
        """The chip of a span."""
        return self.boxes[self.box_of_span[span]]

    @property
    def spans(self) -> int:
        """How many are laid out."""
        return len(self.box_of_span)

    def cut(self, spans: int) -> None:
        """Keep the first so many spans only."""
        end = self.box_of_span[spans - 1] + 1 if spans else 0
        del self.boxes[end:], self.row_of_span[spans:], self.box_of_span[spans:]
        while self.rows and self.rows[-1] >= end:
            self.rows.pop()

    def at(self, row: int, x: float) -> Box | None:
        """The box in a row that covers `x`."""
        if not 0 <= row < len(self.rows):
            return None
        boxes = self.row(row)
        found = bisect_right(boxes, x, key=lambda box: box.x) - 1
        return boxes[found] if found >= 0 and x < boxes[found].x + boxes[found].width else None

    def nearest(self, row: int, x: float) -> int:
        """The span whose chip in a row is nearest to `x`; a row of struck words only gives theirs."""
        row = min(max(row, 0), len(self.rows) - 1)
        chips = [box for box in self.row(row) if box.proposal < 0] or self.row(row)
        return min(chips, key=lambda box: abs(box.x + box.width / 2 - x)).span


def flow(
    spans: Sequence[Span],
    width: float,
    measures: Measures,
    *,
    proposals: bool,
    made: Flow | None = None,
    until: int | None = None,
) -> Flow:
    """Lay out. A row ends where the next box does not fit, and behind an empty line of the text.

    `made`: the same for the first of these spans; it is carried on. `until`: as far as this span.
    """
    made, known, gap = made or Flow(), measures.of, measures.gap
    boxes, rows, done = made.boxes, made.rows, made.spans
    x = boxes[-1].x + boxes[-1].width + gap if boxes else 0.0
    begins = not boxes or spans[done - 1].text.endswith("\n\n")
    pad = 2 * measures.pad
    for number, span in enumerate(spans[done:until], done):
        proposed = span.before if proposals else ()
        for index, one in enumerate(proposed):
            text, wide = known(one.text, one.token)
            wide = min(wide + gap, width)
            if begins or x + wide > width:
                rows.append(len(boxes))
                x, begins = 0.0, False
            boxes.append(Box(number, index, text, x, wide))
            x += wide + gap
        text, wide = known(span.text, span.tokens[0].token)
        wide = min(wide + pad, width)
        if begins or x + wide > width:
            rows.append(len(boxes))
            x = 0.0
        boxes.append(Box(number, -1, text, x, wide))
        x += wide + gap
        made.box_of_span.append(len(boxes) - 1)
        made.row_of_span.append(len(rows) - 1)
        begins = span.text.endswith("\n\n")
    return made
