"""Judges drafted tokens against the target, exactly: what comes out is what the target alone would have
written (greedy, coupled, equal), or is distributed as if it had (rejection, block).

Rejection: Leviathan et al. 2023 (arXiv 2211.17192), Chen et al. 2023 (arXiv 2302.01318). Block: Sun et al.
(arXiv 2403.10444). A token drafted by lookup has q = 1, where rejection accepts with p and otherwise draws
from the rest of p: the coupled test (draw from p, compare) is that rule, and keeps the seed's text.
Knows: numbers. Must not know: llama.cpp, caches, pace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from desktop.engine.sampling import (
    ACCEPT,
    TARGET,
    Chain,
    Distribution,
    Doubles,
    Floats,
    draw,
    exponentiate,
    uniform,
)
from desktop.engine.types import Added, Drafted, Rule, Why


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a source proposes for one round. `q`: probability of each token by the draft.

    `dists`: the distributions they were drawn from, empty where there are none (lookup, greedy).
    `keys`: how sure the source was of each, as `pace` counts it.
    """

    source: str = "plain"
    tokens: tuple[int, ...] = ()
    q: tuple[float, ...] = ()
    keys: tuple[int, ...] = ()
    dists: tuple[Distribution, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """`expected`: tokens that the rejection rule and the block rule accept on average for this very draft;
    (0, 0) where only one was looked at.
    """

    accepted: int
    drafted: tuple[Drafted, ...]
    added: Added
    expected: tuple[float, float] = (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a round stands: `tokens` = prompt and answer so far; `number` counts the answer's rounds."""

    tokens: Sequence[int]
    number: int

    def recent(self, chain: Chain, drafted: Sequence[int]) -> Sequence[int]:
        """What penalties look at after `drafted` of this round."""
        if not chain.window:
            return ()
        return [*self.tokens[-chain.window :], *drafted][-chain.window :]


def judge(rows: Floats, proposal: Proposal, chain: Chain, rule: Rule, place: Place) -> Verdict:
    """Judge a round. `rows` (drafted + 1, n_vocab): the target's logits after the last token and after each
    drafted one; they may be used up. The answer's next token stands at position `len(place.tokens)`.
    """
    if chain.greedy:
        return _greedy(rows, proposal, chain, place)
    if rule == "block" and len(proposal.dists) > 1:
        return _block(rows, proposal, chain, place)
    return _one_by_one(rows, proposal, chain, place, by_ratio=rule in ("rejection", "block"))


def _greedy(rows: Floats, proposal: Proposal, chain: Chain, place: Place) -> Verdict:
    """The rows that are looked at are used up."""
    judged: list[Drafted] = []
    for index in range(len(rows)):
        row = chain.penalised(rows[index], place.recent(chain, proposal.tokens[:index]))
        top = int(row.argmax())
        total = exponentiate(row, top)
        if index == len(proposal.tokens):
            break
        token = proposal.tokens[index]
        if token != top:
            p, rank = (float(row[token]) / total, _rank(row, token)) if token < row.size else (0.0, -1)
            judged.append(Drafted(token, proposal.q[index], p, rank, "rejected"))
            break
        judged.append(Drafted(token, proposal.q[index], 1.0 / total, 0, "accepted"))
    accepted = sum(drafted.outcome == "accepted" for drafted in judged)
    return _verdict(proposal, accepted, judged, top, 1.0 / total, 0)


def _one_by_one(rows: Floats, proposal: Proposal, chain: Chain, place: Place, *, by_ratio: bool) -> Verdict:
    """Token after token, until one is rejected: only tokens already accepted are in the history."""
    judged: list[Drafted] = []
    start = len(place.tokens)
    for index, token in enumerate(proposal.tokens):
        p = chain.distribution(rows[index], place.recent(chain, proposal.tokens[:index]), start + index)
        if by_ratio and proposal.dists:
            coin = uniform(chain.seed, ACCEPT, start + index, place.number)
            taken = coin * proposal.q[index] < p.of(token)
            drawn = (
                token
                if taken
                else draw(_rest(p, proposal.dists[index], 1.0), chain.seed, TARGET, start + index)
            )
        else:
            drawn = draw(p, chain.seed, TARGET, start + index)
            taken = drawn == token
        chain.observe(p, drawn)
        judged.append(_judged(token, proposal.q[index], p, taken=taken))
        if not taken:
            return _verdict(proposal, index, judged, drawn, p.of(drawn), p.rank(drawn))
    last = len(proposal.tokens)
    p = chain.distribution(rows[last], place.recent(chain, proposal.tokens), start + last)
    drawn = draw(p, chain.seed, TARGET, start + last)
    chain.observe(p, drawn)
    return _verdict(proposal, last, judged, drawn, p.of(drawn), p.rank(drawn))


def _block(rows: Floats, proposal: Proposal, chain: Chain, place: Place) -> Verdict:
    """Block verification: every length is tried, the longest that passes counts."""
    tokens, count, start = proposal.tokens, len(proposal.tokens), len(place.tokens)
    ps = [
        chain.distribution(rows[index], place.recent(chain, tokens[:index]), start + index)
        for index in range(count + 1)
    ]
    weights, accepts, steps = [1.0], [], []
    for index, token in enumerate(tokens):
        ratio = ps[index].of(token) / proposal.q[index]
        steps.append(min(1.0, ratio))
        weights.append(min(1.0, weights[-1] * ratio))
        if index + 1 < count:
            rest = _excess(ps[index + 1], proposal.dists[index + 1], weights[-1]).sum()
            bottom = rest + 1.0 - weights[-1]
            accepts.append(rest / bottom if bottom > 0.0 else 1.0)
        else:
            accepts.append(weights[-1])
    passed = [
        index + 1
        for index, accept in enumerate(accepts)
        if uniform(chain.seed, ACCEPT, start + index, place.number) < accept
    ]
    accepted = passed[-1] if passed else 0
    p = ps[accepted]
    source = _rest(p, proposal.dists[accepted], weights[accepted]) if accepted < count else p
    drawn = draw(source, chain.seed, TARGET, start + accepted)
    judged = [
        _judged(token, proposal.q[index], ps[index], taken=index < accepted)
        for index, token in enumerate(tokens[: accepted + 1])
    ]
    at_least = 1.0 - np.cumprod(1.0 - np.array(accepts[::-1]))  # P(so many pass), longest first
    expected = (float(np.cumprod(steps).sum()), float(at_least.sum()))
    return _verdict(proposal, accepted, judged, drawn, p.of(drawn), p.rank(drawn), expected)


def _excess(p: Distribution, q: Distribution, weight: float) -> Doubles:
    """max(weight p - q, 0) over the tokens of p."""
    order = np.argsort(q.ids)
    places = np.searchsorted(q.ids, p.ids, sorter=order)
    places = order[np.minimum(places, q.ids.size - 1)]
    q_of_p = np.where(q.ids[places] == p.ids, q.probs[places], 0.0)
    return np.maximum(weight * p.probs - q_of_p, 0.0)


def _rest(p: Distribution, q: Distribution, weight: float) -> Distribution:
    """What a replacement is drawn from: max(weight p - q, 0), normalised; p where nothing is left of it."""
    excess = _excess(p, q, weight)
    total = excess.sum()
    return Distribution(p.ids, excess / total) if total > 1e-12 else p


def _judged(token: int, q: float, p: Distribution, *, taken: bool) -> Drafted:
    return Drafted(token, q, p.of(token), p.rank(token), "accepted" if taken else "rejected")


def _verdict(
    proposal: Proposal,
    accepted: int,
    judged: list[Drafted],
    token: int,
    p: float,
    rank: int,
    expected: tuple[float, float] = (0.0, 0.0),
) -> Verdict:
    for index in range(len(judged), len(proposal.tokens)):
        judged.append(Drafted(proposal.tokens[index], proposal.q[index]))
    replaced = accepted < len(proposal.tokens)
    why: Why = "replaced" if replaced else "bonus" if proposal.tokens else "plain"
    return Verdict(accepted, tuple(judged), Added(token, p, rank, why), expected)


def _rank(row: Floats, token: int) -> int:
    return int(np.count_nonzero(row > row[token]))
