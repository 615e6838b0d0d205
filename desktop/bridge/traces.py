"""The rounds of answers: those of the newest in memory, the others in the store. No Qt.

Text as it is kept and exported: JSON lines, made by the engine's `trace`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress

from desktop.engine.trace import from_lines, to_lines
from desktop.engine.types import Round
from desktop.errors import StoreError
from desktop.store.store import Store

log = logging.getLogger(__name__)
NEWEST = 8


class Traces:
    """Ask by message id. An answer that was continued has the rounds of all its parts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: OrderedDict[int, tuple[Round, ...]] = OrderedDict()

    def add(self, message_id: int, rounds: Sequence[Round], *, continued: bool) -> str:
        """Remember the rounds of an answer that has ended; returns them as text, to be stored."""
        before: tuple[Round, ...] = ()
        if continued:
            with suppress(StoreError):  # the end of an answer must not fail for the rounds of its beginning
                before = self.rounds(message_id)
        whole = (*before, *rounds)
        self._newest[message_id] = whole
        self._newest.move_to_end(message_id)
        while len(self._newest) > NEWEST:
            self._newest.popitem(last=False)
        return text_of(whole)

    def rounds(self, message_id: int) -> tuple[Round, ...]:
        """All rounds of an answer, oldest first; empty when none were kept. Raises `StoreError`."""
        if message_id not in self._newest:
            try:
                return tuple(from_lines(self._store.trace(message_id).splitlines()))
            except ValueError as error:
                log.warning("trace of message %s: %s", message_id, error)
                return ()
        return self._newest[message_id]

    def text(self, message_id: int) -> str:
        """The rounds as JSON lines; "" when none were kept. Raises `StoreError`."""
        rounds = self._newest.get(message_id)
        return text_of(rounds) if rounds is not None else self._store.trace(message_id)

    def forget(self) -> None:
        """Everything was deleted."""
        self._newest.clear()


def text_of(rounds: Sequence[Round]) -> str:
    """One line a round, each with its line end."""
    return "".join(f"{line}\n" for line in to_lines(rounds))
