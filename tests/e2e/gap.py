"""The longest time the window did not react."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Slot

TICK_MS = 5


class Gap(QObject):
    """Counts from its making: the longest gap between two rounds of the event loop, in milliseconds."""

    def __init__(self) -> None:
        super().__init__()
        self.worst_ms = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def take(self) -> int:
        """The longest since the last call, and begin anew."""
        self._tick()
        worst, self.worst_ms = self.worst_ms, 0.0
        return round(worst)

    @Slot()
    def _tick(self) -> None:
        now = time.perf_counter()
        self.worst_ms, self._last = max(self.worst_ms, (now - self._last) * 1000.0), now
