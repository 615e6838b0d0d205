"""What a source of energy is, and what a measurement says. Frozen and plain: fit for receipts and exports.

Joules are for everything a source sees, the rest of the computer's work included; times are seconds. A figure
carries how it was found and how far it may be off, because most of them are estimates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, NamedTuple, Protocol, get_args

from desktop.meter.words import three

Kind = Literal["measured-system", "measured-package", "estimated"]
LABELS: Mapping[Kind, str] = {
    "measured-system": "Measured, whole computer",
    "measured-package": "Measured, processor",
    "estimated": "Estimated",
}


class Band(NamedTuple):
    """How far off a figure may be: the truth is taken to lie between `low` and `high` times it."""

    low: float
    high: float

    @classmethod
    def around(cls, share: float) -> Band:
        """As much below as above: 0.05 = ±5%."""
        return cls(1.0 - share, 1.0 + share)

    @property
    def text(self) -> str:
        """ "±5%", or "0.5 to 2 times"."""
        if math.isclose(1.0 - self.low, self.high - 1.0):
            return f"±{100 * (self.high - 1.0):.0f}%"
        return f"{self.low:g} to {self.high:g} times"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a source has counted so far; only differences mean anything.

    `unsure`: joules by which `joules` may be off for want of samples. `samples`: those that differed from the
    one before, for a gauge that stands still was not read anew. `at`: seconds on the meter's clock.
    `cpu_seconds`: only of the estimate.
    """

    joules: float
    at: float
    unsure: float = 0.0
    samples: int = 1
    cpu_seconds: float = 0.0

    def since(self, first: Reading) -> Reading:
        """What was counted from `first` to this; `at` becomes the time between them."""
        return Reading(
            joules=self.joules - first.joules,
            at=self.at - first.at,
            unsure=self.unsure - first.unsure,
            samples=self.samples - first.samples + 1,
            cpu_seconds=self.cpu_seconds - first.cpu_seconds,
        )


class Source(Protocol):
    """Something that knows how much energy was used.

    `least_seconds`, `least_samples`: over a shorter time, or with fewer, it can tell nothing. `adds`: it
    sees a part that no other source but one of the whole computer sees (a graphics card). `leaves_out`: what
    it does not see, "" = nothing.
    """

    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> Kind: ...
    @property
    def error(self) -> Band: ...
    @property
    def least_seconds(self) -> float: ...
    @property
    def least_samples(self) -> int: ...
    @property
    def adds(self) -> bool: ...
    @property
    def leaves_out(self) -> str: ...

    def read(self) -> Reading | None:
        """The count now; None = it cannot tell now, and readings before do not go with those after."""

    def explain(self, used: Reading) -> str:
        """What `used` was computed from, with its numbers."""


@dataclass(frozen=True, slots=True)
class Energy:
    """The energy of one answer: `joules`, taken to lie between `low` and `high`, over `seconds`.

    `how`: what it was computed from, one line a source. `leaves_out`: what the figure does not contain.
    `idle_watts`: power measured at rest by the same source; None = not measured. `prefill_joules`,
    `prefill_seconds`: the part up to the mark (the first token); None = not told apart.
    """

    joules: float
    low: float
    high: float
    source: str
    kind: Kind
    seconds: float
    how: str = ""
    leaves_out: str = ""
    idle_watts: float | None = None
    prefill_joules: float | None = None
    prefill_seconds: float | None = None

    @property
    def measured(self) -> bool:
        """Whether no part of it is an estimate."""
        return self.kind != "estimated"

    @property
    def label(self) -> str:
        """To be shown wherever the figure is."""
        return LABELS[self.kind]

    @property
    def watts(self) -> float:
        """Mean power; 0 when no time passed."""
        return self.joules / self.seconds if self.seconds > 0 else 0.0

    @property
    def above_idle(self) -> float | None:
        """Joules above what the computer uses at rest; None = that was not measured. Never below 0."""
        if self.idle_watts is None:
            return None
        return max(0.0, self.joules - self.idle_watts * self.seconds)

    @property
    def text(self) -> str:
        """Label, band, inputs and gaps, for the hover."""
        lines = [
            f"{self.label}: {three(self.joules)} J, between {three(self.low)} and {three(self.high)} J",
            self.how,
        ]
        if self.idle_watts is not None:
            above = self.above_idle or 0.0
            lines.append(
                f"At rest: {three(self.idle_watts)} W; above that {three(self.joules)} J - "
                f"{three(self.idle_watts)} W × {three(self.seconds)} s = {three(above)} J"
            )
        if self.leaves_out:
            lines.append(f"Without {self.leaves_out}")
        return "\n".join(line for line in lines if line)

    def record(self) -> dict[str, Any]:
        """Plain JSON for receipts and exports: the fields, and the label in words."""
        return {**asdict(self), "label": self.label}

    @classmethod
    def of_record(cls, record: object) -> Energy | None:
        """The energy kept in a receipt; None when it is not one. A receipt may come from a stranger."""
        if not isinstance(record, Mapping):
            return None
        numbers = {key: _number(record.get(key)) for key in ("joules", "low", "high", "seconds")}
        texts = {key: record.get(key, "") for key in ("source", "how", "leaves_out")}
        extra = {key: _number(record.get(key)) for key in ("idle_watts", "prefill_joules", "prefill_seconds")}
        kind = record.get("kind")
        if None in numbers.values() or not all(isinstance(text, str) for text in texts.values()):
            return None
        energy = cls(kind=kind, **numbers, **texts, **extra)  # type: ignore[arg-type]  # checked above
        known = kind in get_args(Kind) and energy.low <= energy.joules <= energy.high
        return energy if known else None


def _number(value: object) -> float | None:
    """`value` as a finite number of 0 or more."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value < 1e15 else None
