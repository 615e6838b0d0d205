"""The part of an answer that is to be changed: from where to where, and how new text takes its place. No Qt.

`cut` makes a passage out of a selection: widened to whole words, and to whole lines, rows or blocks where the
selection would tear Markdown apart. What surrounds the words (space, quote marks, list markers, the lines'
indentation) stays outside of what a model is given, so that it cannot get lost. Must not know: models, the
store.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

from desktop.bridge.passage_places import Block, blocks, container, continued, fence_of, has_marker

Kind = Literal["prose", "code", "cell", "rows"]
Widened = Literal["", "words", "lines", "rows", "table", "code"]
_HEADING = re.compile(r"#{1,6}[ \t]+")
_CELL_BAR = re.compile(r"(?<!\\)\|")
_LONGEST_WORD = 64
_CJK = 0x2E80
"""From here on scripts that part no words with spaces."""
_JOINERS = frozenset("\u200d\ufe0e\ufe0f\u20e3")
_PAIRED = ("**", "~~", "`")


@dataclass(frozen=True, slots=True)
class Passage:
    """`text` is the whole answer, `start` to `end` the part of it. lead + core + trail stand there.

    `core` is given to the model, without `prefix`, which each of its lines but the first begins with. `kind`:
    prose, or inside a code block, inside a table's cell, whole rows of a table. `widened`: to what.
    """

    text: str
    start: int
    end: int
    lead: str
    core: str
    trail: str
    prefix: str
    kind: Kind
    widened: Widened = ""

    @property
    def old(self) -> str:
        """As it stands in the answer."""
        return self.text[self.start : self.end]

    @property
    def before(self) -> str:
        """What stands before it."""
        return self.text[: self.start]

    @property
    def after(self) -> str:
        """What follows it."""
        return self.text[self.end :]

    def fitted(self, new: str) -> str:
        """A model's text as it can stand here: without space around it, and fences nobody had asked for."""
        new = _unfenced(new, self.core)
        if self.kind == "cell":
            return _CELL_BAR.sub(r"\\|", " ".join(new.split()))
        if self.kind == "code":
            return _indented(new.strip("\n").rstrip(), self.core)
        return new.strip()

    def spliced(self, new: str) -> tuple[str, int]:
        """The answer with other words in the passage's place, and where they end in it.

        A list or another block that takes the place of words in a line gets lines of its own.
        """
        first, *others = new.split("\n")
        empty = self.prefix.rstrip()
        lines = [first, *(f"{self.prefix}{line}" if line.strip() or not empty else empty for line in others)]
        front, back, apart = self.before + self.lead, self.trail, f"\n{empty}\n{self.prefix}"
        line = front[front.rfind("\n") + 1 :]
        if self._becomes_block(0, first) and line[len(container(line)) :].strip():
            front += apart
        if self._becomes_block(-1, (first, *others)[-1]) and "\n" not in back and not _ends_line(self.after):
            back = apart
        changed = front + "\n".join(lines) + back
        return changed + self.after, len(changed)

    def _becomes_block(self, at: int, line: str) -> bool:
        """Whether a line of words has become one of a block; `at`: 0 for the first one, -1 for the last."""
        return self.kind == "prose" and _is_block(line) and not _is_block(self.core.split("\n")[at])


def cut(text: str, start: int, end: int) -> Passage | None:
    """The passage of a selection; None when there are no words in it."""
    if not 0 <= start < end <= len(text) or not text[start:end].strip():
        return None
    begun = (start, end)
    start, end = _whole_words(text, start, end)
    widened: Widened = "words" if (start, end) != begun else ""
    found = blocks(text)
    start, end, kind, torn = _whole_blocks(found, text, start, end)
    if kind == "prose" and not torn and any(text[start:end].count(mark) % 2 for mark in _PAIRED):
        lines = _whole_lines(text, start, end)
        torn, (start, end) = "lines", lines
        start, end, kind, more = _whole_blocks(found, text, start, end)
        torn = more or torn
    if kind == "prose" and (first := _first_item(text, start, end)) < start:
        torn = torn or ("lines" if text[first:start].strip(" \t-+*.)0123456789") else "")
        start = first
    inside = next((one for one in found if one.inner[0] <= start and end <= one.inner[1]), None)
    made = _parted(text, start, end, kind, torn or widened, inside if kind == "code" else None)
    return made if made.core.strip() else None


def _parted(text: str, start: int, end: int, kind: Kind, widened: Widened, inside: Block | None) -> Passage:
    """Take apart what stands around the words."""
    old = text[start:end]
    trail = old[len(old.rstrip()) :]
    body = old[: len(old) - len(trail)]
    lead = _lead(text, start, body, kind)
    core = body[len(lead) :]
    line = text.rfind("\n", 0, start + len(lead)) + 1
    front = inside.prefix if inside is not None else continued(container(text[line : start + len(lead)]))
    prefix = _common(front, core)
    stripped = "\n".join(_bare(row, prefix, first=not at) for at, row in enumerate(core.split("\n")))
    return Passage(text, start, end, lead, stripped, trail, prefix, kind, widened)


def _lead(text: str, start: int, body: str, kind: Kind) -> str:
    """What stands before the words and is to stay: space; and marks, where there is one item or line only."""
    blank = body[: len(body) - len(body.lstrip())]
    if kind == "code":
        return blank[: blank.rfind("\n") + 1]
    at_line_start = "\n" in blank or start == 0 or text[start - 1] == "\n"
    if not at_line_start:
        return blank
    line = blank.rfind("\n") + 1
    rest = body[line:]
    front = container(rest)
    if any(has_marker(container(other)) for other in rest.split("\n")[1:]):
        front = _quotes(front)
    if "\n" not in rest and (heading := _HEADING.match(rest[len(front) :])):
        front += heading.group()
    return body[:line] + front if front.strip() and rest[len(front) :].strip() else blank


def _quotes(front: str) -> str:
    """The quote marks of what stands before a line, with the space behind them."""
    marks = front.rfind(">") + 1
    return front[: marks + (front[marks : marks + 1] == " ")] if marks else ""


def _first_item(text: str, start: int, end: int) -> int:
    """Where the first of several list items begins, its marker included; else `start`.

    Without its marker the first would look unlike the others.
    """
    old = text[start:end]
    first = start + len(old) - len(old.lstrip())
    line = text.rfind("\n", 0, first) + 1
    front = container(text[line:])
    others = text[first:end].split("\n")[1:]
    if line >= start or not has_marker(front) or not any(has_marker(container(one)) for one in others):
        return start
    return min(line + len(_quotes(front)), start)


def _ends_line(after: str) -> bool:
    return not after.split("\n", 1)[0].strip()


def _is_block(line: str) -> bool:
    """Whether a line is of a list, a heading, a table, a quote or a code block."""
    front = container(line)
    return bool(front.strip() or fence_of(line) or _HEADING.match(line) or line.startswith("|"))


def _common(front: str, core: str) -> str:
    """As much of `front` as all lines but the first begin with."""
    others = core.split("\n")[1:]
    quotes = front[: front.rfind(">") + 1]
    for prefix in (front, _quotes(front), quotes):
        if all(line.startswith(prefix) or line.rstrip() == prefix.rstrip() for line in others):
            return prefix
    return ""


def _bare(line: str, prefix: str, *, first: bool) -> str:
    if first or not prefix:
        return line
    return line.removeprefix(prefix) if line.rstrip() != prefix.rstrip() else ""


def _whole_words(text: str, start: int, end: int) -> tuple[int, int]:
    """To the edges of words, and of characters that are made of several."""
    low, high = max(start - _LONGEST_WORD, 0), min(end + _LONGEST_WORD, len(text))
    while start > low and _joined(text[start - 1], text[start]):
        start -= 1
    while end < high and _joined(text[end - 1], text[end]):
        end += 1
    return start, end


def _joined(left: str, right: str) -> bool:
    """Whether two neighbours must not be parted."""
    if right in _JOINERS or left == "\u200d" or unicodedata.combining(right) or _is_skin(right):
        return True
    return left.isalnum() and right.isalnum() and max(ord(left), ord(right)) < _CJK


def _is_skin(character: str) -> bool:
    return 0x1F3FB <= ord(character) <= 0x1F3FF


def _whole_lines(text: str, start: int, end: int) -> tuple[int, int]:
    """Behind the quote marks and list markers of the first line, to the end of the last."""
    line = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", max(end - 1, start))
    front = len(container(text[line:start]))
    return line + front, len(text) if stop < 0 else max(stop, end)


def _whole_blocks(found: list[Block], text: str, start: int, end: int) -> tuple[int, int, Kind, Widened]:
    """Widen where it cuts a code block or table in two."""
    widened: Widened = ""
    for block in found:
        if end <= block.start or start >= block.end or (start <= block.start and block.end <= end):
            continue  # beside it, or all of it
        if block.kind == "code":
            if block.inner[0] <= start and end <= block.inner[1]:
                return start, end, "code", widened
            start, end, widened = min(start, block.start), max(end, block.end), "code"
            continue
        low, high = _rows(block, text, start, end)
        if low is None:
            return start, end, "cell", widened
        if low > 1 and high < len(block.rows) and start >= block.start and end <= block.end + 1:
            rows = (
                min(start, block.rows[low][0]),
                max(block.rows[high][1], end if text[end - 1] == "\n" else 0),
            )
            return *rows, "rows", "rows" if rows != (start, end) else widened
        start, end, widened = min(start, block.start), max(end, block.end), "table"
    return start, end, "prose", widened


def _rows(block: Block, text: str, start: int, end: int) -> tuple[int | None, int]:
    """First and last row touched; None, 0 inside one cell."""
    touched = [
        at for at, (low, high) in enumerate(block.rows) if low <= max(end - 1, start) and start <= high
    ]
    if not touched:
        return 0, 0
    part = text[start:end]
    if len(touched) == 1 and touched[0] != 1 and "\n" not in part and not _CELL_BAR.search(part):
        return None, 0
    return touched[0], touched[-1]


def _unfenced(new: str, core: str) -> str:
    """Models like to put code fences around what they are asked for."""
    lines = new.strip("\n").rstrip().split("\n")
    fence = fence_of(lines[0])
    if fence and not fence_of(core) and len(lines) > 1 and lines[-1].strip() == fence:
        return "\n".join(lines[1:-1])
    return new


def _indented(new: str, core: str) -> str:
    """Give a first line of code its indentation back when only that was lost."""
    was = core[: len(core) - len(core.lstrip(" \t"))]
    first, *others = new.split("\n")
    if not was or first[:1].isspace():
        return new
    return was + new if all(line.startswith(was) or not line.strip() for line in others) else new
