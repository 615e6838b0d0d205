"""Numbers as text and back: what a number field accepts and how it says why not. No Qt."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

Number = int | float
_GROUPED = re.compile(r"[-+]?\d{1,3}([,\u202f\u00a0 ]\d{3})+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """A usable `value`, or None and the `problem`; `unfinished`: more typing may still make it usable."""

    value: Number | None
    problem: str = ""
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class NumberSpec:
    """Which numbers are usable: `low` to `high`, whole or not. `high_reason` says whose limit `high` is.

    `only_steps`: nothing between the steps. `least`: nothing between 0 and this.
    """

    low: Number
    high: Number
    step: Number
    high_reason: str = ""
    only_steps: bool = False
    least: Number = 0

    @property
    def whole(self) -> bool:
        """Whether only whole numbers are usable."""
        return isinstance(self.step, int)

    def parse(self, text: str) -> Parsed:
        """Read what was typed. "4,096" and "0,7" are both understood."""
        words = text.strip().replace("\u2212", "-")
        if words in ("", "-", "+"):
            return Parsed(None, "Enter a number.", unfinished=True)
        if self.whole or _GROUPED.fullmatch(words):
            words = re.sub(r"[,\u202f\u00a0 ]", "", words) if _GROUPED.fullmatch(words) else words
        else:
            words = words.replace(",", ".")
        try:
            value: Number = int(words) if self.whole else float(words)
        except ValueError:
            return Parsed(None, "Enter a whole number." if self.whole else "Enter a number.")
        if not math.isfinite(value):
            return Parsed(None, "Enter a number.")
        return self._within(value)

    def _within(self, value: Number) -> Parsed:
        if value > self.high:
            return Parsed(None, self.high_reason or f"Enter at most {self.words(self.high)}.")
        if value < self.low:
            return Parsed(None, f"Enter at least {self.words(self.low)}.", unfinished=value >= 0)
        if 0 < value < self.least:
            return Parsed(None, f"Enter 0, or at least {self.words(self.least)}.", unfinished=True)
        if self.only_steps and (value - self.low) % self.step:
            return Parsed(None, f"Enter a number in steps of {self.words(self.step)}.", unfinished=True)
        return Parsed(value)

    def text(self, value: Number) -> str:
        """As shown in the field: the decimals of the step, more only where the value has more."""
        if self.whole:
            return str(int(value))
        decimals = self._decimals()
        return f"{value:.{decimals}f}" if math.isclose(value, round(value, decimals)) else f"{value:g}"

    def words(self, value: Number) -> str:
        """As said in a sentence: thousands separated."""
        return f"{int(value):,}" if value == int(value) else self.text(value)

    def stops(self, low: Number | None = None, high: Number | None = None) -> list[Number]:
        """Every step from `low` to `high` (default: the whole range), exact to the step's decimals."""
        start = self.low if low is None else low
        end = self.high if high is None else high
        count = math.floor((end - start) / self.step + 1e-9)
        made: list[Number] = [
            int(start + n * self.step) if self.whole else round(start + n * self.step, self._decimals())
            for n in range(count + 1)
        ]
        return made

    def _decimals(self) -> int:
        text = f"{self.step:.6f}".rstrip("0")
        return len(text.partition(".")[2])


def doubling(low: int, high: int) -> list[Number]:
    """Powers of two within the range, and `high` itself: the stops of a slider over a wide range."""
    powers: list[Number] = [1 << n for n in range(40) if low <= 1 << n < high]
    return [*powers, high]


def nearest(stops: Sequence[Number], value: Number) -> int:
    """Index of the stop next to the value."""
    return min(range(len(stops)), key=lambda n: abs(stops[n] - value))
