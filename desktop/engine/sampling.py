"""From logits to the distribution a token is drawn from, and the draw.

The chain is llama.cpp's: penalties, top-k, top-p, min-p, XTC, temperature; or temperature and Mirostat 2. It
is written in numpy because speculation needs the distribution itself, of target and draft alike, at several
positions of one decode and without state to roll back. All randomness is a function of (seed, stream,
position, token): the same seed gives the same text however the tokens were grouped into decodes.
Must not know: llama.cpp, drafts, text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from desktop.engine.types import Sampling

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ids = npt.NDArray[np.int64]

TARGET, DRAFT, ACCEPT, _XTC = 1, 2, 3, 4
"""Streams of random numbers that never touch."""
_FEW: Final = 1024
"""Candidates sorted at first when top-p needs an order and top-k gives none."""
_MASK = (1 << 64) - 1
_GOLDEN, _MIX_1, _MIX_2 = 0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """`probs` (n,) of the tokens `ids` (n,), likeliest first where the chain sorts; they sum to 1."""

    ids: Ids
    probs: Doubles

    def of(self, token: int) -> float:
        """Probability of one token; 0 when the chain has cut it."""
        found = np.flatnonzero(self.ids == token)
        return float(self.probs[found[0]]) if found.size else 0.0

    def rank(self, token: int) -> int:
        """How many tokens are likelier."""
        return int((self.probs > self.of(token)).sum())


class Chain:
    """The sampling chain of one answer. `state` is Mirostat's alone."""

    def __init__(self, sampling: Sampling, seed: int, n_ctx_train: int = 0) -> None:
        self.sampling = sampling
        self.seed = seed
        self.greedy = sampling.temperature <= 0.0
        window = sampling.penalty_last_n if sampling.penalty_last_n >= 0 else n_ctx_train
        penalties = (sampling.repeat_penalty, sampling.frequency_penalty, sampling.presence_penalty)
        self.window = window if penalties != (1.0, 0.0, 0.0) else 0
        """How many of the latest tokens are penalised; 0 = none."""
        self.mirostat = sampling.mirostat_tau > 0.0 and not self.greedy
        self.keeps_state = self.mirostat or (sampling.xtc_probability > 0.0 and not self.greedy)
        """Whether p at a position hangs on more than the tokens before it: no p/q rule is possible then."""
        self._mu = 2.0 * sampling.mirostat_tau

    def recent(self, tokens: Sequence[int]) -> Sequence[int]:
        """The tokens that penalties look at."""
        return tokens[-self.window :] if self.window else ()

    def penalised(self, logits: Floats, recent: Sequence[int]) -> Floats:
        """Logits (n_vocab,) after penalties: a copy, or the same when there are none."""
        if not recent:
            return logits
        ids, counts = np.unique(np.asarray(recent, np.int64), return_counts=True)
        inside = ids < logits.size
        ids, counts = ids[inside], counts[inside]
        logits = logits.copy()
        values = logits[ids]
        repeat = np.float32(self.sampling.repeat_penalty)
        values = np.where(values <= 0, values * repeat, values / repeat)
        values -= counts.astype(np.float32) * np.float32(self.sampling.frequency_penalty)
        values -= np.float32(self.sampling.presence_penalty)
        logits[ids] = values
        return logits

    def distribution(self, logits: Floats, recent: Sequence[int], position: int) -> Distribution:
        """What the next token is drawn from. `logits` (n_vocab,), `position` = index of that token."""
        logits = self.penalised(logits, recent)
        if self.mirostat:
            return self._mirostat(logits)
        ids, logits = self._cut(logits)
        if self.sampling.xtc_probability > 0.0:
            ids, logits = self._xtc(ids, logits, position)
        return Distribution(ids, softmax(logits / np.float32(self.sampling.temperature)))

    def observe(self, distribution: Distribution, token: int) -> None:
        """Tell which token was taken: Mirostat steers by its surprise."""
        if self.mirostat:
            surprise = -np.log2(max(distribution.of(token), 1e-12))
            self._mu -= self.sampling.mirostat_eta * (surprise - self.sampling.mirostat_tau)

    def _cut(self, logits: Floats) -> tuple[Ids, Floats]:
        """Top-k, top-p, min-p; sorted, likeliest first, when one of the first two is on."""
        top_k, top_p, min_p = self.sampling.top_k, self.sampling.top_p, self.sampling.min_p
        ids: Ids
        if 0 < top_k < logits.size:
            ids, kept = _largest(logits, top_k)
        elif top_p < 1.0:
            ids, kept = _largest(logits, min(_FEW, logits.size))
        else:
            ids, kept = np.arange(logits.size), logits
        if top_p < 1.0:
            whole = kept if top_k > 0 else logits
            mass = np.cumsum(np.exp((kept - kept[0]).astype(np.float64)))
            total = mass[-1] if whole is kept else np.exp((whole - kept[0]).astype(np.float64)).sum()
            if whole is not kept and mass[-1] < top_p * total and kept.size < logits.size:
                ids, kept = _largest(logits, logits.size)
                mass = np.cumsum(np.exp((kept - kept[0]).astype(np.float64)))
            last = int(np.searchsorted(mass, top_p * total)) + 1
            ids, kept = ids[:last], kept[:last]
        if min_p > 0.0:
            likely = kept >= kept.max() + np.log(np.float32(min_p))
            if not likely.all():
                ids, kept = ids[likely], kept[likely]
        return ids, kept

    def _xtc(self, ids: Ids, logits: Floats, position: int) -> tuple[Ids, Floats]:
        """Exclude top choices: now and then drop all but the last of the tokens above the threshold."""
        if uniform(self.seed, _XTC, position) >= self.sampling.xtc_probability:
            return ids, logits
        order = np.argsort(-logits, kind="stable")
        above = int((softmax(logits[order]) >= self.sampling.xtc_threshold).sum())
        if above < 2:
            return ids, logits
        kept = order[above - 1 :]
        return ids[kept], logits[kept]

    def _mirostat(self, logits: Floats) -> Distribution:
        """Mirostat 2 (Basu et al. 2021): drop what is more surprising than mu."""
        ids, logits = _largest(logits, min(_FEW, logits.size))
        probs = softmax(logits / np.float32(self.sampling.temperature))
        kept = max(int((-np.log2(np.maximum(probs, 1e-300)) <= self._mu).sum()), 1)
        return Distribution(ids[:kept], probs[:kept] / probs[:kept].sum())


def draw(distribution: Distribution, seed: int, stream: int, position: int) -> int:
    """Draw a token: every token has an exponential clock of rate p, the first to ring wins (Gumbel-max).

    Two distributions drawn with the same numbers give the same token as often as they are alike, which is
    what the coupled rule rests on (Daliri, Musco, Suresh 2024, arXiv 2408.07978).
    """
    if distribution.ids.size == 1:
        return int(distribution.ids[0])
    clocks = -np.log(_uniforms(distribution.ids, _key(seed, stream, position)))
    with np.errstate(divide="ignore"):
        return int(distribution.ids[np.argmin(clocks / distribution.probs)])


def uniform(seed: int, stream: int, position: int, more: int = 0) -> float:
    """One number in (0, 1)."""
    return (_mixed(_key(seed, stream, position) + more * _GOLDEN) >> 11) * 2.0**-53 + 2.0**-54


def exponentiate(row: Floats, top: int) -> float:
    """Turn logits (n_vocab,) into exp(logit - largest) in place, and return their sum.

    `top` is the likeliest token. In place, for the row is in the processor's cache and nobody needs it again.
    """
    np.subtract(row, row[top], out=row)
    np.exp(row, out=row)
    return float(row.sum())


def softmax(logits: Floats) -> Doubles:
    """Probabilities (n,) of logits (n,), in double precision: rules compare their ratios."""
    values: Doubles = np.exp((logits - logits.max()).astype(np.float64))
    values /= values.sum()
    return values


def _largest(logits: Floats, count: int) -> tuple[Ids, Floats]:
    """The `count` largest, in order; equal ones by id, so that the order hangs on nothing else."""
    if count < logits.size:
        ids = np.argpartition(logits, logits.size - count)[logits.size - count :]
        ids.sort()
    else:
        ids = np.arange(logits.size)
    values = logits[ids]
    order = np.argsort(-values, kind="stable")
    return ids[order], values[order]


def _mixed(value: int) -> int:
    """SplitMix64's finaliser (Steele et al. 2014)."""
    value &= _MASK
    value = ((value ^ (value >> 30)) * _MIX_1) & _MASK
    value = ((value ^ (value >> 27)) * _MIX_2) & _MASK
    return value ^ (value >> 31)


def _key(seed: int, stream: int, position: int) -> int:
    return _mixed(_mixed(_mixed(seed * 8 + stream) + position * _GOLDEN) + _GOLDEN)


def _uniforms(ids: Ids, key: int) -> Doubles:
    """One number in (0, 1) per token id, as SplitMix64 seeded with `key` gives them."""
    value = ids.astype(np.uint64) * np.uint64(_GOLDEN) + np.uint64(key)
    value = (value ^ (value >> np.uint64(30))) * np.uint64(_MIX_1)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(_MIX_2)
    value ^= value >> np.uint64(31)
    return (value >> np.uint64(11)).astype(np.float64) * 2.0**-53 + 2.0**-54
