"""The parser, and its tokens as units: the smallest things of a Markdown text that are finished on their own.

A unit is a top-level block, or one item of a top-level list. Knows nothing of Qt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # markdown-it is loaded with the first text, not before the window is on screen
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

PARAGRAPH_LIMIT = 4_000  # characters of one paragraph, heading or item without code; of any line
UNIT_LIMIT = 48_000  # characters of any other unit
MAX_COLUMNS = 40  # a line with more cells is no table, it is an attack on the table parser
MAX_BRACKETS = 300  # open brackets in one parse; more, and unclosed, and links are not looked for


class Markdown:
    """The configured parser: CommonMark without HTML, with tables and strikethrough."""

    def __init__(self) -> None:
        self._parsers: dict[tuple[bool, bool], MarkdownIt] = {}

    def parse(self, source: str, references: dict[str, Any]) -> tuple[list[Token], dict[str, Any]]:
        """Tokens of `source`, and the link references known after it."""
        env: dict[str, Any] = {"references": dict(references)}
        tables = all(line.count("|") <= MAX_COLUMNS for line in source.split("\n"))
        links = source.count("[") <= MAX_BRACKETS or source.count("[") <= 3 * source.count("]")
        parser = self._parsers.get((tables, links)) or _parser(tables, links)
        self._parsers[tables, links] = parser
        return parser.parse(source, env), env["references"]


def _parser(tables: bool, links: bool) -> MarkdownIt:
    from markdown_it import MarkdownIt

    out = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")
    if tables:
        out.enable("table")
    return out if links else out.disable(["link", "image"])


@dataclass(slots=True)
class Unit:
    """`start`, `end`: lines of the parsed source. `mark`: what a list must have to be the same list."""

    start: int
    end: int
    tokens: Sequence[Token]
    number: int | None = None
    mark: str = ""

    @property
    def kind(self) -> str:
        """Type of the first token; "" when there is none."""
        return self.tokens[0].type if self.tokens else ""

    def limit(self, lines: Sequence[str]) -> int:
        """Characters it may have before it is cut; 0 = any (fences are read line by line)."""
        if any(len(line) > PARAGRAPH_LIMIT for line in lines):
            return PARAGRAPH_LIMIT
        if self.kind == "fence":
            return 0
        nested = self.kind in ("table_open", "blockquote_open")
        code = any(t.type in ("fence", "code_block") for t in self.tokens)
        return UNIT_LIMIT if nested or code else PARAGRAPH_LIMIT


def window(source: str) -> str:
    """As much of a source as may be parsed at once: up to a line that is too long, and its beginning.

    Some parser rules take time that grows with the square of a line's length.
    """
    at = 0
    for line in source.split("\n"):
        if len(line) > PARAGRAPH_LIMIT + 1:
            return source[: at + PARAGRAPH_LIMIT + 1]
        at += len(line) + 1
    return source


def units(tokens: Sequence[Token], lines: Sequence[str], goes_on: tuple[str, int] | None) -> list[Unit]:
    """Units of a parsed source. `goes_on`: mark and next number of the list the source may go on with."""
    out: list[Unit] = []
    start = 0
    for index, token in enumerate(tokens):
        if token.level or token.nesting > 0:
            continue
        block = tokens[start : index + 1]
        first = block[0].map
        start = index + 1
        if first is None:
            continue
        if block[0].type in ("bullet_list_open", "ordered_list_open"):
            out += _items(block, lines, None if out else goes_on)
        else:
            out.append(Unit(first[0], first[1], block))
    return out


def _items(block: Sequence[Token], lines: Sequence[str], goes_on: tuple[str, int] | None) -> list[Unit]:
    """One unit per item, or one for a list whose items are not set at one margin."""
    opens = [i for i, t in enumerate(block) if t.type == "list_item_open" and t.level == 1]
    starts = [(block[i].map or [0, 0])[0] for i in opens]
    ordered = block[0].type == "ordered_list_open"
    mark = block[0].type + block[0].markup
    start = block[0].attrGet("start")
    number = 1 if start is None else int(start)
    if goes_on is not None and goes_on[0] == mark:
        number = goes_on[1]
    end = (block[0].map or [0, 0])[1]
    if len({_indent(lines[line]) for line in starts}) > 1:
        return [Unit(starts[0], end, block, number if ordered else None, mark)]
    bounds = [*opens, len(block) - 1]
    out = []
    for k, line in enumerate(starts):
        inner = [block[0], *block[bounds[k] : bounds[k + 1]], block[-1]]
        item_end = starts[k + 1] if k + 1 < len(starts) else end
        out.append(Unit(line, item_end, inner, number + k if ordered else None, mark))
    return out


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))
