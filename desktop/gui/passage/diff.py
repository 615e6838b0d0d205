"""What became of a text's words: kept, removed, added, or not yet reached. Pure, no Qt."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

Change = Literal["kept", "removed", "added", "pending"]
_TOKEN = re.compile(r"\S+\s*|\s+")
_MOST = 100_000
"""Pairs of equal words beyond which all of one text is removed and all of the other added: time grows with
them.
"""


_EDGE = 40
"""Characters at an edge in which a space is looked for."""


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one kind, with the space behind each."""

    text: str
    change: Change


def word_diff(old: str, new: str, *, going_on: bool = False) -> list[Run]:
    """From the old text to the new one. `going_on`: more of the new one is to come, so the last word may be
    half of one, and what is left of the old text is not removed but pending.
    """
    was, now = _TOKEN.findall(old), _TOKEN.findall(new)
    if going_on and now and not now[-1][-1].isspace():
        now.pop()
    front = _front(was, now)
    back = 0 if going_on else _front(was[front:][::-1], now[front:][::-1])
    middle = _middle(was[front : len(was) - back], now[front : len(now) - back], going_on=going_on)
    runs = [Run("".join(now[:front]), "kept"), *middle, Run("".join(now[len(now) - back :]), "kept")]
    return list(_joined(runs))


def _front(was: Sequence[str], now: Sequence[str]) -> int:
    """How many words in front are the same."""
    for at, (one, other) in enumerate(zip(was, now, strict=False)):
        if one.strip() != other.strip():
            return at
    return min(len(was), len(now))


def _middle(was: list[str], now: list[str], *, going_on: bool) -> Iterator[Run]:
    left: Change = "pending" if going_on else "removed"
    one, other = [word.strip() for word in was], [word.strip() for word in now]
    if not was or not now or _pairs(one, other) > _MOST:
        both = [Run("".join(was), left), Run("".join(now), "added")]
        yield from reversed(both) if going_on else both
        return
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    for kind, low, high, start, end in matcher.get_opcodes():
        if kind == "equal":
            yield Run("".join(now[start:end]), "kept")
            continue
        gone, come = "".join(was[low:high]), "".join(now[start:end])
        if going_on and high == len(was):
            yield Run(come, "added")
            yield Run(gone, "pending")
        else:
            yield Run(gone, "removed")
            yield Run(come, "added")


def _pairs(one: Sequence[str], other: Sequence[str]) -> int:
    counts = Counter(other)
    return sum(times * counts[word] for word, times in Counter(one).items())


def _joined(runs: Sequence[Run]) -> Iterator[Run]:
    """Neighbours of one kind as one, and a space between words of two: the last word of a text has none."""
    held: Run | None = None
    for run in runs:
        if not run.text:
            continue
        if held is None:
            held = run
            continue
        gap = "" if held.text[-1].isspace() or run.text[0].isspace() else " "
        before = Run(held.text + gap, held.change)
        if before.change == run.change:
            held = Run(before.text + run.text, run.change)
        else:
            yield before
            held = run
    if held is not None:
        yield held


def elided(text: str, front: int, back: int) -> str:
    """A text much longer than that without its middle, cut between words; says how much is left out."""
    if len(text) <= (front + back) * 3 // 2:
        return text
    begins, ends = text[:front], text[len(text) - back :]
    edge = begins[-_EDGE:].rfind(" ")
    begins = begins[: len(begins) - min(_EDGE, len(begins)) + edge] if edge >= 0 else begins
    edge = ends[:_EDGE].find(" ")
    ends = ends[edge + 1 :] if edge >= 0 else ends
    begins, ends = begins.rstrip(), ends.lstrip()
    return f"{begins}\n… {len(text) - len(begins) - len(ends):,} characters …\n{ends}"
