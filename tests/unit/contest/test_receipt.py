"""Receipts: a race comes back as it was, its figures follow from its rounds, strangers' files do no harm."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from desktop.contest import receipt
from desktop.contest.data import LANES, Candidate, Parting, Race
from desktop.engine.trace import from_lines
from desktop.errors import ReceiptUnreadable


@pytest.fixture(scope="module")
def text(race: Race) -> str:
    return receipt.to_json(race)


@pytest.fixture
def told(text: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(text)
    return found


def again(told: object) -> Race:
    return receipt.of_json(json.dumps(told).encode())


def test_a_race_comes_back_as_it_was(race: Race, text: str) -> None:
    assert receipt.of_json(text.encode()) == race


def test_a_difference_comes_back_too(race: Race) -> None:
    ended = Parting(1, 3, Candidate("a", 1.5, 4), Candidate(None, -0.25), None, True, 0.001)
    parted = replace(race, parting=ended, expected_identical=False)
    assert receipt.of_json(receipt.to_json(parted).encode()).parting == ended


def test_bytes_that_are_no_text_come_back(race: Race) -> None:
    odd = replace(race, pieces={**race.pieces, 900_001: b"\xe2\x82", 900_002: "€".encode()})
    told = json.loads(receipt.to_json(odd))["pieces"]
    assert (told["900001"], told["900002"]) == ({"hex": "e282"}, "€")
    assert receipt.of_json(receipt.to_json(odd).encode()).pieces == odd.pieces


def test_its_rounds_are_a_trace(told: dict[str, Any], race: Race) -> None:
    for lane in LANES:
        lines = [json.dumps(one) for one in told["pairs"][1][lane]["rounds"]]
        assert tuple(from_lines(lines)) == race.pairs[1].run(lane).rounds


def test_every_figure_follows_from_the_rounds(told: dict[str, Any]) -> None:
    ratios = []
    for pair in told["pairs"]:
        rates = {}
        for lane in ("plain", "speculative"):
            side = pair[lane]
            rounds, did = side["rounds"], side["speculation"]
            outcomes = [drafted["outcome"] for one in rounds for drafted in one["drafted"]]
            tokens = [token for one in rounds for token in one["tokens"]]
            decoded = [one for one in rounds if one["source"] != "prompt"]
            assert side["output_tokens"] == len(tokens)
            assert did["drafted"] == len(outcomes)
            for outcome in ("accepted", "rejected", "dropped"):
                assert did[outcome] == outcomes.count(outcome)
            assert did["accepted"] == sum(one["accepted"] for one in rounds)
            assert did["rounds"] == len(decoded)
            assert did["acceptance"] == (did["accepted"] / len(outcomes) if outcomes else None)
            assert did["mean_accepted_length"] == pytest.approx(1 + did["accepted"] / len(decoded))
            times = [one["at_ms"] for one in rounds if one["tokens"]]
            assert side["ttft_ms"] == pytest.approx(times[0], abs=0.01)
            assert side["decode_ms"] == pytest.approx(times[-1] - times[0], abs=0.01)
            rate = rates[lane] = (len(tokens) - 1) * 1000 / (times[-1] - times[0])
            assert side["decode_tokens_per_second"] == pytest.approx(rate, rel=1e-3)
        ratios.append(rates["speculative"] / rates["plain"])
    assert told["speedup"]["ratios"] == pytest.approx(ratios, rel=1e-3)
    assert told["speedup"]["median"] == pytest.approx(median(ratios), rel=1e-3)
    sides = [
        [token for one in told["pairs"][0][lane]["rounds"] for token in one["tokens"]]
        for lane in ("plain", "speculative")
    ]
    assert told["identical"] == (sides[0] == sides[1])


def test_energy_carries_its_label_and_its_band(told: dict[str, Any]) -> None:
    for pair in told["pairs"]:
        energy = pair["plain"]["energy"]
        assert energy["low"] <= energy["joules"] <= energy["high"]
        assert energy["label"] in ("Estimated", "Measured, processor", "Measured, whole computer")
        assert (energy["label"] == "Estimated") == (energy["kind"] == "estimated")


Change = Callable[[dict[str, Any]], object]


def put(*keys: str | int, value: object) -> Change:
    def change(told: dict[str, Any]) -> None:
        place: Any = told
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = value

    return change


ROUND = ("pairs", 0, "speculative", "rounds", 1)
HOSTILE: dict[str, Change] = {
    "another version": put("slipstream_receipt", value=2),
    "a version that is none": put("slipstream_receipt", value={"a": 1}),
    "no pairs": put("pairs", value=[]),
    "too many pairs": lambda told: told.update(pairs=told["pairs"] * 600),
    "pairs of another kind": put("pairs", value={"0": 1}),
    "a pair that is none": put("pairs", 0, value="<script>alert(1)</script>"),
    "no prompt": lambda told: told.pop("prompt"),
    "a prompt of another kind": put("prompt", value=["a"]),
    "a negative time": put(*ROUND, "at_ms", value=-1.0),
    "time that runs backwards": put("pairs", 0, "plain", "rounds", 5, "at_ms", value=0.0),
    "a time that is no number": put(*ROUND, "at_ms", value="NaN"),
    "a time without end": put(*ROUND, "at_ms", value=float("inf")),
    "no time at all": put(*ROUND, "at_ms", value=float("nan")),
    "a token that is no id": put(*ROUND, "tokens", value=[-1]),
    "a huge token": put(*ROUND, "tokens", value=[2**40]),
    "a token too many": put(*ROUND, "tokens", value=[1] * 100),
    "parts of another kind": put(*ROUND, "parts", value=[["answer", 3]]),
    "a part of unknown kind": put(*ROUND, "parts", value=[["script", "x"]]),
    "a round that is none": put(*ROUND, value=None),
    "an outcome nobody knows": put(*ROUND, "drafted", 0, "outcome", value="perhaps"),
    "counts that are made up": put("pairs", 0, "speculative", "speculation", "accepted", value=10**6),
    "energy that is made up": put("pairs", 0, "plain", "energy", value={"joules": "many"}),
    "energy out of its band": put("pairs", 0, "plain", "energy", "low", value=1e9),
    "hex that is none": put("pieces", value={"1": {"hex": "zz"}}),
    "pieces of no token": put("pieces", value={"one": "a"}),
    "a draft length too far": put("lanes", "speculative", "speculation", "length", value=999),
    "a mode nobody knows": put("lanes", "speculative", "speculation", "mode", value="magic"),
    "a path with a NUL": put("lanes", "speculative", "speculation", "draft", value="/a\0b"),
    "a date that is none": put("date", value="yesterday"),
    "a day that is none": put("day", value="9999-99-99"),
    "a seed that is none": put("seed", value=True),
    "a seed too large": put("seed", value=10**400),
    "costs without end": put("costs", "curve", value=[[1, float("inf")]]),
    "a difference in no run": put("first_difference", value={"run": 99, "position": 0}),
    "a role nobody has": put("history", value=[{"role": "root", "content": "x"}]),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_damaged_receipt_is_refused_with_a_reason(name: str, told: dict[str, Any]) -> None:
    HOSTILE[name](told)
    with pytest.raises(ReceiptUnreadable) as refused:
        again(told)
    assert 5 < len(refused.value.detail) < 200


@pytest.mark.parametrize(
    "data",
    [
        b"", b"{", b"null", b"[]", b"{}", b'"slipstream_receipt"', b"\xff\xfe\x00", b"GGUF\x03\0\0\0",
        b"[" * 200_000, b'{"slipstream_receipt": 1}', b'{"slipstream_receipt": 1, "prompt": ' + b"9" * 5000,
    ],
)  # fmt: skip
def test_what_is_no_receipt_is_refused(data: bytes) -> None:
    with pytest.raises(ReceiptUnreadable):
        receipt.of_json(data)


ODD: tuple[object, ...] = (
    None, True, -1, 0, 2**31, 10**30, 1e308, -1e308, float("inf"), float("nan"), "", "x" * 50, "\ud800", "\0",
    [], {}, [[]], {"a": 1}, "off", "\x1b[31m", 3.5,
)  # fmt: skip


def places(told: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Of every value; of long lists only the front."""
    if path:
        yield path
    inside = told.items() if isinstance(told, dict) else enumerate(told[:4]) if isinstance(told, list) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def test_whatever_is_changed_it_is_refused_or_read_and_written_as_it_is(told: dict[str, Any]) -> None:
    chance = random.Random(4)
    told["pairs"] = told["pairs"][:1]
    found, whole, refused = list(places(told)), json.dumps(told), 0
    for _ in range(300):
        changed = json.loads(whole)
        path = chance.choice(found)
        put(*path, value=chance.choice(ODD))(changed)
        try:
            taken = again(changed)
        except ReceiptUnreadable:
            refused += 1
            continue
        assert receipt.of_json(receipt.to_json(taken).encode()) == taken, path
    assert 0 < refused < 300


def test_half_a_receipt_is_refused(text: str) -> None:
    whole = text.encode()
    for share in (0.1, 0.5, 0.99):
        with pytest.raises(ReceiptUnreadable):
            receipt.of_json(whole[: int(len(whole) * share)])


def test_text_is_taken_as_it_is_and_halves_of_characters_are_replaced(told: dict[str, Any]) -> None:
    told["prompt"] = "<b>bold</b>\x1b[31m\ud800"
    assert again(told).prompt == "<b>bold</b>\x1b[31m?"


def test_keys_nobody_knows_do_not_matter(told: dict[str, Any], race: Race) -> None:
    told["pairs"][0]["plain"]["rounds"][0]["later"] = {"a": [1]}
    told["later"] = 1
    assert again(told) == race


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(ReceiptUnreadable) as refused:
            receipt.read(path)
        assert refused.value.facts["path"] == str(path)


def test_a_huge_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.json"
    with path.open("wb") as file:
        file.truncate(receipt.MOST_BYTES + 1)  # a hole: takes no room
    with pytest.raises(ReceiptUnreadable, match="larger"):
        receipt.read(path)


def test_every_key_is_documented(told: dict[str, Any]) -> None:
    text = (Path(__file__).parents[3] / "docs" / "receipt.md").read_text("utf-8")
    keys = {
        *told,
        *told["summary"],
        *told["load"],
        *told["machine"],
        *told["versions"],
        *told["lanes"]["plain"],
    }
    keys |= {
        *told["pairs"][0]["plain"],
        "at_ms",
        "tokens",
        "parts",
        *told["speedup"],
        *told["costs"],
        *told["model"],
    }
    assert [key for key in sorted(keys) if f'"{key}"' not in text and f"`{key}`" not in text] == []
