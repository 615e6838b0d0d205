"""The rounds of answers: those of the newest in memory, the others in the store. No Qt.

Text as it is kept and exported: JSON lines, made by the engine's `trace`.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from desktop.engine.trace import from_lines, pieces_from_lines, pieces_to_line, to_lines, tokens_of
from desktop.engine.types import Round
from desktop.errors import StoreError
from desktop.store.store import Store

log = logging.getLogger(__name__)
NEWEST = 8
_LINES = 100


class Traces:
    """Ask by message id. An answer that was continued has the rounds of all its parts."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._newest: OrderedDict[int, tuple[tuple[Round, ...], dict[int, bytes]]] = OrderedDict()

    def add(
        self, message_id: int, rounds: Sequence[Round], pieces: Mapping[int, bytes], *, continued: bool
    ) -> str:
        """Remember the rounds of an answer that has ended; returns them as text, to be stored.

        `pieces`: bytes of tokens, of these rounds at least.
        """
        before: tuple[Round, ...] = ()
        said: dict[int, bytes] = {}
        if continued:
            with suppress(StoreError):  # the end of an answer must not fail for the rounds of its beginning
                before, said = self._of(message_id)
        whole = (*before, *rounds)
        said = said | {token: pieces[token] for token in tokens_of(rounds) if token in pieces}
        self._remember(message_id, whole, said)
        return text_of(whole, said)

    def rounds(self, message_id: int) -> tuple[Round, ...]:
        """All rounds of an answer, oldest first; empty when none were kept. Raises `StoreError`."""
        return self._of(message_id)[0]

    def pieces(self, message_id: int) -> dict[int, bytes]:
        """What the tokens of its rounds say; empty when that was not kept. Raises `StoreError`."""
        return self._of(message_id)[1]

    def read_ahead(self, message_id: int) -> Iterator[None]:
        """Read what was kept of an answer a little at a time, so that `rounds` has it at hand afterwards.

        Ten thousand tokens take half a second: too long for the window at once. Raises `StoreError`.
        """
        if message_id in self._newest:
            return
        lines = self._store.trace(message_id).split("\n")
        rounds: list[Round] = []
        try:
            for start in range(0, len(lines), _LINES):
                rounds += from_lines(lines[start : start + _LINES])
                yield
            pieces = pieces_from_lines(lines[:1])
        except ValueError as error:
            log.warning("trace of message %s: %s", message_id, error)
            return
        if message_id not in self._newest:  # or the answer was continued while this was read
            self._remember(message_id, tuple(rounds), pieces)

    def text(self, message_id: int) -> str:
        """The rounds as JSON lines; "" when none were kept. Raises `StoreError`."""
        known = self._newest.get(message_id)
        return text_of(*known) if known is not None else self._store.trace(message_id)

    def forget(self) -> None:
        """Everything was deleted."""
        self._newest.clear()

    def _of(self, message_id: int) -> tuple[tuple[Round, ...], dict[int, bytes]]:
        if message_id not in self._newest:
            lines = self._store.trace(message_id).split("\n")
            try:
                rounds = tuple(from_lines(lines))
            except ValueError as error:
                log.warning("trace of message %s: %s", message_id, error)
                return (), {}
            self._remember(message_id, rounds, pieces_from_lines(lines[:1]))
        return self._newest[message_id]

    def _remember(self, message_id: int, rounds: tuple[Round, ...], pieces: dict[int, bytes]) -> None:
        self._newest[message_id] = rounds, pieces
        self._newest.move_to_end(message_id)
        while len(self._newest) > NEWEST:
            self._newest.popitem(last=False)


def text_of(rounds: Sequence[Round], pieces: Mapping[int, bytes]) -> str:
    """What tokens say, then one line a round, each with its line end; "" for no rounds."""
    said = [pieces_to_line(pieces)] if pieces and rounds else []
    return "".join(f"{line}\n" for line in (*said, *to_lines(rounds)))
