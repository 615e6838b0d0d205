"""Where the file that a receipt speaks of is on this computer: at its path, else by its hash.

A receipt may come from a stranger: only regular files are looked at, and what is found is judged by its hash.
Must not know: what is raced, settings.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable
from pathlib import Path

from desktop import paths
from desktop.catalog.walk import gguf_files
from desktop.contest.data import ModelFile
from desktop.engine.hashes import sha256_16
from desktop.errors import ModelMissing


def find(wanted: ModelFile, folder: Path) -> Path | None:
    """The file itself, by path or among the built-in ones and those in `folder`; else another file that is at
    its path now; else None. Reads files of its size from end to end, once.
    """
    there = Path(wanted.path)
    places = (there, paths.guide_model(), paths.guide_draft(), *_files(folder))
    for path in places:
        if wanted.sha256_16 and _size(path) == wanted.size and _hash(path) == wanted.sha256_16:
            return path
    return there if _size(there) else None


def described(wanted: ModelFile) -> str:
    """Which file is meant, for an error."""
    name = "".join(c if c.isprintable() else "\ufffd" for c in wanted.name)[:80]
    digest = f", sha256 {wanted.sha256_16[:16]}…" if wanted.sha256_16 else ""
    return f"{name or 'a file without a name'} ({Path(wanted.path).name[:80]}{digest})"


def _files(folder: Path) -> Iterable[Path]:
    return gguf_files(folder)


def _size(path: Path) -> int:
    """Bytes of a regular file; 0 = none."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _hash(path: Path) -> str:
    try:
        return sha256_16(path)
    except ModelMissing:
        return ""
