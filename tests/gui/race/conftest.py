"""A recorded race made by hand: times, rounds and words are known, so every figure can be told beforehand."""

from __future__ import annotations

import pytest

from desktop.contest.data import Configuration, Pair, Race, Run
from desktop.engine.types import (
    Added,
    Drafted,
    Finished,
    Part,
    Round,
    Speculated,
    Speculation,
    Step,
    Timings,
)  # fmt: skip

WORDS = {1: " one", 2: " two", 3: " three", 4: " four", 9: " nine"}
OFF = Configuration("off", "Plain")
ON = Configuration("three", "Draft of 3", speculation=Speculation("draft", length=3))
TOKENS = 41
CURVE = tuple((width, 10.0 + width) for width in range(1, 17))


def step(tokens: tuple[int, ...], round_: Round, at_ms: float) -> Step:
    return Step((Part("answer", "".join(WORDS[token] for token in tokens)),), tokens, round_, at_ms)


FIRST = Round("prompt", 5, 0.0, 50.0, added=Added(1, 0.9, 0, "first"))
PLAIN = Round("plain", 1, 0.0, 10.0, added=Added(1, 0.9, 0, "plain"))
MISS = Round(
    "draft", 4, 1.0, 13.0,
    (
        Drafted(1, 0.9, 0.9, 0, "accepted"), Drafted(2, 0.8, 0.8, 0, "accepted"),
        Drafted(9, 0.5, 0.1, 2, "rejected"),
    ),
    Added(3, 0.7, 0, "replaced"), 2,
)  # fmt: skip
HIT = Round(
    "draft", 4, 1.0, 13.0,
    tuple(Drafted(token, 0.9, 0.9, 0, "accepted") for token in (1, 2, 3)), Added(4, 0.9, 0, "bonus"), 3,
)  # fmt: skip


def finished(decode_ms: float, speculated: Speculated | None = None) -> Finished:
    timings = Timings(100.0, 90.0, decode_ms)
    return Finished("eos", 5, 0, TOKENS, 0, 46, timings, 42, speculated=speculated or Speculated())


def plain_run(every_ms: float = 20.0) -> Run:
    sequence = [1, *([1, 2, 3, 4] * 10)]
    steps = [
        step((token,), FIRST if not n else PLAIN, 100.0 + n * every_ms) for n, token in enumerate(sequence)
    ]
    return Run("alone", OFF, tuple(steps), finished(40 * every_ms), words=WORDS)


def speculative_run(every_ms: float = 40.0) -> Run:
    steps = [step((1,), FIRST, 100.0)]
    steps += [step((1, 2, 3, 4), HIT, 100.0 + (n + 1) * every_ms) for n in range(10)]
    did = Speculated("draft", "active", "", "draft", None, 10, 30, 30, 0, 0)
    return Run("with a draft", ON, tuple(steps), finished(10 * every_ms, did), words=WORDS)


@pytest.fixture
def race() -> Race:
    pairs = tuple(Pair(plain_run(), speculative_run(every)) for every in (40.0, 50.0, 32.0))
    return Race("Count", pairs, "Target", "Draft", 42, curve=CURVE, step_ms=0.5)
