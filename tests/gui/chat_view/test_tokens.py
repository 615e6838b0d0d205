"""Tokens in the text: what is tinted is what was accepted, what is struck is never copied."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.spans import spans
from desktop.engine.types import Added, Drafted, Part, Round
from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.places import OBJECT
from desktop.gui.chat_view.prose import ProseSection
from desktop.gui.chat_view.shade import rects
from desktop.gui.chat_view.struck import _WORD
from desktop.gui.chat_view.traced import Traced
from desktop.gui.tokens_view.why_card import WhyCard
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.corpus import ANSWER, CORPUS
from tests.gui.chat_view.rounds import Trace
from tests.gui.chat_view.test_align import INLINE
from tests.gui.chat_view.test_selection import panes
from tests.gui.chat_view.test_view import button

PROSE = """Halve the **range** until *one place* is left; a [link](https://e.org) and `code` too.

- one
- two three
"""
TEXTS = [t for t in INLINE + CORPUS if t.strip() and len(t) < 9_000 and "\r" not in t and "\0" not in t]


def answer(view: ChatView) -> AnswerEntry:
    entry = view._messages()[-1]
    assert isinstance(entry, AnswerEntry)
    return entry


def show(
    view: ChatView, qtbot: QtBot, text: str, trace: Trace, thinking: str = "", *, rejected: bool = False
) -> None:
    """A finished answer with its tokens shown."""
    view.set_tokens_shown(True)
    view.set_rejected_shown(rejected)
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", text, thinking=thinking)])
    view.set_trace(2, trace.rounds, trace.pieces)
    qtbot.waitUntil(lambda: view.colours.trace(2) is not None and view._layer.settled)
    width = view._column()[1]
    for section in answer(view).sections:
        section.fit(width)


def prose(view: ChatView) -> list[ProseSection]:
    return [s for s in answer(view).sections if isinstance(s, ProseSection)]


def tinted(view: ChatView, kind: str) -> list[str]:
    """Shown words that are tinted, in order."""
    out = []
    for section in prose(view):
        for pane in section.panes():
            text = pane.document().toRawText().encode("utf-16-le")
            out += [
                text[2 * t.start : 2 * t.end].decode("utf-16-le") for t in pane.shades.tints if t.kind == kind
            ]
    return out


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def struck(view: ChatView) -> list[str]:
    out = []
    for section in prose(view):
        for pane in section.panes():
            block = pane.document().firstBlock()
            while block.isValid():
                out += [
                    str(f.format.property(_WORD)).strip()
                    for f in block.textFormats()
                    if f.format.property(_WORD)
                    for _ in range(f.length)
                ]
                block = block.next()
    return out


# -- the way from tokens to text -----------------------------------------------------------------------------


def covered(traced: Traced, text: str) -> Iterator[tuple[str, str]]:
    for number, start, end in traced.between(0, len(text)):
        yield text[start:end], traced.spans[number].text


@pytest.mark.parametrize("split", [False, True], ids=["words", "halves"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_token_finds_what_it_wrote(text: str, split: bool) -> None:
    trace, traced = Trace(text, split=split), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    assert traced.follow(text)
    assert all(part == said for part, said in covered(traced, text))
    assert "".join(part for part, _ in covered(traced, text)) == text


@pytest.mark.parametrize("text", TEXTS[::3], ids=range(len(TEXTS[::3])))
def test_rounds_that_come_one_by_one_end_as_those_that_come_together(text: str) -> None:
    trace, grown, whole = Trace(text, split=True), Traced(), Traced()
    rng, at = random.Random(len(text)), 0
    for start in range(0, len(trace.rounds), 3):
        grown.add(trace.rounds[start : start + 3], lambda t: trace.pieces[t])
        at = max(at, min(len(text), grown._tokens * 2 + rng.randrange(9)))
        grown.follow(text[:at], final=False)
    grown.end()
    assert grown.follow(text)
    whole.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    whole.follow(text)
    for name in ("_begins", "_ends", "firsts", "numbers", "hows", "reach"):
        assert getattr(grown, name) == getattr(whole, name)
    wanted = spans(trace.rounds, lambda t: trace.pieces[t])
    assert [s.text for s in grown.spans] == [s.text for s in wanted]
    assert grown.firsts == [s.first for s in wanted]


def test_thinking_has_no_part_of_the_answer() -> None:
    thought = "The user says I should say I think so. "
    trace, traced = Trace(f"<think>\n{thought}</think>\n\nI think so."), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("I think so.", thought)
    assert "".join(said for _, said in covered(traced, "I think so.")).strip() == "I think so."
    assert traced.spans[traced.ends()[0]].text.strip() == "I"
    assert traced.ends()[1] == len(traced.spans) - 1


def test_what_a_stop_string_cut_off_has_no_place() -> None:
    trace, traced = Trace("One two three END four five"), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("One two thr")
    assert "".join(part for part, _ in covered(traced, "One two thr")) == "One two thr"
    assert traced.spans[traced.ends()[1]].text == " three"


def test_text_without_tokens_has_none() -> None:
    trace, traced = Trace("and then went on."), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("The beginning, and then went on.")
    assert traced.at(0) == -1
    assert not traced.whole
    assert traced.spans[traced.at(15)].text == "and"
    empty = Traced()
    empty.add([], lambda t: b"", final=True)
    assert empty.follow("Words")
    assert empty.at(0) == -1


def test_tokens_that_were_not_taken_are_not_counted() -> None:
    trace, traced = Trace("one two three four five six"), Traced(3)
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("one two three")
    assert traced.tokens == 3
    continued = Traced(1)  # the receipt of an answer that went on counts its last part
    continued.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    continued.follow("one two three four five six")
    assert continued.tokens == 6
    assert "".join(part for part, _ in covered(continued, "one two three four five six")).endswith("six")


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


# -- why -----------------------------------------------------------------------------------------------------


def card(view: ChatView) -> WhyCard:
    return view._layer.pointer.card


def point(pane: TextPane, unit: int) -> QPoint:
    box = rects(pane.document(), unit, unit + 1, pane._ink.theme)[0]
    return box.center().toPoint()


def move(pane: TextPane, at: QPoint) -> None:
    none, left = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
    where = QPointF(pane.viewport().mapToGlobal(at))
    event = QMouseEvent(QMouseEvent.Type.MouseMove, QPointF(at), where, none, none, left)
    QApplication.sendEvent(pane.viewport(), event)


def test_hovering_says_why(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE, seed=2))
    pane = panes(view)[0]
    tint = next(t for t in pane.shades.tints if t.kind == "replaced")
    move(pane, point(pane, tint.start))
    assert not card(view).isVisible()
    qtbot.waitUntil(card(view).isVisible)
    names = [row.name for row in card(view).why.rows]
    assert names == ["Draft said", "Target gave it", "Target took"]
    assert "p = .31" in card(view).accessibleName()
    move(pane, QPoint(pane.width() - 1, pane.height() - 2))
    assert not card(view).isVisible()


def test_hovering_a_struck_word_says_why(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE, seed=2), rejected=True)
    pane = panes(view)[0]
    move(pane, point(pane, pane.document().toRawText().index(OBJECT)))
    qtbot.waitUntil(card(view).isVisible)
    assert [row.name for row in card(view).why.rows] == ["Draft said", "Target gave it"]


def test_the_keyboard_goes_from_token_to_token(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    show(view, qtbot, ANSWER, Trace(ANSWER))
    view.verticalScrollBar().setValue(0)
    QTest.keyClick(view, Qt.Key.Key_F9)
    assert view._layer.pointer.walking
    assert card(view).isVisible()
    seen = [view._layer.pointer.chosen]
    for _ in range(6):
        QTest.keyClick(view, Qt.Key.Key_Right)
        seen.append(view._layer.pointer.chosen)
    assert len(set(seen)) == 7
    QTest.keyClick(view, Qt.Key.Key_Left)
    assert view._layer.pointer.chosen == seen[5]
    QTest.keyClick(view, Qt.Key.Key_End)
    assert view.at_end or view.verticalScrollBar().value() > 0
    last = view._layer.pointer.chosen
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert view._layer.pointer.chosen == last
    with qtbot.waitSignal(view.token_activated) as got:
        QTest.keyClick(view, Qt.Key.Key_Return)
    assert tuple(got.args) == last
    assert not view._layer.pointer.walking
    QTest.keyClick(view, Qt.Key.Key_F9)
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view._layer.pointer.walking
    assert not card(view).isVisible()


def test_a_click_opens_a_token_and_a_double_click_marks_a_word(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE))
    pane = panes(view)[0]
    unit = pane.document().toRawText().index("until") + 1
    with qtbot.waitSignal(view.token_activated) as got:
        QTest.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=point(pane, unit))
    traced = view.colours.trace(2)
    assert traced is not None
    assert got.args[0] == 2
    assert "until".startswith(traced.spans[traced.number_of(got.args[1])].text.strip())
    with qtbot.assertNotEmitted(view.token_activated, wait=QApplication.doubleClickInterval() + 100):
        QTest.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=point(pane, unit))
        QTest.mouseDClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=point(pane, unit))
        QTest.mouseRelease(pane.viewport(), Qt.MouseButton.LeftButton, pos=point(pane, unit))
    assert pane.textCursor().selectedText() == "until"
    link = pane.document().toRawText().index("link") + 1
    with qtbot.assertNotEmitted(view.token_activated, wait=QApplication.doubleClickInterval() + 100):
        QTest.mouseClick(pane.viewport(), Qt.MouseButton.LeftButton, pos=point(pane, link))


# -- the strip -----------------------------------------------------------------------------------------------


def test_the_strip_tells_acceptance_and_opens_the_places(view: ChatView, qtbot: QtBot) -> None:
    trace = Trace(PROSE * 4)
    show(view, qtbot, PROSE * 4, trace)
    line = button(view, "heat_line")
    drafted = [token for one in trace.rounds for token in one.drafted]
    good = sum(token.outcome == "accepted" for token in drafted)
    assert f"{good:,} of {len(drafted):,}" in line.accessibleName()
    before = answer(view).height
    line.click()
    view.sync()
    assert answer(view).height > before
    strip = next(w for w in view.findChildren(QWidget, "heat_places"))
    assert "place 1:" in strip.accessibleName()
    line.click()
    view.sync()
    assert answer(view).height == before


def test_going_through_tokens_waits_for_the_rounds(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    trace = Trace(PROSE)
    view.trace_wanted.connect(lambda number: view.set_trace(number, trace.rounds, trace.pieces))
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", PROSE)])
    view.walk_tokens()
    qtbot.waitUntil(lambda: view._layer.pointer.walking)
    view.set_tokens_shown(True)
    view.set_tokens_shown(False)
    assert not view._layer.pointer.walking


def test_what_moves_or_changes_takes_the_card_away(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    show(view, qtbot, PROSE * 20, Trace(PROSE * 20))
    view.verticalScrollBar().setValue(0)
    pane = panes(view)[0]
    move(pane, point(pane, 3))
    qtbot.waitUntil(card(view).isVisible)
    view.verticalScrollBar().setValue(60)
    assert not card(view).isVisible()
    view.walk_tokens()
    assert view._layer.pointer.walking
    view.theme.set("light")
    assert not view._layer.pointer.walking
    view.walk_tokens()
    view.set_rejected_shown(True)
    assert not view._layer.pointer.walking


def test_tokens_are_shown_in_other_colours_and_sizes(view: ChatView, qtbot: QtBot) -> None:
    show(view, qtbot, PROSE, Trace(PROSE), rejected=True)
    before = (tinted(view, "accepted"), struck(view))
    view.theme.set("light", 150)
    qtbot.waitUntil(lambda: (tinted(view, "accepted"), struck(view)) == before)
    row = next(w for w in view.findChildren(QWidget, "tokens_row") if w.isVisible())
    for child in row.findChildren(QWidget):
        if child.isVisibleTo(row) and child.parentWidget() is row:
            assert row.rect().contains(child.geometry())


def test_a_proposal_that_the_end_replaced_is_struck_at_the_end(view: ChatView, qtbot: QtBot) -> None:
    trace = Trace("")
    trace.pieces = {0: b"One", 1: b" two.", 2: b" three", 3: b""}
    trace.rounds = [
        Round("prompt", 1, 0, 1, (), Added(0, 0.9, 0, "first")),
        Round("plain", 1, 0, 1, (), Added(1, 0.9, 0, "plain")),
        Round("draft", 2, 1, 1, (Drafted(2, 0.4, 0.1, 2, "rejected"),), Added(3, 0.8, 0, "replaced"), 0),
    ]
    show(view, qtbot, "One two.", trace, rejected=True)
    assert struck(view) == ["three"]
    pane = panes(view)[0]
    assert pane.document().toRawText() == f"One two.{OBJECT}"
    assert prose(view)[0].span_at(8) == (2, True)
    view.sync()
    assert button(view, "show_rejected").text() == "Hide rejected"
    QTest.keyClick(pane, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    view.copy_selection()
    assert QGuiApplication.clipboard().text() == "One two."
