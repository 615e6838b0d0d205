"""Where shown text stands in the Markdown it was made from. Pure: knows the parser's tokens, nothing of Qt.

The parser does not say where a run begins, so its inline tokens are walked beside the source once more: marks
are stepped over, escapes and entities are undone. What cannot be found again has no place, never a wrong one.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from desktop.gui.chat_view.link_end import link_end
from desktop.gui.chat_view.pieces import Seg
from desktop.gui.chat_view.sanitize import safe_url, visible

if TYPE_CHECKING:
    from markdown_it.token import Token

_BREAK = re.compile(r"[ \t]*\\?\n[ \t]*")
_ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#[0-9]{1,7}|[A-Za-z][A-Za-z0-9]{1,31});")
_PUNCTUATION = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_MARKS = ("strong", "em", "s")


class Lines:
    """The lines of a parsed source and where they begin in the whole text."""

    def __init__(self, lines: Sequence[str], start: int) -> None:
        self._lines, self._start = lines, start
        self._starts: list[int] = []

    def at(self, number: int) -> int:
        """Where a line begins in the whole text."""
        if not self._starts:
            at = self._start
            for line in self._lines:
                self._starts.append(at)
                at += len(line) + 1
            self._starts.append(at)
        return self._starts[min(number, len(self._starts) - 1)]

    def text(self, number: int) -> str:
        """A line; "" behind the last."""
        return self._lines[number] if number < len(self._lines) else ""


def paragraph(token: Token, lines: Lines) -> tuple[Seg, ...]:
    """Places of an inline token's shown text. Its content is the ends of some lines."""
    first, at = (token.map or [0, 0])[0], 0
    places: list[tuple[int, int | None]] = []
    for number, part in enumerate(token.content.split("\n")):
        found, column = part, lines.text(first + number).rfind(part)
        if column < 0:  # a tab before it was taken apart
            found = part.lstrip()
            column = lines.text(first + number).rfind(found)
        begin = lines.at(first + number) + column - (len(part) - len(found))
        places.append((at, begin if column >= 0 else None))
        at += len(part) + 1
    return tuple(_placed(_inline(token), places, token.content))


def cell(token: Token, lines: Lines, column: int) -> tuple[tuple[Seg, ...], int]:
    """Places of the text of a table cell at or behind `column` of its line, and where it ends."""
    line = (token.map or [0, 0])[0]
    found = lines.text(line).find(token.content, column)
    if found < 0:
        return (), column
    places: list[tuple[int, int | None]] = [(0, lines.at(line) + found)]
    return tuple(_placed(_inline(token), places, token.content)), found + len(token.content)


def _placed(segs: list[Seg], places: list[tuple[int, int | None]], content: str) -> Iterator[Seg]:
    """From places in the content to places in the text; what crosses a line end is parted there."""
    starts = [at for at, _ in places]

    def place(at: int) -> int | None:
        start, begin = places[bisect_right(starts, at) - 1]
        return None if begin is None else begin + at - start

    for seg in segs:
        if seg.shown != seg.length:
            first, last = place(seg.source), place(seg.source + seg.length - 1)
            if first is not None and last is not None:
                yield Seg(seg.at, first, seg.shown, last + 1 - first)
            continue
        at, left = seg.source, seg.length
        while left:
            index = bisect_right(starts, at)
            take = min(left, starts[index] - at) if index < len(starts) else left
            begin = place(at)
            if begin is not None:
                yield Seg(seg.at + at - seg.source, begin, take, take)
            at, left = at + take, left - take


class _Walk:
    """Steps through the shown text (`at`) and its source (`p`) together."""

    def __init__(self, source: str) -> None:
        self.source, self.at, self.p = source, 0, 0
        self.out: list[Seg] = []

    def found(self, at: int, source: int, shown: int, length: int) -> None:
        last = self.out[-1] if self.out else None
        joins = (
            last is not None
            and shown == length
            and last.shown == last.length
            and (last.at + last.shown, last.source + last.length) == (at, source)
        )
        if last is not None and joins:
            self.out[-1] = Seg(last.at, last.source, last.shown + shown, last.length + length)
        elif shown and length:
            self.out.append(Seg(at, source, shown, length))

    def skip(self, mark: str) -> None:
        if mark and self.source.startswith(mark, self.p):
            self.p += len(mark)

    def text(self, content: str) -> None:
        shown = visible(content)
        if shown == content and self._plain(content):
            self.found(self.at, self.p, len(content), len(content))
            self.at, self.p = self.at + len(content), self.p + len(content)
            return
        named, index, end = shown != content, 0, self.at + len(shown)  # some are shown by name
        while index < len(content):
            said, length = self._one(content, index)
            if not length:
                jump = self.source.find(content[index : index + 8], self.p)
                if jump < 0:
                    break
                self.p = jump
                continue
            width = len(visible(content[index : index + said])) if named else said
            self.found(self.at, self.p, width, length)
            self.at, index, self.p = self.at + width, index + said, self.p + length
        self.at = end

    def _plain(self, content: str) -> bool:
        if not self.source.startswith(content, self.p):
            return False
        return "\\" not in content and ("&" not in content or not _ENTITY.search(content))

    def _one(self, content: str, index: int) -> tuple[int, int]:
        """Characters shown and characters of the source of what stands here; 0, 0 when they differ."""
        source, p = self.source, self.p
        if p >= len(source):
            return 0, 0
        if source[p] == "\\" and source[p + 1 : p + 2] in _PUNCTUATION and content[index] == source[p + 1]:
            return 1, 2
        entity = _ENTITY.match(source, p) if source[p] == "&" else None
        if entity is not None:
            said = html.unescape(entity.group())
            if said != entity.group() and content.startswith(said, index):
                return len(said), len(entity.group())
            if content[index] == "\ufffd":
                return 1, len(entity.group())
        return (1, 1) if content[index] == source[p] else (0, 0)

    def code(self, content: str, fence: str) -> None:
        inner, count = self.p + len(fence), len(content)
        flat = self.source.replace("\n", " ")
        for lead in (0, 1):
            begin = inner + lead
            if flat[begin : begin + count] == content and flat.startswith(fence, begin + count + lead):
                self._named(content, begin)
                self.p = begin + count + lead + len(fence)
                return
        self.at += len(visible(content))

    def _named(self, content: str, begin: int) -> None:
        """Text that stands in the source as it is, though some characters may be shown by name."""
        for one in [content] if visible(content) == content else content:
            shown = len(visible(one))
            self.found(self.at, begin, shown, len(one))
            self.at, begin = self.at + shown, begin + len(one)


def _inline(token: Token) -> list[Seg]:
    """Places in the token's content. Shown text is counted exactly as `flatten.inline_runs` makes it."""
    walk, hrefs = _Walk(token.content), [("", False)]
    children = token.children or []
    for number, child in enumerate(children):
        kind, _, _ = child.type.rpartition("_")
        if kind in _MARKS:
            walk.skip(child.markup)
        elif child.type == "link_open":
            auto = child.markup == "autolink"
            hrefs.append((str(child.attrGet("href") or ""), auto))
            walk.skip("<" if auto else "[")
        elif child.type == "link_close":
            href, auto = hrefs.pop()
            if href and safe_url(href) is None:
                walk.at += len(visible(href)) + 3
            walk.p = walk.p + 1 if auto else link_end(walk.source, walk.p, _begins(children, number + 1))
        elif child.type in ("softbreak", "hardbreak"):
            _break(walk)
        elif child.type == "image":
            _image(walk, child, _begins(children, number + 1))
        elif child.type == "code_inline" and child.content:
            walk.code(child.content, child.markup)
        elif child.content:
            walk.text(child.content.replace("\n", " "))
    return walk.out


def _break(walk: _Walk) -> None:
    found = _BREAK.match(walk.source, walk.p)
    if found is not None:
        walk.found(walk.at, walk.p, 1, found.end() - walk.p)
        walk.p = found.end()
    walk.at += 1


def _image(walk: _Walk, child: Token, then: str) -> None:
    begin, before = walk.p + 2, walk.at
    if child.content and walk.source.startswith(f"![{child.content}", walk.p):
        walk._named(child.content, begin)
    walk.p = link_end(walk.source, begin + len(child.content), then)
    label, address = visible(child.content) or "image", visible(str(child.attrGet("src") or ""))
    walk.at = before + len(label) + len(f" (image, not loaded: {address})")


def _begins(children: Sequence[Token], number: int) -> str:
    """How what follows begins, as far as that is known; "" = anything may follow."""
    if number >= len(children):
        return ""
    child = children[number]
    if child.type == "text":
        return child.content[:1]
    return "`" if child.type == "code_inline" else "\n" if child.type.endswith("break") else child.markup
