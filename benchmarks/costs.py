"""Cost of one decode by width, with llama.cpp alone."""

from __future__ import annotations

import statistics
from pathlib import Path
from time import perf_counter

from benchmarks.bare import Bare

WIDTHS = range(1, 17)
HELD = 64
"""Tokens before the ones that are timed."""


def curve(path: Path, threads: int, rounds: int = 5) -> dict[str, float]:
    """Median ms of a decode of every width in `WIDTHS`, at some tokens of context; widths take turns."""
    model = Bare(path, 512, threads)
    model.decode(list(range(100, 100 + HELD)), 2)
    found: dict[int, list[float]] = {width: [] for width in WIDTHS}
    for _ in range(rounds):
        for width in WIDTHS:
            start = perf_counter()
            model.wide(HELD, width)
            found[width].append((perf_counter() - start) * 1000.0)
    model.close()
    return {str(width): round(statistics.median(times), 3) for width, times in found.items()}
