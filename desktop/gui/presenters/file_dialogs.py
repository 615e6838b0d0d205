"""Asking for a file to open or to write. Functions, so that who asks can be given others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

Ask = Callable[[QWidget, str, str, str], str]
"""Parent, title, where to begin (a folder, or a file's proposed path), filter -> path, "" = not now."""


def ask_open(parent: QWidget, title: str, start: str, kinds: str) -> str:
    """A file that is there."""
    return QFileDialog.getOpenFileName(parent, title, start, kinds)[0]


def ask_save(parent: QWidget, title: str, start: str, kinds: str) -> str:
    """A file to write; the dialog itself asks before one is replaced."""
    return QFileDialog.getSaveFileName(parent, title, start, kinds)[0]


def with_ending(name: str, ending: str) -> Path:
    """What was typed, with the ending it should have, unless that is another file that is there already."""
    path = Path(name)
    longer = path.with_name(path.name + ending)
    return path if path.suffix.lower() == ending or longer.exists() else longer
