"""What is drawn from the battery, while nothing else feeds the computer: Linux power_supply. Read-only.

Knows: each supply is a folder with `type`, and `status`, `power_now` (microwatts) or `current_now` times
`voltage_now` (microamperes, microvolts); some drivers give discharge a minus sign; batteries of mice and
telephones have the scope "Device". A figure comes every few seconds, so it says nothing about short answers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from desktop.meter import sysfs
from desktop.meter.integral import Integral
from desktop.meter.types import Band, Kind, Reading
from desktop.meter.words import three

ROOT = Path("/sys/class/power_supply")
Clock = Callable[[], float]
_MOST_WATTS = 1000.0


class Battery:
    """All of the computer's batteries together: the whole computer, screen included."""

    name = "battery"
    kind: Kind = "measured-system"
    error = Band.around(0.2)  # assumed: gauges lag by seconds, and few makers say by how many
    least_seconds = 10.0
    least_samples = 2
    """A gauge that still shows what it showed before the answer says nothing about it."""
    adds = False
    leaves_out = ""

    def __init__(self, root: Path = ROOT, clock: Clock = time.monotonic) -> None:
        self._root, self._clock = root, clock
        self._integral = Integral()

    @property
    def present(self) -> bool:
        """Whether there is a battery at all, discharging or not."""
        return any(_is_battery(folder) for folder in sysfs.folders(self._root))

    def read(self) -> Reading | None:
        """Joules by the samples so far; None while charging, full, plugged in or not told."""
        watts = discharge(self._root)
        if watts is None:
            self._integral.lose()
            return None
        return self._integral.add(watts, self._clock())

    def explain(self, used: Reading) -> str:
        """Samples, time and what they leave open."""
        watts = used.joules / used.at if used.at > 0 else 0.0
        return (
            f"battery: mean of {used.samples} samples {three(watts)} W × {three(used.at)} s = "
            f"{three(used.joules)} J, all work of the computer included; {self.error.text} assumed, "
            f"±{three(used.unsure)} J between samples"
        )


def discharge(root: Path) -> float | None:
    """Watts drawn from all batteries; None unless they alone feed the computer."""
    total = 0.0
    for folder in sysfs.folders(root):
        if not _is_battery(folder):
            if sysfs.text(folder / "scope") != "Device" and (sysfs.number(folder / "online") or 0) > 0:
                return None
            continue
        status = sysfs.text(folder / "status")
        if status == "Charging":
            return None
        if status == "Discharging":  # of two batteries often only one is in use
            watts = _watts(folder)
            if watts is None:
                return None
            total += watts
    return total if 0.0 < total <= _MOST_WATTS else None


def _is_battery(folder: Path) -> bool:
    return sysfs.text(folder / "type") == "Battery" and sysfs.text(folder / "scope") != "Device"


def _watts(folder: Path) -> float | None:
    power = sysfs.number(folder / "power_now")
    if power is not None:
        return abs(power) / 1e6
    current, voltage = sysfs.number(folder / "current_now"), sysfs.number(folder / "voltage_now")
    return None if current is None or voltage is None else abs(current) * abs(voltage) / 1e12
