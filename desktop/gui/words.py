"""What the sentences about errors are put together from. The sentences: wording.py, model_wording.py.

Pure strings, no Qt.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from desktop.errors import UserError

Action = Literal["smaller_context", "choose_model", "retry", "settings", "open_data_folder"]
_UNNAMED = "the file"


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for the window, and for the command line `what` happened and the next `step` as two clauses."""

    title: str
    sentence: str
    action: Action
    action_label: str
    what: str
    step: str


def number(error: UserError, key: str) -> int:
    """A fact that is a whole number, 0 when there is none."""
    value = error.facts.get(key, 0)
    return int(value) if isinstance(value, int | float) else 0


def file(error: UserError) -> str:
    """Name of the file an error is about."""
    path = str(error.facts.get("path", ""))
    return PurePath(path).name or _UNNAMED


def start(name: str) -> str:
    """A file's name at the start of a sentence: a real one keeps its spelling."""
    return "The file" if name == _UNNAMED else name


def first_line(error: UserError, otherwise: str) -> str:
    """What the source said first, without a full stop."""
    return next((line.strip().rstrip(".") for line in error.detail.splitlines() if line.strip()), otherwise)


def capital(text: str) -> str:
    """The text with a capital to begin with."""
    return text[:1].upper() + text[1:]
