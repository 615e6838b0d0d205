"""From the trace of an answer to what can be shown of it: a span of text for every token, and statistics.

A span is the least that can be drawn: one token, or the tokens that together make up one character. Every
figure here is counted from the rounds. Knows: rounds and bytes. Must not know: models, Qt.
"""

from __future__ import annotations

import codecs
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from desktop.engine.types import Drafted, Outcome, Round, Rule

Source = Literal["draft", "lookup", "target"]
How = Literal["accepted", "replaced", "bonus", "plain", "first", "chosen"]
Piece = Callable[[int], bytes | str]
"""What a token says; "" for control tokens that are not shown."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A drafted token that is not in the answer. `position`: place in its draft, from 0. See `Drafted`."""

    token: int
    text: str
    source: Source
    outcome: Outcome
    p: float
    q: float
    rank: int
    position: int


@dataclass(frozen=True, slots=True)
class Token:
    """One token of the answer, and how it came to be there.

    `p`, `rank`: by the target; `q`: by the draft, None = the target's own token. `round`: which round, from
    0. `position`: place in the draft, from 0; a token of the target stands behind all that were accepted.
    `before`: what was proposed here and is not in the answer: the rejected token, then the dropped ones.
    """

    token: int
    data: bytes
    source: Source
    how: How
    p: float
    q: float | None
    rank: int
    round: int
    position: int
    rule: Rule | None
    before: tuple[Proposal, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """Whole characters, and the token or tokens that make them up. `first`: index of the first, from 0."""

    text: str
    first: int
    tokens: tuple[Token, ...]

    @property
    def judged(self) -> Token:
        """The token the span is shown as: the first that the target wrote itself, else the first."""
        return next((one for one in self.tokens if one.how != "accepted"), self.tokens[0])

    @property
    def how(self) -> How:
        """Of `judged`: one character is accepted only when all of its tokens are."""
        return self.judged.how

    @property
    def round(self) -> int:
        """The round in which the span was complete."""
        return self.tokens[-1].round

    @property
    def before(self) -> tuple[Proposal, ...]:
        """What was proposed in its place, in order."""
        if len(self.tokens) == 1:
            return self.tokens[0].before
        return tuple(proposal for one in self.tokens for proposal in one.before)


@dataclass(frozen=True, slots=True)
class Counts:
    """Drafted tokens by what became of them; `tokens`: those of the answer."""

    tokens: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped: int = 0

    @property
    def drafted(self) -> int:
        """All of them."""
        return self.accepted + self.rejected + self.dropped

    @property
    def acceptance(self) -> float | None:
        """Accepted / drafted; None when nothing was drafted."""
        return self.accepted / self.drafted if self.drafted else None

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.tokens + other.tokens,
            self.accepted + other.accepted,
            self.rejected + other.rejected,
            self.dropped + other.dropped,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """One place in the draft, over all rounds. `position` from 0; `judged` = drafted - dropped."""

    position: int
    drafted: int
    judged: int
    accepted: int

    @property
    def conditional(self) -> float | None:
        """Accepted / judged: how often it is right when all before it were; None = never judged."""
        return self.accepted / self.judged if self.judged else None

    @property
    def unconditional(self) -> float:
        """Accepted / drafted: how often a token proposed here gets into the answer."""
        return self.accepted / self.drafted


def tokens(rounds: Sequence[Round], piece: Piece, limit: int | None = None) -> Iterator[Token]:
    """The answer, token by token. `limit`: tokens it has; its last round may have made more than it took."""
    left = limit
    for number, one in enumerate(rounds):
        for made in _of_round(number, one, piece):
            if left is not None:
                if left <= 0:
                    return
                left -= 1
            yield made


def spans(rounds: Sequence[Round], piece: Piece, limit: int | None = None) -> list[Span]:
    """The answer as spans; their texts joined are the text of the tokens. `limit` as in `tokens`."""
    grown = Growing(piece)
    for one in tokens(rounds, piece, limit):
        grown.take(one)
    return grown.upto(None)


class Growing:
    """The spans of an answer that grows: what is complete is made once."""

    def __init__(self, piece: Piece) -> None:
        self._piece = piece
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held: list[Token] = []
        self._text = ""
        self._whole: list[Span] = []
        self._rounds = 0
        self.total = 0
        """Tokens so far."""

    @property
    def rounds(self) -> int:
        """How many were added."""
        return self._rounds

    def add(self, one: Round) -> None:
        """The next round."""
        for token in _of_round(self._rounds, one, self._piece):
            self.take(token)
        self._rounds += 1

    def take(self, token: Token) -> None:
        """The next token."""
        self._held.append(token)
        self._text += self._decoder.decode(token.data)
        self.total += 1
        if not self._decoder.getstate()[0]:  # no character is begun
            self._whole.append(Span(self._text, self.total - len(self._held), tuple(self._held)))
            self._held, self._text = [], ""

    def upto(self, limit: int | None) -> list[Span]:
        """Spans of the first `limit` tokens, None = of all; a character may be cut short at the end."""
        if limit is None or limit >= self.total:
            rest = tuple(self._held)
            return [*self._whole, _cut_short(rest, self.total - len(rest))] if rest else list(self._whole)
        end = bisect_right(self._whole, limit, key=lambda span: span.first + len(span.tokens))
        made = self._whole[:end]
        done = made[-1].first + len(made[-1].tokens) if made else 0
        if done < limit:
            tokens = self._whole[end].tokens if end < len(self._whole) else tuple(self._held)
            made.append(_cut_short(tokens[: limit - done], done))
        return made


def _cut_short(held: tuple[Token, ...], first: int) -> Span:
    """A character whose end is missing."""
    return Span(b"".join(one.data for one in held).decode("utf-8", "replace"), first, held)


def length(rounds: Sequence[Round], output_tokens: int) -> int:
    """Tokens of an answer, the `limit` of its spans: of its last run so many as were counted, all before.

    A run begins with a token read off the prompt; an answer that was continued or branched has several.
    """
    starts = [
        number for number, one in enumerate(rounds) if one.added is not None and one.added.why == "first"
    ]
    last = starts[-1] if starts and output_tokens else len(rounds)
    return counts(rounds[:last]).tokens + output_tokens


def cut(rounds: Sequence[Round], limit: int) -> list[Round]:
    """The rounds as far as they made the first `limit` tokens; the last of them may be cut short."""
    kept: list[Round] = []
    left = limit
    for one in rounds:
        made = one.accepted + (one.added is not None)
        if left < made:
            drafted = one.drafted[:left]
            if left:
                kept.append(replace(one, drafted=drafted, accepted=left, added=None, width=left + 1))
            break
        kept.append(one)
        left -= made
    return kept


def counts(rounds: Sequence[Round]) -> Counts:
    """Over all rounds, counted as `Speculated` does; `tokens` is what they made."""
    return sum((_counts(one) for one in rounds), Counts())


def thinking_and_answer(spans: Sequence[Span], thinking_tokens: int) -> tuple[Counts, Counts]:
    """Counts of the thinking, the first so many tokens, and of the answer behind it."""
    made = [token for span in spans for token in span.tokens]
    return _summed(made[:thinking_tokens]), _summed(made[thinking_tokens:])


def by_position(rounds: Sequence[Round]) -> list[Place]:
    """Acceptance by place in the draft, first place first."""
    longest = max((len(one.drafted) for one in rounds), default=0)
    made: list[Place] = []
    for position in range(longest):
        outcomes = [one.drafted[position].outcome for one in rounds if position < len(one.drafted)]
        judged = len(outcomes) - outcomes.count("dropped")
        made.append(Place(position, len(outcomes), judged, outcomes.count("accepted")))
    return made


def along(spans: Sequence[Span], bins: int) -> list[Counts]:
    """Acceptance along the text, in at most so many runs of equally many tokens (the last may be shorter).

    What was rejected or dropped counts where it would have stood.
    """
    made = [token for span in spans for token in span.tokens]
    if not made or bins < 1:
        return []
    size = -(-len(made) // bins)
    return [_summed(made[start : start + size]) for start in range(0, len(made), size)]


def _summed(tokens: Sequence[Token]) -> Counts:
    """What became of all that was drafted for these places."""
    outcomes = [proposal.outcome for one in tokens for proposal in one.before]
    accepted = sum(one.how == "accepted" for one in tokens)
    return Counts(len(tokens), accepted, outcomes.count("rejected"), outcomes.count("dropped"))


def _of_round(number: int, one: Round, piece: Piece) -> Iterator[Token]:
    source: Source = "lookup" if one.source == "lookup" else "draft"
    for position, drafted in enumerate(one.drafted[: one.accepted]):
        yield Token(
            drafted.token, _bytes(piece(drafted.token)), source, "accepted",
            drafted.p, drafted.q, drafted.rank, number, position, one.rule,
        )  # fmt: skip
    if one.added is None:
        return
    before = tuple(
        _proposal(drafted, piece, source, position)
        for position, drafted in enumerate(one.drafted)
        if position >= one.accepted
    )
    added = one.added
    yield Token(
        added.token, _bytes(piece(added.token)), "target", added.why,
        added.p, None, added.rank, number, one.accepted, one.rule, before,
    )  # fmt: skip


def _proposal(drafted: Drafted, piece: Piece, source: Source, position: int) -> Proposal:
    text = _bytes(piece(drafted.token)).decode("utf-8", "replace")
    return Proposal(
        drafted.token, text, source, drafted.outcome, drafted.p, drafted.q, drafted.rank, position
    )


def _counts(one: Round) -> Counts:
    outcomes = [drafted.outcome for drafted in one.drafted]
    made = one.accepted + (one.added is not None)
    return Counts(made, *(outcomes.count(outcome) for outcome in ("accepted", "rejected", "dropped")))


def _bytes(piece: bytes | str) -> bytes:
    return piece.encode("utf-8") if isinstance(piece, str) else piece
