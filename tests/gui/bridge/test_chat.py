"""Sending, editing, answering again, continuing, stopping: what is on screen is what is kept."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.engine.types import Part, Step
from desktop.store.store import Store
from desktop.store.types import Message
from tests.gui.bridge.conftest import SETTINGS


def _send(chat: Chat, text: str, qtbot: QtBot) -> Message:
    with qtbot.waitSignal(chat.finished, timeout=20_000) as finished:
        chat.send(text)
    assert finished.args is not None
    message = finished.args[0]
    assert isinstance(message, Message)
    return message


def _thread(chat: Chat, store: Store) -> list[Message]:
    assert chat.conversation is not None
    return store.thread(chat.conversation)


def test_a_sent_message_is_answered_and_kept(chat: Chat, store: Store, qtbot: QtBot) -> None:
    streamed: list[str] = []

    def keep(_message: int, parts: list[Part]) -> None:
        streamed.extend(part.text for part in parts)

    chat.streamed.connect(keep)
    answer = _send(chat, "hello world", qtbot)
    user, kept = _thread(chat, store)
    assert user.text == "hello world"
    assert kept == answer
    assert kept.text == "".join(streamed)
    assert kept.state == "cut"
    assert kept.receipt["output_tokens"] == SETTINGS.max_tokens
    assert [c.title for c in store.conversations()] == ["hello world"]
    assert not chat.busy


def test_nothing_blank_is_sent_and_nothing_twice(chat: Chat, store: Store, qtbot: QtBot) -> None:
    chat.send("  \n ")
    assert not chat.busy
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.send("one")
        chat.send("two")
    assert [m.text for m in _thread(chat, store) if m.role == "user"] == ["one"]


def test_the_question_is_on_disk_before_the_engine_is_asked(chat: Chat, store: Store, qtbot: QtBot) -> None:
    with Store.open(store.path) as other, qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.send("keep me")
        (conversation,) = other.conversations()
        assert other.thread(conversation.id)[0].text == "keep me"


def test_editing_makes_a_sibling(chat: Chat, store: Store, qtbot: QtBot) -> None:
    _send(chat, "first", qtbot)
    user = _thread(chat, store)[0]
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.edit(user.id, "second")
    shown = _thread(chat, store)
    assert shown[0].text == "second"
    assert (shown[0].version, shown[0].versions) == (2, 2)
    chat.step_version(shown[0].id, -1)
    assert _thread(chat, store)[0].text == "first"


def test_answering_again_makes_a_sibling(chat: Chat, store: Store, qtbot: QtBot) -> None:
    answer = _send(chat, "hello", qtbot)
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.regenerate(answer.id)
    shown = _thread(chat, store)[-1]
    assert (shown.version, shown.versions) == (2, 2)
    assert shown.text == answer.text, "greedy: the same question gives the same answer"


def test_continue_goes_on_in_place(chat: Chat, store: Store, qtbot: QtBot) -> None:
    answer = _send(chat, "hello", qtbot)
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.continue_(answer.id)
    shown = _thread(chat, store)[-1]
    assert shown.id == answer.id
    assert shown.text.startswith(answer.text)
    assert len(shown.text) > len(answer.text)


def test_stopping_keeps_what_was_written(chat: Chat, store: Store, qtbot: QtBot) -> None:
    def stop(_message: int, _parts: list[Part]) -> None:
        chat.stop()

    chat.streamed.connect(stop)
    answer = _send(chat, "hello", qtbot)
    assert answer.state in ("stopped", "cut")
    assert answer.text


def test_an_answer_goes_on_while_another_conversation_is_open(chat: Chat, store: Store, qtbot: QtBot) -> None:
    leaked: list[int] = []
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.send("hello")
        first = chat.conversation
        chat.open(None)
        chat.streamed.connect(lambda message, _parts: leaked.append(message))
    assert not leaked
    assert first is not None
    assert store.thread(first)[-1].text


def test_deleting_the_conversation_being_answered_stops_it(chat: Chat, store: Store, qtbot: QtBot) -> None:
    with qtbot.waitSignal(chat.busy_changed, check_params_cb=lambda busy: not busy, timeout=20_000):
        chat.send("hello")
        assert chat.conversation is not None
        gone = chat.conversation
        chat.delete(gone)
    assert store.conversations() == []
    assert chat.conversation is None
    chat.restore(gone)
    assert chat.conversation == gone


def test_a_failed_answer_keeps_the_question(
    store: Store, host: EngineHost, tmp_path: Path, qtbot: QtBot
) -> None:
    chat = Chat(store, host, lambda: SETTINGS)  # no model loaded
    with qtbot.waitSignal(chat.failed, timeout=20_000):
        chat.send("hello")
    user, answer = _thread(chat, store)
    assert user.text == "hello"
    assert answer.state == "failed"


def test_what_was_counted_is_told_again_on_return(
    chat: Chat, loaded: EngineHost, store: Store, qtbot: QtBot
) -> None:
    """Otherwise the panel would take the first token after the return for the first of the answer."""
    counted: list[int] = []
    again: list[int] = []

    def leave_and_return(_message: int, _steps: list[Step]) -> None:
        chat.stepped.disconnect(leave_and_return)
        here = chat.conversation
        chat.open(None)
        chat.open(here)
        chat.stepped.connect(lambda _message, steps: again.append(len(steps)))
        chat.replay()
        chat.stepped.connect(lambda _message, steps: counted.append(len(steps)))

    chat.stepped.connect(leave_and_return)
    answer = _send(chat, "hello", qtbot)
    assert sum(again) == answer.receipt["output_tokens"]
    assert sum(counted) < sum(again), "the steps before the return came with the replay"


def test_undo_after_everything_was_deleted_does_nothing(chat: Chat, store: Store, qtbot: QtBot) -> None:
    _send(chat, "hello", qtbot)
    gone = chat.conversation
    assert gone is not None
    chat.delete(gone)
    chat.delete_all()
    chat.restore(gone)
    assert chat.conversation is None


def test_an_answer_that_never_began_is_no_example_for_the_model(
    chat: Chat, loaded: EngineHost, store: Store, qtbot: QtBot
) -> None:
    first = _send(chat, "hello", qtbot)
    store.finish(first.id, "", "", "failed", {})
    asked = chat._request(_send(chat, "world", qtbot), continue_last=False)
    assert [(m.role, m.content) for m in asked.messages] == [("user", "hello"), ("user", "world")]
