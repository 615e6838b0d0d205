"""Writing a small file as a whole: whoever reads it sees the old one or the new one, never half of one.

Knows only files. Two promises: `write` outlasts a power cut or says why it cannot; `try_write` is for what
can be made again, and lets it be.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write(path: Path, text: str | Iterable[str]) -> None:
    """Put `text` there for good, in a file that only this account may read. A link to a file stays a link.
    A long text may come in pieces.

    Raises OSError when the folder or the file cannot be written; the old file is then untouched.
    """
    target = Path(os.path.realpath(path))
    _replace(target, text, durable=True)
    _sync_folder(target.parent)


def try_write(path: Path, text: str) -> bool:
    """Put `text` there if that can be done: no waiting for the disk, no error. Whether it was done."""
    try:
        _replace(path, text, durable=False)
    except (OSError, ValueError):  # ValueError: a NUL in the path, half a character in the text
        return False
    return True


def _replace(target: Path, text: str | Iterable[str], *, durable: bool) -> None:
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, temporary = tempfile.mkstemp(prefix=f".{target.name[:50]}.", dir=target.parent)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            file.writelines([text] if isinstance(text, str) else text)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, target)
    except BaseException:  # also a stop half-way: nothing is left lying about
        with suppress(OSError):
            os.unlink(temporary)
        raise


def _sync_folder(folder: Path) -> None:
    """Make the new name outlast a power cut, where the system can."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
