"""Sums worked out by hand, and words that give the numbers they came from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.meter.cost import Cost, electricity, hosted, saved, times
from desktop.meter.prices import Hosted
from desktop.meter.types import Band, Energy
from desktop.meter.words import money, price, three

MEASURED = Energy(
    280.0, 266.0, 294.0, "powercap: package-0", "measured-package", 8.2, "counters", "the screen"
)
ESTIMATED = replace(MEASURED, kind="estimated", low=140.0, high=560.0, source="processor time")
OPUS = Hosted("o", "Opus", 4.0, 20.0, 0.2, source="its page", date="2026-11-22")


def test_a_kilowatt_hour_is_3_6_million_joules() -> None:
    cost = electricity(MEASURED, 0.30, "USD", "your own price")
    assert cost.amount == pytest.approx(280 / 3_600_000 * 0.30)
    assert (cost.low, cost.high) == pytest.approx((266 / 3.6e6 * 0.3, 294 / 3.6e6 * 0.3))
    assert cost.text == "0.0023 ¢"
    assert cost.how.splitlines() == [
        "280 J ÷ 3,600,000 J/kWh × $0.3/kWh (your own price) = 0.0023 ¢",
        "34.1 W for 8.2 s. Measured, processor: between 0.0022 ¢ and 0.0024 ¢",
        "counters",
        "Without the screen",
    ]


def test_thirty_watts_for_a_minute_at_eighteen_cents() -> None:
    minute = replace(MEASURED, joules=1800.0, low=1800.0, high=1800.0, seconds=60.0)
    assert electricity(minute, 0.18, "USD").amount == pytest.approx(0.00009)  # 0.009 ¢


def test_the_cost_of_an_estimate_is_one() -> None:
    cost = electricity(ESTIMATED, 0.30, "EUR")
    assert cost.text == "≈ 0.0023 ct"
    assert cost.record()["estimated"] is True
    assert "Estimated: between 0.0012 ct and 0.0047 ct" in cost.how


def test_reused_tokens_are_cached_input_there() -> None:
    cost = hosted(OPUS, prompt_tokens=1_200, reused_tokens=1_000, output_tokens=415)
    # 200 × 4 + 1000 × 0.2 + 415 × 20 = 800 + 200 + 8300
    assert cost.amount == pytest.approx(0.0093)
    assert (cost.text, cost.estimated) == ("0.93 ¢", False)
    assert cost.how.splitlines() == [
        "Opus, per million tokens: $4 input, $0.2 cached input, $20 output",
        "(200 input × 4 + 1,000 reused × 0.2 + 415 output × 20) ÷ 1,000,000 = 0.93 ¢",
        "Our counts: another model cuts text into other tokens and thinks at another length.",
        "its page, copied 2026-11-22",
    ]


def test_without_a_cached_price_reused_tokens_cost_full_and_that_is_said() -> None:
    unknown = replace(OPUS, cached_input=None)
    cost = hosted(unknown, prompt_tokens=1_200, reused_tokens=1_000, output_tokens=0)
    assert cost.amount == pytest.approx(0.0048)
    assert cost.estimated
    assert "no cached price known" in cost.how
    assert not hosted(unknown, prompt_tokens=10, reused_tokens=0, output_tokens=1).estimated


def test_a_price_that_was_worked_out_makes_an_estimate() -> None:
    assert hosted(replace(OPUS, inferred=True), prompt_tokens=1, reused_tokens=0, output_tokens=1).estimated


def test_free_cached_input_is_free() -> None:
    assert (
        hosted(replace(OPUS, cached_input=0.0), prompt_tokens=5, reused_tokens=5, output_tokens=0).amount == 0
    )


def test_counts_that_cannot_be_do_not_make_money() -> None:
    assert hosted(OPUS, prompt_tokens=-5, reused_tokens=9, output_tokens=-1).amount == 0.0


def test_two_currencies_are_not_compared() -> None:
    here, there = Cost(0.002, 0, 0, "USD", ""), Cost(0.01, 0, 0, "USD", "")
    assert times(here, there) == pytest.approx(5.0)
    assert times(replace(here, currency="EUR"), there) is None
    assert times(replace(here, amount=0.0), there) is None


def test_energy_saved_carries_the_band_of_its_source() -> None:
    plain = replace(MEASURED, joules=436.0, low=414.2, high=457.8, seconds=14.1)
    result = saved(plain, MEASURED)
    assert result is not None
    assert result.joules == pytest.approx(156.0)
    assert (result.low, result.high) == pytest.approx((148.2, 163.8))
    assert "30.9 W for 14.1 s, 34.1 W for 8.2 s" in result.how


def test_energy_lost_is_negative_and_its_band_is_the_right_way_round() -> None:
    worse = saved(MEASURED, replace(MEASURED, joules=300.0))
    assert worse is not None
    assert worse.low < worse.joules < worse.high < 0


def test_what_was_measured_is_not_subtracted_from_what_was_estimated() -> None:
    assert saved(MEASURED, ESTIMATED) is None
    assert saved(MEASURED, replace(MEASURED, source="NVML: 1 graphics card")) is None


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [
        (0.0, "USD", "$0.00"),
        (0.000_023_3, "USD", "0.0023 ¢"),
        (0.000_170, "USD", "0.017 ¢"),
        (0.0525, "USD", "5.25 ¢"),
        (0.12, "EUR", "€0.12"),
        (1.239, "USD", "$1.24"),
        (-0.5, "GBP", "-£0.50"),
        (1234.5, "CHF", "CHF 1,234.50"),
        (0.004, "CHF", "CHF 0.0040"),
        (1e-30, "USD", "0.000000000000 ¢"),
    ],
)
def test_money(amount: float, currency: str, text: str) -> None:
    assert money(amount, currency) == text


@pytest.mark.parametrize(("amount", "text"), [(0.003, "$0.003"), (10, "$10"), (0.5, "$0.5"), (0, "$0")])
def test_a_price_stays_as_it_was_given(amount: float, text: str) -> None:
    assert price(amount, "USD") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (280.4, "280"),
        (1204.0, "1,204"),
        (8.2, "8.2"),
        (0.002334, "0.00233"),
        (0, "0"),
        (-3.456, "-3.46"),
        (10.0, "10"),
    ],
)
def test_three_digits(value: float, text: str) -> None:
    assert three(value) == text


def test_bands_in_words() -> None:
    assert Band.around(0.05).text == "±5%"
    assert Band(0.5, 2.0).text == "0.5 to 2 times"
