"""Where the code blocks and tables of a Markdown text are, line by line. No Qt.

Knows fences, table rows and what may stand before them on a line: quote marks, list markers, spaces. Must not
know: answers, models. A scan for finding edges, not a parser: what it does not recognise is prose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_CONTAINER = re.compile(r"(?:[ \t]{0,12}>)*[ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)*")
_MARKER = re.compile(r"[-*+]|\d{1,9}[.)]")
_FENCE = re.compile(r"(`{3,}|~{3,})([^\r\n]*)")
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*\r?")


@dataclass(frozen=True, slots=True)
class Block:
    """A code block or a table; offsets into the text, line ends at the end left out.

    `start` is behind the quote marks and list markers of its first line. Code: `inner` is what stands between
    the fences, `prefix` what its lines begin with. Table: `rows`, the line under the head included.
    """

    kind: Literal["code", "table"]
    start: int
    end: int
    inner: tuple[int, int] = (0, 0)
    rows: tuple[tuple[int, int], ...] = ()
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class _Line:
    start: int
    text: str
    front: int
    """Length of what stands before the content."""

    @property
    def content(self) -> str:
        return self.text[self.front :]

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def container(line: str) -> str:
    """The quote marks, list markers and spaces a line begins with."""
    found = _CONTAINER.match(line)
    return found.group() if found else ""


def continued(front: str) -> str:
    """What the lines after a line with this front begin with: list markers become spaces."""
    return _MARKER.sub(lambda mark: " " * len(mark.group()), front)


def has_marker(front: str) -> bool:
    """Whether a list item begins here."""
    return _MARKER.search(front) is not None


def fence_of(line: str) -> str:
    """The fence a line begins with, behind its container; "" for none."""
    found = _FENCE.match(line[len(container(line)) :])
    return found.group(1) if found else ""


def blocks(text: str) -> list[Block]:
    """Code blocks and tables, in order."""
    lines = list(_lines(text))
    found: list[Block] = []
    at = 0
    while at < len(lines):
        made, after = _code(lines, at) or _table(lines, at) or (None, at + 1)
        if made is not None:
            found.append(made)
        at = after
    return found


def _lines(text: str) -> Iterator[_Line]:
    start = 0
    for line in text.split("\n"):
        yield _Line(start, line, len(container(line)))
        start += len(line) + 1


def _code(lines: list[_Line], at: int) -> tuple[Block, int] | None:
    first = lines[at]
    opened = _FENCE.match(first.content)
    if opened is None or (opened.group(1)[0] == "`" and "`" in opened.group(2)):
        return None
    fence, end = opened.group(1), len(lines)
    for index in range(at + 1, len(lines)):
        closing = _FENCE.match(lines[index].content)
        if closing and closing.group(1).startswith(fence) and not closing.group(2).strip():
            end = index
            break
    last = lines[min(end, len(lines) - 1)]
    inner = (min(first.end + 1, last.end), last.start if end < len(lines) else last.end)
    prefix = continued(first.text[: first.front])
    return Block("code", first.start + first.front, last.end, inner, prefix=prefix), end + 1


def _table(lines: list[_Line], at: int) -> tuple[Block, int] | None:
    if at + 1 >= len(lines) or "|" not in lines[at].content or "|" not in lines[at + 1].content:
        return None
    if not _DELIMITER.fullmatch(lines[at + 1].content):
        return None
    end = at + 2
    while end < len(lines) and "|" in lines[end].content:
        end += 1
    rows = tuple((line.start + line.front, line.end) for line in lines[at:end])
    return Block("table", rows[0][0], rows[-1][1], rows=rows, prefix=continued(
        lines[at].text[: lines[at].front])), end  # fmt: skip
