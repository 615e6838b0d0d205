"""Finds GGUF files below a folder, whatever the folder is like. Knows file systems, not what files hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

# A person may point at a whole disk: look around, do not move in.
MAX_DEPTH = 8
MAX_FOLDERS = 5000
MAX_FILES = 1000


def gguf_files(folder: Path) -> list[Path]:
    """Regular files named *.gguf below `folder`, links followed, each once, in order of their paths.

    Hidden folders, unreadable ones and loops of links are passed over; never fails.
    """
    found: dict[tuple[int, int], Path] = {}
    for path in _candidates(folder):
        try:
            status = path.stat()
        except (OSError, ValueError):
            continue
        if stat.S_ISREG(status.st_mode):
            found.setdefault((status.st_dev, status.st_ino), path)
        if len(found) >= MAX_FILES:
            break
    return sorted(found.values())


def _candidates(folder: Path) -> Iterator[Path]:
    seen: set[tuple[int, int]] = set()
    root_depth = len(folder.parts)
    for count, (name, folders, files) in enumerate(os.walk(folder, followlinks=True)):
        here = Path(name)
        if count >= MAX_FOLDERS:
            return
        if not _is_new(here, seen):
            folders.clear()
            continue
        deep = len(here.parts) - root_depth >= MAX_DEPTH
        folders[:] = [] if deep else sorted(f for f in folders if not f.startswith("."))
        yield from (here / f for f in sorted(files) if f.lower().endswith(".gguf") and not f.startswith("."))


def _is_new(folder: Path, seen: set[tuple[int, int]]) -> bool:
    """Whether this folder, under whatever name, was not visited yet."""
    try:
        status = folder.stat()
    except OSError:
        return False
    key = (status.st_dev, status.st_ino)
    if key in seen:
        return False
    seen.add(key)
    return True
