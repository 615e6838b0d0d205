"""The list in the sidebar: made, renamed, deleted, brought back."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from desktop.store.store import Store
from desktop.store.text import TITLE_LENGTH, UNTITLED, title_from


def titles(store: Store) -> list[str]:
    return [c.title for c in store.conversations()]


def test_a_new_database_is_empty_and_private(store: Store, path: Path) -> None:
    assert store.conversations() == []
    assert path.stat().st_mode & 0o077 == 0


def test_newest_first_and_an_answer_brings_to_the_top(store: Store) -> None:
    first, question = store.begin("first")
    store.begin("second")
    assert titles(store) == ["second", "first"]
    answer = store.start_answer(first.id, question.id, "m")
    store.finish(answer.id, "yes", "", "done", {"prompt_tokens": 40, "output_tokens": 2})
    assert titles(store) == ["first", "second"]
    assert store.conversation(first.id).tokens == 42


def test_begin_keeps_conversation_and_message_together(store: Store) -> None:
    conversation, message = store.begin("Why is the sky blue?\nIn short.")
    assert conversation.title == "Why is the sky blue?"
    assert [m.text for m in store.thread(conversation.id)] == ["Why is the sky blue?\nIn short."]
    assert message.parent_id is None


def test_rename(store: Store) -> None:
    conversation = store.create("one")
    assert store.rename(conversation.id, "  two\nlines\u202e ").title == "two lines"
    assert store.rename(conversation.id, " \n").title == UNTITLED
    with pytest.raises(LookupError):
        store.rename(999, "x")


def test_delete_restore_and_purge(store: Store) -> None:
    kept, _ = store.begin("kept")
    gone, _ = store.begin("gone")
    store.delete(gone.id)
    assert titles(store) == ["kept"]
    store.restore(gone.id)
    assert titles(store) == ["gone", "kept"]
    store.delete(gone.id)
    assert store.purge(older_than=3600) == 0
    store.restore(gone.id)
    store.delete(gone.id)
    assert store.purge() == 1
    store.restore(gone.id)
    assert titles(store) == ["kept"]
    assert store.thread(gone.id) == []
    assert store.thread(kept.id) != []


def test_purge_of_a_very_deep_conversation(store: Store) -> None:
    conversation, message = store.begin("0")
    for _ in range(
        1100
    ):  # deeper than SQLite lets one delete cascade; answers, for they do not wait for the disk
        message = store.start_answer(conversation.id, message.id, "m")
    store.delete(conversation.id)
    assert store.purge() == 1


def test_delete_all_leaves_no_trace_in_the_files(store: Store, path: Path) -> None:
    conversation, question = store.begin("the codeword is xylophonequartz")
    answer = store.start_answer(conversation.id, question.id, "m")
    store.finish(answer.id, "xylophonequartz noted", "", "done", {})
    store.delete_all()
    assert store.conversations() == []
    store.close()
    assert [f.name for f in path.parent.iterdir()] == [path.name]
    assert b"xylophone" not in path.read_bytes()


def test_what_was_written_is_there_after_opening_again(path: Path) -> None:
    with Store.open(path) as store:
        conversation, _ = store.begin("hello")
    with Store.open(path) as store:
        assert store.conversations() == [conversation]


def test_closed_twice_is_harmless_and_use_after_close_is_a_bug(path: Path) -> None:
    store = Store.open(path)
    store.close()
    store.close()
    with pytest.raises(sqlite3.ProgrammingError):
        store.conversations()


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("", UNTITLED),
        (" \n\t\n", UNTITLED),
        ("\u200d\u200b", UNTITLED),
        ("\n\n  What is   a token?  \nmore", "What is a token?"),
        ("a\u202eb\u2066c\x07d\x00e", "abcd\ufffde"),
        ("\ud800 alone", "\ufffd alone"),
        ("\U0001f469\u200d\U0001f680 in space", "\U0001f469\u200d\U0001f680 in space"),
        ("word " * 12, "word word word word word word word word word word word word"),
        ("word " * 13, "word word word word word word word word word word word word…"),
        ("x" * 61, "x" * 59 + "…"),
        ("x" * 58 + "e\u0301" + "y", "x" * 58 + "…"),
    ],
)
def test_title_from(text: str, title: str) -> None:
    assert title_from(text) == title
    assert len(title) <= TITLE_LENGTH
