"""What a message is made of once its Markdown has been read: a flat list of pieces. Knows nothing of Qt.

Flat, because a text document is flat: depth is a number on the piece. All are frozen and compare by value,
so that a streaming view can tell which pieces changed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Literal, NamedTuple

OPEN_TASK, DONE_TASK = "☐", "☑"  # markers of task list items
LINE = "\u2028"  # a line break inside a paragraph, as a text document writes it


class Style(IntFlag):
    """How a run is set."""

    PLAIN = 0
    BOLD = 1
    ITALIC = 2
    CODE = 4
    STRIKE = 8
    FAINT = 16
    STRUCK = 32  # a rejected proposal, which is no text: `Run.text` stands for it, `Run.href` is its word


class Run(NamedTuple):
    """Text of one style. `href` is "" or an http(s) address."""

    text: str
    style: Style = Style.PLAIN
    href: str = ""


class Seg(NamedTuple):
    """`shown` characters from `at` of a shown text are `length` characters from `source` of the Markdown.

    One by one when both counts are equal, else all for all: an entity, an escape, a line break.
    """

    at: int
    source: int
    shown: int
    length: int


@dataclass(frozen=True, slots=True)
class Para:
    """One paragraph. `depth`: list levels around it; `quote`: quote levels; `marker`: bullet or number."""

    runs: tuple[Run, ...]
    style: Literal["p", "h1", "h2", "h3", "h4", "h5", "h6", "rule"] = "p"
    depth: int = 0
    quote: int = 0
    marker: str = ""
    joined: bool = False
    """Goes on from the piece before, which was too long for one paragraph."""
    segs: tuple[Seg, ...] = field(default=(), compare=False)
    """Where its text stands in the Markdown text, in order; what has no place is left out."""

    @property
    def text(self) -> str:
        """The shown text."""
        return "".join(run.text for run in self.runs)


@dataclass(frozen=True, slots=True)
class Code:
    """A code block. `text` is raw, without the last line end; `closed` is false while it is being written."""

    language: str
    text: str
    depth: int = 0
    quote: int = 0
    closed: bool = True
    start: int = field(default=-1, compare=False)
    """Where the line of its first line begins in the Markdown text."""


Cell = tuple[Run, ...]
Align = Literal["left", "center", "right"]


@dataclass(frozen=True, slots=True)
class Table:
    """At most `flatten.TABLE_ROWS` rows of a table. `weights`: longest text per column, in characters.

    A longer table is several of these with the same weights; all but the first have no `head`.
    """

    head: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    aligns: tuple[Align, ...]
    weights: tuple[int, ...]
    depth: int = 0
    quote: int = 0
    segs: tuple[tuple[tuple[Seg, ...], ...], ...] = field(default=(), compare=False)
    """As in `Para`, for every cell of every row, the head first."""


Piece = Para | Code | Table
_ENDLESS = re.compile(r"\S{300}")


def cell_text(cell: Cell) -> str:
    """The shown text of a table cell."""
    return "".join(run.text for run in cell)


def piece_text(piece: Piece) -> str:
    """What a piece shows, as plain text: paragraphs with their markers, table cells between tabs."""
    if isinstance(piece, Para):
        lead = "  " * max(0, piece.depth - 1) + piece.marker + " " if piece.marker else "  " * piece.depth
        return lead + piece.text.replace(LINE, "\n")
    if isinstance(piece, Code):
        return piece.text
    rows = ([piece.head] if piece.head else []) + list(piece.rows)
    return "\n".join("\t".join(cell_text(cell).replace(LINE, " ") for cell in row) for row in rows)


def endless(text: str) -> bool:
    """Whether a text has a word that no line can hold."""
    return len(text) > 300 and _ENDLESS.search(text) is not None
