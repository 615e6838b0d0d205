"""What is selected of an answer, as a part of its raw Markdown text: whole characters, whole marks of a line.

Knows sections and text; asks nobody to change anything.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QTextBoundaryFinder

from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.places import one_line_end, raw_place, units
from desktop.gui.chat_view.section import Section

_AROUND = 64  # characters looked at to find where one that is seen begins and ends


def passage(raw: str, parts: Sequence[tuple[Section, int, int]]) -> tuple[int, int] | None:
    """From the first to the last place of the selected parts; None when nothing of the answer is selected."""
    text = one_line_end(raw)
    found = [
        got
        for section, start, end in parts
        if isinstance(section, PieceSection) and (got := section.source(start, end, text)) is not None
    ]
    if not found:
        return None
    start, end = raw_place(raw, found[0][0]), raw_place(raw, found[-1][1])
    start, end = _whole(raw, start, forward=False), _whole(raw, end, forward=True)
    return (start, end) if 0 <= start < end <= len(raw) else None


def _whole(text: str, at: int, *, forward: bool) -> int:
    """The nearest place at or beside `at` that parts no seen character, such as an emoji of several."""
    low = max(0, at - _AROUND)
    around = text[low : at + _AROUND]
    finder = QTextBoundaryFinder(QTextBoundaryFinder.BoundaryType.Grapheme, around)
    finder.setPosition(units(around[: at - low]))
    if finder.isAtBoundary():
        return at
    unit = finder.toNextBoundary() if forward else finder.toPreviousBoundary()
    if unit < 0:
        return at
    return low + len(around.encode("utf-16-le", "surrogatepass")[: 2 * unit].decode("utf-16-le", "ignore"))
