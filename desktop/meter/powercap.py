"""Linux powercap: the processor's own energy counters (intel-rapl, also on AMD). Read-only.

Knows: zones are folders with `name`, `energy_uj` and `max_energy_range_uj`; a counter starts again from 0
after its greatest value; psys is the whole platform; a package contains its cores but not its memory (dram);
intel-rapl-mmio counts the same packages a second time. Since 2020 most systems let only the administrator
read the counters (they can betray secrets); nothing here asks for rights.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from desktop.meter import sysfs
from desktop.meter.types import Band, Kind, Reading
from desktop.meter.words import three

ROOT = Path("/sys/class/powercap")
Clock = Callable[[], float]
_ZONE = re.compile(r"(intel-rapl(?:-mmio)?):\d{1,4}(:\d{1,4})?", re.ASCII)
_PACKAGE = re.compile(r"package-\d{1,4}(-die-\d{1,4})?", re.ASCII)
_MOST_WATTS = 5000.0
"""A counter that rose faster was set back (a suspended computer), not run round."""


class Zone:
    """One counter in its folder."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        self.driver = folder.name.partition(":")[0]
        self._range = sysfs.number(folder / "max_energy_range_uj") or 0
        self._last: tuple[int, float] | None = None

    def count(self) -> int | None:
        """Microjoules as the counter stands; None when it cannot be read."""
        value = sysfs.number(self.folder / "energy_uj")
        return value if value is not None and value >= 0 else None

    def step(self, at: float) -> float | None:
        """Joules since the last call, 0 at the first; None when that cannot be told."""
        value, last = self.count(), self._last
        self._last = None if value is None else (value, at)
        if value is None:
            return None
        if last is None:
            return 0.0
        used = value - last[0]
        if used < 0:  # from the last value to the end of the range, then on from 0
            if last[0] > self._range:
                return None
            used += self._range
        joules = used / 1e6
        return joules if joules <= _MOST_WATTS * max(at - last[1], 0.001) else None

    def forget(self) -> None:
        """Begin anew."""
        self._last = None


class Powercap:
    """The sum of some zones. `kind` says whether that is the whole computer (psys) or its processors."""

    least_seconds = 0.05
    """The counters move about every millisecond: two percent of this."""
    least_samples = 1
    adds = False

    def __init__(self, zones: Sequence[Zone], kind: Kind, clock: Clock = time.monotonic) -> None:
        self._zones, self._clock = tuple(zones), clock
        self._joules, self._samples = 0.0, 0
        self.kind: Kind = kind
        whole = kind == "measured-system"
        self.error = Band.around(0.1 if whole else 0.05)  # assumed: there is no figure for every processor
        self.leaves_out = (
            "what the maker did not put under this counter"
            if whole
            else "the screen, disks, fans and what the power supply loses"
        )
        self.name = "powercap: " + " + ".join(zone.name for zone in self._zones)

    def read(self) -> Reading | None:
        """All zones at one moment; None as soon as one of them cannot tell."""
        at = self._clock()
        steps = [zone.step(at) for zone in self._zones]
        if None in steps:
            for zone in self._zones:
                zone.forget()
            return None
        self._joules += sum(step for step in steps if step is not None)
        self._samples += 1
        return Reading(self._joules, at, samples=self._samples)

    def explain(self, used: Reading) -> str:
        """The zones and the time."""
        watts = used.joules / used.at if used.at > 0 else 0.0
        return (
            f"{self.name}: counters rose by {three(used.joules)} J in {three(used.at)} s, {three(watts)} W, "
            f"all work of the computer included; {self.error.text} assumed"
        )


def find(root: Path = ROOT, clock: Clock = time.monotonic) -> tuple[list[Powercap], list[str]]:
    """The sources that can be read now, the whole computer first, and a sentence for each that cannot."""
    zones = _zones(root)
    sources, notes = [], []
    whole = [zone for zone in zones if zone.name == "psys"][:1]
    packages = [zone for zone in zones if _PACKAGE.fullmatch(zone.name)]
    own = [zone for zone in packages if zone.driver == "intel-rapl"]
    packages = own or packages
    memory = [zone for zone in zones if zone.name == "dram" and zone.driver == "intel-rapl"] if own else []
    for kind, group in (("measured-system", whole), ("measured-package", packages)):
        closed = [zone for zone in group if zone.count() is None]
        notes += [_why_not(zone) for zone in closed]
        if group and not closed:  # one package of two would pass for both
            extra = [zone for zone in memory if zone.count() is not None] if group is packages else []
            sources.append(Powercap([*group, *extra], kind, clock))  # type: ignore[arg-type]
    return sources, notes


def _zones(root: Path) -> list[Zone]:
    found = []
    for folder in sysfs.folders(root):
        name = sysfs.text(folder / "name") if _ZONE.fullmatch(folder.name) else None
        if name:
            found.append(Zone(folder, name))
    return found


def _why_not(zone: Zone) -> str:
    path = zone.folder / "energy_uj"
    if sysfs.forbidden(path):
        return (
            f"{zone.name}: this account may not read its energy counter. An administrator can allow it until "
            f"the next start: chmod a+r {path}"
        )
    return f"{zone.name}: its energy counter cannot be read ({path})."
