"""What is selected of an answer is a part of its raw Markdown, whatever is shown of it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.places import raw_place
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.corpus import ANSWER
from tests.gui.chat_view.test_selection import drag, panes


def mark(view: ChatView, words: str, name: str = "answer_text") -> TextPane:
    """Marks some shown words, as if with the mouse."""
    for pane in panes(view, name):
        found = pane.document().find(words)
        if found.hasSelection():
            pane.select(found.selectionStart(), found.selectionEnd())
            entry = view._messages()[-1]
            section = next(s for s in entry.sections if pane in s.panes())
            view._marking.selection.begin(entry, section, pane)
            view._marking.selection.end()
            return pane
    raise AssertionError(f"{words!r} is not shown")


def chosen(view: ChatView, text: str) -> str | None:
    found = view.selection_source()
    return None if found is None else text[found[1] : found[2]]


@pytest.mark.parametrize(
    ("text", "words", "want"),
    [
        ("Plain words here.", "words", "words"),
        ("Some **bold words** here", "old wor", "old wor"),
        ("Some **bold** words", "bold words", "bold** words"),
        ("- one\n- *two* three\n", "two three", "two* three"),
        ("A [link](https://e.org) here", "link", "link"),
        ("Say `code` now", "code", "code"),
        ("a &amp; b &lt;c&gt;", "& b", "&amp; b"),
        ("Emoji 😀 then words 👍🏽 end", "then words", "then words"),
        ("> quoted\n> words\n", "words", "words"),
        ("日本語の**文**です", "文で", "文**で"),
        ("עברית **שלום** סוף", "שלום", "שלום"),
        ("# Head\r\n\r\nAfter *it*\r\nmore", "more", "more"),
    ],
)
def test_marked_words_are_found_in_the_source(view: ChatView, text: str, words: str, want: str) -> None:
    view.set_thread([message(2, "assistant", text)])
    mark(view, words)
    assert view.selection_source() is not None
    assert chosen(view, text) == want


def test_a_character_of_several_is_taken_whole(view: ChatView) -> None:
    text = "x e\u0301clair 👩‍👩‍👧 y"
    view.set_thread([message(2, "assistant", text)])
    pane = panes(view)[0]
    entry = view._messages()[-1]
    pane.select(2, 3)  # the e without its accent
    section = next(s for s in entry.sections if pane in s.panes())
    view._marking.selection.begin(entry, section, pane)
    assert chosen(view, text) == "e\u0301"


def test_across_blocks_it_is_from_the_first_to_the_last(view: ChatView) -> None:
    text = "First **words** here.\n\n```py\nx = 1\n```\n\nLast *words* here."
    view.set_thread([message(2, "assistant", text)])
    first, last = panes(view)
    drag(first, QPoint(0, 12), last, QPoint(last.width() - 1, 12))
    assert chosen(view, text) == text


def test_code_and_tables_have_places(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", ANSWER)])
    for words, name in (("mid = lo + (hi", "code_text"), ("10", "answer_table"), ("timeit", "code_text")):
        view.verticalScrollBar().setValue(0 if words.startswith("mid") else 10_000)
        mark(view, words, name)
        assert chosen(view, ANSWER) == words


def test_everything_is_the_whole_text(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "One.\n\n- two\n- three", thinking="hm")])
    QTest.keyClick(panes(view)[0], Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selection_source() == (2, 0, len("One.\n\n- two\n- three"))


def test_nothing_and_a_question_have_no_place(view: ChatView) -> None:
    view.set_thread([message(1, "user", "My own words"), message(2, "assistant", "An answer")])
    assert view.selection_source() is None
    QTest.keyClick(panes(view, "user_text")[0], Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert view.selection_source() is None


def test_changing_is_asked_for_by_key_and_menu(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "Some **bold** words")])
    pane = mark(view, "bold")
    with qtbot.waitSignal(view.passage_requested) as got:
        QTest.keyClick(pane, Qt.Key.Key_E, Qt.KeyboardModifier.ControlModifier)
    assert got.args == [2, 7, 11]
    section = next(s for s in view._messages()[-1].sections if pane in s.panes())
    menu = view._marking.menu(section, "")
    change = next(a for a in menu.actions() if a.objectName() == "change_passage")
    with qtbot.waitSignal(view.passage_requested) as got:
        change.trigger()
    assert got.args == [2, 7, 11]


def test_a_streaming_answer_cannot_be_changed(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "Some words", state="streaming")])
    mark(view, "words")
    with qtbot.assertNotEmitted(view.passage_requested):
        view.request_passage()


def test_two_characters_of_a_line_end_count_as_one() -> None:
    raw = "a\r\nb\r\n\r\nc"
    text = raw.replace("\r\n", "\n")
    assert [raw[raw_place(raw, n)] for n, c in enumerate(text) if c != "\n"] == ["a", "b", "c"]
