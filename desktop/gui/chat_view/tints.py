"""What of a shown paragraph came from where: runs to tint, proposals to strike before others. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Literal, NamedTuple
from unicodedata import combining

from desktop.engine.spans import Proposal
from desktop.gui.chat_view.pieces import Para, Run, Style
from desktop.gui.chat_view.places import OBJECT, Ruler
from desktop.gui.chat_view.sanitize import visible
from desktop.gui.chat_view.traced import Traced

_LONGEST = 28
_JOINER, _JOINED = "\u200d", "\u200d\ufe0e\ufe0f\u20e3"
Kind = Literal["accepted", "replaced"]


class Tint(NamedTuple):
    """UTF-16 units of a document, or of one of its blocks."""

    start: int
    end: int
    kind: Kind


class Strike(NamedTuple):
    """A rejected proposal, before a character of the shown text; `span`: what took its place.

    `word`: with the space that keeps it apart.
    """

    char: int
    word: str
    span: int


def reach(para: Para) -> tuple[int, int]:
    """From the first to the last place of a paragraph."""
    return (para.segs[0].source, para.segs[-1].source + para.segs[-1].length) if para.segs else (0, 0)


def tints(para: Para, ruler: Ruler, traced: Traced) -> list[Tint]:
    """One for each run of accepted tokens of a round, and one for each token that replaced another."""
    runs: list[tuple[int, int, Kind, int]] = []
    segs, seg, count = para.segs, 0, len(para.segs)
    hows, rounds = traced.hows, traced.numbers
    for number, start, end in traced.between(*reach(para)):
        how = hows[number]
        if how not in ("accepted", "replaced"):
            continue
        while seg < count and segs[seg].source + segs[seg].length <= start:
            seg += 1
        for index in range(seg, count):
            at, source, shown, length = segs[index]
            if source >= end:
                break
            first, last = at, at + shown
            if shown != length and start > source:
                continue  # an entity is its first token's
            if shown == length:
                first, last = at + max(0, start - source), at + min(length, end - source)
            if runs and runs[-1][1:] == (first, how, rounds[number]):
                first = runs.pop()[0]
            runs.append((first, last, "accepted" if how == "accepted" else "replaced", rounds[number]))
    out, text = [], para.text
    for first, last, kind, _ in runs:
        for begin, stop in _unbroken(ruler, *_trimmed(text, first, last)):
            out.append(Tint(ruler.unit(begin), ruler.end(stop - 1), kind))
    return out


def _unbroken(ruler: Ruler, first: int, last: int) -> Iterator[tuple[int, int]]:
    """Parts without a struck proposal in them."""
    begin = first
    for char in range(first + 1, last) if ruler.struck else ():
        if ruler.unit(char) != ruler.end(char - 1):
            yield begin, char
            begin = char
    if begin < last:
        yield begin, last


def _trimmed(text: str, first: int, last: int) -> tuple[int, int]:
    while first < last and text[first].isspace():
        first += 1
    while last > first and text[last - 1].isspace():
        last -= 1
    return first, last


def strikes(para: Para, ruler: Ruler, traced: Traced) -> list[Strike]:
    """The proposals the target rejected, each before what it took instead."""
    out: list[Strike] = []
    text = para.text
    for number, start, _ in traced.between(*reach(para)):
        refused = traced.refused[number]
        if refused is None:
            continue
        char = ruler.char_at(start)
        while char < len(text) and text[char].isspace():
            char += 1
        while char > 0 and _inside(text, char):
            char -= 1
        free = char == 0 or text[char - 1].isspace()
        word = word_of(refused)
        out.append(Strike(char, f"{word} " if free else f"\u2009{word}\u2009", number))
    if (ended := traced.end_refused) >= 0 and traced.written_in(*reach(para)):
        last = traced.refused[ended]
        out += [Strike(len(text), f"\u2009{word_of(last)}", ended)] if last is not None else []
    return out


def _inside(text: str, char: int) -> bool:
    """Whether what is seen as one character goes on there, as far as that can be told quickly."""
    if char >= len(text):
        return False
    one = text[char]
    return (
        text[char - 1] == _JOINER
        or one in _JOINED
        or "\U0001f3fb" <= one <= "\U0001f3ff"
        or combining(one) > 0
    )


def word_of(one: Proposal) -> str:
    """A proposal in one short word without line ends."""
    word = visible(one.text.strip()) or visible(one.text.replace("\n", "⏎").replace(" ", "·")) or "·"
    word = word.replace("\n", "⏎").replace("\t", " ")
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"


def dressed(para: Para, struck: Sequence[Strike]) -> Para:
    """The paragraph as it is written: a struck proposal is one character, its word is the run's `href`."""
    if not struck:
        return para
    runs: list[Run] = []
    left, at = list(struck), 0
    for run in para.runs:
        begin = 0
        while left and left[0].char < at + len(run.text):
            one = left.pop(0)
            cut = one.char - at
            if cut > begin:
                runs.append(run._replace(text=run.text[begin:cut]))
            begin = max(begin, cut)
            runs.append(Run(OBJECT, Style.STRUCK, one.word))
        if begin < len(run.text):
            runs.append(run._replace(text=run.text[begin:]))
        at += len(run.text)
    runs += [Run(OBJECT, Style.STRUCK, one.word) for one in left]
    return replace(para, runs=tuple(runs))
