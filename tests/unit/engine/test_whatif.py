"""What-if: the arithmetic by hand, and the prediction against simulated answers of other lengths."""

from __future__ import annotations

import random

import pytest

from desktop.engine.types import Added, Drafted, Outcome, Round
from desktop.engine.whatif import LONGEST, Costs, check, overhead_ms, places, predict, shares

STAIRS = [10.0, 16.7, 20.1, 14.2, 20.3, 22.5, 26.0, 29.6, 33.0, 36.0, 39.0, 42.5, 44.0]
COSTS = Costs([(width, ms) for width, ms in enumerate(STAIRS, 1)], step_ms=1.5)


def one(outcomes: str, verify_ms: float = 10.0) -> Round:
    """A round by its outcomes: "aard" = accepted twice, rejected, dropped."""
    kinds: dict[str, Outcome] = {"a": "accepted", "r": "rejected", "d": "dropped"}
    drafted = tuple(Drafted(7, 0.5, outcome=kinds[letter]) for letter in outcomes)
    added = Added(8, 0.9, 0, "replaced" if "r" in outcomes else "bonus")
    return Round("draft", len(drafted) + 1, 1.0, verify_ms, drafted, added, outcomes.count("a"))


def simulated(length: int, chances: list[float], rounds: int, seed: int) -> list[Round]:
    """Rounds of one fixed length, each place accepted by its own chance once it is reached."""
    draw = random.Random(seed)
    made = []
    for _ in range(rounds):
        outcomes = ""
        for chance in chances[:length]:
            if "r" in outcomes:
                outcomes += "d"
            else:
                outcomes += "a" if draw.random() < chance else "r"
        made.append(one(outcomes))
    return made


def rate(rounds: list[Round]) -> float:
    """What such rounds give under the same costs."""
    spent = [COSTS.of(len(round_.drafted)) for round_ in rounds]
    return sum(round_.accepted + 1 for round_ in rounds) * 1000.0 / sum(ms for ms in spent if ms is not None)


def test_places_count_what_was_judged_apart_from_what_was_dropped() -> None:
    found = places([one("aar"), one("rdd"), one("aaa"), one("a")])
    assert [(p.drafted, p.judged, p.accepted) for p in found] == [(4, 4, 3), (3, 2, 2), (3, 2, 1)]


def test_a_place_judged_too_few_times_has_no_share_and_is_extrapolated() -> None:
    rounds = [one("aa")] * 6 + [one("aaar")]
    found = places(rounds)
    assert [p.share for p in found] == [1.0, 1.0, None, None]
    assert [guessed for _, guessed in shares(found)] == [False, False] + [True] * (LONGEST - 2)


def test_by_hand() -> None:
    rounds = [one("a")] * 6 + [one("r")] * 4
    first, second = predict(rounds, COSTS, 2)
    assert first.tokens == pytest.approx(1.6)
    assert first.rate == pytest.approx(1.6 * 1000 / (16.7 + 1.5))
    assert not first.extrapolated
    assert second.tokens == pytest.approx(1.6 + 0.36)
    assert second.extrapolated


@pytest.mark.parametrize("length", range(1, 9))
def test_other_lengths_are_foretold_from_a_recording_at_eight(length: int) -> None:
    chances = [0.95, 0.88, 0.8, 0.78, 0.7, 0.66, 0.6, 0.55, 0.5]
    recorded = simulated(8, chances, 4000, seed=1)
    foretold = {p.length: p for p in predict(recorded, COSTS)}
    actual = rate(simulated(length, chances, 4000, seed=length + 10))
    assert foretold[length].rate == pytest.approx(actual, rel=0.03)
    assert not foretold[length].extrapolated
    assert foretold[9].extrapolated


def test_lengths_whose_width_was_never_measured_are_left_out() -> None:
    short = Costs(COSTS.curve[:4])
    assert [p.length for p in predict([one("aa")] * 9, short)] == [1, 2, 3]


def test_nothing_drafted_foretells_nothing() -> None:
    plain = [Round("plain", 1, 0.0, 10.0, added=Added(1, 0.9, 0, "plain"))] * 20
    assert predict(plain, COSTS) == []
    assert check(plain, COSTS, 50.0) is None


def test_the_check_foretells_the_lengths_that_were_run_mixed_as_they_were() -> None:
    chances = [0.9] * 8
    mixed = simulated(2, chances, 900, seed=3) + simulated(6, chances, 900, seed=4)
    prompt = Round("prompt", 5, 0.0, 30.0, added=Added(1, 0.9, 0, "first"))
    found = check([prompt, *mixed], COSTS, rate(mixed))
    assert found is not None
    assert found.length == pytest.approx(4.0)
    assert abs(found.error) < 0.02
    doubled = check(mixed, COSTS, rate(mixed) * 2)
    assert doubled is not None
    assert doubled.error == pytest.approx(-0.5, abs=0.02)


def test_overhead_is_what_neither_draft_nor_decode_took() -> None:
    rounds = [one("a", verify_ms=10.0)] * 10
    assert overhead_ms(rounds, 130.0) == pytest.approx(2.0)
    assert overhead_ms(rounds, 100.0) == 0.0
    assert overhead_ms([], 100.0) == 0.0
