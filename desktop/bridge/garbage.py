"""Python's garbage, collected on the main thread only.

Python collects on whichever thread happens to allocate; a widget in a forgotten cycle, freed on the engine
thread, takes the program down. Collecting everything takes long enough to be seen once there are long
answers: that waits for a quiet moment.
"""

from __future__ import annotations

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer, Slot

EVERY_MS = 250
_FULL_EVERY = 240
"""Ticks between two collections of everything: a minute."""
_YOUNG = 2000


class Garbage(QObject):
    """From `start` to `stop`. `quiet`: whether a tenth of a second is at hand."""

    def __init__(self, quiet: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._quiet = quiet
        self._ticks = 0
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY_MS)
        self._timer.timeout.connect(self._collect)

    @Slot()
    def start(self) -> None:
        """From here on nobody else collects. What is there now stays: it is the program."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def stop(self) -> None:
        """As it was."""
        if self._timer.isActive():
            self._timer.stop()
            gc.unfreeze()
            gc.enable()

    @Slot()
    def _collect(self) -> None:
        self._ticks += 1
        young, middle, _ = gc.get_count()
        if self._ticks >= _FULL_EVERY and self._quiet():
            self._ticks = 0
            gc.collect()
        elif middle > 10:
            gc.collect(1)
        elif young > _YOUNG:
            gc.collect(0)
