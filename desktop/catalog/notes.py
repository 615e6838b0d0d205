"""What was read from each model file, so that it is read once: a large vocabulary takes up to half a second.

A file is known by path, size and time of change. The notes can be deleted at any time and are checked.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from desktop import files
from desktop.errors import ModelError
from desktop.gguf import GgufHeader, read_header

_FORM = 1  # raise when the fields or the way they are read change


@dataclass(frozen=True, slots=True)
class Note:
    """What one file says of itself. `problem`: why it cannot be used, "" when nothing is known against it.

    `size` in bytes, `changed` in nanoseconds since the epoch.
    """

    size: int
    changed: int
    name: str = ""
    architecture: str = ""
    quantisation: str = ""
    problem: str = ""
    is_model: bool = True


class Notes:
    """Notes of all files looked at, kept at `path` between sessions (None: only in memory)."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._notes = _load(path) if path else {}
        self._changed = False

    def of(self, file: Path) -> Note:
        """The note of a file, made when it is not there or the file changed. Never fails."""
        try:
            status = file.stat()
        except (OSError, ValueError) as error:
            return Note(0, 0, problem=_reason(error))
        note = self._notes.get(str(file))
        if note is None or (note.size, note.changed) != (status.st_size, status.st_mtime_ns):
            try:
                note = _read(file, status)
            except ModelError as error:
                note = Note(status.st_size, status.st_mtime_ns, problem=error.detail)
                if isinstance(error.__cause__, OSError):  # may be readable next time without a change
                    return note
            self._notes[str(file)] = note
            self._changed = True
        return note

    def save(self) -> None:
        """Write what is new; where that cannot be done, the files are read again next time."""
        if self._path is None or not self._changed:
            return
        there = {file: asdict(note) for file, note in self._notes.items() if os.path.exists(file)}
        if files.try_write(self._path, json.dumps({"form": _FORM, "files": there})):
            self._changed = False


def _read(file: Path, status: os.stat_result) -> Note:
    size, changed = status.st_size, status.st_mtime_ns
    header = read_header(file)
    if header.architecture == "clip" or header.text("general.type") in ("mmproj", "adapter", "imatrix"):
        return Note(size, changed, is_model=False)
    return Note(
        size,
        changed,
        name=header.name,
        architecture=header.architecture,
        quantisation=header.quantisation,
        problem=_lack(header),
    )


def _lack(header: GgufHeader) -> str:
    if not header.architecture:
        return "it does not say what kind of model it is"
    if header.tensors == 0 and header.split_count == 1:
        return "it holds no weights"
    return ""


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)


def _load(path: Path) -> dict[str, Note]:
    try:
        document = json.loads(path.read_bytes())
        if document["form"] != _FORM:
            return {}
        notes = {str(file): Note(**note) for file, note in document["files"].items()}
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return {}
    return {file: note for file, note in notes.items() if _well_formed(note)}


def _well_formed(note: Note) -> bool:
    texts = (note.name, note.architecture, note.quantisation, note.problem)
    return all(isinstance(text, str) for text in texts) and isinstance(note.is_model, bool)
