"""Small files of /sys, read without believing them: what is gone, forbidden or nonsense is None, no error.

Knows only files. Nothing here waits: a pipe in the place of a file counts as empty.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_MOST_BYTES = 256
_MOST_ENTRIES = 1024
_NUMBER = re.compile(r"-?[0-9]{1,19}", re.ASCII)


def text(path: Path) -> str | None:
    """The file's only line."""
    try:
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    except (OSError, ValueError):
        return None
    try:
        data = os.read(handle, _MOST_BYTES + 1)
    except OSError:
        return None
    finally:
        os.close(handle)
    if len(data) > _MOST_BYTES or not data.isascii():
        return None
    line = data.decode("ascii").strip()
    return line if line.isprintable() else None


def number(path: Path) -> int | None:
    """The file's whole number, of either sign."""
    line = text(path)
    return int(line) if line is not None and _NUMBER.fullmatch(line) else None


def folders(path: Path) -> list[Path]:
    """What is in a folder, by name; nothing when there is no such folder."""
    try:
        names = sorted(os.listdir(path))
    except OSError:
        return []
    return [path / name for name in names[:_MOST_ENTRIES]]


def forbidden(path: Path) -> bool:
    """Whether the file is there but this account may not read it."""
    try:
        os.close(os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0)))
    except PermissionError:
        return True
    except OSError:
        return False
    return False
