"""Where two answers to one request part, and whether that is more than floating-point noise.

A decode of another width adds the same numbers up in another order, so its logits differ in the last digits.
Where two tokens stand closer together than that, either may be taken: a tie. How large this noise is here,
the answers tell: up to where they part, both runs gave probabilities for the very same tokens.
Knows: token ids, logits, the draw. Must not know: rounds, times, what is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt

from desktop.engine.sampling import TARGET, Chain, draw
from desktop.engine.types import Request, Sampling, StopReason

Floats = npt.NDArray[np.float32]
MARGIN = 4.0
"""Where the answers part, noise may be this much larger than anywhere before."""
LEAST, MOST = 1e-4, 0.02
"""Noise in parts of the logits' standard deviation: at least what a short front may not show, and at most
what can still be noise. A cache that holds something wrong is off by more."""


class Judge(Protocol):
    """The target's own opinion: `Engine` has one."""

    def logits_after(self, request: Request, tokens: Sequence[int]) -> Floats:
        """Logits (n_vocab,) after the prompt and `tokens` of the answer, evaluated one by one."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer: its tokens, how likely each was by the target, how it ended; prompt length, seed."""

    tokens: Sequence[int]
    probabilities: Sequence[float]
    stop: StopReason
    prompt_tokens: int
    seed: int


@dataclass(frozen=True, slots=True)
class Difference:
    """The first position where two answers differ.

    `tokens`: what stands there, None where that answer had ended. `logits`: of these two tokens, decoded one
    by one (an answer that had ended took the likeliest other one). `noise`: how far logits may be off. `tie`:
    whether so much noise is enough to take either; None = not known, since the draw hangs on what was drawn
    before (Mirostat) or on the prompt (penalties).
    """

    position: int
    tokens: tuple[int | None, int | None]
    logits: tuple[float, float]
    noise: float
    tie: bool | None

    @property
    def gap(self) -> float:
        """How much likelier the first one's token is, as a difference of logits."""
        return self.logits[0] - self.logits[1]


def first_position(one: Sequence[int], other: Sequence[int]) -> int | None:
    """Index of the first token that differs, None when there is none."""
    shorter = min(len(one), len(other))
    parted = (index for index in range(shorter) if one[index] != other[index])
    return next(parted, None if len(one) == len(other) else shorter)


def find(judge: Judge, request: Request, one: Answered, other: Answered) -> Difference | None:
    """Where the two answers to `request` part; None = nowhere. Leaves the judge's KV cache used.

    Raises: EngineFailed.
    """
    at = first_position(one.tokens, other.tokens)
    if at is None:
        return None
    logits = judge.logits_after(request, one.tokens[:at])
    first, second = (answer.tokens[at] if at < len(answer.tokens) else None for answer in (one, other))
    rivals = _or_best(first, logits, second), _or_best(second, logits, first)
    noise = _noise(one.probabilities[:at], other.probabilities[:at], request.sampling, float(logits.std()))
    tie = _tie(Chain(request.sampling, one.seed), logits, rivals, noise, one.prompt_tokens + at)
    if any(at == len(answer.tokens) and answer.stop != "eos" for answer in (one, other)):
        tie = False  # no token ended it
    return Difference(at, (first, second), (float(logits[rivals[0]]), float(logits[rivals[1]])), noise, tie)


def _or_best(token: int | None, logits: Floats, rival: int | None) -> int:
    """The token, or what its answer ended with: the likeliest that is not the rival."""
    if token is not None:
        return token
    return next(int(one) for one in np.argsort(-logits, kind="stable") if one != rival)


def _noise(one: Sequence[float], other: Sequence[float], sampling: Sampling, spread: float) -> float:
    """How far logits of the two runs may lie apart. `one`, `other`: probabilities of the same tokens."""
    pairs = np.array([pair for pair in zip(one, other, strict=True) if min(pair) > 0.0]).reshape(-1, 2)
    seen = float(np.abs(np.diff(np.log(pairs))).max(initial=0.0))
    if sampling.temperature > 0:
        seen *= sampling.temperature  # p is of logits divided by it
    return min(max(MARGIN * seen, LEAST * spread), MOST * spread)


def _tie(chain: Chain, logits: Floats, rivals: tuple[int, int], noise: float, position: int) -> bool | None:
    """Whether each of the two is taken when noise helps it, harms the other and moves all the rest."""
    if chain.mirostat or chain.window:
        return None
    return all(
        any(
            _taken(chain, _nudged(logits, winner, loser, noise, rest), position) == winner
            for rest in (0.0, -noise, noise)
        )
        for winner, loser in (rivals, rivals[::-1])
    )


def _nudged(logits: Floats, winner: int, loser: int, noise: float, rest: float) -> Floats:
    moved = logits + np.float32(rest)
    moved[winner] = logits[winner] + np.float32(noise)
    moved[loser] = logits[loser] - np.float32(noise)
    return moved


def _taken(chain: Chain, logits: Floats, position: int) -> int:
    if chain.greedy:
        return int(logits.argmax())
    return draw(chain.distribution(logits, (), position), chain.seed, TARGET, position)
