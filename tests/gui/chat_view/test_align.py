"""Shown text finds its place in the Markdown it was made from, at once and while it streams."""

from __future__ import annotations

import html
import random

import pytest

from desktop.gui.chat_view.blocks import BlockStream, read
from desktop.gui.chat_view.pieces import LINE, Code, Para, Piece, Seg, cell_text
from desktop.gui.chat_view.sanitize import visible
from desktop.gui.chat_view.units import Markdown
from tests.gui.chat_view.corpus import CORPUS

INLINE = [
    "plain *em* **strong** ***both*** ~~gone~~ `code` end",
    "a `` tick ` inside `` and ` padded ` and `two\nlines` end",
    "[text](https://e.org 'title (x)') then [ref] and [other][ref] and [ref][] end\n\n[ref]: https://e.org",
    '[a](<https://e.org/x y>) [b](https://e.org/a(b)c) [c](https://e.org "t\\"x") end',
    '[bad](javascript:x) ![picture of *x*](https://e.org/a.png "t") after',
    "<https://e.org/auto> and <me@e.org> end",
    "&amp;map &lt;b&gt; &copy;right &#65;&#x42;C &nosuch; &amp&amp; end",
    "\\*not em\\* \\\\ \\a 1\\. \\[x\\](y) end",
    "hard  \nbreak \\\nand\nsoft   end",
    "**open *nested* close** and *half **open",
    "👩‍👩‍👧 **日本語** e\u0301clair *ä́* עברית **שלום** end",
    "> quoted *a*\n> second **b**\nlazy `c`\n",
    "- [x] done *well*\n- [ ] **open**\n- plain\n\n  second paragraph *here*\n",
    "1. one\n   1. deep *er*\n\n      > quote **in** list\n",
    "# Head *ing* #\n\nSetext `x`\ntwo\n===\n",
    "\u202ebidi\u202c \x07bell **\ufffcobject** end",
    "| a *b* | `c` |\n|--|--|\n| **x** | a \\| b |\n| & &amp; | [l](https://e.org) |\n",
    "-\ttabbed *x*\n-\tmore\n",
    "snake_case_word and 2 * 3 * 4 and a_b_ end",
    "word [not a link] [x] (y) end",
]


def told(text: str) -> str:
    """A stretch of Markdown as it is shown."""
    plain = visible(text.replace("\\\n", "\n"))
    if len(plain) > 1 and plain[0] == "\\":
        return plain[1:]
    said = html.unescape(plain)
    return visible(said.replace("\n", " "))


def places(piece: Piece) -> list[tuple[str, tuple[Seg, ...]]]:
    if isinstance(piece, Para):
        return [(piece.text, piece.segs)]
    if isinstance(piece, Code):
        return []
    rows = ([piece.head] if piece.head else []) + list(piece.rows)
    return [
        (cell_text(c), s)
        for row, segs in zip(rows, piece.segs, strict=True)
        for c, s in zip(row, segs, strict=False)
    ]


def wrong(text: str, pieces: list[Piece]) -> list[str]:
    """Places that do not say what is shown there."""
    source = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")
    out = []
    for piece in pieces:
        if isinstance(piece, Code):
            first = piece.text.split("\n")[0]
            if first not in source[piece.start :].split("\n")[0]:
                out.append(f"code {first!r} at {source[piece.start : piece.start + 40]!r}")
        for shown, segs in places(piece):
            at = source_at = 0
            for seg in segs:
                said, raw = shown[seg.at : seg.at + seg.shown], source[seg.source : seg.source + seg.length]
                if seg.at < at or seg.source < source_at:
                    out.append(f"out of order: {seg}")
                at, source_at = seg.at + seg.shown, seg.source + seg.length
                good = "\n" in raw if said == LINE else said.replace(LINE, " ") in (raw, told(raw))
                if not good:
                    out.append(f"{said!r} at {raw!r}")
    return out


def uncovered(pieces: list[Piece]) -> str:
    """Shown characters without a place."""
    out = ""
    for piece in pieces:
        for shown, segs in places(piece):
            at = 0
            for seg in segs:
                out, at = out + shown[at : seg.at], seg.at + seg.shown
            out += shown[at:]
    return out


@pytest.mark.parametrize("text", INLINE + CORPUS, ids=range(len(INLINE) + len(CORPUS)))
def test_every_place_says_what_is_shown(text: str) -> None:
    pieces = read(text, Markdown())
    assert wrong(text, pieces) == []
    missing = uncovered(pieces).replace("\n", "")
    if "image" not in missing and "(" not in missing and "|" not in text:
        assert missing == ""


@pytest.mark.parametrize("text", INLINE + CORPUS, ids=range(len(INLINE) + len(CORPUS)))
def test_every_place_is_right_while_it_streams(text: str) -> None:
    rng, stream, at = random.Random(len(text)), BlockStream(Markdown()), 0
    while at < len(text):
        size = rng.choice([1, 7, 60, 900])
        stream.feed(text[at : at + size])
        at += size
        assert wrong(text[:at], stream.pieces) == []
    assert wrong(text, list(stream.finished().pieces)) == []
