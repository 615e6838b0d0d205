"""A disk that refuses an answer: told once, kept on screen and in memory, saved as soon as that works."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from desktop.bridge.chat import Chat
from desktop.bridge.keeper import Keeper
from desktop.errors import StoreFull
from desktop.store.store import Store
from desktop.store.types import Message

Refuse = Callable[[bool], None]


@pytest.fixture
def refuse(store: Store) -> Refuse:
    """Make SQLite refuse every write, as it does on a disk that has become read-only."""

    def switch(on: bool) -> None:
        store._db.execute(f"PRAGMA query_only = {'ON' if on else 'OFF'}")

    return switch


def _answer(store: Store) -> Message:
    conversation, user = store.begin("hello")
    return store.start_answer(conversation.id, user.id, "tiny")


def test_a_checkpoint_that_fails_is_told_once(store: Store, refuse: Refuse, qtbot: QtBot) -> None:
    keeper, told = Keeper(store), list[object]()
    answer = _answer(store)
    keeper.refused.connect(told.append)
    refuse(True)
    keeper.checkpoint(answer)
    keeper.checkpoint(answer)
    assert [type(fault) for fault in told] == [StoreFull]


def test_an_answer_the_disk_refused_does_not_block_the_next(
    chat: Chat, store: Store, refuse: Refuse, qtbot: QtBot
) -> None:
    ended: list[Message] = []
    chat.appended.connect(lambda message: refuse(message.role == "assistant"))
    chat.finished.connect(lambda message, _finished: ended.append(message))
    with qtbot.waitSignals([chat.not_saved, chat.finished], timeout=20_000):
        chat.send("hello")
    assert not chat.busy
    (answer,) = ended
    assert answer.state == "cut"
    assert answer.text
    assert store.message(answer.id).state == "streaming", "the disk still has what it had"
    shown: list[Message] = []
    chat.opened.connect(lambda _id, messages: shown.extend(messages))
    chat.open(chat.conversation)
    assert shown[-1].text == answer.text
    refuse(False)
    chat.save_again()
    kept = store.message(answer.id)
    assert (kept.text, kept.state, kept.receipt) == (answer.text, "cut", answer.receipt)


def test_settling_with_a_full_disk_raises_nothing(chat: Chat, refuse: Refuse, qtbot: QtBot) -> None:
    """The program must be able to end."""
    chat.send("hello")
    refuse(True)
    with qtbot.waitSignal(chat.not_saved, timeout=20_000):
        chat.settle()
    assert not chat.busy
