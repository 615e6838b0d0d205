"""Energy around one answer: readings at its start, now and then, and at its end. No thread of its own.

Knows sources, not where they come from. Reads all that answer, and believes the best that was there from
start to end: the whole computer, else the processor, else the estimate. Not for two threads at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from desktop.meter.types import Energy, Reading, Source

_BETWEEN_TICKS = 1.0
"""Seconds; `tick` does nothing more often than that."""
_LEAST_SHARE = 0.9
"""A source of the whole computer that counts less than this of its parts counts something else."""


@dataclass(slots=True)
class _Run:
    source: Source
    first: Reading
    last: Reading
    mark: Reading | None = None

    @property
    def used(self) -> Reading:
        return self.last.since(self.first)

    def tells(self) -> bool:
        used, source = self.used, self.source
        enough = used.at >= source.least_seconds and used.samples >= source.least_samples
        return enough and used.joules > 0

    def at_mark(self) -> Reading | None:
        """What was used up to the mark, where both sides of it are long enough to tell."""
        if self.mark is None:
            return None
        before, least = self.mark.since(self.first), self.source.least_seconds
        return before if before.at >= least and self.used.at - before.at >= least else None


class Meter:
    """`sources` in the order they are to be believed; `estimate` answers when none of them does."""

    def __init__(
        self, sources: Sequence[Source], estimate: Source, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._sources, self._estimate, self._clock = tuple(sources), estimate, clock
        self._runs: list[_Run] | None = None
        self._lost: list[str] = []
        self._ticked = 0.0
        self._idle: Energy | None = None

    def start(self) -> None:
        """An answer begins. A start without a stop before it drops what was counted."""
        self._lost, self._ticked = [], self._clock()
        readings = [(source, source.read()) for source in (*self._sources, self._estimate)]
        self._runs = [_Run(source, reading, reading) for source, reading in readings if reading is not None]

    def tick(self) -> None:
        """Call as often as is convenient, each round for instance: sources that sample power need it."""
        if self._runs is not None and self._clock() - self._ticked >= _BETWEEN_TICKS:
            self._read()

    def mark(self) -> None:
        """The first token is ready: the energy until now is the prompt's."""
        if self._runs is not None:
            self._read()
            for run in self._runs:
                run.mark = run.last

    def stop(self, *, cards: bool = False) -> Energy:
        """The answer ended. `cards`: the model ran on a graphics card, so its energy belongs to it.

        Without a start: nothing used, estimated.
        """
        if self._runs is None:
            return Energy(0.0, 0.0, 0.0, self._estimate.name, "estimated", 0.0)
        self._read()
        chosen, notes = self._choose(self._runs, cards)
        seconds = self._ticked - self._runs_began(chosen)
        self._runs = None
        return self._energy(chosen, notes, seconds, cards)

    def rest(self, energy: Energy) -> None:
        """Take a measurement made while nothing was answered as the power at rest, for the same source."""
        self._idle = energy if energy.measured and energy.seconds > 0 else None

    def _read(self) -> None:
        self._ticked = self._clock()
        still: list[_Run] = []
        for run in self._runs or []:
            reading = run.source.read()
            if reading is None:
                self._lost.append(run.source.name)
                continue
            run.last = reading
            still.append(run)
        self._runs = still

    def _choose(self, runs: list[_Run], cards: bool) -> tuple[list[_Run], list[str]]:
        notes = [f"{name}: stopped answering, not used" for name in self._lost]
        usable = [run for run in runs if run.source is not self._estimate and run.tells()]
        extra = [run for run in usable if run.source.adds] if cards else []
        packages = [run for run in usable if run.source.kind == "measured-package" and not run.source.adds]
        parts = sum(run.used.joules for run in [*packages[:1], *extra])
        for run in usable:
            if run.source.kind != "measured-system":
                continue
            if run.used.joules >= _LEAST_SHARE * parts:
                return [run], notes
            notes.append(f"{run.source.name}: counted less than its parts, not used")
        estimates = [run for run in runs if run.source is self._estimate]
        return [*(packages[:1] or estimates), *extra], notes

    @staticmethod
    def _runs_began(chosen: list[_Run]) -> float:
        return min((run.first.at for run in chosen), default=0.0)

    def _energy(self, chosen: list[_Run], notes: list[str], seconds: float, cards: bool) -> Energy:
        used = [(run.source, run.used) for run in chosen]
        marks = [run.at_mark() for run in chosen]
        apart = [mark for mark in marks if mark is not None]
        source = " + ".join(run.source.name for run in chosen)
        # The sum is no better than its worst part.
        kinds = {run.source.kind for run in chosen}
        whole = "measured-system" in kinds
        left_out = [s.leaves_out for s, _ in used if s.leaves_out]
        if cards and not whole and not any(s.adds for s, _ in used):
            left_out.append("the graphics card")
        idle = self._idle
        return Energy(
            joules=sum(u.joules for _, u in used),
            low=sum(max(0.0, u.joules * s.error.low - u.unsure) for s, u in used),
            high=sum(u.joules * s.error.high + u.unsure for s, u in used),
            source=source,
            kind="estimated" if "estimated" in kinds else "measured-system" if whole else "measured-package",
            seconds=seconds,
            how="\n".join([*(s.explain(u) for s, u in used), *notes]),
            leaves_out="; ".join(left_out),
            idle_watts=idle.watts if idle is not None and idle.source == source else None,
            prefill_joules=sum(mark.joules for mark in apart) if len(apart) == len(marks) and apart else None,
            prefill_seconds=apart[0].at if len(apart) == len(marks) and apart else None,
        )
