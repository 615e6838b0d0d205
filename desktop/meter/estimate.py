"""The estimate where nothing can be measured: this program's processor time times a power the person can set.

Knows: the processor's power with all cores at work is shared among the cores. It does not know the processor:
turbo, efficiency cores and memory make the truth up to twice or half of it, and it says so.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable

import psutil

from desktop.meter.types import Band, Kind, Reading
from desktop.meter.words import three

_WATTS_PER_CORE = 5.0
_LEAST_WATTS, _MOST_WATTS = 15.0, 400.0


class Estimate:
    """`watts`: of the processor with all `cores` at work; 0 = a guess by the number of cores.

    `cpu_seconds`: user and system time of the whole process, all threads.
    """

    name = "processor time"
    kind: Kind = "estimated"
    error = Band(0.5, 2.0)
    least_seconds = 0.0
    least_samples = 1
    adds = False
    leaves_out = "the screen, disks, fans, what the power supply loses, and other programs"

    def __init__(
        self,
        watts: float = 0.0,
        cores: int = 0,
        cpu_seconds: Callable[[], float] = time.process_time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cores = cores or physical_cores()
        self.chosen = watts > 0
        self.watts = watts if self.chosen else default_watts(self.cores)
        self._cpu_seconds, self._clock = cpu_seconds, clock
        self._last = Reading(0.0, clock(), samples=0, cpu_seconds=cpu_seconds())

    def read(self) -> Reading:
        """Never more than `watts`, however many threads share the cores."""
        last, at, cpu = self._last, self._clock(), self._cpu_seconds()
        busy = min(max(0.0, cpu - last.cpu_seconds) / self.cores, max(0.0, at - last.at))
        self._last = Reading(last.joules + busy * self.watts, at, 0.0, last.samples + 1, cpu)
        return self._last

    def explain(self, used: Reading) -> str:
        """Processor time, power, cores; whether the power was set or guessed."""
        whose = "set" if self.chosen else "guessed from the number of cores"
        capped = used.cpu_seconds / self.cores * self.watts > used.joules * 1.001
        most = f", at most {self.watts:g} W" if capped else ""
        return (
            f"{three(used.cpu_seconds)} s of processor time × {self.watts:g} W ({whose}) ÷ {self.cores} "
            f"core{'' if self.cores == 1 else 's'}{most} = {three(used.joules)} J; "
            f"the truth may be {self.error.text} that"
        )


def physical_cores() -> int:
    """Cores, not threads; at least 1."""
    return psutil.cpu_count(logical=False) or os.cpu_count() or 1


def default_watts(cores: int) -> float:
    """5 W a core, 15 to 400 W: a thin laptop's 15 to 28 W with 4 cores, a fast one's 30 to 45 W with 8."""
    return min(max(_WATTS_PER_CORE * cores, _LEAST_WATTS), _MOST_WATTS)
