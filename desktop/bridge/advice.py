"""What trying the ways to draft has shown, and which one to keep. Pure: no engine, no Qt, no file.

A *way* is how answers can be written with the loaded model: plainly, by lookup, with one draft model, or
with that and lookup together. Each is measured against plain on the same prompts; the ratio of the decode
tok/s of one prompt is one run of its speed-up.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Literal

from desktop.difference import Answered, first_position
from desktop.engine.types import Mode
from desktop.meter.types import Energy

TOKENS = 96
"""Most tokens of one measured answer."""
LEAST_TOKENS = 8
"""A shorter answer says more about its start than about its speed."""
MOST_DRAFTS = 6
"""More are not tried: each costs two answers a prompt. The smallest are."""
CLOSE = 0.02
"""A smaller difference than this is none, however often it was measured."""
_ENERGY_CLOSE = 0.05

Same = Literal["", "same", "tie", "differs", "own"]
Reason = Literal["speed", "memory", "energy", "simple"]
_SIMPLER: Mapping[Mode, int] = {"off": 0, "lookup": 1, "draft": 2, "auto": 3}


@dataclass(frozen=True, slots=True)
class Way:
    """How to answer. `draft`: the draft model's file, "" = none; `memory`: what it needs by itself, bytes."""

    mode: Mode
    name: str
    draft: str = ""
    memory: int = 0

    @property
    def key(self) -> str:
        """Tells ways apart."""
        return f"{self.mode}:{self.draft}"


PLAIN = Way("off", "Plain")
LOOKUP = Way("lookup", "Lookup")


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft model as it was judged. `reason`: why it cannot be used, "" = it can, or nobody knows yet."""

    path: Path
    name: str
    memory: int = 0
    reason: str = ""

    @property
    def ways(self) -> tuple[Way, Way]:
        """By itself, and with lookup."""
        path = str(self.path)
        return Way("draft", self.name, path, self.memory), Way("auto", self.name, path, self.memory)


@dataclass(frozen=True, slots=True)
class Trial:
    """One measured answer. `draws`: its rule keeps the distribution, not the text that a seed gives.

    `seconds`: all of it took, loading included; `problem`: why it says nothing of this way, "" = it does.
    """

    answered: Answered
    rate: float
    drafted: int = 0
    accepted: int = 0
    draws: bool = False
    energy: Energy | None = None
    seconds: float = 0.0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one way. `speedups`: (number of the prompt, ratio); `rates`: decode tok/s.

    `energy`: joules a token by those of plain, None = not known; `measured`: by a meter, else estimated.
    `same`: whether the texts were those of plain ("own": its rule draws its own, "" = not known); `at`: the
    first token that differs, counted from 1. `problem`: why there is no more to say.
    """

    way: Way
    rates: tuple[float, ...] = ()
    speedups: tuple[tuple[int, float], ...] = ()
    drafted: int = 0
    accepted: int = 0
    energy: float | None = None
    measured: bool = False
    same: Same = ""
    at: int = 0
    problem: str = ""

    @property
    def ratios(self) -> tuple[float, ...]:
        """The speed-ups alone."""
        return tuple(ratio for _, ratio in self.speedups)

    @property
    def speedup(self) -> float:
        """The median; 0 = not measured."""
        return median(self.ratios) if self.ratios else 0.0

    @property
    def rate(self) -> float:
        """The median of its tok/s; 0 = not measured."""
        return median(self.rates) if self.rates else 0.0


@dataclass(frozen=True, slots=True)
class Advice:
    """Everything that is kept of one measuring. `when`: seconds since the epoch; `own`: on the person's own
    prompts; `skipped`: prompts that could not be used. The prompts themselves are not kept.
    """

    target: str
    rows: tuple[Row, ...]
    when: float
    own: bool
    prompts: int
    skipped: int = 0


@dataclass(frozen=True, slots=True)
class Ranking:
    """Best first, ways without a measurement last.

    `tied`: ways that were at least as fast as the best, but not beyond the spread; `by`: what decided.
    """

    rows: tuple[Row, ...]
    tied: tuple[Row, ...] = ()
    by: Reason = "speed"

    @property
    def best(self) -> Row | None:
        """None when nothing was measured."""
        return self.rows[0] if self.rows and self.rows[0].ratios else None


def rank(rows: Sequence[Row]) -> Ranking:
    """By speed-up. Those that are not apart by more than the spread, and that none beats, tie: among them the
    one with less memory comes first, then the one with less energy, then the simpler one.
    """
    left = [row for row in rows if row.ratios]
    failed = [row for row in rows if not row.ratios]
    ordered: list[Row] = []
    tied: tuple[Row, ...] = ()
    by: Reason = "speed"
    while left:
        group = _unbeaten(left)
        first, why = _lightest(group)
        if not ordered:
            tied = tuple(row for row in group if row is not first and row.speedup >= first.speedup)
            by = why if tied else "speed"
        ordered.append(first)
        left.remove(first)
    return Ranking((*ordered, *failed), tied, by)


def _unbeaten(rows: list[Row]) -> list[Row]:
    """Those than which none is clearly faster; should all beat one another in a ring, the fastest.

    A wide spread is no merit: what ties with a way that beats plain must beat plain too, and what is slower
    than plain on the whole does not come before it.
    """
    found = [row for row in rows if not any(_beats(other, row) for other in rows)]
    plain = next((row for row in rows if row.way.mode == "off"), None)
    if plain is not None:
        better = (lambda row: row.speedup >= 1.0) if plain in found else (lambda row: _beats(row, plain))
        found = [row for row in found if better(row)]
    return found or [max(rows, key=lambda row: row.speedup)]


def _beats(one: Row, other: Row) -> bool:
    return one is not other and one.speedup > other.speedup and not is_tie(one, other)


def is_tie(one: Row, other: Row) -> bool:
    """Whether two ways cannot be told apart, prompt by prompt, for a prompt that suits drafting suits all.

    They can where one is ahead on every prompt, or by more than half the range of the ratios.
    """
    theirs = dict(other.speedups)
    logs = [math.log(ratio / theirs[prompt]) for prompt, ratio in one.speedups if prompt in theirs]
    if len(logs) < 2:
        return abs(math.log(one.speedup / other.speedup)) <= CLOSE
    middle, least, most = abs(median(logs)), min(logs), max(logs)
    mixed = least <= 0 <= most
    return middle <= CLOSE or (mixed and middle <= (most - least) / 2)


def _lightest(group: list[Row]) -> tuple[Row, Reason]:
    """Which of those that tie comes first, and what speaks for it."""
    if len(group) == 1:
        return group[0], "speed"
    least = min(row.way.memory for row in group)
    light = [row for row in group if row.way.memory == least]
    if len(light) == 1:
        return light[0], "memory"
    known = [row.energy for row in light if row.energy is not None]
    if len(known) == len(light):
        frugal = [row for row in light if (row.energy or 0.0) <= min(known) * (1.0 + _ENERGY_CLOSE)]
        if len(frugal) == 1:
            return frugal[0], "energy"
        light = frugal
    chosen = min(light, key=lambda row: (_SIMPLER[row.way.mode], -row.speedup))
    return chosen, "memory" if len(light) < len(group) else "simple"


def row_of(
    way: Way,
    trials: Mapping[int, Trial],
    plain: Mapping[int, Trial],
    ties: Mapping[tuple[int, str], bool | None] | None = None,
    problem: str = "",
) -> Row:
    """From the trials of a way and those of plain, both by prompt. `ties`: by prompt and way, whether the
    place where two answers part is a tie of rounding errors. With a `problem` no speed is told.
    """
    usable = {prompt: trial for prompt, trial in sorted(trials.items()) if trial.rate > 0}
    speedups = tuple(
        (prompt, trial.rate / plain[prompt].rate)
        for prompt, trial in usable.items()
        if prompt in plain and plain[prompt].rate > 0
    )
    if trials and not usable and not problem:
        problem = "the answers are too short to measure"
    energy, measured = _energy(trials, plain)
    same, at = _same(way, trials, plain, ties or {})
    return Row(
        way=way,
        rates=tuple(trial.rate for trial in usable.values()),
        speedups=() if problem else speedups,
        drafted=sum(trial.drafted for trial in trials.values()),
        accepted=sum(trial.accepted for trial in trials.values()),
        energy=energy,
        measured=measured,
        same=same,
        at=at,
        problem=problem,
    )


def _energy(trials: Mapping[int, Trial], plain: Mapping[int, Trial]) -> tuple[float | None, bool]:
    """Joules a token over all prompts, by those of plain; and whether no part of it is an estimate."""
    pairs = [(trial, plain[prompt]) for prompt, trial in trials.items() if prompt in plain]
    ours, theirs = _joules([trial for trial, _ in pairs]), _joules([trial for _, trial in pairs])
    if not ours or not theirs:
        return None, False
    measured = all(trial.energy is not None and trial.energy.measured for pair in pairs for trial in pair)
    return ours / theirs, measured


def _joules(trials: Sequence[Trial]) -> float:
    """Joules of one output token, the reading of the prompts included; 0 = not known."""
    tokens = sum(len(trial.answered.tokens) for trial in trials)
    known = [trial.energy.joules for trial in trials if trial.energy is not None]
    return sum(known) / tokens if tokens and len(known) == len(trials) else 0.0


def _same(
    way: Way,
    trials: Mapping[int, Trial],
    plain: Mapping[int, Trial],
    ties: Mapping[tuple[int, str], bool | None],
) -> tuple[Same, int]:
    """What to say of the texts, and from which token on they differ, counted from 1."""
    if way.mode == "off" or not any(prompt in plain for prompt in trials):
        return "", 0
    found: tuple[Same, int] = ("same", 0)
    for prompt, trial in sorted(trials.items()):
        at = parting(trial, plain.get(prompt))
        if at is None:
            continue
        if trial.draws:
            return "own", 0
        if not ties.get((prompt, way.key)):
            return "differs", at + 1
        found = "tie", at + 1
    return found


def parting(trial: Trial, plain: Trial | None) -> int | None:
    """Index of the first token that is not plain's; None = none, or there is nothing to compare with."""
    return first_position(plain.answered.tokens, trial.answered.tokens) if plain is not None else None
