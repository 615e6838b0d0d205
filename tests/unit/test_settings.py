"""Settings survive what people, other versions and crashes do to the file."""

from __future__ import annotations

import json
import os
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from desktop.errors import SettingsUnwritable
from desktop.settings import CHOICES, LIMITS, Settings, load, save


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "settings.json"


def write(path: Path, document: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")


def test_no_file_means_defaults(path: Path) -> None:
    assert load(path) == (Settings(), [])
    assert not path.parent.exists()


def test_what_was_saved_comes_back(path: Path) -> None:
    chosen = Settings(
        system_prompt="Be brief.\nÜnïcode \U0001f600",
        n_ctx=8192,
        temperature=0.0,
        kv_type="q8_0",
        stop=("\n\n", "END"),
        theme="dark",
        reduce_motion=True,
        recent_models=("/models/a.gguf", os.fsdecode(b"/models/\xff.gguf")),
        window=(-5, 10, 1280, 800),
        speculation="lookup",
        drafts={os.fsdecode(b"/models/\xff.gguf"): "/models/small.gguf", "/models/b.gguf": ""},
        draft_length=3,
        draft_longest=15,
        draft_rule="block",
        draft_pause=False,
        price_per_kwh=0.287,
        currency="EUR",
        watts=28.0,
        hosted="gpt-6-luna",
        show_tokens=False,
    )
    save(path, chosen)
    assert load(path) == (chosen, [])
    save(path, replace(chosen, theme="light"))
    assert load(path)[0].theme == "light"
    assert [f.name for f in path.parent.iterdir()] == ["settings.json"]
    assert path.stat().st_mode & 0o077 == 0


def test_unknown_keys_are_written_back(path: Path) -> None:
    write(path, {"theme": "dark", "draft": {"length": [3, None]}, "unknown": 1})
    loaded, warnings = load(path)
    assert warnings == []
    save(path, replace(loaded, theme="light"))
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["draft"] == {"length": [3, None]}
    assert document["unknown"] == 1
    assert document["theme"] == "light"


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("temperature", -0.1),
        ("temperature", 5.01),
        ("temperature", float("nan")),
        ("temperature", float("inf")),
        ("temperature", "warm"),
        ("temperature", None),
        ("temperature", True),
        ("n_ctx", 1_048_577),
        ("n_ctx", 4096.5),
        ("n_ctx", 10**400),
        ("n_ctx", [4096]),
        ("seed", -2),
        ("interface_percent", 89),
        ("interface_percent", 151),
        ("reduce_motion", 1),
        ("theme", "blue"),
        ("theme", ["dark"]),
        ("kv_type", "f32"),
        ("system_prompt", 3),
        ("system_prompt", "\ud800"),
        ("models_dir", "a\0b"),
        ("stop", "END"),
        ("stop", ["END", 3]),
        ("stop", [""]),
        ("recent_models", {"a": 1}),
        ("speculation", "sometimes"),
        ("speculation", None),
        ("draft_rule", "greedy"),
        ("draft_length", 16),
        ("draft_length", "3"),
        ("draft_longest", 0),
        ("draft_pause", "yes"),
        ("drafts", ["/a.gguf", "/b.gguf"]),
        ("drafts", {"/a.gguf": None}),
        ("drafts", {"/a.gguf": ["/b.gguf"]}),
        ("drafts", {"": "/b.gguf"}),
        ("drafts", {"/a\0.gguf": "/b.gguf"}),
        ("price_per_kwh", -0.01),
        ("price_per_kwh", "cheap"),
        ("price_per_kwh", float("nan")),
        ("watts", 10**9),
        ("watts", True),
        ("currency", "usd"),
        ("currency", ""),
        ("currency", "EURO"),
        ("currency", "E\u202eU"),
        ("currency", "EUR\n"),
        ("currency", 3),
        ("hosted", "x" * 401),
        ("hosted", "a\nb"),
        ("hosted", "\ud800"),
        ("hosted", None),
        ("show_tokens", "yes"),
        ("window", [1, 2, 3]),
        ("window", [1, 2, 3, "4"]),
        ("window", [1, 2, 3, 10**12]),
    ],
)
def test_a_bad_value_becomes_the_default_and_is_told(path: Path, key: str, value: Any) -> None:
    write(path, {key: value, "top_k": 7})
    loaded, warnings = load(path)
    assert loaded == Settings(top_k=7)
    assert len(warnings) == 1
    assert key in warnings[0]
    assert len(warnings[0]) < 200


@pytest.mark.parametrize("key", sorted(LIMITS))
def test_the_ends_of_every_range_are_usable_and_what_lies_beyond_is_not(path: Path, key: str) -> None:
    low, high, step = LIMITS[key]
    assert low <= getattr(Settings(), key) <= high
    for value in (low, high):
        write(path, {key: value})
        loaded, warnings = load(path)
        assert (getattr(loaded, key), warnings) == (value, [])
    for value in (low - step, high + step):
        write(path, {key: value})
        assert len(load(path)[1]) == 1


def test_every_setting_that_is_a_number_or_a_word_has_its_limits() -> None:
    defaults = Settings()
    numbers = {
        f.name
        for f in fields(Settings)
        if isinstance(getattr(defaults, f.name), int | float)
        and not isinstance(getattr(defaults, f.name), bool)
    }
    assert numbers == set(LIMITS)
    for key, (low, high, step) in LIMITS.items():
        assert {type(low), type(high), type(step)} == {type(getattr(defaults, key))}
    assert all(words[0] == getattr(defaults, key) for key, words in CHOICES.items())


def test_whole_numbers_may_be_written_either_way(path: Path) -> None:
    write(path, {"n_ctx": 8192.0, "temperature": 1})
    loaded, warnings = load(path)
    assert warnings == []
    assert (loaded.n_ctx, loaded.temperature) == (8192, 1.0)
    assert isinstance(loaded.n_ctx, int)
    assert isinstance(loaded.temperature, float)


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"null", b"\xff\xfe\x00", b"[" * 100_000])
def test_a_damaged_file_is_kept_aside(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    loaded, warnings = load(path)
    assert loaded == Settings()
    assert "settings.json.damaged" in warnings[0]
    assert not path.exists()
    assert path.with_name("settings.json.damaged").read_bytes() == content


def test_a_mark_in_front_as_editors_write_it_is_no_damage(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_text('{"theme": "dark"}', encoding="utf-8-sig")
    assert load(path) == (Settings(theme="dark"), [])


def test_a_file_that_cannot_be_read_gives_defaults_and_stays(path: Path) -> None:
    path.mkdir(parents=True)
    loaded, warnings = load(path)
    assert loaded == Settings()
    assert len(warnings) == 1
    assert path.is_dir()


def test_saving_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsUnwritable) as caught:
        save(tmp_path / "file" / "settings.json", Settings())
    assert caught.value.facts["path"] == str(tmp_path / "file" / "settings.json")


def test_a_failed_save_leaves_the_old_file_and_nothing_else(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(path, Settings(theme="dark"))

    def no_space(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(SettingsUnwritable, match="No space left"):
        save(path, Settings(theme="light"))
    monkeypatch.undo()
    assert load(path)[0].theme == "dark"
    assert [f.name for f in path.parent.iterdir()] == ["settings.json"]


def test_a_link_to_the_file_stays_a_link(path: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dotfiles" / "slipstream.json"
    write(elsewhere, {"theme": "dark"})
    path.parent.mkdir()
    path.symlink_to(elsewhere)
    save(path, Settings(theme="light"))
    assert path.is_symlink()
    assert load(elsewhere)[0].theme == "light"
