"""Reads Markdown as it arrives: what can no longer change is read once, only the open end is read again.

A *unit* (see units.py) is finished when the first line of the next one is complete. An open code fence is
not parsed at all: its lines are taken as they come. Whatever is longer than a limit is cut, so that no input
makes one feed slow. Feed at most `SLICE` characters at a time. Knows nothing of Qt.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from copy import copy
from dataclasses import dataclass, replace
from typing import Any

from desktop.gui.chat_view.align import Lines
from desktop.gui.chat_view.flatten import TABLE_ROWS, flatten
from desktop.gui.chat_view.pieces import Code, Para, Piece
from desktop.gui.chat_view.sanitize import visible
from desktop.gui.chat_view.units import UNIT_LIMIT, Markdown, Unit, units, window

SLICE = 8_192
_FENCE = re.compile(r"^( {0,3})(`{3,}|~{3,})([^\n]*)$")
_MAYBE_CLOSE = re.compile(r"^ {0,3}(`+|~+)[ \t]*$")


@dataclass(slots=True)
class _Fence:
    mark: str
    indent: int
    language: str
    start: int  # of its first line, in the text fed
    text: str = ""

    def piece(self, more: str = "", *, closed: bool = True) -> Code:
        """As far as it has come."""
        return Code(self.language, (self.text + more).removesuffix("\n"), closed=closed, start=self.start)


class BlockStream:
    """The pieces of one growing Markdown text. `pieces[:settled]` will not change any more."""

    def __init__(self, markdown: Markdown, references: dict[str, Any] | None = None) -> None:
        self.pieces: list[Piece] = []
        self.settled = 0
        self.stale_references = False
        """A link definition came after text that may use it: read the whole again to get it right."""
        self._markdown = markdown
        self.references: dict[str, Any] = dict(references or {})
        self._fed = 0  # characters so far, with one kind of line end; the tail is the last of them
        self._tail = ""
        self._fence: _Fence | None = None
        self._list: tuple[str, int] | None = None  # mark and next number of the list the tail goes on with
        self._head = ""  # head lines of the table the tail goes on with
        self._weights: tuple[int, ...] | None = None
        self._joined = False  # the tail goes on a paragraph that was cut
        self._beyond = ""  # what of the tail was too long to be parsed with the rest
        self._lines = Lines((), 0)  # what was parsed last
        self._held = ""  # a carriage return that may be half of a line end

    def feed(self, text: str, *, final: bool = False) -> int:
        """Add text; returns the index of the first piece that may have changed."""
        text = self._held + text
        self._held = "\r" if text.endswith("\r") and not final else ""
        text = text[: len(text) - len(self._held)]
        new = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
        self._tail, self._fed = self._tail + new, self._fed + len(new)
        first = self.settled
        del self.pieces[first:]
        while self._fence_step(final) if self._fence else self._parse_step(final):
            pass
        return first

    def finished(self) -> BlockStream:
        """A copy that has been told that the text ends here. The original can go on."""
        out = copy(self)
        out.pieces, out.references = list(self.pieces), dict(self.references)
        out._fence = replace(self._fence) if self._fence else None
        out.feed("", final=True)
        return out

    def _settle(self, pieces: Sequence[Piece]) -> None:
        self.pieces += pieces
        self.settled = len(self.pieces)

    # -- code fences -----------------------------------------------------------------------------------

    def _fence_step(self, final: bool) -> bool:
        """Takes complete lines; true when the fence was closed and the rest is still to be read."""
        fence = self._fence
        assert fence is not None
        close = re.compile(rf"^ {{0,3}}{re.escape(fence.mark[0])}{{{len(fence.mark)},}}[ \t]*$")
        body, newline, partial = self._tail.rpartition("\n")
        lines = body.split("\n") if newline else []
        if final and partial:
            lines, partial = [*lines, partial], ""
            self._fed += 1  # as if its line had ended
        for index, line in enumerate(lines):
            if close.match(line):
                fence.text += "".join(_unindent(x, fence.indent) + "\n" for x in lines[:index])
                self._tail = "\n".join([*lines[index + 1 :], partial])
                self._settle([fence.piece()])
                self._fence = None
                return bool(self._tail)
        fence.text += "".join(_unindent(line, fence.indent) + "\n" for line in lines)
        self._tail = partial
        if final:
            self._settle([fence.piece()])
            self._fence = None
        else:
            shown = "" if _MAYBE_CLOSE.match(partial) else _unindent(partial, fence.indent)
            self.pieces.append(fence.piece(shown, closed=False))
        return False

    def _open_fence(self, unit: Unit, lines: list[str]) -> bool:
        """Begins a top-level fence whose first line is complete."""
        match = _FENCE.match(lines[unit.start])
        if not match or unit.start + 1 >= len(lines):
            return False
        words, start = match[3].split(), self._lines.at(unit.start + 1)
        self._fence = _Fence(match[2], len(match[1]), visible(words[0])[:40] if words else "", start)
        self._tail = "\n".join(lines[unit.start + 1 :]) + self._beyond
        self._list, self._joined = None, False
        return True

    # -- everything else -------------------------------------------------------------------------------

    def _parse_step(self, final: bool) -> bool:
        """Reads the tail, settles what is finished; true when there is more to read."""
        if not self._tail:
            return False
        source = self._head + self._tail
        part = window(source)
        self._beyond = source[len(part) :]
        lines = part.split("\n")
        self._lines = Lines(lines, self._fed - len(source))
        tokens, references = self._markdown.parse(part, self.references)
        found = units(tokens, lines, self._list)
        final, complete = final and not self._beyond, len(lines) - 1
        for index, unit in enumerate(found):
            following = found[index + 1].start if index + 1 < len(found) else None
            unclosed = unit.kind == "fence" and (following is None or following >= complete)
            if unclosed and self._open_fence(unit, lines):
                self._keep_references(references, unit.start)
                return True
            mine = lines[unit.start : following]
            limit = unit.limit(mine)
            if limit and sum(map(len, mine)) + len(mine) - 1 > limit:
                self._cut(unit, lines, limit)
                return True
            finished = final or (following is not None and following < complete)
            if not finished and not (self._beyond and following is None):
                return self._leave_open(found[index:], lines, references)
            self._settle(self._render(unit, closed=True, joined=self._joined))
            self._after(unit)
        if found or final or self._beyond or len(part) > UNIT_LIMIT:
            self._keep_references(references, len(lines))
            self._head, self._tail, self._weights = "", self._beyond, None
        return bool(self._beyond)

    def _leave_open(self, units: Sequence[Unit], lines: list[str], references: dict[str, Any]) -> bool:
        """The rest is open: shown, and read again with the next text."""
        start = units[0].start
        if start > 0:
            self._keep_references(references, start)
            self._tail = "\n".join(lines[start:]) + self._beyond
            self._head, self._weights = "", None
        if units[0].kind == "table_open" and self._chunk(units[0], lines):
            return True
        for index, unit in enumerate(units):
            self.pieces += self._render(unit, closed=False, joined=self._joined and index == 0)
        return False

    def _render(self, unit: Unit, *, closed: bool, joined: bool) -> list[Piece]:
        weights = self._weights if unit.kind == "table_open" and unit.start == 0 and self._head else None
        pieces = flatten(unit.tokens, unit.number, weights, self._lines, closed=closed)
        if joined and pieces and isinstance(pieces[0], Para) and unit.kind == "paragraph_open":
            pieces[0] = replace(pieces[0], joined=True)
        return pieces

    def _after(self, unit: Unit) -> None:
        """A list whose item was settled goes on with the next number."""
        self._joined = False
        self._list = (unit.mark, (unit.number or 0) + 1) if unit.mark else None

    def _keep_references(self, references: dict[str, Any], before: int) -> None:
        for label, entry in references.items():
            if label not in self.references and entry["map"][1] <= before:
                self.references[label] = entry
                self.stale_references = self.stale_references or self.settled > 0

    def _cut(self, unit: Unit, lines: list[str], limit: int) -> None:
        """Settles the first part of a unit that is too long; the rest is read as if it began there."""
        source = "\n".join(lines[unit.start :]) + self._beyond
        at = source.rfind("\n", limit // 2, limit)
        at = at if at > 0 else source.rfind(" ", limit // 2, limit)
        at = at + 1 if at > 0 else limit
        part = source[:at].rstrip("\n")
        tokens, _ = self._markdown.parse(part, self.references)
        self._lines = Lines(part.split("\n"), self._lines.at(unit.start))
        self._settle(self._render(Unit(0, 0, tokens, unit.number), closed=True, joined=self._joined))
        self._after(unit)
        self._joined = unit.kind == "paragraph_open"
        self._tail, self._head, self._weights = source[at:], "", None

    def _chunk(self, unit: Unit, lines: list[str]) -> bool:
        """Settles the first rows of a long open table; true when it did."""
        starts = [(t.map or [0, 0])[0] for t in unit.tokens if t.type == "tr_open"][1:]
        if len(starts) <= TABLE_ROWS or starts[TABLE_ROWS] >= len(lines) - 1:
            return False
        pieces = self._render(unit, closed=False, joined=False)
        self._settle(pieces[:1])
        first = pieces[0]
        self._head = "\n".join(lines[unit.start : unit.start + 2]) + "\n"
        self._weights = getattr(first, "weights", None)
        self._tail = "\n".join(lines[starts[TABLE_ROWS] :]) + self._beyond
        self._list = None
        return True


def _unindent(line: str, width: int) -> str:
    """A fence's own indentation is not part of its code."""
    spaces = min(len(line) - len(line.lstrip(" ")), width)
    return line[spaces:]


def read(text: str, markdown: Markdown) -> list[Piece]:
    """All pieces of a finished text."""
    stream = _read(text, BlockStream(markdown))
    if stream.stale_references:
        stream = _read(text, BlockStream(markdown, stream.references))
    return stream.pieces


def _read(text: str, stream: BlockStream) -> BlockStream:
    for start in range(0, max(len(text), 1), SLICE):
        stream.feed(text[start : start + SLICE], final=start + SLICE >= len(text))
    return stream
