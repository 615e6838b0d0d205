"""Curves of measured costs: what they keep, what they learn, and that noise teaches them nothing."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from desktop.engine import cost
from desktop.engine.cost import CostBook, Curve, bucket_of, fingerprint, measure
from desktop.errors import Cancelled

STAIRS = {1: 10.0, 2: 16.7, 3: 20.1, 4: 14.2, 5: 20.3, 6: 22.5, 8: 29.6, 12: 42.5, 16: 44.3}


def test_a_measured_width_is_kept_and_the_others_lie_between() -> None:
    curve = Curve({0: STAIRS})
    assert [curve.ms(width) for width in STAIRS] == list(STAIRS.values())
    assert curve.ms(7) == pytest.approx((22.5 + 29.6) / 2)
    assert curve.ms(32) == pytest.approx(88.6)
    assert Curve({0: {1: 10.0, 2: 12.0}}).ms(4) == pytest.approx(24.0)


def test_nothing_measured_is_said() -> None:
    curve = Curve()
    curve.observe(1, 0, 5.0)
    assert not curve.measured
    with pytest.raises(LookupError):
        curve.ms(1)


def test_a_decode_of_another_cost_is_learned() -> None:
    curve = Curve({0: STAIRS})
    for _ in range(100):
        curve.observe(4, 0, 18.0)
        curve.observe(1, 0, 10.0)
    assert curve.ms(4) == pytest.approx(18.0, rel=0.05)
    assert curve.ms(1) == pytest.approx(10.0, rel=0.05)


def test_a_busy_computer_slows_every_width() -> None:
    curve = Curve({0: STAIRS})
    for _ in range(300):
        curve.observe(1, 0, 20.0)
    assert curve.ms(1) == pytest.approx(20.0, rel=0.02)
    assert curve.ms(4) == pytest.approx(28.4, rel=0.15)
    for _ in range(300):
        curve.observe(1, 0, 10.0)
    assert curve.ms(4) == pytest.approx(14.2, rel=0.05)


@pytest.mark.parametrize("widths", [(1,), (1, 4), (1, 1, 1, 2, 5)])
def test_noise_teaches_nothing(widths: tuple[int, ...]) -> None:
    curve, noise = Curve({0: STAIRS}), random.Random(5)
    for _ in range(3000):
        width = noise.choice(widths)
        curve.observe(width, 0, STAIRS[width] * noise.lognormvariate(0.0, 0.4))
    ratios = {width: curve.ms(width) / curve.ms(1) / (ms / 10.0) for width, ms in STAIRS.items()}
    assert all(0.6 < ratio < 1.6 for ratio in ratios.values()), ratios


def test_one_accident_changes_little() -> None:
    curve = Curve({0: STAIRS})
    curve.observe(1, 0, 5000.0)
    assert curve.ms(1) < 12.0


def test_a_fuller_context_is_another_curve() -> None:
    assert [bucket_of(position) for position in (0, 1023, 1024, 2047, 2048, 4096)] == [0, 0, 1, 1, 2, 3]
    curve = Curve({0: STAIRS})
    assert curve.ms(1, 5000) == 10.0
    for _ in range(100):
        curve.observe(1, 5000, 15.0)
    assert curve.ms(1, 5000) == pytest.approx(15.0, rel=0.02)
    assert curve.ms(1, 0) == 10.0


def test_measuring_stops_where_width_cannot_pay() -> None:
    asked: list[int] = []

    def decode(width: int) -> float:
        asked.append(width)
        return 1.0 * width if width < 6 else 2.0 * width

    curve = measure(decode, lambda: False)
    assert curve.ms(4) == 4.0
    assert max(asked) == 8


def test_an_accident_while_measuring_is_doubted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first time of a width is the one that lasts when there is no time for a second."""
    times = iter([90.0, 90.0, 11.0])

    def decode(width: int) -> float:
        return next(times) if width == 1 else 12.0

    monkeypatch.setattr(cost, "_ORDER", (1, 4))
    monkeypatch.setattr(cost, "BUDGET_S", 1.0)
    monkeypatch.setattr(cost, "_QUICK_S", 0.0)
    assert measure(decode, lambda: False).ms(1) == 11.0


def test_a_time_that_cannot_be_is_not_kept() -> None:
    def decode(width: int) -> float:
        return 1764.0 if width == 3 else STAIRS.get(width, 45.0)

    assert measure(decode, lambda: False).ms(3) == pytest.approx((16.7 + 14.2) / 2)


def test_a_cancelled_measurement_teaches_nothing() -> None:
    counts = iter(range(100))
    with pytest.raises(Cancelled):
        measure(lambda width: 1.0 * width, lambda: next(counts) > 5)


def test_the_book_gives_back_what_it_was_given(tmp_path: Path) -> None:
    book = CostBook(tmp_path / "costs.json")
    assert book.curve("a") is None
    book.keep("a", Curve({0: STAIRS, 2: {1: 12.0, 4: 15.0}}))
    book.keep("b", Curve())
    found = CostBook(tmp_path / "costs.json").curve("a")
    assert found is not None
    assert found.points() == {0: STAIRS, 2: {1: 12.0, 4: 15.0}}
    assert book.curve("b") is None


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", '{"a": 3}', '{"a": {"0": {"1": -4}}}', '{"a": {"x": {"1": 4}}}', '{"a": {"0": {"4": 9}}}',
     '{"a": {"0": {"1": 1e99}}}', '{"a": {"0": [1]}}', "[" * 100_000],
)  # fmt: skip
def test_a_damaged_book_is_an_empty_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "costs.json"
    path.write_text(text)
    book = CostBook(path)
    assert book.curve("a") is None
    book.keep("a", Curve({0: STAIRS}))
    assert book.curve("a") is not None


def test_a_book_that_cannot_be_written_is_no_fault(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    CostBook(tmp_path / "file" / "costs.json").keep("a", Curve({0: STAIRS}))


def test_the_book_forgets_the_oldest(tmp_path: Path) -> None:
    book = CostBook(tmp_path / "costs.json")
    for index in range(205):
        book.keep(str(index), Curve({0: {1: 1.0}}))
    assert len(json.loads((tmp_path / "costs.json").read_text())) == 200
    assert book.curve("0") is None
    assert book.curve("204") is not None


def test_fingerprints_tell_files_apart(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_bytes(b"a" * 3_000_000)
    other.write_bytes(b"a" * 2_999_999 + b"b")
    assert fingerprint(one) != fingerprint(other)
    assert fingerprint(one) == fingerprint(one)
