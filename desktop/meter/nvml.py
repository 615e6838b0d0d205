"""NVIDIA graphics cards, by NVML, if its Python module happens to be installed. Never required.

Knows five functions of `pynvml`. A card's counter is for the board only, and for everything that ran on it.
Must not start NVML twice, nor let its errors out.
"""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable
from typing import Any

from desktop.meter.integral import Integral
from desktop.meter.types import Band, Kind, Reading
from desktop.meter.words import three

_MOST_CARDS = 64


class Cards:
    """All cards together. `module`: `pynvml`, initialised."""

    kind: Kind = "measured-package"
    error = Band.around(0.05)  # NVML's documentation gives 5% for the cards it gives a figure for
    least_seconds = 0.1
    least_samples = 1
    adds = True
    leaves_out = ""

    def __init__(self, module: Any, handles: list[Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._module, self._handles, self._clock = module, handles, clock
        self._integral: Integral | None = None
        self._samples = 0
        self.name = f"NVML: {len(handles)} graphics card{'' if len(handles) == 1 else 's'}"

    def read(self) -> Reading | None:
        """By the cards' energy counters; by samples of their power where there are none (before Volta)."""
        if self._integral is None:
            counted = self._sum("nvmlDeviceGetTotalEnergyConsumption")
            if counted is not None:
                self._samples += 1
                return Reading(counted / 1e3, self._clock(), samples=self._samples)
            if self._samples:
                return None
        watts = self._sum("nvmlDeviceGetPowerUsage")
        self._integral = self._integral or Integral()
        if watts is None:
            self._integral.lose()
            return None
        return self._integral.add(watts / 1e3, self._clock())

    def explain(self, used: Reading) -> str:
        """Counter or samples, and the time."""
        by = "counters" if self._integral is None else f"{used.samples} samples of power"
        unsure = f", ±{three(used.unsure)} J between samples" if used.unsure else ""
        joules, seconds = three(used.joules), three(used.at)
        return f"{self.name}: {by}, {joules} J in {seconds} s; {self.error.text} assumed{unsure}"

    def _sum(self, function: str) -> float | None:
        values = [_call(self._module, function, handle) for handle in self._handles]
        usable = [float(v) for v in values if isinstance(v, int | float) and 0 <= v < 1e18]
        return sum(usable) if len(usable) == len(values) else None


def find(
    module_name: str = "pynvml", clock: Callable[[], float] = time.monotonic
) -> tuple[list[Cards], list[str]]:
    """The cards that can be read now, as one source, and a sentence if NVML is there but does not answer."""
    try:
        module: Any = importlib.import_module(module_name)
    except ImportError:
        return [], []  # not installed, which is usual
    except (OSError, RuntimeError, ValueError, SyntaxError, Warning) as error:
        return [], [f"NVML cannot be used: {error}."]
    if _call(module, "nvmlInit") is _FAILED:
        return [], ["NVML is installed but finds no NVIDIA driver."]
    count = _call(module, "nvmlDeviceGetCount")
    if not isinstance(count, int) or not 0 < count <= _MOST_CARDS:
        return [], ["NVML finds no graphics card."]
    handles = [_call(module, "nvmlDeviceGetHandleByIndex", index) for index in range(count)]
    cards = Cards(module, handles, clock)
    if any(handle is _FAILED for handle in handles) or cards.read() is None:
        return [], ["NVML does not tell the power of the graphics card."]
    return [cards], []


_FAILED = object()


def _call(module: Any, function: str, *arguments: Any) -> Any:
    """What the function returns, or `_FAILED`: an NVML error, or a module that is not the one it seems."""
    try:
        return getattr(module, function)(*arguments)
    except (AttributeError, TypeError, ValueError, OSError, RuntimeError):
        return _FAILED
    except getattr(module, "NVMLError", ()):
        return _FAILED
