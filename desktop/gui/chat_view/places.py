"""From positions in a text document to places in the Markdown text, and back. Pure.

A document counts UTF-16 units and may hold struck proposals, one unit each, which are no part of the text.
Places count characters of the text with one kind of line end; `raw_place` makes them those of the raw one.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from desktop.gui.chat_view.pieces import Seg

OBJECT = "\ufffc"
"""Stands in a document for a struck proposal; shown text never has it."""


def units(text: str) -> int:
    """Length in UTF-16 units, which is how a text document counts."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


class Ruler:
    """One paragraph: units of the document against characters of the shown text, and places of these."""

    def __init__(self, written: str, segs: Sequence[Seg]) -> None:
        """`written`: the text of the document's block, struck proposals and all."""
        self.segs = segs
        self.length = units(written)
        plain = self.length == len(written) and OBJECT not in written
        self._units: list[int] | None = None
        self._ends: list[int] | None = None
        self._objects: list[int] = []
        if not plain:
            self._units, self._ends, self._objects = _edges(written)
        self._sources = [seg.source for seg in segs]
        self._ats = [seg.at for seg in segs]

    def unit(self, char: int) -> int:
        """Where a character of the shown text begins in the document's block."""
        if self._units is None:
            return char
        return self._units[min(char, len(self._units) - 1)]

    def char(self, unit: int) -> int:
        """The character that begins at or behind a unit."""
        if self._units is None:
            return unit
        return min(bisect_left(self._units, unit), len(self._units) - 1)

    @property
    def struck(self) -> bool:
        """Whether struck proposals stand in the paragraph."""
        return bool(self._objects)

    def object_at(self, unit: int) -> int:
        """Which struck proposal is at a unit, counted from 0; -1 = none."""
        return bisect_left(self._objects, unit) if unit in self._objects else -1

    def place_of(self, char: int) -> int | None:
        """Place of a character of the shown text, if it has one."""
        index = bisect_right(self._ats, char) - 1
        if index < 0:
            return None
        seg = self.segs[index]
        if char >= seg.at + seg.shown:
            return None
        return seg.source + (char - seg.at if seg.shown == seg.length else 0)

    def place_from(self, unit: int) -> int | None:
        """Place of the first character at or behind a unit that has one."""
        char = self.char(unit)
        index = max(0, bisect_right(self._ats, char) - 1)
        for seg in self.segs[index:]:
            if char <= seg.at:
                return seg.source
            if char < seg.at + seg.shown:
                return seg.source + (char - seg.at if seg.shown == seg.length else 0)
        return None

    def place_until(self, unit: int) -> int | None:
        """The place behind the last character before a unit that has one."""
        char = self.char(unit)
        for seg in reversed(self.segs[: bisect_left(self._ats, char)]):
            inside = min(char - seg.at, seg.shown)
            return seg.source + (inside if seg.shown == seg.length else seg.length)
        return None

    def end(self, char: int) -> int:
        """Where a character of the shown text ends in the document's block."""
        return char + 1 if self._ends is None else self._ends[char]

    def char_at(self, place: int) -> int:
        """The first character shown of what is written at a place or behind it."""
        index = max(0, bisect_right(self._sources, place) - 1)
        for seg in self.segs[index:]:
            if place <= seg.source:
                return seg.at
            if place < seg.source + seg.length:
                return seg.at + (place - seg.source if seg.shown == seg.length else 0)
        return self.segs[-1].at + self.segs[-1].shown if self.segs else 0

    def chars(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Characters by which the text from place `start` to `end` is shown, part by part."""
        index = max(0, bisect_right(self._sources, start) - 1)
        for seg in self.segs[index:]:
            if seg.source >= end:
                return
            first, last = max(start, seg.source), min(end, seg.source + seg.length)
            if first >= last:
                continue
            if seg.shown == seg.length:
                yield seg.at + first - seg.source, seg.at + last - seg.source
            else:
                yield seg.at, seg.at + seg.shown


def _edges(written: str) -> tuple[list[int], list[int], list[int]]:
    """Where characters begin, and the whole ends; where they end; where struck proposals stand instead."""
    ends = list(accumulate(2 if char > "\uffff" else 1 for char in written))
    starts = [0, *ends]
    kept = [number for number, char in enumerate(written) if char != OBJECT]
    struck = [starts[number] for number, char in enumerate(written) if char == OBJECT]
    return [*(starts[n] for n in kept), starts[-1]], [ends[n] for n in kept], struck


def code_place(text: str, code: str, start: int, unit: int) -> int:
    """Place of a unit of shown code whose first line begins, with its indentation, at `start` of `text`."""
    at = 0
    begin = start
    for line in code.split("\n"):
        length = units(line)
        end = text.find("\n", begin)
        end = end if end >= 0 else len(text)
        if unit <= at + length:
            before = line.encode("utf-16-le", "surrogatepass")[: 2 * (unit - at)]
            return min(end, max(begin, end - len(line)) + len(before.decode("utf-16-le", "ignore")))
        at, begin = at + length + 1, end + 1
    return min(begin, len(text))


def one_line_end(text: str) -> str:
    """The text as places count it."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def raw_place(raw: str, place: int) -> int:
    """The place in the raw text: two characters of a line end were counted as one."""
    if "\r\n" not in raw:
        return place
    ends = [match.start() - number for number, match in enumerate(re.finditer("\r\n", raw))]
    return place + bisect_left(ends, place)
