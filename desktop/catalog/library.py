"""The models on this computer: the built-in guide, the models folder, and files used where they are.

Knows files and what their headers say; a listed file was not loaded, so it may still be refused later.
Must not know the engine, settings or Qt.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from desktop.catalog.notes import Notes
from desktop.catalog.walk import gguf_files
from desktop.errors import ModelMissing, ModelUnreadable
from desktop.gguf import parts_of

_PART = re.compile(r"-\d{5}-of-\d{5}$")
_QUANTISATION = re.compile(
    r"(?:^|[-._])((?:I?Q\d_(?:K_)?[A-Z0-9]+|Q\d_K|BF16|F16|F32))(?=$|[-._])", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One model, whatever number of files it is in: `path` is the first, `size` the bytes of all.

    `problem` says why it cannot be used, "" when nothing is known against it.
    """

    path: Path
    name: str
    quantisation: str
    architecture: str
    size: int
    builtin: bool = False
    problem: str = ""


class Library:
    """`builtin`: the model that is shipped; `folder`: where the person keeps models; `notes`: cache file."""

    def __init__(self, builtin: Path | None, folder: Path, notes: Path | None = None) -> None:
        self._builtin = builtin
        self.folder = folder
        self._notes = Notes(notes)

    def models(self, recent: Iterable[Path] = ()) -> list[ModelFile]:
        """The built-in model, those in the folder by name, then those of `recent` that lie elsewhere.

        What is no language model (image encoders, adapters) and what is gone is left out. Never fails.
        """
        listed: dict[Path, ModelFile] = {}
        if self._builtin is not None and _is_file(self._builtin):
            guide = self._describe(self._builtin, builtin=True)
            if guide is not None:
                listed[_identity(self._builtin)] = guide
        for path in gguf_files(self.folder):
            self._collect(path, listed)
        # The built-in one stays in front, also when it lies in the folder.
        listed = dict(sorted(listed.items(), key=lambda item: _order(item[1])))
        for path in recent:
            if _is_file(path):
                self._collect(path, listed)
        self._notes.save()
        return list(listed.values())

    def add(self, path: Path) -> ModelFile:
        """A model chosen by the person, to be used where it is; of a split model any part will do.

        Raises:
            ModelMissing: no such file, or a part of it is missing.
            ModelUnreadable: not a GGUF, damaged, or a GGUF that is no language model.
        """
        path = path.expanduser().absolute()
        parts = parts_of(path)
        lack = _missing(parts)
        if lack:
            raise ModelMissing(lack if len(parts) > 1 else "no such file", path=str(path))
        model = self._describe(path, builtin=_same(path, self._builtin))
        if model is None:
            raise ModelUnreadable(
                "it is an image encoder or an adapter, not a language model", path=str(path)
            )
        if model.problem:
            raise ModelUnreadable(model.problem, path=str(path))
        self._notes.save()
        return model

    def _collect(self, path: Path, listed: dict[Path, ModelFile]) -> None:
        key = _identity(parts_of(path)[0])
        if key not in listed:
            model = self._describe(path)
            if model is not None:
                listed[key] = model

    def _describe(self, path: Path, *, builtin: bool = False) -> ModelFile | None:
        """What the header says; None for a GGUF that is no language model."""
        parts = parts_of(path)
        stem = _PART.sub("", parts[0].stem)
        if "mmproj" in stem.lower():
            return None
        size = sum(_size(part) for part in parts)
        lack = _missing(parts)
        if lack:
            return ModelFile(parts[0], stem, _from_name(stem), "", size, builtin, lack)
        note = self._notes.of(parts[0])
        if not note.is_model:
            return None
        name = note.name if any(c.isalnum() for c in note.name) else stem
        quantisation = note.quantisation or _from_name(stem)
        return ModelFile(parts[0], name, quantisation, note.architecture, size, builtin, note.problem)


def _order(model: ModelFile) -> tuple[bool, str, Path]:
    return not model.builtin, model.name.casefold(), model.path


def _from_name(stem: str) -> str:
    """The quantisation as file names usually say it, "" when this one does not."""
    found = _QUANTISATION.findall(stem)
    return str(found[-1]).upper() if found else ""


def _missing(parts: list[Path]) -> str:
    """Which part is not there, in words; "" when all are."""
    for number, part in enumerate(parts, 1):
        if not os.path.exists(part):  # unlike Path.exists, also False where one may not look
            return f"part {number} of {len(parts)} is missing"
    return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except (OSError, ValueError):
        return 0


def _same(path: Path, other: Path | None) -> bool:
    return other is not None and _identity(path) == _identity(other)


def _identity(path: Path) -> Path:
    """The file itself, whatever links lead to it."""
    try:
        return path.resolve()
    except (OSError, RuntimeError, ValueError):  # loops of links, a NUL
        return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
