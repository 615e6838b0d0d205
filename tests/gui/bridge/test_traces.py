"""Rounds out of the store: the same whether read at once or a little at a time."""

from __future__ import annotations

from desktop.bridge.traces import Traces
from desktop.engine.types import Added, Round
from desktop.store.store import Store
from desktop.store.types import Message

ROUNDS = tuple(Round("plain", 1, 0.0, 8.0, added=Added(token, 0.5, 0, "plain")) for token in range(250))
PIECES = {token: f" {token}".encode() for token in range(250)} | {7: "\u2028".encode(), 8: b"\xe2\x82"}


def _kept(store: Store, traces: Traces) -> Message:
    conversation, user = store.begin("hello")
    answer = store.start_answer(conversation.id, user.id, "Guide")
    text = traces.add(answer.id, ROUNDS, PIECES, continued=False)
    store.finish(answer.id, "hello", "", "done", {}, text)
    return answer


def test_what_is_read_ahead_is_what_was_kept(store: Store) -> None:
    answer = _kept(store, Traces(store))
    ahead = Traces(store)
    assert len(list(ahead.read_ahead(answer.id))) > 1
    assert list(ahead.read_ahead(answer.id)) == []
    for traces in (ahead, Traces(store)):
        assert traces.rounds(answer.id) == ROUNDS
        assert traces.pieces(answer.id) == PIECES  # a line separator among them, too


def test_a_damaged_trace_is_none(store: Store) -> None:
    answer = _kept(store, Traces(store))
    store.finish(answer.id, "hello", "", "done", {}, '{"source": 1}\n')
    ahead = Traces(store)
    assert list(ahead.read_ahead(answer.id)) == []
    assert (ahead.rounds(answer.id), ahead.pieces(answer.id)) == ((), {})
