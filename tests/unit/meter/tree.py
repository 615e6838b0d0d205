"""What the kernel would show: zones of powercap and supplies of power, as folders of small files."""

from __future__ import annotations

from pathlib import Path

RANGE = 262_143_328_850


class Clock:
    """Seconds; moves only when told."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


class Tree:
    """`powercap` and `power_supply` under one root."""

    def __init__(self, root: Path) -> None:
        self.powercap, self.supplies = root / "powercap", root / "power_supply"
        self.powercap.mkdir(parents=True)
        self.supplies.mkdir()
        (self.powercap / "intel-rapl").mkdir()  # the control type itself, no zone
        (self.powercap / "intel-rapl" / "enabled").write_text("1\n", encoding="ascii")

    def zone(self, folder: str, name: str, energy_uj: int = 0, range_uj: int = RANGE) -> Path:
        path = self.powercap / folder
        path.mkdir()
        (path / "name").write_text(f"{name}\n", encoding="ascii")
        (path / "max_energy_range_uj").write_text(f"{range_uj}\n", encoding="ascii")
        self.count(path, energy_uj)
        return path

    @staticmethod
    def count(zone: Path, energy_uj: int) -> None:
        (zone / "energy_uj").write_text(f"{energy_uj}\n", encoding="ascii")

    def supply(self, folder: str, **files: object) -> Path:
        path = self.supplies / folder
        path.mkdir()
        self.set(path, **files)
        return path

    @staticmethod
    def set(path: Path, **files: object) -> None:
        for name, value in files.items():
            (path / name).write_text(f"{value}\n", encoding="utf-8")
