"""The electricity of answers, as the engine thread measures it. No Qt."""

from __future__ import annotations

from desktop.meter import power
from desktop.meter.estimate import Estimate
from desktop.meter.meter import Meter
from desktop.meter.types import Energy


class Metering:
    """One meter for all answers. `watts`: of the processor at work, for the estimate, 0 = a guess; set by any
    thread, good from the next answer on.
    """

    def __init__(self) -> None:
        self.watts = 0.0
        self._made: tuple[float, Meter] | None = None
        self._marked = False

    def start(self) -> None:
        """An answer begins. Looks for meters the first time."""
        watts = self.watts
        if self._made is None or self._made[0] != watts:
            self._made = watts, Meter(power.find().sources, Estimate(watts))
        self._marked = False
        self._made[1].start()

    def tick(self, *, first: bool) -> None:
        """Call often. `first`: at least one token is there."""
        if self._made is None:
            return
        if first and not self._marked:
            self._marked = True
            self._made[1].mark()
        self._made[1].tick()

    def stop(self, *, cards: bool) -> Energy | None:
        """The answer ended; `cards`: it was made on a graphics card. None = nothing was started."""
        return self._made[1].stop(cards=cards) if self._made is not None else None
