"""What the section about energy and cost is told: prices, the meters of this computer, its cores. No Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.meter.estimate import default_watts
from desktop.meter.prices import Prices
from desktop.meter.types import Source
from desktop.meter.words import three


@dataclass(frozen=True, slots=True)
class EnergyFacts:
    """`meters`: one sentence for each that answers, best first. `notes`: why another cannot be used.

    `looked`: whether meters were looked for at all. `warnings`: what the files of prices had to leave out.
    """

    prices: Prices = field(default_factory=Prices)
    warnings: tuple[str, ...] = ()
    cores: int = 1
    meters: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    looked: bool = False

    def watts_words(self, chosen: float) -> str:
        """What the estimate would use."""
        if chosen > 0:
            return f"In use: {three(chosen)} W."
        cores = f"{self.cores} core" + ("" if self.cores == 1 else "s")
        return f"In use: ≈ {three(default_watts(self.cores))} W, guessed from {cores}."


def meter_words(source: Source) -> str:
    """What a meter is, what it sees and how far off it may be."""
    whole = "the whole computer" if source.kind == "measured-system" else "the processor"
    if source.adds:
        whole = "the graphics card"
    later = f", for answers of {source.least_seconds:g} s and more" if source.least_seconds >= 1 else ""
    return f"{source.name}: measures {whole}, {source.error.text}{later}."
