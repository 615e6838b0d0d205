"""Races on disk: kept, listed, exported, imported; what is damaged or not writable does no harm."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.contest import receipt
from desktop.contest.data import Race
from desktop.contest.history import Races
from desktop.errors import ReceiptUnreadable, UserError


@pytest.fixture
def races(tmp_path: Path) -> Races:
    return Races(tmp_path / "data" / "races")


def later(race: Race, minutes: int) -> Race:
    return replace(race, date=f"2026-11-23T03:{minutes:02}:00+00:00", prompt=f"Race {minutes}")


def test_a_kept_race_comes_back(races: Races, race: Race) -> None:
    assert races.list() == []
    race_id = races.keep(race)
    assert races.load(race_id) == race
    (line,) = races.list()
    assert (line.id, line.title, line.when) == (race_id, "What is a token?", race.date)
    assert line.speedup == pytest.approx(race.speedup, abs=1e-4)
    assert line.identical


def test_the_newest_comes_first(races: Races, race: Race) -> None:
    for minutes in (20, 5, 40):
        races.keep(later(race, minutes))
    assert [line.title for line in races.list()] == ["Race 40", "Race 20", "Race 5"]


def test_the_same_race_is_kept_once(races: Races, race: Race) -> None:
    assert races.keep(race) == races.keep(race)
    assert len(races.list()) == 1


def test_one_that_is_removed_is_gone(races: Races, race: Race) -> None:
    race_id = races.keep(race)
    races.remove(race_id)
    races.remove(race_id)
    assert races.list() == []
    with pytest.raises(ReceiptUnreadable):
        races.load(race_id)


def test_a_damaged_file_is_left_out_of_the_list_and_left_where_it_is(races: Races, race: Race) -> None:
    good = races.keep(later(race, 1))
    bad = [f"2026112{day}T030000-0000000{day}" for day in range(6)]
    begin = f'{{"{receipt.KEY}": {receipt.VERSION}, "summary": '
    for name, text in zip(
        bad, ("", "{", begin, begin + "[]", begin + '{"title": 3}', begin + "[" * 9000), strict=True
    ):
        (races.folder / f"{name}.json").write_text(text)
    (races.folder / "notes.txt").write_text("mine")
    (races.folder / "other.json").write_text("{}")
    assert [line.id for line in races.list()] == [good]
    assert all((races.folder / f"{name}.json").exists() for name in bad)
    with pytest.raises(ReceiptUnreadable):
        races.load(bad[1])


def test_only_the_front_of_a_file_is_read_for_the_list(races: Races, race: Race) -> None:
    race_id = races.keep(race)
    path = races.folder / f"{race_id}.json"
    path.write_bytes(path.read_bytes()[:2000])
    assert [line.id for line in races.list()] == [race_id]
    with pytest.raises(ReceiptUnreadable):
        races.load(race_id)


def test_a_prompt_of_any_length_and_kind_makes_one_short_title(races: Races, race: Race) -> None:
    races.keep(replace(race, prompt='"}]\n\\ \x00<b>ä€😀' * 100_000))
    (line,) = races.list()
    assert 0 < len(line.title) <= 80
    assert "\n" not in line.title


def test_damage_in_a_pair_that_is_not_shown_is_met_when_it_is_looked_at(races: Races, race: Race) -> None:
    race_id = races.keep(race)
    path = races.folder / f"{race_id}.json"
    told = json.loads(path.read_text("utf-8"))
    other = 1 - race.pairs.index(race.shown)
    told["pairs"][other]["plain"]["rounds"][3]["state"] = "damaged"
    path.write_text(json.dumps(told), "utf-8")
    loaded = races.load(race_id)
    assert loaded.shown == race.shown
    with pytest.raises(ReceiptUnreadable):
        _ = loaded.pairs[other].plain.tokens
    with pytest.raises(ReceiptUnreadable):
        receipt.read(path)  # a stranger's is looked at from end to end


def test_halves_of_characters_are_no_reason_to_lose_a_race(races: Races, race: Race) -> None:
    race_id = races.keep(replace(race, prompt="half \ud83d of one"))
    assert races.load(race_id).prompt == "half ? of one"


def test_an_id_is_no_path(races: Races, race: Race, tmp_path: Path) -> None:
    outside = tmp_path / "data" / "outside.json"
    races.keep(race)
    outside.write_text(receipt.to_json(race))
    for name in ("../outside", "/etc/passwd", "", "..", "20261123T030000-0000000a\n"):
        with pytest.raises(ReceiptUnreadable):
            races.load(name)
        with pytest.raises(ReceiptUnreadable):
            races.remove(name)
    assert outside.exists()


def test_a_receipt_goes_out_and_comes_in_elsewhere(races: Races, race: Race, tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    races.export(race, out)
    other = Races(tmp_path / "other")
    race_id, taken = other.import_(out)
    assert taken == race
    assert other.load(race_id) == race
    assert [line.id for line in other.list()] == [race_id]
    assert out.exists()


def test_a_strangers_layout_is_written_anew(races: Races, race: Race, tmp_path: Path) -> None:
    turned = dict(reversed(json.loads(receipt.to_json(race)).items()))
    path = tmp_path / "turned.json"
    path.write_text(json.dumps(turned, indent=2))
    races.import_(path)
    assert len(races.list()) == 1


def test_importing_what_is_no_receipt_keeps_nothing(races: Races, tmp_path: Path) -> None:
    path = tmp_path / "bad.json"
    path.write_text('{"slipstream_receipt": 1}')
    with pytest.raises(ReceiptUnreadable):
        races.import_(path)
    assert races.list() == []


def test_a_disk_that_refuses_is_told_and_the_old_file_stays(races: Races, race: Race, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="could not be written"):
        races.export(race, tmp_path / "no such folder" / "a.json")
    with pytest.raises(UserError, match="could not be written"):
        races.export(race, tmp_path)  # a folder is in the way
    with pytest.raises(UserError, match="could not be written"):
        races.export(race, Path("/dev/full/a.json"))
    (tmp_path / "data").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="could not be written"):
        races.keep(race)
    assert [entry.name for entry in os.scandir(tmp_path)] == ["data"]  # nothing half-written is left


def test_a_full_disk_leaves_the_old_receipt_whole(
    race: Race, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "kept.json"
    races = Races(tmp_path)
    races.export(race, path)
    before = path.read_bytes()

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        races.export(replace(race, prompt="Another"), path)
    assert path.read_bytes() == before
    assert [entry.name for entry in os.scandir(tmp_path)] == ["kept.json"]
