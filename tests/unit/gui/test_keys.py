"""The table of keys."""

from __future__ import annotations

from desktop.gui.keys import SHORTCUTS


def test_ids_and_keys_are_unique() -> None:
    ids = [shortcut.id for shortcut in SHORTCUTS]
    keys = [keys for shortcut in SHORTCUTS for keys in shortcut.keys]
    assert len(set(ids)) == len(ids)
    assert len(set(keys)) == len(keys)


def test_every_row_can_be_read_aloud() -> None:
    assert all(shortcut.text and shortcut.keys for shortcut in SHORTCUTS)
