"""Search finds what a person means and survives what a person types."""

from __future__ import annotations

import sqlite3
import string

import pytest

from desktop.store.store import Store
from desktop.store.types import Hit


def say(store: Store, *texts: str, title: str | None = None) -> int:
    conversation, message = store.begin(texts[0])
    for text in texts[1:]:
        message = store.add_user(conversation.id, message.id, text)
    if title is not None:
        store.rename(conversation.id, title)
    return conversation.id


def found(store: Store, text: str) -> list[int]:
    return [hit.conversation_id for hit in store.search(text)]


def marked(hit: Hit) -> str:
    return hit.snippet[hit.start : hit.end]


def test_words_are_prefixes_and_all_must_occur(store: Store) -> None:
    sky = say(store, "Why is the sky blue?", title="t")
    sea = say(store, "Why is the sea blue?", title="t")
    assert found(store, "blu") == [sea, sky]
    assert found(store, "sk blue") == [sky]
    assert found(store, "ky") == []
    assert found(store, "sky green") == []


def test_case_and_accents_do_not_matter(store: Store) -> None:
    cafe = say(store, "Où est le CAFÉ ?", title="t")
    assert found(store, "café") == found(store, "cafe") == found(store, "OU") == [cafe]


def test_titles_come_first_and_each_conversation_once(store: Store) -> None:
    titled = say(store, "nothing here", title="Quantum mechanics")
    said = say(store, "quantum", "quantum again", title="t")
    both = say(store, "a quantum of solace", title="Quantum")
    hits = store.search("quantum")
    assert [hit.conversation_id for hit in hits] == [both, titled, said]
    assert [marked(hit) for hit in hits] == ["quantum", "", "quantum"]
    assert (hits[1].snippet, hits[1].start, hits[1].end) == ("", 0, 0)
    assert hits[2].snippet == "quantum again"
    assert len(store.search("quantum", 2)) == 2


def test_a_snippet_is_short_one_line_and_marks_the_match(store: Store) -> None:
    say(store, "before " * 100 + "\n\n\tthe  needle\u202e\n" + "after " * 100, title="t")
    (hit,) = store.search("need")
    assert marked(hit) == "needle"
    assert len(hit.snippet) < 250
    assert "the needle after" in hit.snippet
    assert hit.snippet.isprintable()


@pytest.mark.parametrize("word", ["x" * 100_000, "needle" + "x" * 100_000])
def test_one_endless_word_does_not_make_an_endless_snippet(store: Store, word: str) -> None:
    say(store, f"{word} needle {word}", title="t")
    (hit,) = store.search("needle")
    assert marked(hit).startswith("needle")
    assert len(hit.snippet) < 300


def test_deleted_conversations_are_not_found(store: Store) -> None:
    gone = say(store, "secret", title="secret")
    store.delete(gone)
    assert found(store, "secret") == []
    store.restore(gone)
    assert found(store, "secret") == [gone]


def test_answers_are_found_when_they_are_finished_and_by_their_last_text(store: Store) -> None:
    conversation, question = store.begin("q")
    answer = store.start_answer(conversation.id, question.id, "m")
    store.checkpoint(answer.id, "draft zebra", "thinking giraffe")
    assert found(store, "zebra") == []
    store.finish(answer.id, "final okapi", "thinking giraffe", "cut", {})
    assert found(store, "okapi") == [conversation.id]
    assert found(store, "zebra") == found(store, "giraffe") == []
    store.reopen(answer.id)
    store.checkpoint(answer.id, "final okapi and lion", "")
    store.finish(answer.id, "final okapi and lion", "", "done", {})
    assert found(store, "lion") == [conversation.id]
    store.rename(conversation.id, "tiger")
    assert found(store, "tiger") == [conversation.id]


def test_every_version_is_searched(store: Store) -> None:
    conversation, _ = store.begin("first wording walrus")
    store.add_user(conversation.id, None, "second wording")
    assert found(store, "walrus") == [conversation.id]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("日本語のテキスト", "テキスト"),
        ("我喜欢语言模型", "语言"),
        ("costs 50% more", "50%"),
        ("x := y ?? z", "??"),
        ("smile \U0001f600 now", "\U0001f600"),
        ("the C++ language", "c++"),
        ("snake_case_name", "snake_case"),
        ('she said "no way"', '"no way"'),
        ("don't stop", "don't"),
        ("a\0b nul", "nul"),
    ],
)
def test_symbols_and_scripts_without_spaces(store: Store, text: str, query: str) -> None:
    conversation = say(store, text, title="t")
    say(store, "something else altogether", title="t")
    assert found(store, query) == [conversation]
    assert marked(store.search(query)[0]) != ""


def test_no_wildcards_in_symbols(store: Store) -> None:
    say(store, "plain", title="plain")
    assert found(store, "%") == found(store, "_") == found(store, "\\") == []


HOSTILE = [
    *("", " \n", '"', "*", "NEAR(", "a AND", "OR", "NOT x", "text:x", "^", "{a}:", "(", '"" ""*', "-"),
    *("\0", "\ud800", "a\0b", "x" * 5000, "é" * 500),
    *string.punctuation,
]


@pytest.mark.parametrize("query", HOSTILE)
def test_any_query_is_safe(store: Store, query: str) -> None:
    say(store, "text x a b and or not near")
    store.search(query)


def test_operators_are_words(store: Store) -> None:
    conversation = say(store, "this or that and NOT near", title="t")
    for word in ("or", "AND", "NOT", "NEAR", "this OR that"):
        assert found(store, word) == [conversation]


def test_the_index_agrees_with_the_messages_after_everything(store: Store) -> None:
    for n in range(5):
        conversation, question = store.begin(f"question {n}")
        answer = store.start_answer(conversation.id, question.id, "m")
        store.checkpoint(answer.id, "some", "")
        if n % 2:
            store.finish(answer.id, "some text", "", "done", {})
            store.reopen(answer.id)
        store.rename(conversation.id, f"title {n}")
    store.delete(1)
    store.purge()
    store.close()
    with Store.open(store.path):  # what was being written becomes interrupted
        pass
    db = sqlite3.connect(store.path)
    for index in ("message_fts", "title_fts"):
        db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
    db.close()
