"""The tree: versions, the path that is shown, and an answer's life."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from desktop.store.store import Store
from desktop.store.types import Message, State


def shown(store: Store, conversation_id: int) -> list[str]:
    return [f"{m.text} {m.version}/{m.versions}" for m in store.thread(conversation_id)]


def answer(store: Store, question: Message, text: str, state: State = "done") -> Message:
    started = store.start_answer(question.conversation_id, question.id, "guide")
    store.finish(started.id, text, "", state, {})
    return store.message(started.id)


def test_a_plain_conversation(store: Store) -> None:
    conversation, q1 = store.begin("q1")
    a1 = answer(store, q1, "a1")
    q2 = store.add_user(conversation.id, a1.id, "q2")
    answer(store, q2, "a2")
    assert shown(store, conversation.id) == ["q1 1/1", "a1 1/1", "q2 1/1", "a2 1/1"]
    assert [m.role for m in store.thread(conversation.id)] == ["user", "assistant", "user", "assistant"]


def test_another_answer_is_a_version_and_is_shown(store: Store) -> None:
    conversation, q1 = store.begin("q1")
    first = answer(store, q1, "first")
    second = answer(store, q1, "second")
    assert shown(store, conversation.id) == ["q1 1/1", "second 2/2"]
    assert store.siblings(first.id) == store.siblings(second.id) == [first.id, second.id]


def test_going_back_to_a_version_shows_what_followed_it(store: Store, path: Path) -> None:
    conversation, q1 = store.begin("q1")
    a1 = answer(store, q1, "a1")
    q2 = store.add_user(conversation.id, a1.id, "q2")
    answer(store, q2, "a2")
    a2_again = answer(store, q2, "a2 again")
    edited = store.add_user(conversation.id, None, "q1 edited")
    answer(store, edited, "b1")
    assert shown(store, conversation.id) == ["q1 edited 2/2", "b1 1/1"]
    store.select(q1.id)
    expected = ["q1 1/2", "a1 1/1", "q2 1/1", "a2 again 2/2"]
    assert shown(store, conversation.id) == expected
    store.select(store.siblings(a2_again.id)[0])
    expected[-1] = "a2 1/2"
    assert shown(store, conversation.id) == expected
    store.close()
    with Store.open(path) as again:
        assert shown(again, conversation.id) == expected


def test_selecting_deep_in_a_hidden_branch_shows_the_whole_path(store: Store) -> None:
    conversation, q1 = store.begin("q1")
    a1 = answer(store, q1, "a1")
    q2 = store.add_user(conversation.id, a1.id, "q2")
    answer(store, q1, "a1 again")
    store.add_user(conversation.id, None, "q1 edited")
    store.select(q2.id)
    assert shown(store, conversation.id) == ["q1 1/2", "a1 1/2", "q2 1/1"]


def test_writing_below_a_hidden_branch_shows_it(store: Store) -> None:
    conversation, q1 = store.begin("q1")
    a1 = answer(store, q1, "a1")
    answer(store, q1, "a1 again")
    store.add_user(conversation.id, a1.id, "q2")
    assert shown(store, conversation.id) == ["q1 1/1", "a1 1/2", "q2 1/1"]


def test_selecting_does_not_move_the_conversation(store: Store) -> None:
    old, message = store.begin("old")
    store.begin("new")
    store.select(message.id)
    assert [c.title for c in store.conversations()] == ["new", "old"]
    assert store.conversation(old.id).updated == old.updated


def test_an_answer_from_start_to_finish(store: Store) -> None:
    conversation, question = store.begin("q")
    started = store.start_answer(conversation.id, question.id, "Qwen3 8B")
    assert (started.state, started.text, started.model) == ("streaming", "", "Qwen3 8B")
    store.checkpoint(started.id, "half", "hm")
    assert store.message(started.id).text == "half"
    receipt = {"output_tokens": 3, "timings": {"ttft_ms": 20.5}, "rounds": [1, 2], "stop": None}
    store.finish(started.id, "whole", "hm, hm", "cut", receipt)
    done = store.message(started.id)
    assert (done.text, done.thinking, done.state, done.receipt) == ("whole", "hm, hm", "cut", receipt)
    reopened = store.reopen(started.id)
    assert (reopened.state, reopened.text) == ("streaming", "whole")
    store.finish(started.id, "whole and more", "", "done", {})
    assert store.message(started.id).state == "done"


def test_a_late_checkpoint_does_not_change_a_finished_answer(store: Store) -> None:
    conversation, question = store.begin("q")
    started = store.start_answer(conversation.id, question.id, "m")
    store.finish(started.id, "whole", "", "done", {})
    store.checkpoint(started.id, "who", "")
    assert store.message(started.id).text == "whole"


def test_an_answer_whose_conversation_is_gone_ends_quietly(store: Store) -> None:
    conversation, question = store.begin("q")
    started = store.start_answer(conversation.id, question.id, "m")
    store.delete_all()
    store.checkpoint(started.id, "x", "")
    store.finish(started.id, "x", "", "stopped", {})
    with pytest.raises(LookupError):
        store.message(started.id)


def test_what_does_not_exist_is_a_bug(store: Store) -> None:
    mine, question = store.begin("mine")
    other, _ = store.begin("other")
    for call in (
        lambda: store.message(999),
        lambda: store.select(999),
        lambda: store.reopen(999),
        lambda: store.add_user(mine.id, 999, "x"),
        lambda: store.add_user(other.id, question.id, "x"),
    ):
        with pytest.raises(LookupError):
            call()
    assert len(store.thread(other.id)) == 1
    assert store.thread(999) == []


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("", ""),
        ("a\0b", "a\ufffdb"),
        ("lone \ud83d surrogate", "lone \ufffd surrogate"),
        ("\r\n\t\x1b[31m \U0001f469\u200d\U0001f680 e\u0301 \u202eabc", None),
        ("'; DROP TABLE message; --", None),
        ("long " * 200_000, None),
    ],
)
def test_any_text_is_kept(store: Store, text: str, kept: str | None) -> None:
    conversation, message = store.begin(text)
    started = store.start_answer(conversation.id, message.id, text[:50])
    store.checkpoint(started.id, text, text)
    store.finish(started.id, text, text, "done", {"text": text, "not a number": math.inf})
    question, reply = store.thread(conversation.id)
    expected = text if kept is None else kept
    assert question.text == reply.text == reply.thinking == expected
    assert reply.receipt["not a number"] == math.inf


def test_five_hundred_messages_are_one_walk(store: Store) -> None:
    conversation, last = store.begin("0")
    for n in range(1, 500):
        last = store.start_answer(conversation.id, last.id, str(n))  # does not wait for the disk
    steps = 0

    def count() -> int:
        nonlocal steps
        steps += 1
        return 0

    store._db.set_progress_handler(count, 1000)
    thread = store.thread(conversation.id)
    assert [m.model for m in thread] == ["", *(str(n) for n in range(1, 500))]
    assert steps < 200  # thousands of SQLite's instructions; a scan per message would take some 10,000
