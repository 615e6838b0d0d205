"""What another draft length would have given, from the rounds of one answer and measured costs.

How far a draft gets is known by place: of the tokens judged there, how many were accepted. A place is judged
only when everything before it was accepted, so these shares are conditional, and their product is the chance
to get that far. Places are missing for two reasons. Tokens dropped after a rejection were never judged: they
count neither way. And no round says anything of places beyond its own draft: such shares are taken from the
last places that were judged, and everything that rests on them is marked `extrapolated`. Where lengths
followed the draft's confidence, the longer drafts were the surer ones, so later places look better than they
would be for all.

Knows: rounds, milliseconds. Must not know: who drafts, how lengths are chosen, what is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from desktop.engine.types import Round

LONGEST = 12
FEW = 5
"""Judged fewer times than this, a place has no share of its own."""
_TAIL = 3
"""A place never drafted is taken to be like the last so many that were."""


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the draft. drafted = accepted + rejected + dropped; judged = accepted + rejected."""

    drafted: int
    judged: int
    accepted: int

    @property
    def share(self) -> float | None:
        """Accepted of those judged; None where too few were."""
        return self.accepted / self.judged if self.judged >= FEW else None


@dataclass(frozen=True, slots=True)
class Costs:
    """`curve`: (tokens in one decode, milliseconds). `step_ms`: drafting one token. `round_ms`: the rest."""

    curve: Sequence[tuple[int, float]]
    step_ms: float = 0.0
    round_ms: float = 0.0

    def of(self, length: int) -> float | None:
        """Milliseconds of a round that drafts so many; None where no such width was measured."""
        verify = dict(self.curve).get(length + 1)
        return None if verify is None else verify + length * self.step_ms + self.round_ms


@dataclass(frozen=True, slots=True)
class Prediction:
    """Predicted decode tok/s at a draft length, and the tokens a round gives."""

    length: int
    rate: float
    tokens: float
    extrapolated: bool


@dataclass(frozen=True, slots=True)
class Check:
    """A prediction beside what was measured. `error` = predicted / measured - 1."""

    length: float
    predicted: float
    measured: float

    @property
    def error(self) -> float:
        """As a share: 0.05 = predicted 5 % too fast."""
        return self.predicted / self.measured - 1


def places(rounds: Iterable[Round], longest: int = LONGEST) -> tuple[Place, ...]:
    """Counts by place in the draft, as far as anything was drafted."""
    drafted, judged, accepted = [0] * longest, [0] * longest, [0] * longest
    for one in rounds:
        for at, token in enumerate(one.drafted[:longest]):
            drafted[at] += 1
            judged[at] += token.outcome != "dropped"
            accepted[at] += token.outcome == "accepted"
    found = [Place(*counts) for counts in zip(drafted, judged, accepted, strict=True) if counts[0]]
    return tuple(found)


def shares(found: Sequence[Place], longest: int = LONGEST) -> tuple[tuple[float, bool], ...]:
    """(chance that a judged token is accepted, extrapolated) by place; empty where nothing was judged."""
    known = [place for place in found if place.share is not None]
    known = known or [place for place in found if place.judged]
    if not known:
        return ()
    tail = known[-_TAIL:]
    beyond = sum(place.accepted for place in tail) / sum(place.judged for place in tail)
    own = [place.share for place in found[:longest]]
    own += [None] * (longest - len(own))
    return tuple((beyond, True) if share is None else (share, False) for share in own)


def predict(rounds: Sequence[Round], costs: Costs, longest: int = LONGEST) -> list[Prediction]:
    """Decode tok/s for drafts of 1..`longest`, as far as the widths were measured."""
    told = shares(places(rounds, longest), longest)
    made: list[Prediction] = []
    reached, tokens, guessed = 1.0, 1.0, False
    for length, (share, extrapolated) in enumerate(told, 1):
        reached *= share
        tokens += reached
        guessed = guessed or extrapolated
        cost = costs.of(length)
        if cost:
            made.append(Prediction(length, tokens * 1000.0 / cost, tokens, guessed))
    return made


def check(rounds: Sequence[Round], costs: Costs, measured: float) -> Check | None:
    """The same prediction for the very lengths this answer drafted, beside its measured decode tok/s.

    None where nothing was drafted, or a width was not measured.
    """
    told = shares(places(rounds, max((len(one.drafted) for one in rounds), default=0) or 1))
    decoded = [len(one.drafted) for one in rounds if one.source != "prompt"]
    if not told or not any(decoded) or measured <= 0:
        return None
    expected = [1.0]
    reached = 1.0
    for share, _ in told:
        reached *= share
        expected.append(expected[-1] + reached)
    priced = [costs.of(length) for length in decoded]
    total = sum(cost for cost in priced if cost is not None)
    if (
        any(cost is None for cost in priced)
        or any(length >= len(expected) for length in decoded)
        or not total
    ):
        return None
    tokens = sum(expected[length] for length in decoded)
    return Check(sum(decoded) / len(decoded), tokens * 1000.0 / total, measured)


def overhead_ms(rounds: Sequence[Round], decode_ms: float) -> float:
    """Milliseconds a round spends on neither draft nor decode, such as sampling; 0 when not known."""
    decoded = [one for one in rounds if one.source != "prompt"]
    if not decoded:
        return 0.0
    named = sum(one.draft_ms + one.verify_ms for one in decoded)
    return max((decode_ms - named) / len(decoded), 0.0)
