"""The panel and its chart: states, live numbers, old answers, tooltips, and at most ten redraws a second."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QPushButton, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.bridge.receipt import RateSeries, receipt
from desktop.engine.types import (
    Added,
    Drafted,
    Finished,
    Part,
    Prefill,
    Round,
    Speculated,
    Step,
    StopReason,
    Timings,
)
from desktop.gui.answer_cost import Costing, costing
from desktop.gui.chart import MAX_POINTS, RateChart, nice_step
from desktop.gui.panel import REDRAW_MS, Panel
from desktop.gui.panel.growth_card import GrowthChart
from desktop.gui.theme import Theme
from desktop.meter.prices import load
from desktop.meter.types import Energy
from desktop.settings import Settings
from desktop.store.types import State

PLAIN = Round("plain", 1, 0.0, 20.0)


def steps(count: int, first_ms: float = 200.0, every_ms: float = 20.0) -> list[Step]:
    return [
        Step((Part("answer", "x"),), (1,), PLAIN, first_ms + number * every_ms) for number in range(count)
    ]


def finished(reason: StopReason = "eos", output: int = 101) -> Finished:
    return Finished(reason, 37, 12, output, 0, 37 + output, Timings(200.0, 125.0, 2000.0), 7)


@pytest.fixture
def panel(qtbot: QtBot, theme: Theme) -> Panel:
    made = Panel(theme)
    qtbot.addWidget(made)
    made.resize(304, 800)
    made.show()
    qtbot.waitExposed(made)
    made.reset(8192)
    return made


def text(panel: Panel, name: str) -> str:
    found = panel.findChild(QLabel, name)
    assert found is not None
    return found.text()


def said(panel: Panel, name: str) -> str:
    found = panel.findChild(QWidget, name)
    assert found is not None
    return found.accessibleName()


def tip(panel: Panel, name: str) -> str:
    found = panel.findChild(QWidget, name)
    assert found is not None
    return found.toolTip()


def test_idle_teaches_what_will_appear(panel: Panel) -> None:
    assert text(panel, "panelState") == "Idle"
    assert text(panel, "speed") == "–"
    assert text(panel, "speedNote") == "Numbers appear with your first answer."
    assert said(panel, "context") == "Context: 0 / 8,192"
    assert said(panel, "firstToken") == "First token: –"


def test_an_answer_from_reading_to_done(panel: Panel) -> None:
    panel.prefill(Prefill(20, 37, 12))
    panel.flush()
    assert text(panel, "panelState") == "Reading 20 of 37"
    panel.prefill(Prefill(37, 37, 12))
    panel.steps(steps(101))
    panel.flush()
    assert text(panel, "panelState") == "Writing"
    assert text(panel, "speed") == "50.0"
    assert said(panel, "answerTokens") == "Answer: 101 tokens"
    panel.finished(finished())
    assert text(panel, "panelState") == "Done in 2.20 s"
    assert said(panel, "reused") == "Reused from before: 12 of 37"
    assert said(panel, "readingSpeed") == "Read at: 200 tok/s"
    assert said(panel, "context") == "Context: 138 / 8,192"


def test_every_number_says_what_it_was_computed_from(panel: Panel) -> None:
    panel.prefill(Prefill(37, 37, 12))
    panel.steps(steps(101))
    panel.finished(finished())
    assert tip(panel, "speedCard") == "(101 - 1) tokens / 2.00 s between first and last token"
    for name in ("firstToken", "answerTokens", "promptTokens", "readingSpeed", "reused", "context"):
        assert tip(panel, name), name


@pytest.mark.parametrize(
    ("reason", "word"),
    [
        ("eos", "Done in 2.20 s"),
        ("stop", "Done in 2.20 s"),
        ("cancelled", "Stopped"),
        ("length", "Length limit"),
    ],
)
def test_how_it_ended(panel: Panel, reason: StopReason, word: str) -> None:
    panel.steps(steps(101))
    panel.finished(finished(reason))
    assert text(panel, "panelState") == word


@pytest.mark.parametrize(
    ("state", "word"), [("done", "Done in 8.23 s"), ("interrupted", "Interrupted"), ("failed", "Failed")]
)
def test_an_old_answer_is_shown_from_its_receipt(panel: Panel, state: State, word: str) -> None:
    receipt = {
        "output_tokens": 415, "prompt_tokens": 37, "reused_tokens": 0, "context_used": 452, "n_ctx": 4096,
        "ttft_ms": 205.0, "prefill_ms": 180.0, "decode_ms": 8021.0, "model": "Qwen3 8B",
        "rates": [[250, 50], [500, 52]],
    }  # fmt: skip
    panel.show_receipt(receipt, state)
    assert text(panel, "panelState") == word
    assert text(panel, "speed") == "51.6"
    assert said(panel, "context") == "Context: 452 / 4,096"
    assert text(panel, "answerModel") == "Answered by Qwen3 8B"


def test_a_damaged_receipt_does_no_harm(panel: Panel) -> None:
    panel.show_receipt({"rates": "?", "output_tokens": None, "n_ctx": "big"}, "interrupted")
    assert text(panel, "speed") == "–"
    assert said(panel, "context") == "Context: 0 / 8,192"


def test_the_next_answer_starts_from_nothing(panel: Panel) -> None:
    panel.steps(steps(101))
    panel.finished(finished())
    panel.prefill(Prefill(5, 90, 80))
    panel.flush()
    assert text(panel, "speed") == "–"
    panel.steps(steps(11))
    panel.flush()
    assert said(panel, "answerTokens") == "Answer: 11 tokens"


def test_redraws_wait_for_each_other(qtbot: QtBot, panel: Panel) -> None:
    for number in range(200):
        panel.steps(steps(1, first_ms=200.0 + number))
    assert text(panel, "speed") == "–", "nothing is drawn while steps come in"
    qtbot.waitUntil(lambda: text(panel, "speed") == "1,000", timeout=REDRAW_MS * 20)


def test_an_answer_too_short_for_a_curve_says_so(panel: Panel) -> None:
    panel.steps(steps(3, every_ms=1))
    panel.finished(finished(output=3))
    assert text(panel, "speedNote") == "Too short for a curve."


def test_the_chart_never_holds_more_than_120_points(qtbot: QtBot, theme: Theme) -> None:
    chart = RateChart(theme)
    qtbot.addWidget(chart)
    for count in (0, 1, 119, 120, 121, 1000):
        chart.set_points([(number / 10, 50.0) for number in range(count)])
        assert len(chart.points) <= MAX_POINTS
        chart.grab()


def test_the_chart_states_its_values(qtbot: QtBot, theme: Theme) -> None:
    chart = RateChart(theme)
    qtbot.addWidget(chart)
    assert "empty" in chart.accessibleName()
    chart.set_points([(0.5, 48.0), (1.0, 52.5), (2.0, 50.0)])
    assert (
        chart.accessibleName() == "Tokens per second over 2.0 seconds: between 48.0 and 52.5, 50.0 at the end"
    )


def test_the_chart_draws_a_line(qtbot: QtBot, theme: Theme) -> None:
    chart = RateChart(theme)
    qtbot.addWidget(chart)
    chart.resize(270, 130)
    empty = chart.grab().toImage()
    chart.set_points([(0.5, 48.0), (1.0, 52.5), (2.0, 50.0)])
    assert chart.grab().toImage() != empty


@pytest.mark.parametrize(("span", "step"), [(80, 20), (1.9, 0.5), (7, 2), (0.05, 0.02), (1700, 500)])
def test_ticks_are_round_numbers(span: float, step: float) -> None:
    assert nice_step(span, 4) == pytest.approx(step)


DID = Speculated(
    "auto", "active", "", "draft", None, rounds=125, drafted=338, accepted=289, rejected=30, dropped=19,
    plain_rate=25.0,
)  # fmt: skip


def shown(panel: Panel, name: str) -> bool:
    found = panel.findChild(QWidget, name)
    assert found is not None
    return found.isVisible()


def test_drafting_is_counted_while_it_goes_on(panel: Panel) -> None:
    assert not shown(panel, "draftCard")
    panel.begin(8192, "Big", "Small")
    made = Round(
        "draft", 4, 1.0, 5.0, (Drafted(1, 0.5, 0.5, 0, "accepted"), Drafted(2, 0.5, 0.1, 3, "rejected"),
                               Drafted(3, 0.5)), Added(4, 0.5, 0, "replaced"), 1, state="active",
    )  # fmt: skip
    panel.steps([Step((Part("answer", "x"),), (1,), Round("prompt", 1, 0.0, 5.0, state="active"), 200.0)])
    panel.steps([Step((Part("answer", "xy"),), (1, 4), made, 210.0)] * 2)
    panel.flush()
    assert shown(panel, "draftCard")
    assert text(panel, "acceptance") == "33.3%"
    assert text(panel, "acceptedCounts") == "2 of 6"
    assert text(panel, "lostCounts") == "2 rejected, 2 dropped"
    assert text(panel, "meanLength") == "2.00 tokens"
    assert text(panel, "draftReason") == "From Small"
    paused = Round("plain", 1, 0.0, 5.0, state="paused", reason="drafting costs 9 ms, saves 4")
    panel.steps([Step((Part("answer", "z"),), (5,), paused, 230.0)])
    panel.flush()
    assert text(panel, "draftState") == "Drafting paused"
    assert text(panel, "draftReason") == "Drafting costs 9 ms, saves 4"


def test_the_end_brings_the_engines_counts_and_the_ratio(panel: Panel) -> None:
    panel.begin(8192, "Big", "Small")
    panel.steps(steps(101))
    assert not shown(panel, "ratio")
    panel.finished(replace(finished(), speculated=DID))
    assert text(panel, "ratio") == "2.0× of plain"
    assert tip(panel, "ratio") == "50.0 tok/s / 25.0 tok/s, last measured here without drafting"
    assert text(panel, "acceptedCounts") == "289 of 338"
    for name in ("acceptance", "acceptedCounts", "lostCounts", "acceptanceMeter", "meanLength"):
        assert tip(panel, name), name
    chart = panel.findChild(RateChart)
    assert chart is not None
    assert chart.plain == 25.0
    assert "25.0 without drafting" in chart.accessibleName()


def test_an_answer_without_drafting_shows_no_counts_of_it(panel: Panel) -> None:
    panel.steps(steps(101))
    panel.finished(finished())
    assert text(panel, "draftState") == "Drafting off"
    assert not shown(panel, "acceptance")
    assert not shown(panel, "ratio")
    panel.show_receipt({"output_tokens": 415, "decode_ms": 8000.0}, "done")
    assert not shown(panel, "draftCard"), "an older version counted nothing"


USD = costing(load(paths.shipped_prices())[0], Settings(hosted="claude-opus-5.5"))
ESTIMATED = Energy(
    160.0, 80.0, 320.0, "processor time", "estimated", 8.0, "32 s of processor time × 20 W", "the screen"
)
MEASURED = replace(ESTIMATED, low=152.0, high=168.0, kind="measured-package", source="powercap: package-0")


def kept(energy: Energy | None) -> dict[str, object]:
    """The receipt of an answer of 101 tokens, with drafting."""
    series = RateSeries()
    for step in steps(101):
        series.add(step)
    ended = replace(finished(), prompt_tokens=337, speculated=DID)
    return receipt(ended, None, series, 0.0, None, energy)


def told(panel: Panel) -> dict[str, str]:
    return {name: said(panel, name) for name in ("electricity", "energy", "plainCost", "hostedCost")} | {
        "trust": text(panel, "energyTrust"),
        "ratio": text(panel, "tokenRatio"),
    }


def test_an_estimate_is_called_one_in_every_line(panel: Panel) -> None:
    panel.set_costing(USD)
    panel.show_receipt(kept(ESTIMATED), "done")
    shown = told(panel)
    assert shown["electricity"] == "Electricity for this answer: ≈ 0.00080 ¢"
    assert shown["energy"] == "≈ 20 W for 8.00 s, $0.18/kWh: ≈ 160 J"
    assert shown["trust"] == "Estimated: 80 to 320 J"
    assert shown["plainCost"].startswith("Plain, predicted: ≈ ")
    for name in ("electricity", "energy", "energyTrust"):
        assert "stimated" in tip(panel, name), name


def test_a_measurement_is_shown_with_its_band(panel: Panel) -> None:
    panel.set_costing(USD)
    panel.show_receipt(kept(MEASURED), "done")
    shown = told(panel)
    assert shown["electricity"] == "Electricity for this answer: 0.00080 ¢"
    assert shown["trust"] == "Measured, processor: 152 to 168 J"
    assert shown["hostedCost"] == "Claude Opus 5.5, hosted: 0.33 ¢"
    assert shown["ratio"].startswith("One output token took ")
    assert "copied 2026-11-22" in tip(panel, "hostedCost")


def test_other_prices_take_effect_at_once(panel: Panel) -> None:
    panel.show_receipt(kept(MEASURED), "done")
    assert told(panel)["electricity"] == "Electricity for this answer: 160 J", "no price is known"
    panel.set_costing(Costing(0.30, "EUR", "your price"))
    assert told(panel)["electricity"] == "Electricity for this answer: 0.0013 ct"
    assert "€0.3/kWh (your price)" in tip(panel, "electricity")


def test_before_the_end_there_is_no_figure_of_cost(panel: Panel) -> None:
    panel.set_costing(USD)
    panel.begin(8192, "Big")
    panel.steps(steps(50))
    panel.flush()
    assert {
        value.rpartition(": ")[2]
        for name, value in told(panel).items()
        if name in ("electricity", "energy", "plainCost", "hostedCost")
    } == {"–"}
    panel.finished(replace(finished(), prompt_tokens=337, speculated=DID), ESTIMATED)
    assert told(panel)["energy"].endswith("≈ 160 J")


def places(panel: Panel) -> dict[str, tuple[int, int, int]]:
    """Where each card stands: left, top and width. The last ones may grow downwards."""
    cards = [card for card in panel.findChildren(QFrame) if card.property("card") and card.isVisible()]
    spots = [(card, card.mapTo(panel, card.rect().topLeft())) for card in cards]
    return {
        card.objectName() or f"card at {index}": (spot.x(), spot.y(), card.width())
        for index, (card, spot) in enumerate(spots)
        if card.objectName() != "growthCard"
    }


def settle(panel: Panel) -> None:
    panel.flush()
    for _ in range(3):
        QApplication.processEvents()


@pytest.mark.parametrize("scheme", [100, 150])
def test_nothing_jumps_when_values_arrive(panel: Panel, theme: Theme, scheme: int) -> None:
    theme.set(percent=scheme)
    panel.set_costing(USD)
    panel.begin(8192, "Big", "Small")
    settle(panel)
    start = places(panel)
    assert len(start) >= 6
    panel.prefill(Prefill(200, 337, 12))
    settle(panel)
    assert places(panel) == start
    made = Round(
        "draft", 2, 1.0, 5.0, (Drafted(1, 0.5, 0.5, 0, "accepted"),), Added(4, 0.5, 0, "bonus"), 1,
        state="active",
    )  # fmt: skip
    for number in range(60):
        panel.steps([Step((Part("answer", "x"),), (1, 4), made, 200.0 + 30 * number)])
        if number in (0, 1, 5, 59):
            settle(panel)
            assert places(panel) == start, number
    panel.finished(replace(finished(), prompt_tokens=337, speculated=DID), ESTIMATED)
    settle(panel)
    assert places(panel) == start


def test_every_figure_says_what_it_was_computed_from_to_eyes_and_ears(panel: Panel) -> None:
    panel.set_costing(USD)
    panel.show_receipt(kept(MEASURED), "done")
    names = (
        "speedCard", "ratio", "firstToken", "answerTokens", "acceptance", "acceptedCounts", "lostCounts",
        "meanLength", "electricity", "energy", "energyTrust", "plainCost", "hostedCost", "tokenRatio",
        "context", "promptTokens", "reused", "readingSpeed", "thinkingTokens", "visibleTokens", "growthNote",
    )  # fmt: skip
    for name in names:
        found = panel.findChild(QWidget, name)
        assert found is not None
        assert found.isVisibleTo(panel), name
        assert any(letter.isdigit() for letter in found.toolTip()), name
        assert found.accessibleDescription() == found.toolTip(), name


def test_tokens_against_time_are_drawn_and_told(panel: Panel) -> None:
    assert not shown(panel, "growthCard")
    panel.begin(8192)
    panel.steps(steps(2))
    panel.flush()
    assert not shown(panel, "growthCard"), "two points make no line"
    panel.steps(steps(101)[2:])
    panel.flush()
    chart = panel.findChild(GrowthChart)
    assert chart is not None
    assert shown(panel, "growthCard")
    assert text(panel, "growthNote") == "Twice the answer, twice the time: 50.0 more tokens every second."
    assert "Straight line through" in chart.accessibleName()
    assert 3 <= len(chart.dots()) <= 24
    panel.show_receipt(kept(None), "done")
    assert chart.accessibleName().startswith("Tokens against seconds, up to 2.0 seconds. Straight line")
    before = chart.grab().toImage()
    panel.reset(8192)
    assert chart.grab().toImage() != before


def test_an_earlier_answer_is_looked_at_while_a_new_one_is_written(qtbot: QtBot, panel: Panel) -> None:
    panel.begin(8192, "Big")
    panel.show_earlier({"output_tokens": 415, "decode_ms": 8000.0, "model": "Old"}, "stopped")
    assert (text(panel, "panelTitle"), panel.accessibleName()) == ("Earlier answer", "Earlier answer")
    assert text(panel, "panelState") == "Stopped"
    assert panel.state == "reading", "what the newest does"
    panel.steps(steps(101))
    assert said(panel, "answerTokens") == "Answer: 415 tokens"
    panel.finished(finished())
    assert said(panel, "answerTokens") == "Answer: 415 tokens"
    back = panel.findChild(QPushButton, "panelNewest")
    assert back is not None
    back.setFocus()
    with qtbot.waitSignal(panel.newest_wanted):
        QTest.keyClick(back, Qt.Key.Key_Space)
    assert (text(panel, "panelTitle"), text(panel, "panelState")) == ("This answer", "Done in 2.20 s")
    assert said(panel, "answerTokens") == "Answer: 101 tokens"
    assert not back.isVisible()


@pytest.mark.parametrize("how", ["begin", "reset", "receipt"])
def test_the_next_request_ends_the_look_at_an_earlier_answer(panel: Panel, how: str) -> None:
    panel.show_earlier({"output_tokens": 415}, "done")
    assert panel.shows_earlier
    if how == "receipt":
        panel.show_receipt({}, "done")
    else:
        getattr(panel, how)(8192)
    assert not panel.shows_earlier
    assert text(panel, "panelTitle") == "This answer"


def test_a_scroll_bar_takes_no_width_from_the_cards(panel: Panel) -> None:
    scroll = panel.findChild(QScrollArea)
    assert scroll is not None
    panel.show_receipt(kept(MEASURED), "done")
    settle(panel)
    wide = scroll.viewport().width()
    assert scroll.verticalScrollBar().maximum() > 0
    panel.reset(8192)
    settle(panel)
    assert scroll.verticalScrollBar().maximum() == 0
    assert scroll.viewport().width() == wide


def test_a_failed_answer_promises_no_figures(panel: Panel) -> None:
    panel.begin(8192, "Big")
    panel.steps(steps(5))
    panel.set_state("failed")
    assert told(panel)["trust"] == "Nothing was metered for this answer"
    assert told(panel)["ratio"] == "Too short to compare an output token with an input token."
