"""SQLite's and the system's faults as the kinds a person can act on. Knows result codes, no tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from desktop.errors import StoreError, StoreFull, StoreUnreadable

_DAMAGED = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_NO_ROOM = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM}
# An input/output error while writing is a quota, a file size limit or a vanished disk: nothing can be saved.
_NOT_WRITTEN = {
    sqlite3.SQLITE_IOERR_WRITE,
    sqlite3.SQLITE_IOERR_FSYNC,
    sqlite3.SQLITE_IOERR_DIR_FSYNC,
    sqlite3.SQLITE_IOERR_TRUNCATE,
    sqlite3.SQLITE_IOERR_SHMOPEN,
    sqlite3.SQLITE_IOERR_SHMSIZE,
}
_WORLD = {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_NOMEM}


@contextmanager
def store_faults(path: Path) -> Iterator[None]:
    """Raise `StoreUnreadable`, `StoreFull` or plain `StoreError` for what the world did; let bugs through."""
    try:
        yield
    except sqlite3.Error as error:
        fault = _fault(error, path)
        if fault is None:
            raise
        raise fault from error
    except OSError as error:
        raise StoreFull(str(error), path=str(path)) from error


def _fault(error: sqlite3.Error, path: Path) -> StoreError | None:
    """The kind for one SQLite error; None when it is a bug of ours (constraint, misuse, syntax)."""
    extended = getattr(error, "sqlite_errorcode", None)
    if extended is None:
        return None
    primary = extended & 0xFF
    if primary in _DAMAGED:
        return StoreUnreadable(str(error), path=str(path))
    if primary in _NO_ROOM or extended in _NOT_WRITTEN:
        return StoreFull(str(error), path=str(path))
    if primary in _WORLD:
        return StoreError(str(error), path=str(path))
    return None
