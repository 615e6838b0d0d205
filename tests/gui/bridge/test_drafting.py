"""How an answer is drafted: settings, the conversation, one answer only; and what is kept of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.traces import NEWEST
from desktop.engine.spans import spans
from desktop.engine.trace import from_lines
from desktop.engine.types import Mode
from desktop.settings import Settings
from desktop.store.store import Store
from desktop.store.types import Message
from tests.gui.bridge.conftest import SETTINGS

WAIT_MS = 20_000


@pytest.fixture
def drafting(store: Store, loaded: EngineHost, tiny: Path) -> Chat:
    """A chat whose model drafts for itself: every token is accepted."""
    settings: Settings = replace(
        SETTINGS, speculation="draft", drafts={str(tiny): str(tiny)}, draft_length=3, max_tokens=30
    )
    return Chat(store, loaded, lambda: settings)


def _answer(chat: Chat, qtbot: QtBot, text: str = "hello") -> Message:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.send(text)
    assert finished.args is not None
    message = finished.args[0]
    assert isinstance(message, Message)
    return message


def _again(chat: Chat, message: Message, mode: Mode | None, qtbot: QtBot) -> Message:
    with qtbot.waitSignal(chat.finished, timeout=WAIT_MS) as finished:
        chat.regenerate(message.id, mode)
    assert finished.args is not None
    answer = finished.args[0]
    assert isinstance(answer, Message)
    return answer


def test_the_receipt_says_what_drafting_did(drafting: Chat, qtbot: QtBot) -> None:
    did = _answer(drafting, qtbot).receipt["speculation"]
    assert (did["mode"], did["state"], did["source"]) == ("draft", "active", "draft")
    assert did["drafted"] == did["accepted"] > 0
    assert did["accepted"] + did["rejected"] + did["dropped"] == did["drafted"]
    assert did["draft"] == "Tiny"


def test_one_answer_can_do_without(drafting: Chat, qtbot: QtBot) -> None:
    answer = _answer(drafting, qtbot)
    plain = _again(drafting, answer, "off", qtbot)
    assert plain.text == answer.text, "greedy: drafting changes nothing but the time"
    assert (plain.receipt["speculation"]["mode"], plain.receipt["speculation"]["state"]) == ("off", "off")
    assert plain.receipt["speculation"]["draft"] == ""
    again = _again(drafting, plain, None, qtbot)
    assert again.receipt["speculation"]["mode"] == "draft", "it was for one answer only"


def test_a_conversation_has_its_own_mode(
    drafting: Chat, loaded: EngineHost, store: Store, qtbot: QtBot
) -> None:
    told: list[object] = []
    drafting.mode_changed.connect(told.append)
    drafting.set_mode("off")  # before its first message
    answer = _answer(drafting, qtbot)
    assert answer.receipt["speculation"]["mode"] == "off"
    here = drafting.conversation
    assert here is not None
    assert store.conversation(here).speculation == "off"
    drafting.open(None)
    assert drafting.mode is None
    assert _answer(drafting, qtbot).receipt["speculation"]["mode"] == "draft"
    drafting.open(here)
    assert told == ["off", None, "off"]
    drafting.set_mode(None)
    assert store.conversation(here).speculation == ""
    assert loaded.info is not None, "and the target was never loaded again"


def test_a_mode_of_a_newer_version_counts_as_the_default(drafting: Chat, store: Store, qtbot: QtBot) -> None:
    _answer(drafting, qtbot)
    assert drafting.conversation is not None
    store.set_speculation(drafting.conversation, "telepathy")
    drafting.open(drafting.conversation)
    assert drafting.mode is None


def test_the_rounds_are_kept_in_memory_and_in_the_store(
    drafting: Chat, loaded: EngineHost, store: Store, qtbot: QtBot
) -> None:
    answer = _answer(drafting, qtbot)
    rounds = drafting.traces.rounds(answer.id)
    tokens = sum(one.accepted + (one.added is not None) for one in rounds)
    assert tokens >= answer.receipt["output_tokens"]
    assert rounds[0].source == "prompt"
    assert {one.source for one in rounds[1:]} <= {"draft", "plain"}
    assert store.trace(answer.id) == drafting.traces.text(answer.id)
    later = Chat(store, loaded, lambda: SETTINGS)
    assert [one.accepted for one in later.traces.rounds(answer.id)] == [one.accepted for one in rounds]
    assert len(from_lines(later.traces.text(answer.id).splitlines())) == len(rounds)
    assert later.traces.rounds(4711) == ()


def test_what_the_tokens_say_is_kept_with_the_rounds(
    drafting: Chat, store: Store, loaded: EngineHost, qtbot: QtBot
) -> None:
    answer = _answer(drafting, qtbot)
    later = Chat(store, loaded, lambda: SETTINGS)
    pieces = later.traces.pieces(answer.id)
    shown = spans(later.traces.rounds(answer.id), pieces.__getitem__, answer.receipt["output_tokens"])
    assert answer.text
    assert answer.text in "".join(span.text for span in shown)
    assert later.traces.pieces(4711) == {}


def test_continue_adds_to_the_rounds_before(drafting: Chat, store: Store, qtbot: QtBot) -> None:
    answer = _answer(drafting, qtbot)
    before = len(drafting.traces.rounds(answer.id))
    with qtbot.waitSignal(drafting.finished, timeout=WAIT_MS):
        drafting.continue_(answer.id)
    rounds = drafting.traces.rounds(answer.id)
    assert len(rounds) > before
    assert [one.source for one in rounds].count("prompt") == 2
    assert len(store.trace(answer.id).splitlines()) == len(rounds) + 1  # and what tokens say


def test_only_the_newest_stay_in_memory(drafting: Chat, qtbot: QtBot) -> None:
    for message_id in range(1, NEWEST + 4):
        drafting.traces.add(message_id, (), {}, continued=False)
    assert list(drafting.traces._newest) == list(range(4, NEWEST + 4))


def test_reading_ahead_leaves_an_answer_continued_meanwhile_alone(
    drafting: Chat, store: Store, loaded: EngineHost, qtbot: QtBot
) -> None:
    answer = _answer(drafting, qtbot)
    later = Chat(store, loaded, lambda: SETTINGS)
    reading = later.traces.read_ahead(answer.id)
    next(reading)
    rounds = later.traces.rounds(answer.id)
    later.traces.add(answer.id, rounds[:1], later.traces.pieces(answer.id), continued=True)
    for _ in reading:
        pass
    assert len(later.traces.rounds(answer.id)) == len(rounds) + 1
