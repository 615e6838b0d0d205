"""What the token view is fed with: one recorded answer, and the figures its charts are drawn from. No Qt."""

from __future__ import annotations

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


@dataclass(frozen=True)
class Recorded:
    """An answer. `plain_ms`: a token without drafting, as last measured, 0 = not measured."""

    spans: Sequence[Span] = ()
    rounds: Sequence[Round] = ()
    plain_ms: float = 0.0

    @cached_property
    def total(self) -> int:
        """Tokens of the answer."""
        return self.spans[-1].first + len(self.spans[-1].tokens) if self.spans else 0

    @cached_property
    def blocks(self) -> list[Block]:
        """The rounds that gave tokens, in order."""
        numbers = [token.round for span in self.spans for token in span.tokens]
        made: list[Block] = []
        first = 0
        for number, run in groupby(numbers):
            made.append(self._block(number, first, sum(1 for _ in run)))
            first = made[-1].last + 1
        return made

    @cached_property
    def span_at(self) -> list[int]:
        """For every token, which span it belongs to."""
        return [number for number, span in enumerate(self.spans) for _ in span.tokens]

    @cached_property
    def token_ms(self) -> list[float]:
        """For every token what it took; the first, read off the prompt, 0."""
        return [block.ms for block in self.blocks for _ in range(block.made)]

    @cached_property
    def usual(self) -> tuple[float, float, float] | None:
        """What a token took: the middle one, and between which nine of ten lie. None = too few (ten)."""
        times = sorted(ms for ms in self.token_ms if ms > 0)
        if len(times) < 10:
            return None
        cut = len(times) // 20
        return median(times), times[cut], times[-1 - cut]

    def round_of(self, span: Span) -> Round:
        """The round whose judgement is shown for a span."""
        return self.rounds[span.judged.round]

    def _block(self, number: int, first: int, made: int) -> Block:
        one = self.rounds[number]
        ms = (one.draft_ms + one.verify_ms) / made
        return Block(number, first, made, ms, one.accepted < len(one.drafted))
