"""The sources of energy this computer has, best first. Knows where to look; nothing is required.

Linux: powercap (psys, then packages and memory) and the battery. Anywhere: NVML where its module is there.
macOS and Windows have no source yet; there the estimate answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from desktop.meter import battery, nvml, powercap
from desktop.meter.types import Source


@dataclass(frozen=True, slots=True)
class Found:
    """`sources` in the order they are to be believed; `notes`: why one that is there cannot be used."""

    sources: tuple[Source, ...]
    notes: tuple[str, ...]


def find(
    powercap_root: Path = powercap.ROOT,
    battery_root: Path = battery.ROOT,
    nvml_module: str = "pynvml",
    clock: Callable[[], float] = time.monotonic,
) -> Found:
    """Look once, at the start; a battery is listed though it may be charging now. Never fails."""
    counters, closed = powercap.find(powercap_root, clock)
    cards, silent = nvml.find(nvml_module, clock) if nvml_module else ([], [])
    cell = battery.Battery(battery_root, clock)
    whole = [source for source in counters if source.kind == "measured-system"]
    parts = [source for source in counters if source.kind != "measured-system"]
    sources: list[Source] = [*whole, *([cell] if cell.present else []), *parts, *cards]
    return Found(tuple(sources), (*closed, *silent))
