"""The race page: setting up, watching, replaying by mouse and keys, and what it says of the result."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QLabel,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.contest.data import Candidate, Energy, Pair, Parting, Race, Summary
from desktop.engine import whatif
from desktop.gui.numbers import three_digits
from desktop.gui.race.replay import SPEEDS
from desktop.gui.race.transport import REPLAY
from desktop.gui.race.view import RaceView
from desktop.gui.race.wanted import LaneChoice, Wanted
from desktop.gui.theme import Theme
from tests.gui.race.conftest import OFF, ON, WORDS, plain_run, speculative_run

DRAFT, OTHER = Path("/models/small.gguf"), Path("/models/smaller.gguf")
PLAIN, SPECULATIVE = LaneChoice("off"), LaneChoice("auto", draft=DRAFT)
SUMMARIES = [Summary("a", "One", "14:02", 1.5, True), Summary("b", "Two", "Mon", None, False)]


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> Iterator[RaceView]:
    made = RaceView(theme)
    made.resize(1224, 744)
    for form in (made.setup.plain, made.setup.speculative):
        form.set_drafts([(DRAFT, "Small", "1.2 MB"), (OTHER, "Smaller", "1.1 MB")], DRAFT)
    made.setup.set_usual(PLAIN, SPECULATIVE)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()
    shiboken6.delete(made)  # now: every new theme styles all widgets there are


def said(view: RaceView, name: str) -> str:
    found = view.findChild(QLabel, name)
    assert found is not None
    return found.text()


def paused(view: RaceView, race: Race) -> None:
    view.show_race(race)
    view.toggle()


def test_a_race_is_asked_for_with_what_was_chosen(view: RaceView, qtbot: QtBot) -> None:
    setup = view.setup
    assert not setup.run.isEnabled()
    assert setup.why.text() == "Write a prompt, or choose one."
    setup.prompt.edit.setPlainText("  Count  ")
    setup.repeats.setValue(5)
    setup.longest.edit.setText("64")  # typed, and not left by Enter
    with qtbot.waitSignal(view.run_requested) as asked:
        QTest.mouseClick(setup.run, Qt.MouseButton.LeftButton)
    assert asked.args == [Wanted("Count", 5, PLAIN, SPECULATIVE, 64, False)]


def test_a_lane_holds_any_configuration_and_one_click_leads_back(view: RaceView, qtbot: QtBot) -> None:
    setup = view.setup
    setup.prompt.edit.setPlainText("Count")
    assert not setup.back.isVisible()
    form = setup.plain
    assert not form.draft.isVisible()
    assert not form.length.isVisible()
    form.mode.choose("draft")
    form.length.choose("7")
    form.draft.choose(str(OTHER))
    form.temperature.edit.setText("1.2")
    with qtbot.waitSignal(view.run_requested) as asked:
        QTest.mouseClick(setup.run, Qt.MouseButton.LeftButton)
    assert asked.args[0].plain == LaneChoice("draft", 7, OTHER, 1.2)
    form.mode.choose("lookup")
    assert form.held == LaneChoice("lookup", 7, None, 1.2)
    assert not form.draft.isVisible()
    QTest.mouseClick(setup.back, Qt.MouseButton.LeftButton)
    assert (form.held, setup.speculative.held) == (PLAIN, SPECULATIVE)
    assert not setup.back.isVisible()


def test_two_equal_lanes_are_refused_with_the_reason(view: RaceView) -> None:
    view.setup.prompt.edit.setPlainText("Count")
    view.setup.speculative.mode.choose("off")
    assert not view.setup.run.isEnabled()
    assert "differ" in view.setup.why.text()
    view.setup.speculative.temperature.set_value(0.0)
    view.setup.speculative.changed.emit()
    assert view.setup.run.isEnabled()


def test_a_draft_that_is_not_there_is_told(view: RaceView) -> None:
    view.setup.prompt.edit.setPlainText("Count")
    view.setup.speculative.set_drafts([], None)
    view.setup.speculative.mode.choose("draft")
    assert not view.setup.run.isEnabled()
    assert "can draft" in view.setup.why.text()


def test_a_reason_why_not_keeps_the_race_from_running(view: RaceView) -> None:
    view.setup.prompt.edit.setPlainText("Count")
    view.setup.set_reason("No model is loaded. Choose one (Ctrl+M).")
    assert not view.setup.run.isEnabled()
    assert view.setup.why.text() == "No model is loaded. Choose one (Ctrl+M)."
    view.setup.set_reason("")
    assert view.setup.run.isEnabled()


def test_a_suggested_prompt_is_put_in(view: RaceView) -> None:
    view.setup.prompt.set_suggestions([("Short", "Count to ten.")])
    button = view.findChild(QAbstractButton, "racePrompt_0")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    assert view.setup.prompt.text == "Count to ten."


def test_the_conversations_last_question_is_offered_with_what_was_said_before(view: RaceView) -> None:
    prompt = view.setup.prompt
    assert not prompt.within.isVisible()
    prompt.set_conversation("And then?", 4)
    assert prompt.text == "And then?"
    assert prompt.in_conversation
    shown = view.findChild(QLabel, "raceBefore")
    assert shown is not None
    assert shown.text() == "4 messages before it"
    QTest.keyClick(prompt.alone, Qt.Key.Key_Space)
    assert not prompt.in_conversation
    prompt.edit.setPlainText("My own")
    prompt.set_conversation("Another conversation's", 2)
    assert prompt.text == "My own"  # what was typed is not lost
    prompt.set_conversation("", 0)
    assert not prompt.in_conversation


def test_an_earlier_race_is_opened_by_its_id(view: RaceView, qtbot: QtBot) -> None:
    view.setup.history.set_summaries(SUMMARIES)
    with qtbot.waitSignal(view.opened) as opened:
        QTest.mouseClick(view.setup.history.rows[1].open, Qt.MouseButton.LeftButton)
    assert opened.args == ["b"]


def test_a_race_is_deleted_only_after_a_question(view: RaceView, qtbot: QtBot) -> None:
    history = view.setup.history
    history.set_summaries(SUMMARIES)
    row = history.rows[0]
    with qtbot.assertNotEmitted(view.deleted):
        row.delete.setFocus()
        QTest.keyClick(row.delete, Qt.Key.Key_Space)
        assert row.keep.hasFocus()
        QTest.keyClick(row.keep, Qt.Key.Key_Space)
        assert row.delete.hasFocus()
    QTest.keyClick(row.delete, Qt.Key.Key_Space)
    with qtbot.waitSignal(view.deleted) as deleted:
        QTest.mouseClick(row.sure, Qt.MouseButton.LeftButton)
    assert deleted.args == ["a"]


def test_a_long_history_is_shown_on_a_click(view: RaceView) -> None:
    history = view.setup.history
    history.set_summaries([replace(SUMMARIES[0], id=str(n)) for n in range(30)])
    assert len(history.rows) == 8
    assert history.more.text() == "Show 22 more races"
    QTest.mouseClick(history.more, Qt.MouseButton.LeftButton)
    assert len(history.rows) == 30
    assert not history.more.isVisible()


def test_the_first_run_is_watched_live(view: RaceView, qtbot: QtBot) -> None:
    view.begin("Count", (OFF, ON), 3)
    view.prepare("Making the model", 0.4)
    assert view.headline.first.full_text() == "Making the model, 40%"
    view.begin_run(1, "plain")
    view.live_step("plain", plain_run().steps[:5])
    assert view.headline.first.full_text() == "Run 1 of 6"
    assert view.lanes["plain"].flow.visible_text() == " one one two three four"
    view.begin_run(2, "speculative")
    view.live_step("speculative", speculative_run().steps[:2], WORDS)
    assert view.headline.first.full_text() == "Run 2 of 6"
    assert view.lanes["speculative"].tokens.value.text() == "5"
    assert not view.transport.play.isVisible()
    with qtbot.waitSignal(view.cancel_requested):
        QTest.mouseClick(view.headline.cancel, Qt.MouseButton.LeftButton)


def test_escape_cancels_a_race_and_leaves_a_result(view: RaceView, race: Race, qtbot: QtBot) -> None:
    view.begin("Count", (OFF, ON), 3)
    with qtbot.waitSignal(view.cancel_requested):
        QTest.keyClick(view, Qt.Key.Key_Escape)
    paused(view, race)
    with qtbot.waitSignal(view.new_requested):
        QTest.keyClick(view.transport.scrubber, Qt.Key.Key_Escape)
    assert view.state == "setup"


def test_both_lanes_show_what_they_had_at_the_same_time(view: RaceView, race: Race) -> None:
    paused(view, race)
    view.seek(180.0)
    assert view.lanes["plain"].tokens.value.text() == "5 / 41"
    assert view.lanes["speculative"].tokens.value.text() == "9 / 41"
    assert view.lanes["plain"].flow.visible_text() == " one one two three four"
    view.seek(900.0)
    assert view.lanes["plain"].tokens.value.text() == "41 / 41"
    assert view.lanes["plain"].rate.text() == "50.0"
    assert view.lanes["speculative"].rate.text() == "100"


def test_the_result_is_said_with_its_range_and_what_it_is(view: RaceView, race: Race) -> None:
    paused(view, race)
    assert said(view, "raceSpeedup") == "×2.00"
    assert view.headline.first.full_text() == "1.60–2.50, 3 pairs of runs"
    assert said(view, "raceVerdict") == "Output identical"
    assert view.transport.note.full_text() == REPLAY
    assert view.transport.slow.text() == "slowed 7× to be seen"  # 900 ms
    assert view.transport.slow.isVisible()


def test_a_difference_shows_both_candidates_and_logits(view: RaceView, race: Race) -> None:
    parting = Parting(1, 6, Candidate(" one", 3.25), Candidate(None, 3.2499), True)
    paused(view, replace(race, parting=parting))
    assert said(view, "raceVerdict") == "Differs at token 7"
    texts = " ".join(found.text() for found in view.side.findChildren(QLabel))
    assert "“one”, logit 3.2500" in texts
    assert "“(end)”, logit 3.2499" in texts


def test_energy_is_shown_only_when_it_is_known_and_estimates_say_so(view: RaceView, race: Race) -> None:
    paused(view, race)
    assert said(view, "raceSaved") == "400 ms"
    pair = race.pairs[0]
    energy = Energy(20.0, False, "CPU time", 0.3), Energy(15.0, False, "CPU time", 0.3)
    with_energy = Pair(replace(pair.plain, energy=energy[0]), replace(pair.speculative, energy=energy[1]))
    paused(view, replace(race, pairs=(with_energy,)))
    assert said(view, "raceSaved") == "400 ms · ≈5.00 J"
    shown = [label.text() for label in view.side.findChildren(QLabel) if label.isVisible()]
    assert any(text.startswith("Estimated, ±30%") for text in shown)


def test_a_slower_race_says_lost(view: RaceView, race: Race) -> None:
    slow = Pair(plain_run(every_ms=20.0), speculative_run(every_ms=100.0))
    paused(view, replace(race, pairs=(slow,)))
    assert said(view, "raceSpeedup") == "×0.80"
    assert "slower" in view.headline.first.full_text()
    assert any(found.text() == "Lost by drafting" for found in view.side.findChildren(QLabel))


def test_space_plays_and_pauses_and_arrows_go_by_rounds_wherever_the_focus_is(
    view: RaceView, race: Race, qtbot: QtBot
) -> None:
    paused(view, race)
    for widget in (view, view.transport.scrubber, view.lanes["plain"].flow):
        view.seek(100.0)
        widget.setFocus()
        QTest.keyClick(widget, Qt.Key.Key_Right)
        assert view.position_ms == 120.0
        QTest.keyClick(widget, Qt.Key.Key_Left)
        assert view.position_ms == 100.0
        QTest.keyClick(widget, Qt.Key.Key_Space)
        assert view.transport.play.accessibleName() == "Pause (Space)"
        QTest.keyClick(widget, Qt.Key.Key_Space)
        assert view.transport.play.accessibleName() == "Play (Space)"


def test_it_plays_by_itself_to_its_end(view: RaceView, race: Race, qtbot: QtBot) -> None:
    view.show_race(race)
    view.seek(890.0)
    qtbot.waitUntil(lambda: view.position_ms == 900.0)
    qtbot.waitUntil(lambda: view.transport.play.accessibleName() == "Play (Space)")


def test_another_race_begins_at_the_speed_that_is_shown(view: RaceView, race: Race) -> None:
    paused(view, race)
    view.transport.speeds.buttons[SPEEDS.index(0.25)].click()
    assert view.player.clock.speed == 0.25
    paused(view, race)
    assert view.player.clock.speed == 1.0
    assert view.transport.speeds.buttons[SPEEDS.index(1.0)].isChecked()


def test_with_reduced_motion_it_opens_at_its_end_paused(view: RaceView, theme: Theme, race: Race) -> None:
    theme.reduce_motion = True
    view.show_race(race)
    assert view.position_ms == 900.0
    assert view.transport.play.accessibleName() == "Play (Space)"


@pytest.mark.parametrize(("width", "percent"), [(1224, 100), (844, 100), (1224, 150)])
def test_the_scrubber_travels_exactly_the_plots_width(
    view: RaceView, race: Race, theme: Theme, qtbot: QtBot, width: int, percent: int
) -> None:
    theme.set(percent=percent)
    view.resize(width, 744)
    paused(view, race)
    plot, slider = view.transport.plot, view.transport.scrubber
    qtbot.waitUntil(lambda: slider.width() > 100)

    def ends() -> tuple[float, float]:
        low = slider.mapTo(view, slider.rect().topLeft()).x() + theme.px(11)
        return low, low + slider.width() - 2 * theme.px(11)

    left, right = (plot.mapTo(view, plot.rect().topLeft()).x() + x for x in plot.plot_span())
    assert ends() == (left, right)


def test_dragging_the_scrubber_goes_there(view: RaceView, race: Race) -> None:
    paused(view, race)
    view.transport.scrubber.setValue(1000)
    assert view.position_ms == pytest.approx(450.0)


def test_receipt_and_picture_are_asked_for(view: RaceView, race: Race, qtbot: QtBot) -> None:
    paused(view, race)
    for button, signal in (
        (view.side.export, view.export_requested), (view.side.picture, view.picture_requested)
    ):  # fmt: skip
        with qtbot.waitSignal(signal) as asked:
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert asked.args == [race]


def test_what_if_shows_the_engines_prediction_and_where_it_is_off(view: RaceView, race: Race) -> None:
    paused(view, race)
    rounds = race.shown.speculative.rounds
    costs = whatif.Costs(race.curve, race.step_ms, whatif.overhead_ms(rounds, 400.0))
    wanted = {one.length: one for one in whatif.predict(rounds, costs)}
    card = view.side.whatif
    card.slider.setValue(2)
    assert card.figure.text() == three_digits(wanted[2].rate)
    checked = whatif.check(rounds, costs, 100.0)
    assert checked is not None
    assert f"{checked.error:+.1%}" in card.error.text()
    assert "5: " in card.chart.accessibleName()
    assert "extrapolated" in card.chart.accessibleName()


def test_without_measured_costs_there_is_no_what_if(view: RaceView, race: Race) -> None:
    paused(view, replace(race, curve=()))
    assert not view.side.whatif.isVisible()


def test_lanes_are_named_by_what_they_hold(view: RaceView, race: Race) -> None:
    five = replace(ON, key="five", name="Draft of 5")
    pairs = tuple(Pair(replace(p.speculative, config=five), p.speculative) for p in race.pairs)
    paused(view, replace(race, pairs=pairs))
    assert view.lanes["plain"].accessibleName() == "Draft of 5: with a draft"


def _interactive(root: QWidget) -> list[QWidget]:
    kinds = (QAbstractButton, QAbstractSlider, QPlainTextEdit)
    found = [widget for widget in root.findChildren(QWidget) if isinstance(widget, kinds)]
    return [one for one in found if one.isVisible() and one.focusPolicy() != Qt.FocusPolicy.NoFocus]


@pytest.mark.parametrize("width", [1224, 844])
def test_everything_is_named_and_reached_by_tab(view: RaceView, race: Race, qtbot: QtBot, width: int) -> None:
    view.resize(width, 744)
    paused(view, race)
    wanted = _interactive(view)
    assert len(wanted) > 6
    assert all(one.objectName() and one.accessibleName() for one in wanted)
    assert len({one.objectName() for one in wanted}) == len(wanted)
    view.setFocus()
    reached = set()
    for _ in range(40):
        focused = view.window().focusWidget()
        assert focused is not None
        reached.add(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    speeds = {button.objectName() for button in view.transport.speeds.buttons}
    missed = {one.objectName() for one in wanted} - reached
    assert missed < speeds  # of an exclusive group Tab reaches the chosen one


@pytest.mark.parametrize(("width", "height"), [(1224, 744), (844, 544)])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_lanes_and_controls_are_in_view_and_nothing_overlaps(
    view: RaceView, race: Race, theme: Theme, qtbot: QtBot, width: int, height: int, scheme: str
) -> None:
    theme.set(scheme="light" if scheme == "light" else "dark")
    view.resize(width, height)
    paused(view, race)
    play = view.transport.play
    qtbot.waitUntil(lambda: play.mapTo(view, play.rect().bottomLeft()).y() <= height)
    stack = [view.headline, view.lanes["plain"], view.transport]
    tops = [(one.mapTo(view, one.rect().topLeft()).y(), one.height()) for one in stack]
    assert all(top + tall <= below for (top, tall), (below, _) in pairwise(tops))
    assert view.lanes["plain"].width() == view.lanes["speculative"].width()
    for label in view.lanes["speculative"].findChildren(QLabel):
        if label.isVisible() and not label.objectName() and label.text():
            assert label.width() >= label.minimumSizeHint().width(), label.text()


@pytest.mark.parametrize("width", [844, 1224])
def test_the_widest_figures_fit_their_lanes(view: RaceView, race: Race, qtbot: QtBot, width: int) -> None:
    view.resize(width, 744)
    fast = plain_run(every_ms=0.7)  # 1,429 tok/s
    energy = Energy(0.53, False, "CPU time", 0.3, cost=1e-9, currency="EUR", price=0.3)
    warm = [replace(one, name=f"{one.name}, temperature 0.75", temperature=0.75) for one in (ON, OFF)]
    runs = [replace(fast, config=one, energy=energy, label="with Small, 8 at a time") for one in warm]
    paused(view, replace(race, pairs=(Pair(runs[0], runs[1]),)))
    view.seek(1e9)
    assert view.lanes["plain"].rate.text() == "1,429"

    def fits() -> None:
        for area in view.findChildren(QScrollArea):
            inside = area.widget()
            if area.isVisible() and inside is not None:
                assert inside.width() <= area.viewport().width(), area.objectName()

    qtbot.waitUntil(fits)
