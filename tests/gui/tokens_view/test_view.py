"""The Tokens page: one selection in three views, keys, what is said, and that length costs nothing."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, QRectF, Qt
from PySide6.QtGui import QGuiApplication, QPainter
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QAbstractScrollArea
from pytestqt.qtbot import QtBot

from desktop.engine.spans import Span, spans
from desktop.engine.types import Added, Round
from desktop.gui.controls import Switch
from desktop.gui.theme import Theme
from desktop.gui.tokens_view import Candidate, TokensView
from desktop.gui.tokens_view.chip_paint import Ink, draw_box
from desktop.gui.tokens_view.flow import Box
from tests.gui.pages.conftest import assert_named_and_reachable
from tests.gui.tokens_view.conftest import ROUNDS, SIZE, WORDS, long_answer


def _settle(view: TokensView, qtbot: QtBot) -> None:
    """Let layouts that were asked for happen."""
    qtbot.waitUntil(lambda: view.chips.viewport().width() > 400)
    QGuiApplication.processEvents()


def test_everything_can_be_named_and_reached(view: TokensView) -> None:
    assert_named_and_reachable(view)
    for widget in (view.chips, view.strip):
        assert widget.objectName()
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
    for chart in (view.table, view.latency, view.along, view.places):
        assert chart.accessibleName()


def test_one_selection_is_shown_by_chip_strip_and_table(view: TokensView) -> None:
    spy = QSignalSpy(view.selected)
    view.select(3)
    assert (spy.count(), spy.at(0), view.current) == (1, [3], 3)
    assert "Round 3" in view.strip.accessibleName()
    assert [(row.text, row.p, row.q, row.note) for row in view.table.rows] == [
        ("·sat", 0.8, 0.9, "Accepted"),
        ("·on", 0.1, 0.4, "Rejected"),
        ("·a", None, 0.7, "Dropped, never judged"),
        ("·by", 0.55, None, "Taken by the target"),
    ]
    assert [row.here for row in view.table.rows] == [False, False, False, True]


def test_a_click_on_a_round_selects_its_first_token(view: TokensView, qtbot: QtBot) -> None:
    _settle(view, qtbot)
    block = view.strip.blocks[3]
    QTest.mouseClick(
        view.strip, Qt.MouseButton.LeftButton, pos=view.strip.block_rect(block).center().toPoint()
    )
    assert view.current == 4


def test_arrows_on_the_strip_step_by_rounds(view: TokensView) -> None:
    view.select(3)
    QTest.keyClick(view.strip, Qt.Key.Key_Right)
    assert view.current == 4
    QTest.keyClick(view.strip, Qt.Key.Key_Left)
    assert view.current == 2


def test_arrows_move_along_the_chips_and_stop_at_the_ends(view: TokensView) -> None:
    view.select(0)
    QTest.keyClick(view.chips, Qt.Key.Key_Left)
    assert view.current == 0
    QTest.keyClick(view.chips, Qt.Key.Key_Right)
    assert view.current == 1
    QTest.keyClick(view.chips, Qt.Key.Key_End)
    QTest.keyClick(view.chips, Qt.Key.Key_Right)
    assert view.current == 6


def test_n_c_b_and_space_ask_and_nothing_else(view: TokensView) -> None:
    following, going_on, pausing = (
        QSignalSpy(view.next_requested),
        QSignalSpy(view.continue_requested),
        QSignalSpy(view.pause_requested),
    )
    branching = QSignalSpy(view.branch_requested)
    QTest.keyClick(view.chips, Qt.Key.Key_B)
    assert branching.count() == 0  # nothing is selected
    view.select(3)
    for key in (Qt.Key.Key_N, Qt.Key.Key_C, Qt.Key.Key_Space, Qt.Key.Key_B):
        QTest.keyClick(view.chips, key)
    assert (following.count(), going_on.count(), pausing.count()) == (1, 2, 0)
    assert (branching.count(), branching.at(0)) == (1, [3])
    view.show_progress("running")
    for key in (Qt.Key.Key_N, Qt.Key.Key_C, Qt.Key.Key_Space):
        QTest.keyClick(view.strip, key)
    assert (following.count(), going_on.count(), pausing.count()) == (1, 2, 1)


def test_the_state_is_spoken_with_its_values(view: TokensView) -> None:
    view.select(3)
    assert view.chips.accessibleName() == (
        "Token 4 of 7, Rejection here: Draft said “on”, p = .40; Target gave it “on”, p = .10, rank 4; "
        "Target took “by”, p = .55, rank 1; 1 of 3 drafted here accepted. Rejection rule: kept with "
        "probability target / draft, at most 1."
    )
    view.select(1)
    assert "Nothing was drafted in this round: it does not pay." in view.chips.accessibleName()


def test_rejected_proposals_are_drawn_when_asked_but_never_copied(view: TokensView) -> None:
    before = len(view.chips.laid_out.boxes)
    view.proposals.click()
    struck = [box.text for box in view.chips.laid_out.boxes if box.proposal >= 0]
    assert (before, struck) == (7, ["·on", "·a"])
    view.select(3)
    QTest.keyClick(view.chips, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == " by"


def test_candidates_take_the_place_of_the_trace_while_their_token_is_selected(view: TokensView) -> None:
    view.select(3)
    view.show_candidates(3, [Candidate(" by", 0.55, 0.2, 0), Candidate(" on", 0.1, 0.4, 3)])
    assert [(row.text, row.note, row.rejected) for row in view.table.rows] == [
        ("·by", "Taken by the target", False),
        ("·on", "Draft’s guess, rejected", True),
    ]
    view.select(4)
    assert len(view.table.rows) == 3


def test_heat_says_both_counts(view: TokensView) -> None:
    assert "place 2: 1 of 2 judged accepted" in view.places.accessibleName()
    view.findChildren(Switch, "judgedOnly")[0].click()
    assert "place 3: 0 of 1 drafted accepted" in view.places.accessibleName()
    assert sum(cell.good for cell in view.along.cells) == 3
    assert sum(cell.samples for cell in view.along.cells) == 5


def test_no_drafts_no_heat(view: TokensView) -> None:
    spans, rounds = long_answer(0)
    view.show_answer(spans[:2], rounds[:2])
    assert view.along.cells == []
    assert view.places.cells == []
    assert "nothing was drafted" in view.places.accessibleName()


def test_rows_fill_the_width_and_no_chip_sticks_out(view: TokensView, qtbot: QtBot) -> None:
    view.show_answer(*long_answer(40))
    _settle(view, qtbot)
    laid, width = view.chips.laid_out, view.chips.viewport().width()
    assert len(laid.rows) > 10
    for number in range(len(laid.rows)):
        row = laid.row(number)
        assert row[-1].x + row[-1].width <= width - 44
        assert all(a.x + a.width <= b.x for a, b in pairwise(row))
    ends = [laid.row_of_span[box.span] for box in laid.boxes if box.text.endswith("⏎⏎")]
    assert all(laid.row(number)[-1].text.endswith("⏎⏎") for number in ends)


def test_only_what_is_in_sight_is_painted(
    view: TokensView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    painted: list[int] = []

    def counting(painter: QPainter, ink: Ink, box: Box, span: Span, rect: QRectF, current: bool) -> None:
        painted.append(box.span)
        draw_box(painter, ink, box, span, rect, current)

    monkeypatch.setattr("desktop.gui.tokens_view.chips.draw_box", counting)
    view.show_answer(*long_answer(833))
    _settle(view, qtbot)
    assert len(view.chips.laid_out.boxes) == 7 + 833 * 6
    view.select(4000)
    painted.clear()
    view.chips.viewport().repaint()
    assert view.chips.current in painted
    assert len(painted) < 300


def test_selecting_out_of_sight_scrolls_there_and_the_strip_follows(view: TokensView, qtbot: QtBot) -> None:
    view.show_answer(*long_answer(100))
    _settle(view, qtbot)
    view.select(500)
    assert view.chips.viewport().rect().contains(view.chips.chip_rect(view.chips.current))
    assert any(block.first <= 500 <= block.last for block in view.strip.blocks)
    assert len(view.strip.blocks) < 100


def test_a_click_on_the_latency_strip_goes_there(view: TokensView, qtbot: QtBot) -> None:
    view.show_answer(*long_answer(100))
    _settle(view, qtbot)
    at = QPoint(view.latency.width() // 2, view.latency.height() // 2)
    QTest.mouseClick(view.latency, Qt.MouseButton.LeftButton, pos=at)
    assert view.current is not None
    assert abs(view.current - 607 // 2) <= 3


def test_growing_keeps_the_selection(view: TokensView) -> None:
    view.select(3)
    spy = QSignalSpy(view.selected)
    view.show_answer(*long_answer(3))
    assert view.current == 3
    assert spy.count() == 0  # candidates are asked for once, not with every token that arrives
    assert "of 25" in view.chips.accessibleName()


def test_an_empty_answer_takes_every_key(view: TokensView) -> None:
    view.show_answer((), ())
    view.show_progress("empty")
    for key in (Qt.Key.Key_Left, Qt.Key.Key_Down, Qt.Key.Key_End, Qt.Key.Key_Return, Qt.Key.Key_B):
        QTest.keyClick(view.chips, key)
        QTest.keyClick(view.strip, key)
    assert view.current is None
    assert view.table.rows == ()


def test_themes_and_sizes_paint(view: TokensView, theme: Theme, qtbot: QtBot) -> None:
    view.show_answer(*long_answer(30))
    view.select(20)
    for scheme, percent in (("light", 150), ("dark", 90)):
        theme.set(scheme, percent)  # type: ignore[arg-type]
        _settle(view, qtbot)
        assert not view.grab().isNull()
    assert view.size().toTuple() == SIZE


def test_large_type_in_a_small_window_is_not_cut(view: TokensView, theme: Theme, qtbot: QtBot) -> None:
    theme.set("light", 150)
    view.show_answer(*long_answer(30))
    view.select(20)
    view.resize(844, 544)
    _settle(view, qtbot)
    assert view.minimumSizeHint().width() <= 844
    for area in view.findChildren(QAbstractScrollArea):
        assert area.horizontalScrollBar().maximum() == 0, area.objectName()


def test_the_focus_stays_with_the_steps(view: TokensView, qtbot: QtBot) -> None:
    """A button that can do nothing now hands its focus to the one that can."""
    view.show_progress("running")
    view.steps.pause.setFocus()
    qtbot.waitUntil(view.steps.pause.hasFocus)
    view.show_progress("paused")
    assert view.steps.next.hasFocus()
    view.steps.round.setFocus()
    view.show_progress("stepping")
    view.show_progress("paused")
    assert view.steps.round.hasFocus()
    view.show_progress("running")
    assert view.steps.pause.hasFocus()
    view.show_progress("done")
    assert view.chips.hasFocus()


def test_a_long_answer_is_laid_out_a_part_at_a_time(view: TokensView, qtbot: QtBot) -> None:
    made, rounds = long_answer(1650)
    view.show_answer(made, rounds)
    assert 0 < view.chips._flow.spans < len(made)
    view.select(len(made) - 1)  # what is asked for has its place at once
    assert view.chips._flow.spans == len(made)
    view.chips.resize(view.chips.width() - 60, view.chips.height())
    view.chips.viewport().repaint()
    assert view.chips._flow.spans < len(made)
    qtbot.waitUntil(lambda: view.chips._flow.spans == len(made))
    fresh = view.chips._flow.rows[:]
    view.chips._width = -1
    assert view.chips.laid_out.rows == fresh


def test_candidates_say_what_cut_them(view: TokensView) -> None:
    view.select(3)
    rows = [
        Candidate(" by", 0.47, 0.22, 0, token=6, after=0.55, draft_after=0.22),
        Candidate(" on", 0.21, 0.31, 1, token=4, cut="top-p", draft_cut="top-p"),
        Candidate(" as", 0.06, 0.08, 2, token=22, draft_cut="min-p"),
        Candidate(" so", 0.03, 0.02, 3, token=24, cut="top-k", draft_cut="min-p"),
    ]
    view.show_candidates(3, rows, "a word on them")
    told = view.table.accessibleName()
    assert "·by: target .47 → .55, draft .22, Taken by the target" in told
    assert "·on: target .21, draft .31, Draft’s guess, rejected" in told
    assert "·as: target .06, draft .08, Draft: cut by min-p" in told
    assert "·so: target .03, draft .02, Cut by top-k; draft: min-p" in told
    spy = QSignalSpy(view.table.picked)
    QTest.mouseClick(view.table, Qt.MouseButton.LeftButton, pos=QPoint(60, view._theme.px(22 + 22 * 2 + 8)))
    assert [spy.at(n) for n in range(spy.count())] == [[22]]


def test_what_a_person_chose_is_told(view: TokensView) -> None:
    chosen = Round("prompt", 1, 0.0, 0.0, added=Added(5, 0.07, 2, "chosen"))
    rounds = [*ROUNDS[:2], chosen, *ROUNDS[2:]]
    view.show_answer(spans(rounds, WORDS.__getitem__), rounds)
    view.select(2)
    assert "Chosen by you" in view.chips.accessibleName()
    assert "You chose “a”" in view.chips.accessibleName()


def test_an_empty_page_says_why(view: TokensView) -> None:
    view.select(2)
    view.show_nothing("Nothing to show here", "Because.")
    assert view.answer.total == 0
    assert view.span is None
    assert view._nothing_words.text() == "Because."
    view.show_answer(spans(ROUNDS, WORDS.__getitem__), ROUNDS)
    assert view._stack.currentIndex() == 0


def test_a_narrow_bar_says_less_and_cuts_nothing(view: TokensView, theme: Theme, qtbot: QtBot) -> None:
    bar = view.steps
    for percent, width in ((100, 504), (150, 816), (100, 844), (100, 1200)):
        theme.set(percent=percent)
        view.resize(width, 600)
        qtbot.waitUntil(lambda width=width: bar.width() == width)  # type: ignore[misc]
        QGuiApplication.processEvents()
        shown = [one for one in (bar.pause, bar.next, bar.round, bar.on, bar.proposals) if one.isVisible()]
        assert len(shown) == 5
        assert all(one.width() >= one.sizeHint().width() for one in shown), (percent, width)
        assert bar.proposals.geometry().right() < bar.width()
        assert [one.accessibleName() for one in (bar.pause, bar.on)] == ["Pause", "Continue"]
    assert bar._status.isVisible()
    theme.set(percent=100)
