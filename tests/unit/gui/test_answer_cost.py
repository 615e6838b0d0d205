"""What the panel says of cost: right from a meter to the words, and an estimate is called one everywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from desktop import paths
from desktop.bridge.receipt import RateSeries, receipt
from desktop.engine.types import Finished, Part, Round, Speculated, Step, Timings
from desktop.gui.answer_cost import AnswerCost, Costing, costing, growth
from desktop.gui.figures import Answer, from_receipt
from desktop.meter import power
from desktop.meter.estimate import Estimate
from desktop.meter.meter import Meter
from desktop.meter.prices import Hosted, Prices, load
from desktop.meter.types import Energy
from desktop.settings import Settings
from tests.unit.meter.tree import RANGE, Clock, Tree

PRICES = load(paths.shipped_prices())[0]
USD = costing(PRICES, Settings())
DID = Speculated(
    "auto", "active", "", "draft", None, rounds=125, drafted=338, accepted=289, rejected=30, dropped=19,
    plain_rate=29.8,
)  # fmt: skip
MEASURED = Energy(
    280.0, 266.0, 294.0, "powercap: package-0", "measured-package", 8.2, "counters rose", "the screen", None,
    7.0, 0.2,
)  # fmt: skip
ESTIMATED = replace(MEASURED, low=140.0, high=560.0, kind="estimated", source="processor time")
"""A part that is told apart by processor time, too."""


def answer(energy: Energy | None, did: Speculated = DID, prompt: int = 337, reused: int = 12) -> Answer:
    """An answer of 415 tokens as its receipt gives it back."""
    finished = Finished("eos", prompt, reused, 415, 0, 752, Timings(205.0, 180.0, 8000.0), 7, speculated=did)
    series = RateSeries()
    for number in range(125):
        series.add(Step((Part("answer", "x"),), (1, 2, 3), Round("draft", 4, 1, 5), 205.0 + 64 * number))
    kept = receipt(finished, None, series, 0.0, None, energy)
    return from_receipt(json.loads(json.dumps(kept)))


def metered(tree: Tree, clock: Clock, cpu: Clock, joules: tuple[int, ...] = ()) -> Energy:
    """An answer of 8 s on a computer that is only files; `joules`: what each package counts."""
    zones = [
        tree.zone(f"intel-rapl:{number}", f"package-{number}", RANGE - 5_000_000)
        for number in range(len(joules))
    ]
    found = power.find(tree.powercap, tree.supplies, "", clock)
    meter = Meter(found.sources, Estimate(20.0, 4, cpu, clock), clock)
    meter.start()
    clock.pass_(8)
    cpu.pass_(32)
    for zone, used in zip(zones, joules, strict=True):
        tree.count(zone, used * 1_000_000 - 5_000_000)  # round the end of the counter
    return meter.stop()


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "sys")


def words(energy: Energy | None, prices: Costing = USD) -> dict[str, str]:
    """Everything the card shows of an answer's energy."""
    cost = AnswerCost(answer(energy), prices)
    caption, joules = cost.power()
    return {
        "money": cost.electricity().value, "caption": caption, "joules": joules.value,
        "trust": cost.trust().value, "plain": cost.plain().value,
    }  # fmt: skip


def test_two_packages_whose_counters_run_round_come_to_the_panel_as_joules(tree: Tree) -> None:
    shown = words(metered(tree, Clock(), Clock(), (200, 80)))
    assert shown["joules"] == "280 J"
    assert shown["caption"] == "35 W for 8.00 s, $0.18/kWh"
    assert shown["trust"] == "Measured, processor: 266 to 294 J"
    assert shown["money"] == "0.0014 ¢"


def test_without_a_meter_every_figure_is_called_an_estimate(tree: Tree) -> None:
    energy = metered(tree, Clock(), Clock())
    shown = words(energy)
    assert shown["joules"] == "≈ 160 J"  # 20 W with all four cores at work for 8 s
    assert shown["caption"].startswith("≈ 20 W for 8.00 s")
    assert shown["trust"] == "Estimated: 80 to 320 J"
    assert shown["money"].startswith("≈ ")
    assert shown["plain"].startswith("≈ ")
    cost = AnswerCost(answer(energy), USD)
    for figure in (cost.electricity(), cost.power()[1], cost.trust()):
        assert "Estimated" in figure.source
    kept = answer(energy).energy
    assert kept is not None
    assert kept.record()["label"] == "Estimated"


def test_a_meter_that_may_not_be_read_leaves_an_estimate(tree: Tree) -> None:
    shut = tree.zone("intel-rapl:0", "package-0")
    (shut / "energy_uj").unlink()
    assert words(metered(tree, Clock(), Clock()))["trust"].startswith("Estimated")


def test_money_says_how_it_was_found() -> None:
    figure = AnswerCost(answer(MEASURED), USD).electricity()
    assert figure.value == "0.0014 ¢"
    assert figure.source.startswith("280 J ÷ 3,600,000 J/kWh × $0.18/kWh (United States, mean; EIA")
    assert "Measured, processor: between" in figure.source
    assert figure.source.endswith("Without the screen")


def test_the_persons_own_price_goes_before_the_table() -> None:
    own = costing(PRICES, Settings(price_per_kwh=0.3, currency="EUR"))
    assert (own.per_kwh, own.currency, own.origin) == (0.3, "EUR", "your price")
    table = costing(PRICES, Settings(currency="EUR"))
    assert table.per_kwh == 0.287
    assert "Eurostat" in table.origin


def test_without_a_price_there_are_joules_and_the_next_step() -> None:
    none = costing(PRICES, Settings(currency="CHF"))
    shown = words(ESTIMATED, none)
    assert shown["money"] == "≈ 280 J"
    assert shown["caption"] == "≈ 34 W for 8.20 s"
    assert "J" in shown["plain"]
    figure = AnswerCost(answer(ESTIMATED), none).electricity()
    assert "Settings, Energy and cost" in figure.source


def test_nothing_is_invented_before_the_end_or_without_a_meter() -> None:
    writing = AnswerCost(Answer(output_tokens=5, prompt_tokens=300), USD)
    assert writing.electricity().value == "–"
    assert writing.electricity().source == "Known when the answer ends"
    assert [writing.power()[1].value, writing.plain().value, writing.hosted()[1].value] == ["–"] * 3
    assert "known at the end" in writing.ratio().value
    assert words(None) == {
        "money": "–", "caption": "Energy", "joules": "–",
        "trust": "Nothing was metered for this answer", "plain": "–",
    }  # fmt: skip


def test_the_same_answer_plain_is_predicted_from_the_plain_speed_measured() -> None:
    figure = AnswerCost(answer(MEASURED), USD).plain()
    seconds = 0.2 + 414 / 29.8
    assert figure.value == "≈ 0.0024 ¢"
    assert 280 / 8.2 * seconds * 0.18 / 3.6e6 * 100 == pytest.approx(0.0024, abs=5e-5)
    assert figure.source.startswith("Predicted: 0.2 s besides writing + (415 - 1) tokens ÷ 29.8 tok/s")


@pytest.mark.parametrize(
    "did", [Speculated(), replace(DID, plain_rate=0.0), replace(DID, drafted=0, accepted=0)]
)
def test_where_plain_was_not_measured_or_nothing_drafted_nothing_is_predicted(did: Speculated) -> None:
    figure = AnswerCost(answer(MEASURED, did), USD).plain()
    assert figure.value == "–"
    assert figure.source


def test_hosted_counts_reused_tokens_as_cached_and_names_source_and_day() -> None:
    opus = costing(PRICES, Settings(hosted="claude-opus-5.5"))
    caption, figure = AnswerCost(answer(MEASURED), opus).hosted()
    assert caption == "Claude Opus 5.5, hosted"
    assert figure.value == "0.96 ¢"
    by_hand = (325 * 4 + 12 * 0.2 + 415 * 20) / 1e6
    assert by_hand == pytest.approx(0.0096, abs=5e-5)
    assert "325 input × 4 + 12 reused × 0.2 + 415 output × 20" in figure.source
    assert "copied 2026-11-22" in figure.source
    assert "times the electricity here" in figure.source


def test_two_currencies_are_not_compared() -> None:
    euro = costing(PRICES, Settings(currency="EUR"))
    assert "times the electricity" not in AnswerCost(answer(MEASURED), euro).hosted()[1].source


def test_a_guessed_hosted_price_is_marked() -> None:
    guessed = Costing(hosted=Hosted("x", "X", 1.0, 2.0, inferred=True))
    assert AnswerCost(answer(MEASURED), guessed).hosted()[1].value.startswith("≈ ")
    assert AnswerCost(answer(MEASURED), costing(Prices(), Settings())).hosted()[1].value == "–"


def test_one_output_token_against_one_input_token_in_time_and_energy() -> None:
    figure = AnswerCost(answer(MEASURED), USD).ratio()
    time, energy = (8.0 / 414) / (0.18 / 325), (273 / 414) / (7 / 325)
    assert (time, energy) == pytest.approx((34.9, 30.6), abs=0.05)
    assert figure.value == (
        "One output token took 34.9 × the time of one input token, and 30.6 × its energy."
    )
    assert "÷ (415 - 1) tokens" in figure.source
    assert "≈ 30.6 × its energy" in AnswerCost(answer(ESTIMATED), USD).ratio().value
    apart = replace(MEASURED, prefill_joules=None, prefill_seconds=None)
    assert "energy" not in AnswerCost(answer(apart), USD).ratio().value


def test_too_short_an_answer_is_not_compared_and_says_why() -> None:
    figure = AnswerCost(answer(MEASURED, prompt=337, reused=330), USD).ratio()
    assert figure.value == "Too short to compare an output token with an input token."
    assert "here 7 were read and 415 written" in figure.source


def test_tokens_against_time_are_a_straight_line() -> None:
    made = growth(answer(None))
    assert made.line is not None
    assert made.points[0] == (0.0, 1.0)
    end, tokens = made.points[-1]
    assert (end, tokens) == pytest.approx((7.936, 373), rel=0.01)  # 3 tokens every 64 ms
    assert made.line.per_second == pytest.approx(3000 / 64, rel=0.01)
    assert made.note == "Twice the answer, twice the time: 46.9 more tokens every second."
    assert "Straight line through" in made.source


def test_a_crooked_line_is_not_called_straight() -> None:
    made = growth(Answer(rates=[(0.0, 1.0), (5.0, 1.0), (10.0, 1.0), (11.0, 500.0)]))
    assert made.note.startswith("Not quite a straight line: it explains")


@pytest.mark.parametrize(
    "rates", [[], [[0, 50]], [[0, 50], [100, 50]], [[100, -5], [50, 2], [1e300, 3], [2, "x"]]]
)
def test_under_three_points_there_is_no_line(rates: list[object]) -> None:
    made = growth(from_receipt({"rates": rates, "output_tokens": 9}))
    assert (made.line, made.points, made.note) == (None, [], "")


@pytest.mark.parametrize(
    "hostile",
    [
        {"energy": {"joules": "<b>many</b>"}},
        {"energy": []},
        {"energy": None, "output_tokens": 10**400},
        {"prompt_tokens": -5, "reused_tokens": 10**9, "output_tokens": 3},
        {"decode_ms": float("nan"), "prefill_ms": float("inf"), "output_tokens": 415, "prompt_tokens": 900},
        {
            "thinking_tokens": 10**9,
            "output_tokens": 3,
            "speculation": {"state": "active", "plain_rate": 1e400},
        },
    ],
)
def test_a_hostile_receipt_shows_dashes_and_no_nonsense(hostile: dict[str, object]) -> None:
    cost = AnswerCost(from_receipt(hostile), USD)
    assert cost.electricity().value == "–"
    for figure in (cost.power()[1], cost.plain(), cost.hosted()[1], cost.ratio(), cost.trust()):
        assert "nan" not in figure.value
        assert "inf" not in figure.value
        assert "-" not in figure.value
