"""Power at moments -> energy over time, and how much the moments leave open. Knows only numbers."""

from __future__ import annotations

from desktop.meter.types import Reading


class Integral:
    """Adds up trapezoids between samples of power.

    What happened between two samples is not known: if the power only rose or only fell, the area is off by at
    most half their difference times the time between them, and that is added to `unsure`.
    """

    def __init__(self) -> None:
        self._total = Reading(0.0, 0.0, samples=0)
        self._watts: float | None = None

    def add(self, watts: float, at: float) -> Reading:
        """Take in one sample; the first one only starts the sum."""
        before, total = self._watts, self._total
        between = max(0.0, at - total.at)
        joules = unsure = 0.0
        samples = total.samples + (watts != before)
        if before is not None:
            joules = (before + watts) / 2 * between
            unsure = abs(watts - before) / 2 * between
        self._watts = watts
        self._total = Reading(total.joules + joules, at, total.unsure + unsure, samples)
        return self._total

    def lose(self) -> None:
        """There was no sample: nothing is known about the time until the next one."""
        self._watts = None
