"""Earlier races as lines: when, in short words. Pure, no Qt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from desktop.contest.data import Summary
from desktop.gui.numbers import day_group, when


def dated(summaries: Sequence[Summary], now: float | None = None) -> list[Summary]:
    """`when` as a person says it, where it is a date; what else a receipt holds there is left out."""
    moment = time.time() if now is None else now
    return [replace(one, when=_when(one.when, moment)) for one in summaries]


def _when(date: str, now: float) -> str:
    try:
        then = datetime.fromisoformat(date).timestamp()
        return when(then, now) or day_group(then, now)
    except (ValueError, OverflowError, OSError):
        return "no date"
