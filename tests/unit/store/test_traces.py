"""The rounds of an answer: kept beside the message, gone with it, and no burden to who reads the thread."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from desktop.store import schema
from desktop.store.store import Store

LINES = "".join(f'{{"source": "draft", "accepted": {n % 4}}}\n' for n in range(2000))


def answered(store: Store, trace: str = LINES) -> int:
    conversation, question = store.begin("hello")
    answer = store.start_answer(conversation.id, question.id, "m")
    store.finish(answer.id, "yes", "", "done", {}, trace)
    return answer.id


def stored(store: Store) -> list[tuple[int, int]]:
    return [tuple(row) for row in store._db.execute("SELECT message_id, length(lines) FROM trace")]


def test_a_trace_comes_back_as_it_was_and_takes_little_room(store: Store, path: Path) -> None:
    answer = answered(store)
    ((message_id, size),) = stored(store)
    assert message_id == answer
    assert size < len(LINES) / 8
    with Store.open(path) as other:
        assert other.trace(answer) == LINES


def test_no_trace_is_no_row(store: Store) -> None:
    assert store.trace(answered(store, "")) == ""
    assert store.trace(4711) == ""
    assert stored(store) == []


def test_saving_again_replaces_and_saving_without_one_leaves_it(store: Store) -> None:
    answer = answered(store)
    store.finish(answer, "yes", "", "done", {}, "other\n")
    store.finish(answer, "yes!", "", "done", {})
    assert store.trace(answer) == "other\n"
    assert len(stored(store)) == 1


def test_a_trace_goes_with_its_message(store: Store) -> None:
    first, second = answered(store), answered(store)
    store.delete(store.message(first).conversation_id)
    store.purge()
    assert [message_id for message_id, _ in stored(store)] == [second]
    store.finish(first, "too late", "", "done", {}, LINES)
    assert len(stored(store)) == 1, "its message is gone"
    store.delete_all()
    assert stored(store) == []


def test_a_damaged_trace_costs_nothing_else(store: Store) -> None:
    answer = answered(store)
    store._db.execute("UPDATE trace SET lines = x'00ff'")
    assert store.trace(answer) == ""
    assert store.message(answer).text == "yes"


def test_a_conversation_keeps_its_own_way_of_drafting(store: Store, path: Path) -> None:
    conversation, _ = store.begin("hello")
    assert conversation.speculation == ""
    store.set_speculation(conversation.id, "off")
    with Store.open(path) as other:
        assert [c.speculation for c in other.conversations()] == ["off"]
        other.set_speculation(conversation.id, "")
    assert store.conversation(conversation.id).speculation == ""


def test_a_database_of_the_first_version_is_taken_over(path: Path) -> None:
    path.parent.mkdir(parents=True)
    old = sqlite3.connect(path, isolation_level=None)
    schema.migrate(old, schema.MIGRATIONS[:1])
    old.execute("INSERT INTO conversation(title, created, updated) VALUES ('before', 1, 1)")
    old.close()
    with Store.open(path) as store:
        (kept,) = store.conversations()
        assert (kept.title, kept.speculation) == ("before", "")
        assert store.trace(answered(store)) == LINES
