"""From markdown-it tokens to pieces. Knows nothing of Qt.

Softbreaks are kept as line breaks: small models write poems and addresses that way far more often than they
wrap prose. Images are never loaded: their text and address are shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import TYPE_CHECKING, Literal, cast

from desktop.gui.chat_view import align
from desktop.gui.chat_view.align import Lines
from desktop.gui.chat_view.pieces import (
    DONE_TASK,
    LINE,
    OPEN_TASK,
    Align,
    Cell,
    Code,
    Para,
    Piece,
    Run,
    Seg,
    Style,
    Table,
    cell_text,
)
from desktop.gui.chat_view.sanitize import bare_urls, safe_url, visible

if TYPE_CHECKING:
    from markdown_it.token import Token

TABLE_ROWS = 40  # rows of one table piece
BULLETS = "•◦▪"
_TASKS = {"[ ] ": OPEN_TASK, "[x] ": DONE_TASK}
_MARKS = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE}
_Heading = Literal["h1", "h2", "h3", "h4", "h5", "h6"]


def inline_runs(children: Sequence[Token] | None) -> tuple[Run, ...]:
    """Runs of one paragraph, neighbours of equal style joined."""
    out: list[Run] = []
    style, hrefs = Style.PLAIN, [""]
    for token in children or ():
        kind, _, edge = token.type.rpartition("_")
        if kind in _MARKS:
            style = style | _MARKS[kind] if edge == "open" else style & ~_MARKS[kind]
        elif token.type == "link_open":
            hrefs.append(str(token.attrGet("href") or ""))
        elif token.type == "link_close":
            _close_link(out, hrefs.pop())
        elif token.type in ("softbreak", "hardbreak"):
            out.append(Run(LINE, style, safe_url(hrefs[-1]) or ""))
        elif token.type == "image":
            out += _image(token)
        elif token.content:
            mark = style | Style.CODE if token.type == "code_inline" else style
            out += _text_runs(visible(token.content.replace("\n", " ")), mark, safe_url(hrefs[-1]) or "")
    return _joined(out)


def _close_link(out: list[Run], href: str) -> None:
    """An address that may not be opened is shown instead."""
    if href and safe_url(href) is None:
        out.append(Run(f" ({visible(href)})", Style.FAINT))


def _image(token: Token) -> list[Run]:
    source = str(token.attrGet("src") or "")
    href = safe_url(source) or ""
    label = visible(token.content) or "image"
    return [Run(label, Style.PLAIN, href), Run(f" (image, not loaded: {visible(source)})", Style.FAINT)]


def _text_runs(text: str, style: Style, href: str) -> list[Run]:
    if href or style & Style.CODE:
        return [Run(text, style, href)]
    out, at = [], 0
    for start, end in bare_urls(text):
        out += [Run(text[at:start], style), Run(text[start:end], style, text[start:end])]
        at = end
    return [*out, Run(text[at:], style)]


def _joined(runs: list[Run]) -> tuple[Run, ...]:
    out: list[Run] = []
    for run in runs:
        if not run.text:
            continue
        if out and out[-1][1:] == run[1:]:
            out[-1] = Run(out[-1].text + run.text, run.style, run.href)
        else:
            out.append(run)
    return tuple(out)


@dataclass(slots=True)
class _List:
    ordered: bool
    number: int


@dataclass(slots=True)
class _Walk:
    """Where the walk over the tokens is."""

    lines: Lines
    quote: int = 0
    lists: list[_List] = field(default_factory=list)
    marker: str = ""
    out: list[Piece] = field(default_factory=list)

    def take_marker(self) -> str:
        marker, self.marker = self.marker, ""
        return marker

    def flush_marker(self) -> None:
        """An item that begins with something else than a paragraph still shows its marker."""
        if self.marker:
            self.out.append(Para((), depth=len(self.lists), quote=self.quote, marker=self.take_marker()))


def flatten(
    tokens: Sequence[Token],
    number: int | None = None,
    weights: tuple[int, ...] | None = None,
    lines: Lines | None = None,
    *,
    closed: bool = True,
) -> list[Piece]:
    """Pieces of some top-level tokens. `number`: of the first item of an ordered list that goes on.

    `weights`: the first table goes on a longer one, so it has no head.
    `lines`: what the tokens were made from.
    `closed`: a code block at the end is complete.
    """
    walk = _Walk(lines or Lines((), 0))
    index = 0
    while index < len(tokens):
        token = tokens[index]
        if token.type == "table_open":
            end = next(i for i in range(index, len(tokens)) if tokens[i].type == "table_close")
            walk.flush_marker()
            walk.out += _table(tokens[index:end], weights, walk)
            weights, index = None, end
        elif token.type == "inline":
            _paragraph(walk, token, tokens[index - 1].tag if index else "p")
        else:
            number = _container(walk, token, number)
        index += 1
    walk.flush_marker()
    if not closed and walk.out and isinstance(walk.out[-1], Code):
        last = walk.out[-1]
        walk.out[-1] = replace(last, closed=False)
    return walk.out


def _paragraph(walk: _Walk, token: Token, tag: str) -> None:
    style = cast("_Heading", tag) if tag in ("h1", "h2", "h3", "h4", "h5", "h6") else "p"
    runs, marker = inline_runs(token.children), walk.take_marker()
    segs = align.paragraph(token, walk.lines)
    if marker and runs and (task := _TASKS.get(runs[0].text[:4].lower())):
        runs, marker = _joined([runs[0]._replace(text=runs[0].text[4:]), *runs[1:]]), task
        segs = _without_task(segs)
    walk.out.append(Para(runs, style, len(walk.lists), walk.quote, marker, segs=segs))


def _without_task(segs: tuple[Seg, ...]) -> tuple[Seg, ...]:
    """The box of a task is its marker, not its text."""
    if not segs or segs[0].at or segs[0].shown != segs[0].length or segs[0].shown < 4:
        return ()
    first = segs[0]
    rest = [seg._replace(at=seg.at - 4) for seg in segs[1:]]
    return (Seg(0, first.source + 4, first.shown - 4, first.length - 4), *rest)


def _container(walk: _Walk, token: Token, number: int | None) -> int | None:
    """Steps into or out of a container; returns the number still to be used by a list."""
    depth = len(walk.lists)
    if token.type in ("fence", "code_block"):
        walk.flush_marker()
        words = token.info.split()
        language = visible(words[0])[:40] if words else ""
        first = (token.map or [0, 0])[0] + (token.type == "fence")
        text = token.content.removesuffix("\n")
        walk.out.append(Code(language, text, depth, walk.quote, start=walk.lines.at(first)))
    elif token.type == "hr":
        walk.flush_marker()
        walk.out.append(Para((), "rule", depth, walk.quote))
    elif token.type in ("bullet_list_open", "ordered_list_open"):
        walk.flush_marker()
        start = token.attrGet("start") if number is None else number
        walk.lists.append(_List(token.type == "ordered_list_open", 1 if start is None else int(start)))
        return None
    elif token.type in ("bullet_list_close", "ordered_list_close"):
        walk.lists.pop()
    elif token.type == "list_item_open":
        walk.flush_marker()
        here = walk.lists[-1]
        walk.marker = f"{here.number}." if here.ordered else BULLETS[min(depth, len(BULLETS)) - 1]
        here.number += 1
    elif token.type == "list_item_close":
        walk.flush_marker()
    elif token.type in ("blockquote_open", "blockquote_close"):
        walk.flush_marker()
        walk.quote += 1 if token.type == "blockquote_open" else -1
    return number


def _table(tokens: Sequence[Token], weights: tuple[int, ...] | None, walk: _Walk) -> list[Piece]:
    aligns: list[Align] = []
    rows: list[tuple[Cell, ...]] = []
    segs: list[tuple[tuple[Seg, ...], ...]] = []
    cells: list[Cell] = []
    placed: list[tuple[Seg, ...]] = []
    column = 0
    for token in tokens:
        if token.type == "tr_open":
            cells, placed, column = [], [], 0
        elif token.type == "th_open":
            style = str(token.attrGet("style") or "")
            aligns.append("center" if "center" in style else "right" if "right" in style else "left")
        elif token.type == "inline":
            cells.append(inline_runs(token.children))
            found, column = align.cell(token, walk.lines, column)
            placed.append(found)
        elif token.type == "tr_close":
            rows.append(tuple(cells))
            segs.append(tuple(placed))
    return _parted(rows, segs, tuple(aligns), weights, walk)


def _parted(
    rows: Sequence[tuple[Cell, ...]],
    segs: Sequence[tuple[tuple[Seg, ...], ...]],
    aligns: tuple[Align, ...],
    weights: tuple[int, ...] | None,
    walk: _Walk,
) -> list[Piece]:
    """A table as pieces of some rows; the first has the head, unless it goes on a longer table."""
    first, body, depth = () if weights else rows[0], rows[1:], len(walk.lists)
    weights = weights or _weights([rows[0], *body[:TABLE_ROWS]])
    out: list[Piece] = []
    for start in range(0, max(1, len(body)), TABLE_ROWS):
        head = first if start == 0 else ()
        chunk = tuple(body[start : start + TABLE_ROWS])
        places = (*segs[:1],) if head else ()
        places += tuple(segs[1 + start : 1 + start + TABLE_ROWS])
        out.append(Table(head, chunk, aligns, weights, depth, walk.quote, places))
    return out


def _weights(rows: Sequence[tuple[Cell, ...]]) -> tuple[int, ...]:
    columns = zip_longest(*rows, fillvalue=())
    return tuple(
        max(max((len(line) for cell in column for line in cell_text(cell).split(LINE)), default=1), 1)
        for column in columns
    )
