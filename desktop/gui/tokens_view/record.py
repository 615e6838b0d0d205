"""What the token view is fed with: one recorded answer, and the figures its charts are drawn from. No Qt."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from statistics import median

from desktop.engine.spans import Span
from desktop.engine.types import Round


@dataclass(frozen=True, slots=True)
class Block:
    """One round of the answer: the tokens it gave, from index `first`, and what each of them took (ms)."""

    round: int
    first: int
    made: int
    ms: float
    rejected: bool

    @property
    def last(self) -> int:
        """Index of its last token."""
        return self.first + self.made - 1


class Recorded:
    """An answer. `plain_ms`: a token without drafting, as last measured, 0 = not measured.

    `before`: the same answer when it was shorter; what the two share is not counted again.
    """

    def __init__(
        self,
        spans: Sequence[Span] = (),
        rounds: Sequence[Round] = (),
        plain_ms: float = 0.0,
        before: Recorded | None = None,
    ) -> None:
        self.spans, self.rounds, self.plain_ms = spans, rounds, plain_ms
        self.shared = _shared(before.spans, spans) if before is not None else 0
        """Spans that `before` has as well."""
        first = spans[self.shared - 1].first + len(spans[self.shared - 1].tokens) if self.shared else 0
        self.blocks: list[Block] = []
        """The rounds that gave tokens, in order."""
        self.span_at: list[int] = []
        """For every token, which span it belongs to."""
        if before is not None and first:
            whole = bisect_right(before.blocks, first - 1, key=lambda block: block.last)
            self.blocks = before.blocks[:whole]
            rest = spans[self.shared : self.shared + 1]
            if rest and self.blocks and rest[0].tokens[0].round == self.blocks[-1].round:
                self.blocks.pop()  # more of that round is shown now
            self.span_at = before.span_at[:first]
        self._count(self.blocks[-1].last + 1 if self.blocks else 0)
        self.total = len(self.span_at)
        """Tokens of the answer."""

    def _count(self, counted: int) -> None:
        """Blocks from token `counted` on, places of the tokens that have none."""
        spans, placed = self.spans, len(self.span_at)
        begin = self.span_at[counted] if counted < placed else self.shared
        numbers: list[int] = []
        for number in range(begin, len(spans)):
            span = spans[number]
            if span.first >= placed:
                self.span_at.extend([number] * len(span.tokens))
            numbers += [token.round for at, token in enumerate(span.tokens, span.first) if at >= counted]
        for round_, run in groupby(numbers):
            self.blocks.append(self._block(round_, counted, sum(1 for _ in run)))
            counted = self.blocks[-1].last + 1

    @cached_property
    def token_ms(self) -> list[float]:
        """For every token what it took; the first, read off the prompt, 0."""
        return [ms for block in self.blocks for ms in (block.ms,) * block.made]

    @cached_property
    def usual(self) -> tuple[float, float, float] | None:
        """What a token took: the middle one, and between which nine of ten lie. None = too few (ten)."""
        times = sorted(ms for ms in self.token_ms if ms > 0)
        if len(times) < 10:
            return None
        cut = len(times) // 20
        return median(times), times[cut], times[-1 - cut]

    def block_of(self, round_: int) -> Block:
        """What a round gave."""
        return self.blocks[bisect_left(self.blocks, round_, key=lambda block: block.round)]

    def round_of(self, span: Span) -> Round:
        """The round whose judgement is shown for a span."""
        return self.rounds[span.judged.round]

    def _block(self, number: int, first: int, made: int) -> Block:
        one = self.rounds[number]
        # Of all it made, though the answer may have ended among them, or not all are shown yet.
        ms = (one.draft_ms + one.verify_ms) / max(one.accepted + (one.added is not None), 1)
        return Block(number, first, made, ms, one.accepted < len(one.drafted))


def _shared(before: Sequence[Span], spans: Sequence[Span]) -> int:
    """How many at the front are the very same. Found from their end: all in front of one that is, are."""
    shared = min(len(before), len(spans))
    while shared and before[shared - 1] is not spans[shared - 1]:
        shared -= 1
    return shared
