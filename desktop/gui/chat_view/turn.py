"""What is made ready in one turn of the event loop: what is seen, and what is near while time is left."""

from __future__ import annotations

import time

NEAR = 500  # pixels beyond the viewport that are made ready in good time
_BUDGET = 0.012  # seconds


class Turn:
    """`width`: pixels of the column. `changed`: heights, by the last pass. `pending`: more to do."""

    def __init__(self, width: int) -> None:
        self.width = width
        self.changed = self.pending = False
        self._read = False
        self._deadline = time.perf_counter() + _BUDGET
        self._top = self._bottom = 0

    def look(self, value: int, height: int) -> None:
        """Begins a pass with the viewport at `value`."""
        self._top, self._bottom = value, value + height
        self.changed = self.pending = False

    def near(self, top: int, height: int) -> bool:
        """Whether something is in the viewport or not far from it."""
        return top + height >= self._top - NEAR and top <= self._bottom + NEAR

    def may(self, top: int, height: int) -> bool:
        """Whether it should be made now: it is seen, or there is time."""
        if (top + height >= self._top and top <= self._bottom) or time.perf_counter() <= self._deadline:
            return True
        self.pending = True
        return False

    def may_read(self) -> bool:
        """Whether to read a slice: one in any case, or a busy computer would starve it."""
        if not self._read or time.perf_counter() <= self._deadline:
            self._read = True
            return True
        self.pending = True
        return False
