"""Tokens in the text: what is tinted is what was accepted, what is struck is never copied."""

from __future__ import annotations

import random

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.spans import spans
from desktop.engine.types import Added, Drafted, Part, Round
from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.places import OBJECT
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.corpus import ANSWER
from tests.gui.chat_view.rounds import Trace
from tests.gui.chat_view.test_selection import panes
from tests.gui.chat_view.test_traced import TEXTS
from tests.gui.chat_view.test_view import button
from tests.gui.chat_view.tokens_shown import PROSE, answer, letters, prose, show, struck, tinted

# -- what is tinted ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", TEXTS[::2], ids=range(len(TEXTS[::2])))
def test_tinted_is_what_was_accepted(view: ChatView, qtbot: QtBot, text: str) -> None:
    trace = Trace(text, seed=3)
    show(view, qtbot, text, trace)
    traced = view.colours.trace(2)
    assert traced is not None
    for kind in ("accepted", "replaced"):
        wanted = [0] * len(text)
        for number, start, end in traced.between(0, len(text)):
            if traced.spans[number].how == kind:
                wanted[start:end] = [1] * (end - start)
        want = ""
        for section in prose(view):
            for para in section._pieces:
                for seg in para.segs:
                    shown = para.text[seg.at : seg.at + seg.shown]
                    one = seg.shown == seg.length
                    want += "".join(c for i, c in enumerate(shown) if wanted[seg.source + (i if one else 0)])
        assert letters("".join(tinted(view, kind))) == letters(want)


def test_one_shape_for_the_run_of_a_round(view: ChatView, qtbot: QtBot) -> None:
    ids = {n: w.encode() for n, w in enumerate(["The", " *two", "* words", " and", " more", " wrong"])}
    good = [Drafted(token, 0.9, 0.9, 0, "accepted") for token in range(5)]
    bad = Drafted(5, 0.3, 0.1, 3, "rejected")
    rounds = [
        Round("prompt", 1, 0, 1, (), Added(0, 0.9, 0, "first")),
        Round("draft", 4, 1, 1, (good[1], good[2], bad), Added(3, 0.6, 0, "replaced"), 2),
        Round("draft", 2, 1, 1, (good[4],), None, 1),
    ]
    trace = Trace("")
    trace.rounds, trace.pieces = rounds, ids
    show(view, qtbot, "The *two* words and more", trace, rejected=True)
    assert tinted(view, "accepted") == ["two words", "more"]
    assert tinted(view, "replaced") == ["and"]
    assert struck(view) == ["wrong"]


def test_code_and_thinking_carry_no_tint(view: ChatView, qtbot: QtBot) -> None:
    thought = "Some thinking words here. "
    show(view, qtbot, ANSWER, Trace(f"<think>{thought}</think>{ANSWER}"), thought)
    for pane in view.findChildren(TextPane):
        if pane.objectName() != "answer_text":
            assert not pane.shades.tints
    assert tinted(view, "accepted")


def test_streaming_ends_as_shown_at_once(view: ChatView, qtbot: QtBot) -> None:
    trace, rng = Trace(ANSWER, seed=5), random.Random(5)
    view.set_tokens_shown(True)
    view.set_rejected_shown(True)
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", "", state="streaming")])
    made = [s.text for s in spans(trace.rounds, lambda t: trace.pieces[t])]
    at = said = 0
    for start in range(0, len(trace.rounds), 9):
        some = trace.rounds[start : start + 9]
        count = sum(one.accepted + (one.added is not None) for one in some)
        parts = [Part("answer", "".join(made[at : at + count]))]
        if rng.random() < 0.5:
            view.stream(2, parts)
            view.add_rounds(2, some, trace.pieces)
        else:
            view.add_rounds(2, some, trace.pieces)
            view._render()
            view.stream(2, parts)
        at += count
        view._render()
        said = max(said, len(tinted(view, "accepted")))
    assert said > 5
    view.finish(message(2, "assistant", ANSWER))
    qtbot.waitUntil(lambda: view._layer.settled)
    for section in answer(view).sections:
        section.fit(view._column()[1])
    streamed = (tinted(view, "accepted"), tinted(view, "replaced"), struck(view))
    view.set_thread([])
    show(view, qtbot, ANSWER, trace, rejected=True)
    assert streamed == (tinted(view, "accepted"), tinted(view, "replaced"), struck(view))


# -- what is struck ------------------------------------------------------------------------------------------


def test_struck_words_are_never_copied(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE, seed=2))
    QTest.keyClick(panes(view)[0], Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    view.copy_selection()
    plain = QGuiApplication.clipboard().text()
    assert "Halve the range" in plain
    show(view, qtbot, PROSE, Trace(PROSE, seed=2), rejected=True)
    assert len(struck(view)) > 3
    pane = panes(view)[0]
    assert OBJECT in pane.document().toRawText()
    QTest.keyClick(pane, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    view.copy_selection()
    assert QGuiApplication.clipboard().text() == plain
    assert OBJECT not in pane.createMimeDataFromSelection().text()
    assert not pane.createMimeDataFromSelection().hasHtml()
    assert view.selection_source() == (2, 0, len(PROSE.rstrip()))
    assert pane.document().find("because").isNull()


def test_struck_words_make_no_line_higher(view: ChatView, qtbot: QtBot) -> None:
    text = "Short words."
    show(view, qtbot, text, Trace(text, seed=4))
    before = prose(view)[0].height
    show(view, qtbot, text, Trace(text, seed=4), rejected=True)
    assert prose(view)[0].height == before


def test_a_place_behind_struck_words_is_the_same_place(view: ChatView, qtbot: QtBot) -> None:
    text = "Emoji 😀 here and **bold words** at the end"
    show(view, qtbot, text, Trace(text, seed=2), rejected=True)
    assert struck(view)
    pane = panes(view)[0]
    found = pane.document().find("end")
    pane.select(found.selectionStart(), found.selectionEnd())
    view._marking.selection.begin(answer(view), prose(view)[0], pane)
    assert view.selection_source() == (2, text.index("end"), len(text))


# -- switches ------------------------------------------------------------------------------------------------


def test_an_answer_has_its_own_switch(view: ChatView, qtbot: QtBot) -> None:
    asked: list[int] = []
    trace = Trace(PROSE)
    view.trace_wanted.connect(asked.append)
    view.trace_wanted.connect(lambda number: view.set_trace(number, iter(trace.rounds), trace.pieces))
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", PROSE)])
    assert tinted(view, "accepted") == []
    button(view, "show_tokens").click()
    qtbot.waitUntil(lambda: bool(tinted(view, "accepted")))
    assert button(view, "show_tokens").isChecked()
    button(view, "show_tokens").click()
    qtbot.waitUntil(lambda: not tinted(view, "accepted"))
    button(view, "show_tokens").click()
    qtbot.waitUntil(lambda: bool(tinted(view, "accepted")))
    assert asked == [2]
    with qtbot.waitSignal(view.rejected_shown_changed) as got:
        button(view, "show_rejected").click()
    assert got.args == [True]
    qtbot.waitUntil(lambda: bool(struck(view)))


def test_the_switch_of_all_answers(view: ChatView, qtbot: QtBot) -> None:
    trace = Trace(PROSE)
    view.trace_wanted.connect(lambda number: view.set_trace(number, trace.rounds, trace.pieces))
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", PROSE)])
    with qtbot.waitSignal(view.tokens_shown_changed) as got:
        view.set_tokens_shown(True)
    assert got.args == [True]
    qtbot.waitUntil(lambda: bool(tinted(view, "accepted")))
    with qtbot.assertNotEmitted(view.tokens_shown_changed):
        view.set_tokens_shown(True)
    view.set_tokens_shown(False)
    qtbot.waitUntil(lambda: not tinted(view, "accepted"))


def test_an_answer_without_rounds_says_so(view: ChatView, qtbot: QtBot) -> None:
    view.trace_wanted.connect(lambda number: view.set_trace(number, (), {}))
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", "Old words")])
    view.set_tokens_shown(True)
    qtbot.waitUntil(lambda: not button(view, "show_tokens").isEnabled())
    assert button(view, "show_tokens").toolTip() == "The rounds of this answer were not kept"


def test_nothing_drafted_is_said_only_when_asked(view: ChatView, qtbot: QtBot) -> None:
    trace = Trace(PROSE, drafts=False)
    show(view, qtbot, PROSE, trace)
    assert not [w for w in view.findChildren(QAbstractButton, "heat_line") if w.isVisible()]
    view.set_tokens_shown(False)
    button(view, "show_tokens").click()
    qtbot.waitUntil(lambda: any(w.isVisible() for w in view.findChildren(QWidget, "tokens_row")))


def test_another_conversation_forgets(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE))
    view.set_thread([message(7, "user", "Other")])
    assert view.colours.trace(2) is None


def test_broken_rounds_do_no_harm(view: ChatView, qtbot: QtBot) -> None:
    trace = Trace("Completely other text than what is shown here, from the first word to the last.")
    show(view, qtbot, PROSE, trace)
    show(view, qtbot, PROSE, Trace(PROSE[:20] + "\x00\ufffd" + PROSE[20:]))
    trace = Trace(PROSE)
    trace.pieces = {}
    show(view, qtbot, PROSE, trace)
    assert panes(view)[0].toPlainText().startswith("Halve the range")
