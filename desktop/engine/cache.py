"""What the KV cache holds, token by token: the next prompt begins where it stops agreeing with that.

Knows: a context and the ids at its positions. Must not know: text, requests, sampling. The list and the
context never disagree, whatever is raised in between.
"""

from __future__ import annotations

from collections.abc import Sequence

from desktop.engine.binding import Context


class KvCache:
    """Token ids by position.

    `keeps_state`: a memory that cannot be rolled back, only extended or begun anew.
    """

    def __init__(self, context: Context, *, keeps_state: bool) -> None:
        self._context = context
        self._keeps_state = keeps_state
        self.tokens: list[int] = []
        self.run = 0
        """Counts answers: an abandoned generator sees that it no longer owns the cache."""

    def reuse(self, prompt: Sequence[int]) -> int:
        """Keep what the cache shares with the front of `prompt`, drop the rest.

        At least one token is left to evaluate.

        Returns: how many positions are kept.
        """
        shared = _shared(self.tokens, prompt)
        shared = min(shared, len(prompt) - 1)
        if shared < len(self.tokens) and (self._keeps_state or self._context.first_position > 0):
            shared = 0
        self.trim(shared)
        return shared

    def decode(self, tokens: Sequence[int], outputs: int = 1) -> None:
        """Evaluate tokens after those held. On any error the cache is as it was before (or empty)."""
        held = len(self.tokens)
        try:
            self._context.decode(tokens, held, outputs)
        except BaseException:
            self.trim(held, damaged=True)
            raise
        self.tokens.extend(tokens)

    def trim(self, length: int, *, damaged: bool = False) -> None:
        """Hold the first `length` positions only. `damaged`: C may hold more than the list says."""
        if length == len(self.tokens) and not damaged:
            return
        if length > 0 and not self._keeps_state and self._context.trim(length):
            del self.tokens[length:]
        else:
            self._context.clear()
            self.tokens.clear()


def _shared(held: Sequence[int], prompt: Sequence[int]) -> int:
    """Length of the common front."""
    for index, (one, other) in enumerate(zip(held, prompt, strict=False)):
        if one != other:
            return index
    return min(len(held), len(prompt))
