"""What lanes are called by what they hold: no Qt."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.contest.data import names
from desktop.engine.types import Speculation
from desktop.gui.race.wanted import LaneChoice, Wanted, configurations

D, E = Path("/m/small.gguf"), Path("/m/tiny.gguf")
BASE = Speculation(longest=6, rule="coupled", pause=False)


def told(first: LaneChoice, second: LaneChoice) -> list[tuple[str, str]]:
    made = configurations(Wanted("x", 1, first, second), BASE, model="Big", draft="Small")
    titles = names(made[0], made[1])
    return [(title, one.detail) for title, one in zip(titles, made, strict=True)]


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (LaneChoice("off"), LaneChoice("auto", 0, D),
         [("Plain", "Big alone"), ("Speculative", "with Small and lookup")]),
        (LaneChoice("off"), LaneChoice("draft", 4, D),
         [("Plain", "Big alone"), ("Speculative", "with Small, 4 at a time")]),
        (LaneChoice("off", temperature=0.0), LaneChoice("lookup", temperature=0.7),
         [("Plain", "Big alone, temperature 0"), ("Speculative", "with lookup, temperature 0.7")]),
        (LaneChoice("draft", 2, D), LaneChoice("draft", 8, D),
         [("Draft of 2", "with Small, 2 at a time"), ("Draft of 8", "with Small, 8 at a time")]),
        (LaneChoice("draft", 3, D), LaneChoice("draft", 3, E),
         [("Draft of 3, small", "with small, 3 at a time"), ("Draft of 3, tiny", "with tiny, 3 at a time")]),
        (LaneChoice("off", temperature=0.2), LaneChoice("off", temperature=1.0),
         [("Off, temperature 0.2", "Big alone"), ("Off, temperature 1", "Big alone")]),
        (LaneChoice("auto", 0, None), LaneChoice("off"),
         [("Auto", "with lookup"), ("Off", "Big alone")]),
    ],
)  # fmt: skip
def test_lanes_are_told_apart_by_what_differs(
    first: LaneChoice, second: LaneChoice, wanted: list[tuple[str, str]]
) -> None:
    assert told(first, second) == wanted


def test_a_lane_changes_only_what_it_chooses() -> None:
    _, made = configurations(
        Wanted("x", 1, LaneChoice("off"), LaneChoice("draft", 9, D, 0.3)), BASE, model="", draft="Small"
    )
    assert made.speculation == Speculation("draft", D, 9, 9, "coupled", False)
    assert made.temperature == 0.3
