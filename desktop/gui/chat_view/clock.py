"""When the next render of a streaming answer is due: often while it is cheap, seldom when it costs."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, QTimer

LEAST_MS, MOST_MS = 33, 250
SHARE = 30
"""Next render = SHARE x the cost of the last, within bounds. The engine's threads wait for each other after
every operation: a millisecond the window takes from a core is one the whole answer loses."""


def pause_ms(cost_ms: float) -> int:
    """Time from the end of one render to the next."""
    return int(min(MOST_MS, max(LEAST_MS, SHARE * cost_ms)))


class RenderClock(QObject):
    """Calls `render` once for everything that was wanted since the last call."""

    def __init__(self, parent: QObject, render: Callable[[], None]) -> None:
        super().__init__(parent)
        self._render = render
        self._due = 0.0  # seconds of the performance counter
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._fire)

    def wanted(self) -> None:
        """There is something to show."""
        if not self._timer.isActive():
            self._timer.start(max(0, int((self._due - time.perf_counter()) * 1000)))

    def cancel(self) -> None:
        """What was wanted is being shown another way."""
        self._timer.stop()

    def _fire(self) -> None:
        start = time.perf_counter()
        self._render()
        end = time.perf_counter()
        self._due = end + pause_ms((end - start) * 1000) / 1000
