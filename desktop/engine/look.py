"""A look at one place of an answer: what target and draft give the tokens that may stand there, and which
step of the sampling chain cuts which of them.

The chain's own steps are asked, one more of them each time, so what is told is what is done. Knows: logits,
the chain. Must not know: caches, prompts, files.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from desktop.engine.sampling import Chain, Distribution, Floats, softmax
from desktop.engine.seen import Choice, Look, Opinion

LIKELIEST = 10
TEMPERATURE, PENALTIES = "temperature 0", "penalties"


class View:
    """One model's logits (n,) at a place, and the chain it is sampled with."""

    def __init__(self, logits: Floats, chain: Chain, recent: Sequence[int], position: int) -> None:
        self._logits = logits
        self._probs = softmax(logits)
        self._penalised = chain.penalised(logits, recent)
        self._steps = list(_steps(chain, logits, recent, position))
        self._last = self._steps[-1][1]
        self.greedy = chain.greedy
        self._spared = self._last
        if self._penalised is not logits:
            self._spared = list(_steps(chain, logits, (), position))[-1][1]

    @property
    def entropy(self) -> float:
        """In bits."""
        some = self._probs[self._probs > 0.0]
        return float(-(some * np.log2(some)).sum())

    @property
    def left(self) -> int:
        """Tokens that may be taken."""
        return int(self._last.ids.size)

    def likeliest(self, count: int) -> list[int]:
        """Ids in order; equal ones by id."""
        some = np.argpartition(-self._probs, min(count, self._probs.size) - 1)[:count]
        some.sort()
        return [int(token) for token in some[np.argsort(-self._probs[some], kind="stable")]]

    def of(self, token: int) -> Opinion | None:
        """What is given to a token; None for one that it does not have."""
        if not 0 <= token < self._logits.size:
            return None
        p = float(self._probs[token])
        cut = self._cut(token)
        chance = self._after(token) if self.greedy else 0.0 if cut else self._last.of(token)
        rank = int((self._probs > p).sum())
        return Opinion(float(self._logits[token]), p, chance, rank, cut)

    def _after(self, token: int) -> float:
        return float(softmax(self._penalised)[token])

    def _cut(self, token: int) -> str:
        if (self._last.ids == token).any():
            return ""
        if self._penalised[token] < self._logits[token] and (self._spared.ids == token).any():
            return PENALTIES
        return next(name for name, left in self._steps if not (left.ids == token).any())


def look(
    at: int,
    target: View,
    draft: View | None,
    piece: Callable[[int], bytes],
    also: Sequence[int] = (),
    unknown: str = "",
) -> Look:
    """Put both models' views side by side. `also`: tokens wanted besides the likeliest."""
    drafted = draft.likeliest(LIKELIEST) if draft is not None else []
    choices: list[Choice] = []
    for token in dict.fromkeys([*target.likeliest(LIKELIEST), *drafted, *also]):
        given = target.of(token)
        if given is not None:
            choices.append(Choice(token, piece(token), given, draft.of(token) if draft is not None else None))
    has_draft = draft is not None
    return Look(at, tuple(choices), target.entropy, target.left, unknown, has_draft, target.greedy)


def followable(chain: Chain, *, seeded: bool) -> tuple[Chain, str]:
    """The chain without a step that cannot be followed here, and that step's name.

    Mirostat hangs on every surprise so far, XTC on the seed.
    """
    if chain.mirostat:
        sampling = replace(chain.sampling, mirostat_tau=0.0, top_k=0, top_p=1.0, min_p=0.0)
        return Chain(sampling, chain.seed, chain.window), "Mirostat"
    if chain.keeps_state and not seeded:
        return Chain(replace(chain.sampling, xtc_probability=0.0), chain.seed, chain.window), "XTC"
    return chain, ""


def _steps(
    chain: Chain, logits: Floats, recent: Sequence[int], position: int
) -> Iterator[tuple[str, Distribution]]:
    """What each step of the chain leaves, in its order; the last is the chain itself."""
    sampling = chain.sampling
    if chain.greedy:
        top = int(chain.penalised(logits, recent).argmax())
        yield TEMPERATURE, Distribution(np.array([top]), np.ones(1))
        return
    done = replace(sampling, top_k=0, top_p=1.0, min_p=0.0, xtc_probability=0.0)
    for name, more in (
        ("top-k", replace(done, top_k=sampling.top_k)),
        ("top-p", replace(done, top_k=sampling.top_k, top_p=sampling.top_p)),
        ("min-p", replace(sampling, xtc_probability=0.0)),
        ("XTC", sampling),
    ):
        if more != done:
            done = more
            yield name, Chain(done, chain.seed).distribution(logits, recent, position)
    yield "", chain.distribution(logits, recent, position)
