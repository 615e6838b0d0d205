"""Output against input, and the straight line, against numbers worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from desktop.meter.ratio import TokenRatio, straight_line, token_ratio
from desktop.meter.types import Energy


def ratio(energy: Energy | None = None, **changed: float) -> TokenRatio | None:
    given = {
        "prompt_tokens": 250,
        "reused_tokens": 50,
        "output_tokens": 101,
        "prefill_ms": 2000,
        "decode_ms": 10_000,
    }
    return token_ratio(**{**given, **changed}, energy=energy)  # type: ignore[arg-type]


def test_time_of_one_output_token_against_one_input_token() -> None:
    found = ratio()  # 10 s / 100 = 100 ms; 2 s / 200 = 10 ms
    assert found is not None
    assert (found.output_seconds, found.input_seconds, found.times) == pytest.approx((0.1, 0.01, 10.0))
    assert found.text == "One output token took 10 × the time of one input token"
    assert found.how.splitlines() == [
        "Output: 10 s ÷ (101 - 1) tokens = 100 ms, 10 tok/s",
        "Input: 2 s ÷ (250 - 50 reused) tokens = 10 ms, 100 tok/s",
    ]
    assert found.energy_times is None


def test_energy_where_both_sides_of_the_first_token_were_metered() -> None:
    energy = Energy(400.0, 380.0, 420.0, "powercap", "measured-package", 12.0, "", "", None, 100.0, 2.0)
    found = ratio(energy)
    assert found is not None
    assert (found.input_joules, found.output_joules, found.energy_times) == pytest.approx((0.5, 3.0, 6.0))
    assert not found.estimated
    assert "Measured, processor: 3 J an output token, 0.5 J an input token (powercap)" in found.how


def test_energy_that_was_not_told_apart_is_not_divided_by_guess() -> None:
    found = ratio(Energy(400.0, 200.0, 800.0, "processor time", "estimated", 12.0))
    assert found is not None
    assert found.estimated
    assert (found.input_joules, found.output_joules, found.energy_times) == (None, None, None)


def test_drafting_can_make_an_output_token_cheaper_than_an_input_token() -> None:
    found = ratio(decode_ms=500)
    assert found is not None
    assert found.times == pytest.approx(0.5)


@pytest.mark.parametrize(
    "changed",
    [
        {"reused_tokens": 235},
        {"reused_tokens": 250},
        {"output_tokens": 7},
        {"output_tokens": 0},
        {"prefill_ms": 0},
        {"decode_ms": 0},
        {"decode_ms": float("nan")},
    ],
)
def test_too_little_to_say(changed: dict[str, Any]) -> None:
    assert ratio(**changed) is None


def test_twice_the_answer_twice_the_time() -> None:
    line = straight_line([(0.0, 1.0), (1.0, 11.0), (2.0, 21.0), (3.0, 31.0)])
    assert line is not None
    assert (line.per_second, line.start, line.fit) == pytest.approx((10.0, 1.0, 1.0))
    assert line.tokens(6) == pytest.approx(61.0)
    assert line.text.startswith("Straight line through 4 points (least squares): 10 tokens a second")


def test_a_line_that_does_not_fit_says_so() -> None:
    line = straight_line([(0, 0), (1, 2), (2, 1)])  # slope 0.5, r = 0.5
    assert line is not None
    assert (line.per_second, line.start, line.fit) == pytest.approx((0.5, 0.5, 0.25))


@pytest.mark.parametrize("points", [[], [(0, 1), (1, 2)], [(1, 1), (1, 2), (1, 3)]])
def test_no_line_without_points_apart_in_time(points: list[tuple[float, float]]) -> None:
    assert straight_line(points) is None
