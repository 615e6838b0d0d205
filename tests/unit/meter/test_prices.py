"""The shipped prices are whole; a person's own file may hold anything and breaks nothing."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from desktop import paths
from desktop.errors import SettingsUnwritable
from desktop.meter.prices import Hosted, Prices, Tariff, load, save_own

SHIPPED = paths.resources() / "prices.json"
MINE = {"id": "mine", "input": 1, "output": 2}


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return tmp_path / "data" / "prices.json"


def write(path: Path, document: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def loaded(own: Path, *hosted: object) -> tuple[Prices, list[str]]:
    """Only the person's own file, with these hosted models."""
    prices, warnings = load(write(own.with_name("empty.json"), {}), write(own, {"hosted": hosted}))
    return prices, warnings


def test_the_shipped_prices_are_whole_and_each_says_where_it_is_from() -> None:
    prices, warnings = load(SHIPPED)
    assert warnings == []
    document = json.loads(SHIPPED.read_text(encoding="utf-8"))
    assert [price.id for price in prices.hosted] == [entry["id"] for entry in document["hosted"]]
    assert [one.id for one in prices.electricity] == [entry["id"] for entry in document["electricity"]]
    entries: list[Hosted | Tariff] = [*prices.hosted, *prices.electricity]
    for entry in entries:
        assert entry.source
        assert date(2025, 1, 1) <= date.fromisoformat(entry.date) <= date(2026, 11, 23)
        assert entry.origin.startswith(f"{entry.source}, copied {entry.date}")
        assert not entry.own
    for price in prices.hosted:
        assert (price.cached_input or 0.0) <= price.input <= price.output
        assert price.note or not price.inferred


def test_the_first_one_is_an_open_model_and_an_unknown_id_gets_it() -> None:
    prices, _ = load(SHIPPED)
    for wanted in ("gpt-oss-20b", "no such model", ""):
        found = prices.model(wanted)
        assert found is not None
        assert found.id == "gpt-oss-20b"
    opus = prices.model("claude-opus-5.5")
    assert opus is not None
    assert (opus.input, opus.cached_input, opus.output) == (4.0, 0.2, 20.0)
    german = next(one for one in prices.electricity if one.id == "de")
    assert (german.per_kwh, german.currency) == (0.3835, "EUR")
    assert Prices().model("x") is None


def test_an_own_entry_takes_the_place_of_the_shipped_one_and_others_are_added(own: Path) -> None:
    shipped, _ = load(SHIPPED)
    write(
        own,
        {
            "hosted": [{"id": "gpt-oss-120b", "name": "Ours", "input": 9, "output": 9}, MINE],
            "electricity": [{"id": "home", "per_kwh": 0.31, "currency": "EUR", "note": "My bill."}],
        },
    )
    prices, warnings = load(SHIPPED, own)
    assert warnings == []
    assert [p.id for p in prices.hosted] == [*(p.id for p in shipped.hosted), "mine"]
    assert prices.hosted[1] == Hosted("gpt-oss-120b", "Ours", 9.0, 9.0, own=True)
    assert prices.electricity[-1].origin == "your own price. My bill."


def test_having_no_own_file_is_no_fault_but_a_missing_shipped_one_is_said(own: Path, tmp_path: Path) -> None:
    assert load(SHIPPED, own)[1] == []
    prices, warnings = load(tmp_path / "gone.json", write(own, {"hosted": [MINE]}))
    assert [p.id for p in prices.hosted] == ["mine"]
    assert warnings == ["gone.json: is missing; there are no preset prices."]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "null",
        "{",
        '{"hosted": {}}',
        '{"hosted": "x"}',
        "[" * 100_000,
        "\0",
        '{"hosted": []}' + " " * 1_000_000,
        "9" * 5000,
    ],
)
def test_a_file_that_is_no_table_leaves_the_shipped_prices(own: Path, content: str) -> None:
    prices, warnings = load(SHIPPED, write(own, content))
    assert prices == load(SHIPPED)[0]
    assert len(warnings) == 1
    assert warnings[0].startswith("prices.json: ")


def test_bytes_that_are_no_text_and_a_folder_are_no_table(own: Path) -> None:
    write(own, "").write_bytes(b"\xff\xfe\x00{")
    assert load(SHIPPED, own) == (load(SHIPPED)[0], ["prices.json: is not JSON and is not used."])
    own.unlink()
    own.mkdir()
    assert len(load(SHIPPED, own)[1]) == 1


def test_the_line_of_a_slip_is_named(own: Path) -> None:
    _, warnings = load(SHIPPED, write(own, '{\n  "hosted": [\n    {"id": "a",}\n  ]\n}'))
    assert warnings == ["prices.json: is not JSON at line 3 and is not used."]


@pytest.mark.parametrize(
    "entry",
    [
        7,
        None,
        [],
        {},
        {"id": "", "input": 1, "output": 1},
        {"id": 5, "input": 1, "output": 1},
        {"id": "a\u202eb", "input": 1, "output": 1},
        {"id": "x" * 401, "input": 1, "output": 1},
        {"id": "a", "input": 1},
        {"id": "a", "input": "1", "output": 1},
        {"id": "a", "input": True, "output": 1},
        {"id": "a", "input": -1, "output": 1},
        {"id": "a", "input": float("nan"), "output": 1},
        {"id": "a", "input": float("inf"), "output": 1},
        {"id": "a", "input": 10**400, "output": 1},
        {"id": "a", "input": 1, "output": 1, "currency": "dollars"},
    ],
)
def test_an_entry_that_cannot_be_used_is_left_out_with_a_sentence(own: Path, entry: object) -> None:
    prices, warnings = loaded(own, entry, MINE)
    assert [price.id for price in prices.hosted] == ["mine"]
    assert len(warnings) == 1


@pytest.mark.parametrize(
    "damage",
    [
        {"name": 3},
        {"name": "a\nb"},
        {"source": ["x"]},
        {"note": "n" * 401},
        {"date": "yesterday"},
        {"date": "20261122"},
        {"date": "2026-02-30"},
        {"cached_input": -1},
        {"cached_input": "free"},
        {"currency": 1},
    ],
)
def test_a_part_that_cannot_be_used_is_left_empty_with_a_sentence(
    own: Path, damage: dict[str, object]
) -> None:
    prices, warnings = loaded(own, {**MINE, **damage})
    assert prices.hosted == (Hosted("mine", "mine", 1.0, 2.0, own=True),)
    assert len(warnings) == 1
    assert "mine" in warnings[0]


def test_of_two_with_one_id_the_last_is_used(own: Path) -> None:
    prices, warnings = loaded(own, MINE, {**MINE, "input": 5})
    assert [price.input for price in prices.hosted] == [5.0]
    assert warnings == ["prices.json: hosted has mine twice; the last is used."]


def test_a_thousand_slips_are_not_a_thousand_sentences(own: Path) -> None:
    assert len(loaded(own, *[{}] * 1000)[1]) == 20


def test_what_is_saved_comes_back_and_shipped_entries_are_not_copied(own: Path) -> None:
    mine = Hosted("m", "Mine – €", 1.5, 2.5, 0.0, "EUR", "bill", "2026-11-01", "note", True, True)
    home = Tariff("home", "Home", 0.31, "CHF", own=True)
    shipped, _ = load(SHIPPED)
    prices = replace(shipped, hosted=(*shipped.hosted, mine), electricity=(*shipped.electricity, home))
    save_own(own, prices)
    assert load(SHIPPED, own) == (prices, [])
    assert [entry["id"] for entry in json.loads(own.read_text(encoding="utf-8"))["hosted"]] == ["m"]
    assert os.listdir(own.parent) == ["prices.json"]


def test_a_link_to_the_file_elsewhere_stays_one(own: Path, tmp_path: Path) -> None:
    elsewhere = write(tmp_path / "elsewhere.json", {})
    own.parent.mkdir()
    own.symlink_to(elsewhere)
    save_own(own, Prices(hosted=(Hosted("m", "M", 1.0, 2.0, own=True),)))
    assert own.is_symlink()
    assert [price.id for price in load(elsewhere)[0].hosted] == ["m"]


def test_what_cannot_be_written_is_said_and_leaves_nothing_behind(own: Path) -> None:
    own.mkdir(parents=True)
    with pytest.raises(SettingsUnwritable):
        save_own(own, Prices())
    assert os.listdir(own.parent) == ["prices.json"]


def test_a_changed_price_is_the_persons_own_in_its_place(own: Path) -> None:
    shipped, _ = load(SHIPPED)
    changed = shipped.having(replace(shipped.hosted[1], output=0.5))
    added = changed.having(Hosted("mine", "Mine", 1.0, 2.0))
    assert [price.id for price in added.hosted] == [*(price.id for price in shipped.hosted), "mine"]
    assert [price.id for price in added.hosted if price.own] == [shipped.hosted[1].id, "mine"]
    save_own(own, added)
    again, warnings = load(SHIPPED, own)
    assert warnings == []
    assert again == added


def test_a_shipped_one_taken_out_stays_out_until_it_is_wanted_again(own: Path) -> None:
    shipped, _ = load(SHIPPED)
    gone = shipped.hosted[0]
    without = shipped.without(gone.id)
    assert without.hosted == shipped.hosted[1:]
    assert without.without("no such model") == without
    save_own(own, without)
    assert load(SHIPPED, own) == (without, [])
    back = without.having(gone)
    assert back.removed == ()
    save_own(own, back)
    assert load(SHIPPED, own)[0].model(gone.id) is not None


@pytest.mark.parametrize("removed", ["gpt-oss-20b", [3], ["a\0b"], {"gpt-oss-20b": 1}, ["x"] * 3000])
def test_a_list_of_removed_ones_that_is_none_takes_nothing_out(own: Path, removed: object) -> None:
    prices, warnings = load(SHIPPED, write(own, {"removed": removed}))
    assert len(prices.hosted) == len(load(SHIPPED)[0].hosted)
    assert len(warnings) == 1
    assert "removed" in warnings[0]


@pytest.mark.parametrize("text", ["not JSON", '{"hosted": [{"id": "mine", "input": "cheap"}]}'])
def test_what_could_not_be_used_is_kept_aside_before_it_is_written_over(own: Path, text: str) -> None:
    write(own, text)
    prices, warnings = load(SHIPPED, own)
    assert warnings
    save_own(own, prices)
    assert own.with_name("prices.json.damaged").read_text(encoding="utf-8") == text
    save_own(own, prices)
    assert own.with_name("prices.json.damaged").read_text(encoding="utf-8") == text
    assert load(SHIPPED, own)[1] == []
