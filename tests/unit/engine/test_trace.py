"""The trace as lines: it comes back as it went out, and a damaged line is told by its number."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from desktop.engine.trace import from_lines, to_lines
from desktop.engine.types import Added, Drafted, Round

FIRST = Round("prompt", 1, 0.0, 0.0, added=Added(7, 0.5, 0, "first"))
REJECTED = Round(
    source="draft",
    width=4,
    draft_ms=1.25,
    verify_ms=9.875,
    drafted=(
        Drafted(291, 0.91, 0.874, 0, "accepted"),
        Drafted(13, 0.42, 0.0625, 3, "rejected"),
        Drafted(88, 0.7),
    ),
    added=Added(11, 0.55, 0, "replaced"),
    accepted=1,
    predicted_ms=10.5,
    state="active",
    rule="rejection",
)
PAUSED = Round(
    "plain",
    1,
    0.0,
    8.0,
    added=Added(3, 1.0, 0, "plain"),
    state="paused",
    reason="drafting costs 9 ms, saves 4",
)
ENDED = Round("lookup", 2, 0.01, 9.0, (Drafted(5, 1.0, 0.25, 1, "accepted"),), accepted=1, state="active")
ALL = [FIRST, REJECTED, PAUSED, ENDED]


def test_every_round_comes_back_as_it_was() -> None:
    lines = list(to_lines(ALL))
    assert len(lines) == len(ALL)
    assert not any("\n" in line for line in lines)
    assert from_lines(lines) == ALL
    assert from_lines("\n".join(lines).splitlines(keepends=True)) == ALL


def test_the_names_are_those_of_the_document() -> None:
    assert json.loads(next(to_lines([REJECTED]))) == {
        "source": "draft",
        "state": "active",
        "reason": "",
        "rule": "rejection",
        "width": 4,
        "drafted": [
            {"token": 291, "q": 0.91, "p": 0.874, "rank": 0, "outcome": "accepted"},
            {"token": 13, "q": 0.42, "p": 0.0625, "rank": 3, "outcome": "rejected"},
            {"token": 88, "q": 0.7, "p": 0.0, "rank": -1, "outcome": "dropped"},
        ],
        "accepted": 1,
        "added": {"token": 11, "p": 0.55, "rank": 0, "why": "replaced"},
        "draft_ms": 1.25,
        "verify_ms": 9.875,
        "predicted_ms": 10.5,
    }


def test_numbers_are_rounded_once_and_small_probabilities_survive() -> None:
    third = Drafted(1, 1 / 3, 1.23456789e-12, 40, "rejected")
    rough = replace(REJECTED, drafted=(third,), draft_ms=0.123456, verify_ms=float(np.float32(2.1)))
    (once,) = from_lines(to_lines([rough]))
    assert once.drafted[0].q == 0.333333
    assert once.drafted[0].p == 1.23457e-12
    assert (once.draft_ms, once.verify_ms) == (0.123, 2.1)
    assert from_lines(to_lines([once])) == [once]


def test_numbers_of_numpy_are_numbers() -> None:
    token, probability = np.argmax(np.eye(3)[1]), np.float32(0.25)
    strange = replace(FIRST, added=Added(token, probability, 0, "first"))  # type: ignore[arg-type]
    assert from_lines(to_lines([strange])) == [replace(FIRST, added=Added(1, 0.25, 0, "first"))]


def test_keys_not_known_here_and_empty_lines_do_not_matter() -> None:
    later = json.loads(next(to_lines([REJECTED])))
    later["joules"] = {"cpu": 3}
    later["drafted"][0]["text"] = "the"
    later["added"]["text"] = "a"
    assert from_lines(["\n", json.dumps(later), "  \n"]) == [REJECTED]
    assert from_lines([]) == []


def spoilt(**values: object) -> str:
    return json.dumps({**json.loads(next(to_lines([REJECTED]))), **values})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (next(to_lines([REJECTED]))[:-30], "JSON"),  # the program ended while it was written
        ("\x00\x00", "JSON"),
        ("[" * 100_000, "JSON"),
        ("[1, 2]", "object"),
        ("{}", "missing"),
        (spoilt(width="4"), "width"),
        (spoilt(width=True), "width"),
        (spoilt(verify_ms=None), "verify_ms"),
        (spoilt(draft_ms=10**400), "draft_ms"),
        (spoilt(state="asleep"), "state"),
        (spoilt(rule="fastest"), "rule"),
        (spoilt(reason=3), "reason"),
        (spoilt(drafted={}), "drafted"),
        (spoilt(drafted=[7]), "object"),
        (spoilt(drafted=[{"token": 1, "q": 1, "p": 1, "rank": 0, "outcome": "kept"}]), "outcome"),
        (spoilt(added={"token": 1, "p": 1, "rank": 0}), "why"),
    ],
)
def test_a_damaged_line_is_told_by_its_number(line: str, says: str) -> None:
    good = list(to_lines(ALL))
    with pytest.raises(ValueError, match=r"^line 3 of the trace is damaged: ") as caught:
        from_lines([*good[:2], line, *good[2:]])
    assert says in str(caught.value)
