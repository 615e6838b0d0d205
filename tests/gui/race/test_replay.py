"""The replay's clock, lanes' timelines and text pieces: pure logic."""

from __future__ import annotations

import pytest

from desktop.contest.data import Race
from desktop.gui.race.pieces import pieces, place
from desktop.gui.race.replay import LEAST_MS, Clock, Timeline, neighbour, slowdown
from tests.gui.race.conftest import MISS, WORDS, plain_run, speculative_run, step


@pytest.mark.parametrize("end_ms", [1.0, 91.0, 500.0, 3100.0, 5999.0])
def test_a_quick_race_is_slowed_by_a_whole_factor_and_no_more_than_needed(end_ms: float) -> None:
    factor = slowdown(end_ms)
    assert end_ms * factor >= LEAST_MS
    assert end_ms * (factor - 1) < LEAST_MS


@pytest.mark.parametrize("end_ms", [0.0, 6000.0, 14_100.0])
def test_a_slow_race_is_not_slowed(end_ms: float) -> None:
    assert slowdown(end_ms) == 1


def test_the_clock_keeps_recorded_time_at_every_speed() -> None:
    clock = Clock(12_000.0)
    clock.play(now=100.0)
    assert clock.at(101.5) == pytest.approx(1500.0)
    clock.set_speed(4.0, 101.5)
    assert clock.at(101.5) == pytest.approx(1500.0)
    assert clock.at(102.5) == pytest.approx(5500.0)
    clock.set_speed(0.25, 102.5)
    assert clock.at(104.5) == pytest.approx(6000.0)
    clock.pause(104.5)
    assert clock.at(200.0) == pytest.approx(6000.0)
    assert not clock.playing(200.0)


def test_asking_often_changes_nothing() -> None:
    clock = Clock(60_000.0)
    clock.play(0.0)
    for frame in range(900):
        clock.at(frame / 30)
    assert clock.at(30.0) == pytest.approx(30_000.0, abs=1e-6)


def test_a_slowed_clock_takes_six_seconds() -> None:
    clock = Clock(500.0)
    clock.play(0.0)
    assert clock.at(5.99) == pytest.approx(499.17, abs=0.01)
    assert clock.playing(5.99)
    assert clock.at(6.0) == 500.0
    assert not clock.playing(6.0)


def test_play_at_the_end_begins_again() -> None:
    clock = Clock(8000.0)
    clock.seek(9999.0, 0.0)
    assert clock.at(0.0) == 8000.0
    clock.play(1.0)
    assert clock.at(1.0) == 0.0


def test_a_timeline_has_what_the_recording_had() -> None:
    run = speculative_run()
    line = Timeline(run.steps)
    assert [line.tokens_at(ms) for ms in (0.0, 99.9, 100.0, 139.9, 140.0, 9e9)] == [0, 0, 1, 1, 5, 41]
    assert line.rate_at(line.end_ms) == pytest.approx(run.rate)
    assert line.rate_at(100.0) == 0.0


def test_arrows_go_from_round_to_round() -> None:
    times = [0.0, 100.0, 140.0]
    assert neighbour(times, 0.0, True) == 100.0
    assert neighbour(times, 120.0, True) == 140.0
    assert neighbour(times, 140.0, True) == 140.0
    assert neighbour(times, 140.0, False) == 100.0
    assert neighbour(times, 0.0, False) == 0.0


def test_the_replayed_pair_and_the_headline_are_of_middle_speed(race: Race) -> None:
    assert race.speedups == pytest.approx([2.0, 1.6, 2.5])
    assert race.speedup == pytest.approx(2.0)
    assert race.shown is race.pairs[0]


def test_pieces_tell_accepted_rejected_and_the_targets_own_apart() -> None:
    made = pieces([step((1, 2, 3), MISS, 10.0)], WORDS)
    placed, _ = place(made, 1e9, lambda text: float(len(text)))
    assert [(p.text, p.kind) for p in placed] == [
        (" one", "accepted"), (" two", "accepted"), (" nine", "rejected"), (" three", "target"),
    ]  # fmt: skip


def test_without_words_nothing_is_claimed() -> None:
    made = pieces([step((1, 2, 3), MISS, 10.0)], {})
    assert [piece.kind for piece in made] == ["unknown"]


@pytest.mark.parametrize("width", [3.0, 11.0, 40.0])
def test_lines_are_never_wider_than_the_lane_and_nothing_is_lost(width: float) -> None:
    made = pieces(plain_run().steps, WORDS)
    placed, _ = place(made, width, lambda text: float(len(text)))
    assert all(one.x + one.width <= width for one in placed)
    whole = "".join(piece.text for piece in made)
    assert "".join(one.text for one in placed).replace(" ", "") == whole.replace(" ", "")


def test_laid_out_step_by_step_it_is_the_same_as_at_once() -> None:
    run = speculative_run()
    at_once, end = place(pieces(run.steps, WORDS), 30.0, lambda text: float(len(text)))
    bit_by_bit, pen = [], (0.0, 0)
    for number, one in enumerate(run.steps):
        placed, pen = place(pieces([one], WORDS, number), 30.0, lambda text: float(len(text)), pen)
        bit_by_bit += placed
    assert bit_by_bit == at_once
    assert pen == end
    assert end[1] > 3
