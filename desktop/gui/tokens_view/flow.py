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


@dataclass(frozen=True, slots=True)
class Measures:
    """Lengths in pixels. `advance`: how wide a text is in the chips' font."""

    advance: Callable[[str], float]
    pad: float
    gap: float


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


def flow(spans: Sequence[Span], width: float, measures: Measures, *, proposals: bool) -> Flow:
    """Lay out. A row ends where the next box does not fit, and behind an empty line of the text."""
    made, widths = Flow(), dict[str, float]()
    x, begins = 0.0, True

    def place(span: int, proposal: int, text: str, pad: float) -> None:
        nonlocal x, begins
        wide = widths.get(text)
        if wide is None:
            wide = widths[text] = measures.advance(text)
        wide = min(wide + 2 * pad, width)
        if begins or x + wide > width:
            made.rows.append(len(made.boxes))
            x, begins = 0.0, False
        made.boxes.append(Box(span, proposal, text, x, wide))
        x += wide + measures.gap

    for number, span in enumerate(spans):
        if proposals:
            for index, proposal in enumerate(span.before):
                place(number, index, chip_text(proposal.text, proposal.token), measures.gap / 2)
        place(number, -1, chip_text(span.text, span.judged.token), measures.pad)
        made.box_of_span.append(len(made.boxes) - 1)
        made.row_of_span.append(len(made.rows) - 1)
        begins = span.text.endswith("\n\n")
    return made
