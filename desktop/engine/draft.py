"""The seam for speculation: what proposes tokens for a round. Plain decoding has no draft source."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class DraftSource(Protocol):
    """Proposes tokens, and learns how many of them were kept."""

    name: str

    def propose(self, tokens: Sequence[int], limit: int) -> Sequence[int]:
        """At most `limit` tokens that may follow `tokens` (prompt and answer so far).

        Empty = nothing to propose.
        """

    def feedback(self, accepted: int) -> None:
        """How many of the tokens last proposed were accepted."""
