"""Why a token stands where it stands: the card, the keyboard, clicks; and the strip under the answer."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.types import Added, Drafted, Round
from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.places import OBJECT
from desktop.gui.chat_view.shade import rects
from desktop.gui.tokens_view.why_card import WhyCard
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.corpus import ANSWER
from tests.gui.chat_view.rounds import Trace
from tests.gui.chat_view.test_selection import panes
from tests.gui.chat_view.test_view import button
from tests.gui.chat_view.tokens_shown import PROSE, answer, prose, show, struck, tinted

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


def test_the_row_has_a_button_for_it_and_asking_twice_leaves(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    show(view, qtbot, PROSE, Trace(PROSE))
    view.sync()
    walk = button(view, "walk_tokens")
    walk.setFocus()
    QTest.keyClick(walk, Qt.Key.Key_Space)
    assert view._layer.pointer.walking
    assert view.hasFocus()
    view.walk_tokens()
    assert not view._layer.pointer.walking


def test_the_switch_of_rejected_keeps_the_keyboard(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    show(view, qtbot, PROSE, Trace(PROSE, seed=2))
    view.sync()
    switch = button(view, "show_rejected")
    switch.setFocus()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: bool(struck(view)))
    assert switch.hasFocus()
    assert switch.text() == "Hide rejected"
