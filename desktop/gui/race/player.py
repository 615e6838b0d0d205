"""Plays the replay's clock: a timer, and what moves it. Knows times, not what is shown at them."""

from __future__ import annotations

from collections.abc import Iterable
from time import monotonic

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

from desktop.gui.race.replay import Clock, neighbour

FRAME_MS = 33


class Player(QObject):
    """`moved`: the place, or whether it plays, changed; once a frame while it plays."""

    moved = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.clock = Clock()
        self._times = [0.0]
        self.timer = QTimer(self)
        self.timer.setInterval(FRAME_MS)
        self.timer.setTimerType(Qt.TimerType.PreciseTimer)
        self.timer.timeout.connect(self._tick)

    def load(self, times: Iterable[float]) -> None:
        """Another recording, at its beginning; `times` of its steps in ms."""
        self.stop()
        self._times = sorted({0.0, *times})
        self.clock = Clock(self._times[-1])

    @property
    def position_ms(self) -> float:
        """Where it stands, in the recording's time."""
        return self.clock.at(monotonic())

    @property
    def playing(self) -> bool:
        """It plays, and is not at its end."""
        return self.clock.playing(monotonic())

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self.playing:
            self.stop()
        else:
            self.clock.play(monotonic())
            self.timer.start()
        self.moved.emit()

    def stop(self) -> None:
        """Pause, without a word."""
        self.clock.pause(monotonic())
        self.timer.stop()

    def seek(self, ms: float) -> None:
        """Go to a time of the recording."""
        self.clock.seek(ms, monotonic())
        self.moved.emit()

    def step(self, *, forward: bool) -> None:
        """To the next round, or the last; it does not play then."""
        self.stop()
        self.seek(neighbour(self._times, self.position_ms, forward))

    @Slot(float)
    def seek_share(self, share: float) -> None:
        """Go to a share of the time, 0..1."""
        self.seek(share * self.clock.end_ms)

    @Slot(float)
    def set_speed(self, speed: float) -> None:
        """Change the speed, not the place."""
        self.clock.set_speed(speed, monotonic())

    @Slot()
    def _tick(self) -> None:
        if not self.playing:
            self.stop()
        self.moved.emit()
