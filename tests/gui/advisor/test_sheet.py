"""The sheet in its states: what can be reached, what Esc means, nothing clipped at any size."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.bridge.advice import Row, Way, rank
from desktop.bridge.advisor import Progress
from desktop.engine.types import Check, DraftInfo, Memory
from desktop.gui.advisor.offer import Offer, Running
from desktop.gui.advisor.sheet import AdvisorSheet
from desktop.gui.advisor.spread_bar import scale_of
from desktop.gui.settings_page.draft_facts import Candidate
from desktop.gui.theme import Theme
from tests.gui.advisor.conftest import DRAFTED, PLAINLY, REFUSED, ROWS, SMALL
from tests.gui.pages.conftest import assert_named_and_reachable

FAILED = Check("Tokens", False, "token 32007 is '<|a|>' in the target and '<|b|>' in the draft")
GOOD = DraftInfo(SMALL.path, "Small", 1, (), Memory(600, 30, 9, 1))
BAD = DraftInfo(Path("/models/foreign.gguf"), "Foreign", 1, (FAILED,), None, "draft differs at token 32007")
OFFER = Offer(
    "Qwen3 8B",
    (Candidate(SMALL.path, "Small 0.6B", "Q8_0", 1, GOOD), Candidate(BAD.path, "Foreign", "Q8_0", 1, BAD)),
    own=5,
    kinds=("chat", "code", "summary", "rewrite"),
    token_ms=33.0,
)
RUNNING = Running("Qwen3 8B", Progress(7, 20, SMALL.ways[0], 60.0, False), ROWS)


@pytest.fixture
def sheet(theme: Theme, window: QWidget) -> AdvisorSheet:
    made = AdvisorSheet(theme)
    made.open(window)
    return made


def _result(sheet: AdvisorSheet, rows: tuple[Row, ...] = ROWS, in_use: str = "off:", gone: str = "") -> None:
    def is_gone(way: Way) -> bool:
        return bool(gone) and way.draft == gone

    sheet.show_result("Qwen3 8B", rank(rows), "Measured just now on 3 built-in prompts.", in_use, is_gone, "")


def _show(sheet: AdvisorSheet, state: str) -> None:
    if state == "offer":
        sheet.show_offer(OFFER)
    elif state == "running":
        sheet.show_running(RUNNING)
    else:
        _result(sheet)


def _clipped(sheet: AdvisorSheet) -> list[str]:
    """Labels that stick out of the sheet's card or the list, or have less room than their words need."""
    found: list[str] = []
    for made in sheet.findChildren(QLabel):
        if not made.isVisible() or not made.text() or made.text().endswith("…"):
            continue
        right = made.mapTo(sheet.card, QPoint(made.width(), 0)).x()
        words = made.fontMetrics().horizontalAdvance(made.text()) if not made.wordWrap() else 0
        if right > sheet.card.width() or words > made.width() + 1:
            found.append(f"{made.text()!r}: {words} in {made.width()}, right {right}")
        if made.wordWrap() and made.heightForWidth(made.width()) > made.height() + 1:
            found.append(f"{made.text()!r} is cut off below")
    return found


@pytest.mark.parametrize("state", ["offer", "running", "result"])
def test_everything_is_named_and_reached_by_keyboard(state: str, sheet: AdvisorSheet) -> None:
    _show(sheet, state)
    assert_named_and_reachable(sheet)
    seen = set()
    for _ in range(20):
        sheet.focusNextPrevChild(True)
        seen.add(sheet.focusWidget().objectName())
    assert {stop.objectName() for stop in sheet._stops()} <= seen


def test_the_other_prompts_are_chosen_with_the_arrow_keys(sheet: AdvisorSheet) -> None:
    sheet.show_offer(OFFER)
    sheet.offer.mine.setFocus()
    QTest.keyClick(sheet.offer.mine, Qt.Key.Key_Down)
    assert not sheet.offer.own
    assert "4 prompts" in sheet.offer.what.text()


@pytest.mark.parametrize("state", ["offer", "running", "result"])
@pytest.mark.parametrize("size", [(1280, 800), (900, 600), (560, 420)])
@pytest.mark.parametrize("percent", [100, 150])
def test_nothing_is_clipped(
    percent: int, size: tuple[int, int], state: str, sheet: AdvisorSheet, theme: Theme, qtbot: QtBot
) -> None:
    theme.set(percent=percent)
    window = sheet.parentWidget()
    assert window is not None
    window.resize(*size)
    _show(sheet, state)
    qtbot.waitUntil(lambda: not _clipped(sheet), timeout=2000)
    assert sheet.card.height() <= window.height()


def test_escape_cancels_a_measuring_and_closes_anything_else(sheet: AdvisorSheet, qtbot: QtBot) -> None:
    sheet.show_running(RUNNING)
    with qtbot.waitSignal(sheet.cancel_requested, timeout=1000):
        QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Escape)
    assert sheet.isVisible()
    sheet.show_offer(OFFER)
    with qtbot.assertNotEmitted(sheet.cancel_requested):
        QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_closing_lets_a_measuring_go_on(sheet: AdvisorSheet, qtbot: QtBot) -> None:
    sheet.show_running(RUNNING)
    with qtbot.assertNotEmitted(sheet.cancel_requested):
        sheet._hide.click()
    assert not sheet.isVisible()


def test_keep_carries_the_way_of_its_row(sheet: AdvisorSheet, qtbot: QtBot) -> None:
    _result(sheet)
    best = sheet.result.rows[0]
    assert best.way == SMALL.ways[0]
    assert best.keep.property("kind") == "primary"
    assert best._best.isVisible(), "a word, not only a colour"
    assert sheet.focusWidget() is best.keep
    assert [row.keep.property("kind") for row in sheet.result.rows[1:4]] == ["secondary"] * 3
    with qtbot.waitSignal(sheet.keep_requested, timeout=1000) as kept:
        QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Space)
    assert kept.args == [SMALL.ways[0]]


def test_what_cannot_be_kept_has_no_button(sheet: AdvisorSheet) -> None:
    _result(sheet, in_use=SMALL.ways[0].key, gone=SMALL.ways[1].draft)
    rows = {row.way.key: row for row in sheet.result.rows}
    assert not rows[REFUSED.way.key].keep.isVisible()
    assert rows[REFUSED.way.key]._pill.text() == "Not measured"
    assert rows[SMALL.ways[1].key]._pill.text() == "File is gone"
    assert not rows[SMALL.ways[1].key].keep.isVisible()
    assert rows["lookup:"].keep.isVisible()
    assert sheet.focusWidget() is sheet._again, "not a choice other than the best"


def test_rows_fill_in_without_being_made_again(sheet: AdvisorSheet) -> None:
    waiting = Row(SMALL.ways[0])
    sheet.show_running(replace(RUNNING, rows=(PLAINLY, waiting)))
    before = list(sheet.result.rows)
    assert before[1]._ratio.text() == "–"
    assert before[1]._pill.text() == "Trying"
    sheet.show_running(replace(RUNNING, rows=(PLAINLY, DRAFTED)))
    assert sheet.result.rows == before
    assert before[1]._ratio.text() == "×1.61"


def test_the_keyboard_stays_where_it_is_while_rows_fill_in(sheet: AdvisorSheet) -> None:
    sheet.show_running(RUNNING)
    sheet._hide.setFocus()
    sheet.show_running(replace(RUNNING, progress=replace(RUNNING.progress, done=8)))
    assert sheet.focusWidget() is sheet._hide


def test_bars_share_one_scale_with_plain_in_it() -> None:
    low, high = scale_of(ROWS)
    assert low < 0.98
    assert high > 2.2
    low, high = scale_of([Row(Way("draft", "x"))])
    assert low < 1.0 < high


def test_the_reason_of_a_refusal_names_the_check(sheet: AdvisorSheet) -> None:
    sheet.show_offer(OFFER)
    texts = " ".join(made.text() for made in sheet.offer.findChildren(QLabel) if made.isVisible())
    assert "draft differs at token 32007 (tokens: token 32007 is" in texts
    assert sheet._start.isEnabled()


def test_start_waits_for_the_files_and_then_has_the_keyboard(sheet: AdvisorSheet) -> None:
    sheet.show_offer(replace(OFFER, candidates=(Candidate(SMALL.path, "Small"),)))
    assert not sheet._start.isEnabled()
    assert sheet.focusWidget() is sheet._close
    sheet.show_offer(OFFER)
    assert sheet._start.isEnabled()
    assert sheet.focusWidget() is sheet._start
    sheet.show_offer(replace(OFFER, ending=True))
    assert not sheet._start.isEnabled()


def test_which_prompts_is_carried_by_the_start(sheet: AdvisorSheet, qtbot: QtBot) -> None:
    sheet.show_offer(OFFER)
    assert sheet.offer.own, "there are enough"
    with qtbot.waitSignal(sheet.start_requested, timeout=1000) as started:
        sheet._start.click()
    assert started.args == [True]
    sheet.show_offer(replace(OFFER, own=2))
    assert not sheet.offer.own
    assert "there are 2" in sheet.offer.mine.accessibleDescription()


def test_hostile_names_stay_text_and_inside(sheet: AdvisorSheet, qtbot: QtBot) -> None:
    name = "<h1>Big</h1>\n" + "W" * 100_000
    bad = replace(REFUSED, way=Way("draft", name, "/models/x.gguf"), problem="x" * 5000)
    _result(sheet, (*ROWS, bad))
    assert sheet.result.rows[-1].width() <= sheet.card.width()
    sheet.show_offer(replace(OFFER, candidates=(Candidate(Path("/x"), name, "Q8_0", 1, GOOD),)))
    assert sheet.offer.width() <= sheet.card.width()
