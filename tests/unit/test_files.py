"""A file is written as a whole or not at all, whatever happens on the way."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop import files

Write = Callable[[Path, str], object]


@pytest.mark.parametrize("write", [files.write, files.try_write])
def test_folders_are_made_and_nobody_else_may_read(tmp_path: Path, write: Write) -> None:
    path = tmp_path / "a" / "b" / "kept.json"
    write(path, "Ünïcode 🙂\n")
    write(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
    assert [file.name for file in path.parent.iterdir()] == ["kept.json"]
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def fail(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "kept.json"
    path.write_text("old", encoding="utf-8")
    monkeypatch.setattr(os, step, fail)
    with pytest.raises(OSError, match="No space left"):
        files.write(path, "new")
    assert files.try_write(path, "new") is (step == "fsync"), "a best effort does not wait for the disk"
    monkeypatch.undo()
    assert path.read_text(encoding="utf-8") == ("new" if step == "fsync" else "old")
    assert [file.name for file in tmp_path.iterdir()] == ["kept.json"]


def test_a_stop_half_way_leaves_nothing_lying_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        files.try_write(tmp_path / "kept.json", "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["new", "half a character: \ud800"])
def test_where_nothing_can_be_written_the_best_effort_says_no(tmp_path: Path, text: str) -> None:
    (tmp_path / "file").touch()
    assert not files.try_write(tmp_path / "file" / "kept.json", text)
    assert not files.try_write(tmp_path / "a\0b", text)
    with pytest.raises((OSError, ValueError)):
        files.write(tmp_path / "file" / "kept.json", text)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    elsewhere, link = tmp_path / "elsewhere.json", tmp_path / "link.json"
    elsewhere.write_text("old", encoding="utf-8")
    link.symlink_to(elsewhere)
    files.write(link, "new")
    assert link.is_symlink()
    assert elsewhere.read_text(encoding="utf-8") == "new"


def test_a_long_name_is_no_obstacle(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)
    files.write(path, "new")
    assert path.read_text(encoding="utf-8") == "new"
