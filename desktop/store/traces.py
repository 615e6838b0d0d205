"""The trace of an answer on disk: JSON lines, compressed. Knows the columns of `trace`, nothing of rounds."""

from __future__ import annotations

import sqlite3
import zlib

_LEVEL = 1  # a trace shrinks to a tenth either way, and this one takes a third of the time


def keep(db: sqlite3.Connection, message_id: int, lines: str) -> None:
    """Keep a trace in place of the one before. Nothing happens when the message is gone."""
    db.execute(
        "INSERT OR REPLACE INTO trace(message_id, lines) SELECT id, ? FROM message WHERE id = ?",
        (zlib.compress(lines.encode("utf-8"), _LEVEL), message_id),
    )


def read(db: sqlite3.Connection, message_id: int) -> str:
    """A trace, "" when there is none. One nobody can read is worth less than the answer it belongs to."""
    row = db.execute("SELECT lines FROM trace WHERE message_id = ?", (message_id,)).fetchone()
    try:
        return zlib.decompress(row[0]).decode("utf-8") if row is not None else ""
    except (zlib.error, ValueError):
        return ""
