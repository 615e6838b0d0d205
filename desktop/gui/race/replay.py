"""The replay's clock and what each lane had at a time. Pure: `now` is handed in, in seconds.

All positions are milliseconds of the recording, so that a lane shows exactly what it had then, whatever the
speed. A race too quick to watch is slowed down by a whole factor, which is always said.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from itertools import accumulate
from math import ceil

from desktop.engine.types import Step

LEAST_MS = 6000.0
"""The slower lane takes at least this long on the screen at 1x."""
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


def slowdown(end_ms: float) -> int:
    """The whole factor that makes a replay last `LEAST_MS` at least; 1 = none is needed."""
    return max(ceil(LEAST_MS / end_ms - 1e-9), 1) if end_ms > 0 else 1


class Timeline:
    """One run by time: how many steps and tokens there were."""

    def __init__(self, steps: Sequence[Step]) -> None:
        self.times = [step.at_ms for step in steps]
        self._tokens = [0, *accumulate(len(step.tokens) for step in steps)]

    @property
    def end_ms(self) -> float:
        """Of the last step."""
        return self.times[-1] if self.times else 0.0

    @property
    def total(self) -> int:
        """Tokens in the end."""
        return self._tokens[-1]

    def steps_at(self, ms: float) -> int:
        """How many steps were done at a time, that of this very moment included."""
        return bisect_right(self.times, ms)

    def tokens_at(self, ms: float) -> int:
        """How many tokens there were."""
        return self._tokens[self.steps_at(ms)]

    def rate_at(self, ms: float) -> float:
        """Decode tok/s up to the last step before: as for the whole run, after the first token."""
        done = self.steps_at(ms)
        first = next((at for at, tokens in enumerate(self._tokens) if tokens), 0)
        if not first or done <= first:
            return 0.0
        span = self.times[done - 1] - self.times[first - 1]
        return (self._tokens[done] - self._tokens[first]) * 1000.0 / span if span > 0 else 0.0

    def points(self) -> list[tuple[float, int]]:
        """(milliseconds, tokens so far), for drawing."""
        return [(0.0, 0), *zip(self.times, self._tokens[1:], strict=True)]


class Clock:
    """Where the replay stands. Computed from when it was last touched, so that nothing adds up to a drift."""

    def __init__(self, end_ms: float = 0.0) -> None:
        self.end_ms = end_ms
        self.slow = slowdown(end_ms)
        self.speed = 1.0
        self._position, self._since = 0.0, 0.0
        self._playing = False

    def at(self, now: float) -> float:
        """Position at a moment."""
        if not self._playing:
            return self._position
        return min(self._position + (now - self._since) * 1000.0 * self.speed / self.slow, self.end_ms)

    def playing(self, now: float) -> bool:
        """Playing, and not at the end."""
        return self._playing and self.at(now) < self.end_ms

    def play(self, now: float) -> None:
        """Go on; from the beginning when at the end."""
        position = self.at(now)
        self._position, self._since = (0.0 if position >= self.end_ms else position), now
        self._playing = True

    def pause(self, now: float) -> None:
        """Stop where it is."""
        self._position, self._playing = self.at(now), False

    def seek(self, ms: float, now: float) -> None:
        """Go to a place; playing goes on from there."""
        self._position, self._since = min(max(ms, 0.0), self.end_ms), now

    def set_speed(self, speed: float, now: float) -> None:
        """Change the speed, not the place."""
        self.seek(self.at(now), now)
        self.speed = speed


def neighbour(times: Sequence[float], ms: float, forward: bool) -> float:
    """The next, or the last, time in order: what the arrow keys go to. Ends stay where they are."""
    if forward:
        at = bisect_right(times, ms + 1e-6)
        return times[at] if at < len(times) else ms
    at = bisect_left(times, ms - 1e-6)
    return times[at - 1] if at else 0.0
