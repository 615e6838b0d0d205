"""Whose answers are still being written: one name per process, and whether that process lives."""

from __future__ import annotations

import os
import sqlite3

# Start times are computed from the boot time, which moves when the clock is set.
_CLOCK_TOLERANCE_S = 5.0


def this_session() -> str:
    """Name of this process: its id, and its start in seconds, because ids are used again."""
    import psutil  # here: only a session that writes an answer needs it, and not while the window opens

    return f"{os.getpid()} {psutil.Process().create_time():.0f}"


def interrupt_dead(db: sqlite3.Connection) -> int:
    """Mark what dead sessions were writing as interrupted; returns how many answers.

    To be run inside a transaction. A store opened in this process takes the place of any before it: its own
    process counts as dead.
    """
    owners = [row[0] for row in db.execute("SELECT DISTINCT owner FROM message WHERE state = 'streaming'")]
    count = 0
    for owner in owners:
        if not _alive(owner):
            changed = db.execute(
                "UPDATE message SET state = 'interrupted' WHERE state = 'streaming' AND owner = ?", (owner,)
            )
            count += changed.rowcount
    return count


def _alive(owner: str) -> bool:
    import psutil

    pid, _, started = owner.partition(" ")
    if not pid.isdecimal() or int(pid) == os.getpid():
        return False
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        return abs(process.create_time() - float(started)) <= _CLOCK_TOLERANCE_S
    except (psutil.Error, ValueError):
        return False
