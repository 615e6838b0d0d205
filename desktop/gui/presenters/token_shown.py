"""The answer on the Tokens page: its rounds, live or kept, and the spans made of them so far. No widgets.

A long answer is taken in a little at a time: whoever asks says until when.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import Any

from desktop.engine.spans import Growing, length
from desktop.engine.types import Round
from desktop.store.types import Message


class Shown:
    """`pieces`: what its tokens say; may grow while it is written."""

    def __init__(self, message: Message, pieces: dict[int, bytes], before: Sequence[Round] = ()) -> None:
        self.message = message
        self.live = False
        self.limit: int | None = None
        """Tokens the answer has, or of them those that are shown in step mode; None = all of the rounds."""
        self._before = before
        self.rounds: Sequence[Round] = ()
        self._restart(pieces)

    @property
    def done(self) -> bool:
        """All rounds are taken in."""
        return self.grown.rounds >= len(self.rounds)

    @property
    def tokens(self) -> tuple[int, ...]:
        """Ids of all that were taken in, shown or not."""
        made = self.grown.upto(None)
        return tuple(token.token for span in made for token in span.tokens)

    @property
    def draft(self) -> str:
        """Name of the draft model it was written with, by its receipt."""
        return str(self._told().get("draft") or "")

    @property
    def plain_ms(self) -> float:
        """What a token took without drafting, by its receipt; 0 = not measured."""
        rate = self._told().get("plain_rate")
        return 1000.0 / rate if isinstance(rate, float | int) and rate > 0 else 0.0

    def follow(self, rounds: Sequence[Round]) -> None:
        """What it has while it is written."""
        whole = [*self._before, *rounds]
        if self.rounds and whole[:1] != list(self.rounds[:1]):
            self._restart(self.pieces)
        self.rounds = whole

    def keep(self, rounds: Sequence[Round], pieces: dict[int, bytes]) -> None:
        """All of it: it has ended."""
        if not self.rounds or self.rounds[0] != rounds[0]:
            self._restart(pieces)
        self.rounds = rounds
        told = self.message.receipt.get("output_tokens")
        self.limit = length(rounds, told) if isinstance(told, int) else None

    def take(self, until: float) -> bool:
        """Take in rounds until a time; whether all are."""
        for number in range(self.grown.rounds, len(self.rounds)):
            self.grown.add(self.rounds[number])
            if number % 16 == 0 and perf_counter() > until:
                break
        return self.done

    def _restart(self, pieces: dict[int, bytes]) -> None:
        """From the first round."""
        self.pieces = pieces
        self.grown = Growing(lambda token: pieces.get(token, b""))
        self.rounds = ()
        self.limit = None

    def _told(self) -> dict[str, Any]:
        told = self.message.receipt.get("speculation")
        return told if isinstance(told, dict) else {}
