"""The chart with its scrubber, and play, pause, time, speed. The clock is the page's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from desktop.gui.controls import Dot, Elided, Slider, button, column, label, pill, row
from desktop.gui.numbers import duration_text
from desktop.gui.race.plot import INSET, Plot
from desktop.gui.race.replay import SPEEDS
from desktop.gui.segmented import Segmented
from desktop.gui.theme import Theme

TICKS = 2000
_HANDLE = 11  # the slider's own inset: its travel begins there
REPLAY = "Replay of two runs made one after the other"


class Scrubber(Slider):
    """Arrows and Space are left to the page, which steps by rounds."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Home and End are the slider's."""
        if event.key() in (Qt.Key.Key_Home, Qt.Key.Key_End):
            super().keyPressEvent(event)
        else:
            event.ignore()


class Transport(QFrame):
    """`scrubbed` carries a share of the time, 0..1; `sped` the chosen speed."""

    play_pressed = Signal()
    scrubbed = Signal(float)
    sped = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._end, self._slow = theme, 0.0, 1
        self._moving = False
        self._names = Elided("", "caption"), Elided("", "caption")
        self.setObjectName("raceClock")
        self.plot = Plot(theme)
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.scrubber = Scrubber(theme, "Time of the replay", 0, TICKS, 0, name="raceScrubber")
        self.play = button(theme, "", "round", "play", name="racePlay", tip="Play (Space)")
        self.time, self._of = label("", "metric", name="raceTime"), label("", "caption")
        self.note = Elided("", "caption", name="raceNote")
        self.slow = pill("")
        self.slow.setObjectName("raceSlow")
        speeds = [(f"{speed:g}×", f"{speed:g} times the speed") for speed in SPEEDS]
        self.speeds = Segmented(theme, speeds, SPEEDS.index(1.0), name="raceSpeed")
        self._track = QHBoxLayout()
        self._track.addWidget(self.scrubber)
        self._build(theme)
        self.scrubber.valueChanged.connect(self._scrub)
        self.play.clicked.connect(self.play_pressed)
        self.speeds.chosen.connect(self._speed)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _build(self, theme: Theme) -> None:
        legend = row(
            label("Tokens produced", "caption"), 8, self.note,
            Dot(theme, "accent"), self._names[1], 8,
            Dot(theme, "text3"), self._names[0], spacing=6,
        )  # fmt: skip
        legend.setStretch(2, 1)
        self._bar = row(self.play, self.time, self._of, 8, self.slow, None, self.speeds, spacing=8)
        self.setProperty("card", "true")
        self.setLayout(column(legend, self.plot, self._track, self._bar, margins=(14, 10, 14, 12), spacing=2))

    @Slot()
    def refresh(self) -> None:
        """The scrubber travels exactly the plot's width."""
        px = self._theme.px
        self._track.setContentsMargins(px(INSET[0]) - px(_HANDLE), 0, px(INSET[1]) - px(_HANDLE), 0)

    def set_names(self, plain: str, speculative: str) -> None:
        """What the lanes are called."""
        self._names[0].set_text(f"{plain} (dashed)")
        self._names[1].set_text(speculative)

    def set_replay(self, end_ms: float, slow: int) -> None:
        """A finished race: everything can be used."""
        self._end, self._slow = end_ms, slow
        self.speeds.set_current(SPEEDS.index(1.0))
        self._of.setText(f"of {duration_text(end_ms)}")
        self.note.set_text(REPLAY)
        self.slow.setText(f"slowed {slow}× to be seen")
        self.slow.setToolTip(
            f"At 1× this replay takes {slow} times as long as the runs did; all figures are theirs"
        )
        self.set_live(False)

    def set_live(self, live: bool, note: str = "") -> None:
        """While runs are made there is nothing to play."""
        for widget in (self.scrubber, self.play, self.speeds):
            widget.setVisible(not live)
        self.time.setVisible(not live)
        self._of.setVisible(not live)
        self.slow.setVisible(not live and self._slow > 1)
        if live:
            self.note.set_text(note)

    def show_at(self, ms: float, *, playing: bool) -> None:
        """The clock's state."""
        self.time.setText(duration_text(ms) if ms >= 0.05 else "0 ms")
        self._moving = True
        self.scrubber.setValue(round(TICKS * ms / self._end) if self._end else 0)
        self._moving = False
        self.scrubber.setAccessibleDescription(f"{duration_text(ms)} of {duration_text(self._end)}")
        self.play.set_icon("pause" if playing else "play")
        words = "Pause (Space)" if playing else "Play (Space)"
        if self.play.toolTip() != words:
            self.play.setToolTip(words)
            self.play.setAccessibleName(words)

    @Slot(int)
    def _scrub(self, value: int) -> None:
        if not self._moving:
            self.scrubbed.emit(value / TICKS)

    @Slot(int)
    def _speed(self, number: int) -> None:
        self.sped.emit(SPEEDS[number])
