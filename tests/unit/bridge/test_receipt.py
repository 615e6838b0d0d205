"""The curve of an answer: fast or slow, short or long, it has points enough and none that jitter."""

from __future__ import annotations

import pytest

from desktop.bridge.receipt import MAX_POINTS, RateSeries
from desktop.engine.types import Part, Round, Step

PLAIN = Round("plain", 1, 0.0, 20.0)


def series(count: int, every_ms: float, tokens: int = 1) -> RateSeries:
    made = RateSeries()
    for number in range(count):
        made.add(Step((Part("answer", "x"),), tuple(range(tokens)), PLAIN, 200.0 + number * every_ms))
    return made


@pytest.mark.parametrize(
    ("count", "every_ms"), [(30, 5.0), (60, 3.3), (415, 20.0), (40, 500.0), (20_000, 7.0)]
)
def test_a_steady_answer_gives_a_level_curve(count: int, every_ms: float) -> None:
    points = series(count, every_ms).points()
    end = (count - 1) * every_ms
    assert 3 <= len(points) <= MAX_POINTS
    assert points[0][0] == 0.0
    assert points[-1][0] == pytest.approx(end, rel=0.15)
    for _, rate in points:
        assert rate == pytest.approx(1000 / every_ms, rel=0.02)


def test_a_round_of_several_tokens_counts_them_all() -> None:
    assert series(200, 40.0, tokens=3).points()[-1][1] == pytest.approx(75.0, rel=0.02)


def test_a_pause_shows() -> None:
    made = series(100, 10.0)
    made.add(Step((Part("answer", "x"),), (1,), PLAIN, 3000.0))
    assert min(rate for _, rate in made.points()) < 5


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_a_few_tokens_make_no_curve(count: int) -> None:
    assert series(count, 10.0).points() == []


def test_tokens_at_one_time_make_no_curve() -> None:
    assert series(50, 0.0).points() == []
