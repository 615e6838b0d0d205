"""Looks at tokens and branches, on the guide pair: through the chat, as the window does it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.bridge.branching import Chosen, branch
from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.looking import LookAt, Spell, Spelled
from desktop.engine.seen import Look
from desktop.engine.spans import cut, length, spans, tokens
from desktop.engine.types import LoadOptions
from desktop.settings import Settings
from desktop.store.store import Store
from desktop.store.types import Message

WAIT_MS = 20_000
PROMPT = "What is a token?"
SETTINGS = Settings(temperature=0.0, max_tokens=40, speculation="draft", draft_length=3)


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[EngineHost]:
    host = EngineHost()
    with qtbot.waitSignal(host.loaded, timeout=WAIT_MS):
        host.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1))
    yield host
    host.shutdown()


@pytest.fixture
def chat(store: Store, host: EngineHost) -> Chat:
    return Chat(store, host, lambda: SETTINGS)


def _answer(chat: Chat, qtbot: QtBot) -> Message:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.send(PROMPT)
    assert finished.args is not None
    return finished.args[0]  # type: ignore[no-any-return]


def _ids(chat: Chat, message: Message) -> tuple[int, ...]:
    rounds, pieces = chat.traces.rounds(message.id), chat.traces.pieces(message.id)
    limit = length(rounds, message.receipt["output_tokens"])
    return tuple(one.token for one in tokens(rounds, pieces.__getitem__, limit))


def _look(host: EngineHost, work: LookAt, qtbot: QtBot) -> Look:
    with qtbot.waitSignal(host.work.ended, timeout=WAIT_MS) as ended:
        host.work.start(work)
    assert ended.args is not None
    assert isinstance(ended.args[1], Look), ended.args[2]
    return ended.args[1]


def test_a_branch_keeps_what_came_before(chat: Chat, host: EngineHost, store: Store, qtbot: QtBot) -> None:
    old = _answer(chat, qtbot)
    ids, at = _ids(chat, old), 6
    seen = _look(host, LookAt(chat.request_of(old.id), ids, at), qtbot)
    other = next(choice for choice in seen.choices if choice.token != ids[at] and choice.data.strip())
    rounds, pieces = chat.traces.rounds(old.id), chat.traces.pieces(old.id)
    kept = "".join(span.text for span in spans(rounds, pieces.__getitem__, at))
    chosen = Chosen(other.token, other.data, other.target.chance, other.target.rank)
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        branch(chat, old.id, rounds, pieces, at, [chosen])
    assert finished.args is not None
    new: Message = finished.args[0]
    assert new.text.startswith(kept + other.data.decode())
    assert (new.parent_id, new.id != old.id) == (old.parent_id, True)
    assert store.message(old.id).text == old.text
    assert [one.id for one in store.thread(new.conversation_id)][-1] == new.id
    assert _ids(chat, new)[: at + 1] == (*ids[:at], other.token)
    told = chat.traces.rounds(new.id)
    assert list(told[: len(cut(rounds, at))]) == cut(rounds, at)
    added = told[len(cut(rounds, at))].added
    assert added is not None
    assert (added.why, added.token, added.rank) == ("chosen", other.token, other.target.rank)
    whole = spans(told, chat.traces.pieces(new.id).__getitem__, length(told, new.receipt["output_tokens"]))
    assert "".join(span.text for span in whole).strip() == new.text.strip()
    chat.traces.forget()
    assert [one.added and one.added.why for one in chat.traces.rounds(new.id)] == [
        one.added and one.added.why for one in told
    ]
    assert _ids(chat, new)[: at + 1] == (*ids[:at], other.token)


def test_a_branch_with_its_own_token_is_the_same_answer(chat: Chat, qtbot: QtBot) -> None:
    old = _answer(chat, qtbot)
    ids = _ids(chat, old)
    rounds, pieces = chat.traces.rounds(old.id), chat.traces.pieces(old.id)
    for at in (0, 5):
        with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
            branch(chat, old.id, rounds, pieces, at, [Chosen(ids[at], pieces[ids[at]])])
        assert finished.args is not None
        assert finished.args[0].text.startswith(old.text[:60])


def test_a_stopped_branch_keeps_what_it_began_with(chat: Chat, host: EngineHost, qtbot: QtBot) -> None:
    old = _answer(chat, qtbot)
    rounds, pieces = chat.traces.rounds(old.id), chat.traces.pieces(old.id)
    with qtbot.waitSignal(host.work.ended, timeout=WAIT_MS) as ended:
        host.work.start(Spell(" something else"))
    assert ended.args is not None
    spelled = ended.args[1]
    assert isinstance(spelled, Spelled)
    chosen = [Chosen(token, spelled.pieces[token]) for token in spelled.tokens]
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        with qtbot.waitSignal(chat.paused, timeout=WAIT_MS):
            chat.busy_changed.connect(chat.pause)  # at once: the guide is quick
            branch(chat, old.id, rounds, pieces, 4, chosen)
        chat.stop()
    assert finished.args is not None
    new: Message = finished.args[0]
    kept = "".join(span.text for span in spans(rounds, pieces.__getitem__, 4))
    assert new.text.startswith(kept + " something else")


def test_looks_in_a_pause_change_nothing(chat: Chat, host: EngineHost, qtbot: QtBot) -> None:
    old = _answer(chat, qtbot)
    chat.open(None)
    chat.busy_changed.connect(chat.pause)  # at once: the guide is quick
    with qtbot.waitSignal(chat.paused, timeout=WAIT_MS) as paused:
        chat.send(PROMPT)
    assert paused.args is not None
    message = paused.args[0]
    for _ in range(4):
        rounds = chat.live_rounds(message)
        ids = tuple(one.token for one in tokens(rounds, lambda token: b""))
        for at in {0, len(ids) // 2, len(ids)}:
            seen = _look(host, LookAt(chat.request_of(message), ids, at), qtbot)
            if at < len(ids):
                assert seen.choices[0].token == ids[at]  # greedy
        with qtbot.waitSignal(chat.paused, timeout=WAIT_MS):
            chat.step()
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.resume()
    assert finished.args is not None
    assert finished.args[0].text == old.text


@pytest.fixture
def empty(qtbot: QtBot) -> Iterator[EngineHost]:
    host = EngineHost()
    yield host
    host.shutdown()


def test_without_a_model_a_look_is_refused(store: Store, empty: EngineHost, qtbot: QtBot) -> None:
    chat = Chat(store, empty, lambda: SETTINGS)
    with qtbot.waitSignal(chat.failed, timeout=WAIT_MS) as failed:
        chat.send(PROMPT)
    assert failed.args is not None
    with qtbot.waitSignal(empty.work.ended, timeout=WAIT_MS) as ended:
        empty.work.start(LookAt(chat.request_of(failed.args[0].id), (), 0))
    assert ended.args is not None
    assert ended.args[1] is None
    assert "no model" in ended.args[2].detail
