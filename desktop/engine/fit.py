"""Makes a conversation fit the context: the system prompt and the newest whole turns stay.

Knows: messages, lengths in tokens. Must not know: templates, tokenizers, the loop.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.engine.types import Cut, Message, Request
from desktop.errors import ContextFull

_SMALLEST_ROOM = 32
"""Tokens left for the answer, at least, when one message nearly fills the context."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the loop needs. `thinking_mark`: closing mark of a thinking section the template has opened."""

    ids: list[int]
    cut: Cut | None = None
    thinking_mark: str = ""
    stops: tuple[str, ...] = ()
    continues: str = ""


class Cutter:
    """Drops whole turns from the front until the rest fits; keeps to an earlier cut while that still fits."""

    def __init__(
        self,
        conversation: Callable[[Request, Sequence[Message]], Prompt],
        request: Request,
        n_ctx: int,
        room: int,
        dropped: tuple[Message, ...],
    ) -> None:
        self._conversation = conversation
        self._request = request
        self._n_ctx = n_ctx
        self._limit = n_ctx - room
        self._least = min(_SMALLEST_ROOM, room)
        self._dropped = dropped

    def run(self) -> tuple[Prompt, tuple[Message, ...]]:
        """The prompt, and the messages left out."""
        messages = tuple(self._request.messages)
        whole = self._conversation(self._request, messages)
        if len(whole.ids) <= self._limit:
            return whole, ()
        starts = [index for index, one in enumerate(messages) if one.role == "user" and index > 0]
        found = self._earlier(messages) or self._search(messages, starts)
        if found is None:
            raise ContextFull(
                "the newest message does not fit the context",
                needed=len(self._from(messages, starts[-1] if starts else 0).ids) + self._least,
                n_ctx=self._n_ctx,
            )
        start, prompt = found
        cut = Cut(start, len(whole.ids) - len(prompt.ids)) if start else None
        kept = Prompt(prompt.ids, cut, prompt.thinking_mark, prompt.stops, prompt.continues)
        return kept, messages[:start]

    def _from(self, messages: Sequence[Message], start: int) -> Prompt:
        return self._conversation(self._request, messages[start:])

    def _earlier(self, messages: tuple[Message, ...]) -> tuple[int, Prompt] | None:
        """The last answer's cut: the same beginning of the prompt means that the cache can be reused."""
        start = len(self._dropped)
        if 0 < start < len(messages) and messages[:start] == self._dropped and messages[start].role == "user":
            prompt = self._from(messages, start)
            if len(prompt.ids) <= self._limit:
                return start, prompt
        return None

    def _search(self, messages: Sequence[Message], starts: Sequence[int]) -> tuple[int, Prompt] | None:
        """The most turns that fit three quarters of the room, or all of it, or the newest turn alone."""
        for limit in (self._limit * 3 // 4, self._limit):
            low, high = 0, len(starts)
            best: tuple[int, Prompt] | None = None
            while low < high:
                middle = (low + high) // 2
                prompt = self._from(messages, starts[middle])
                if len(prompt.ids) <= limit:
                    best, high = (starts[middle], prompt), middle
                else:
                    low = middle + 1
            if best is not None:
                return best
        start = starts[-1] if starts else 0
        prompt = self._from(messages, start)
        return (start, prompt) if len(prompt.ids) + self._least <= self._n_ctx else None
