"""Numbers as text and back."""

from __future__ import annotations

import pytest

from desktop.gui.settings_page.number_spec import Number, NumberSpec, doubling, nearest

WHOLE = NumberSpec(-1, 131072, 256)
SHARE = NumberSpec(0.0, 2.0, 0.05)


@pytest.mark.parametrize(
    ("spec", "text", "value"),
    [
        (WHOLE, "4096", 4096),
        (WHOLE, " 4,096 ", 4096),
        (WHOLE, "131 072", 131072),
        (WHOLE, "-1", -1),
        (WHOLE, "\u22121", -1),
        (SHARE, "0.7", 0.7),
        (SHARE, "0,7", 0.7),
        (SHARE, ".5", 0.5),
        (SHARE, "2", 2.0),
        (SHARE, "0.123", 0.123),
    ],
)
def test_what_is_understood(spec: NumberSpec, text: str, value: Number) -> None:
    parsed = spec.parse(text)
    assert parsed.value == value
    assert type(parsed.value) is type(value)
    assert not parsed.problem


@pytest.mark.parametrize(
    ("spec", "text", "problem", "unfinished"),
    [
        (WHOLE, "", "Enter a number.", True),
        (WHOLE, "-", "Enter a number.", True),
        (WHOLE, "many", "Enter a whole number.", False),
        (WHOLE, "1.5", "Enter a whole number.", False),
        (WHOLE, "-2", "Enter at least -1.", False),
        (WHOLE, "131073", "Enter at most 131,072.", False),
        (SHARE, "warm", "Enter a number.", False),
        (SHARE, "nan", "Enter a number.", False),
        (SHARE, "inf", "Enter a number.", False),
        (SHARE, "2.01", "Enter at most 2.", False),
        (NumberSpec(0, 2048, 1, "Enter at most 2,048 here."), "2049", "Enter at most 2,048 here.", False),
        (NumberSpec(0, 4096, 1, least=256), "255", "Enter 0, or at least 256.", True),
        (NumberSpec(90, 150, 10, only_steps=True), "95", "Enter a number in steps of 10.", True),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(spec: NumberSpec, text: str, problem: str, unfinished: bool) -> None:
    parsed = spec.parse(text)
    assert (parsed.value, parsed.problem, parsed.unfinished) == (None, problem, unfinished)


def test_the_least_leaves_zero_alone() -> None:
    spec = NumberSpec(0, 4096, 1, least=256)
    assert spec.parse("0").value == 0
    assert spec.parse("256").value == 256


@pytest.mark.parametrize(("value", "text"), [(0.7, "0.70"), (0.123, "0.123"), (1.0, "1.00"), (0.05, "0.05")])
def test_shown_with_the_decimals_it_has(value: float, text: str) -> None:
    assert SHARE.text(value) == text
    assert SHARE.parse(text).value == value


def test_stops_are_exact_and_within() -> None:
    stops = SHARE.stops()
    assert stops[0] == 0.0
    assert stops[-1] == 2.0
    assert 0.7 in stops
    assert len(stops) == 41
    assert NumberSpec(0, 100, 1).stops(10, 12) == [10, 11, 12]


def test_doubling_ends_at_the_limit_itself() -> None:
    assert doubling(512, 5000) == [512, 1024, 2048, 4096, 5000]
    assert doubling(512, 4096) == [512, 1024, 2048, 4096]
    assert doubling(512, 100) == [100]
    assert nearest([512, 1024, 2048], 1500) == 1
