"""The race page: set up a race, watch its first run live, then both lanes replayed on one clock.

How the lead wires it: `set_configurations`, `set_prompts` and `set_history` with what there is; on
`run_requested(Wanted)` call `begin(...)`, then for every run `begin_run(number, lane)` and, as they come,
`live_step(lane, steps)`; at the end `show_race(race)`, or `show_setup(reason)` after a failure.
`cancel_requested`, `opened(id)`, `export_requested(race)`, `picture_requested(race)` go out; `picture()` is
the result as pixels. Takes recorded runs only: no engine, no store, no thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QPixmap
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop.contest.data import LANES, Configuration, Lane, Race, Summary, Wanted, names
from desktop.engine.types import Step
from desktop.gui.race.page import ResultPage, scroll_area
from desktop.gui.race.replay import Clock, Timeline, neighbour
from desktop.gui.race.setup import Setup
from desktop.gui.theme import Theme

FRAME_MS = 33
CHART_S = 0.1
"""Charts are redrawn this seldom while a run is recorded."""


class RaceView(QWidget):
    """See the module. Keys while a race is shown: Space plays and pauses, arrows step by a round."""

    run_requested = Signal(Wanted)
    cancel_requested = Signal()
    export_requested = Signal(Race)
    picture_requested = Signal(Race)
    opened = Signal(str)
    new_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._race: Race | None = None
        self._clock = Clock()
        self._times: list[float] = []
        self._configurations: dict[str, Configuration] = {}
        self._total, self._drawn = 0, 0.0
        self.setObjectName("raceView")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setup, self._page = Setup(theme), ResultPage(theme)
        self.headline, self.transport = self._page.headline, self._page.transport
        self.lanes, self.side = self._page.lanes, self._page.side
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._build()
        self._connect()

    def _build(self) -> None:
        self._stack = QStackedLayout()
        setup_area = scroll_area("raceSetupScroll")
        setup_area.setWidget(self.setup)
        self._stack.addWidget(setup_area)
        self._stack.addWidget(self._page)
        self.setLayout(self._stack)

    def _connect(self) -> None:
        self._timer.timeout.connect(self._tick)
        self.setup.run_requested.connect(self.run_requested)
        self.headline.cancel_pressed.connect(self.cancel_requested)
        self.headline.new_pressed.connect(self._new)
        self.transport.play_pressed.connect(self.toggle)
        self.transport.scrubbed.connect(self._scrub)
        self.transport.sped.connect(self._speed)
        self.side.export_pressed.connect(self._export)
        self.side.picture_pressed.connect(self._picture)
        self.setup.history.opened.connect(self.opened)

    # What comes in

    def set_configurations(
        self, configurations: Sequence[Configuration], plain: str, speculative: str
    ) -> None:
        """What lanes can hold, and the keys chosen at first."""
        self._configurations = {one.key: one for one in configurations}
        self.setup.set_configurations(configurations, plain, speculative)

    def set_prompts(self, prompts: Sequence[tuple[str, str]]) -> None:
        """Suggested prompts: (a few words, the prompt)."""
        self.setup.set_prompts(prompts)

    def set_history(self, summaries: Sequence[Summary]) -> None:
        """Earlier races, newest first."""
        self.setup.history.set_summaries(summaries)

    def show_setup(self, reason: str = "") -> None:
        """Choose a prompt; `reason`: why no race can be run, or why the last one failed."""
        self._stop()
        self._race = None
        self.setup.set_reason(reason)
        self._stack.setCurrentIndex(0)

    def begin(self, wanted: Wanted) -> None:
        """A race begins: two empty lanes, no replay yet."""
        self._stop()
        self._race, self._total = None, wanted.repeats * 2
        held = [
            self._configurations.get(key, Configuration(key, key))
            for key in (wanted.plain, wanted.speculative)
        ]
        titles = names(*held)
        for lane, title, one in zip(LANES, titles, held, strict=True):
            self.lanes[lane].begin(title, one.detail or one.name)
        self.transport.set_names(*titles)
        self.headline.show_running(wanted.prompt, self._total)
        self.transport.plot.set_playhead(None)
        self.transport.plot.set_lines([], [], done=False)
        self.transport.set_live(True, "Recording; the replay begins when all runs are done")
        self.side.show_running()
        self._stack.setCurrentIndex(1)

    def begin_run(self, number: int, lane: Lane) -> None:
        """Run `number` (from 1) starts in a lane: what it held of an earlier run goes."""
        found = self.lanes[lane]
        found.begin(*found.named)
        self.headline.set_progress(number, self._total)

    def live_step(self, lane: Lane, steps: Sequence[Step], words: Mapping[int, str] | None = None) -> None:
        """Steps as they are made; hand them over in bundles, 30 times a second at most.

        `words`: the text of token ids, without which a live lane has no tints.
        """
        self.lanes[lane].live(steps, words or {})
        now = monotonic()
        if now - self._drawn >= CHART_S:
            self._drawn = now
            points = [self.lanes[one].live_points() for one in LANES]
            self.transport.plot.set_lines(*points, done=False)

    def show_race(self, race: Race) -> None:
        """The result. Plays from the beginning; with reduced motion it stands at its end."""
        self._stop()
        self._race = race
        pair = race.shown
        lines = {lane: Timeline(pair.run(lane).steps) for lane in self.lanes}
        self._times = sorted({0.0, *(ms for line in lines.values() for ms in line.times)})
        self._clock = Clock(self._times[-1])
        for lane, title in zip(LANES, race.names, strict=True):
            self.lanes[lane].show_run(pair.run(lane), title)
        self.transport.set_names(*race.names)
        self.headline.show_race(race)
        self.transport.plot.set_lines(lines["plain"].points(), lines["speculative"].points(), done=True)
        self.transport.set_replay(self._clock.end_ms, self._clock.slow)
        self.side.show_race(race)
        self._stack.setCurrentIndex(1)
        if self._theme.reduce_motion:
            self._clock.seek(self._clock.end_ms, monotonic())
            self._show()
        else:
            self.toggle()
        self.setFocus()

    # What goes out

    @property
    def race(self) -> Race | None:
        """What is shown."""
        return self._race

    @property
    def position_ms(self) -> float:
        """Where the replay stands, in the recording's time."""
        return self._clock.at(monotonic())

    def picture(self) -> QPixmap:
        """The result as it is on the screen."""
        return self.grab()

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self._race is None:
            return
        now = monotonic()
        if self._clock.playing(now):
            self._stop()
        else:
            self._clock.play(now)
            self._timer.start()
        self._show()

    def seek(self, ms: float) -> None:
        """Go to a time of the recording."""
        self._clock.seek(ms, monotonic())
        self._show()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and arrows."""
        key = event.key()
        if self._race is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.toggle()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._stop()
            self.seek(neighbour(self._times, self.position_ms, key == Qt.Key.Key_Right))
        else:
            super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays unseen."""
        super().hideEvent(event)
        self._stop()

    def _stop(self) -> None:
        self._clock.pause(monotonic())
        self._timer.stop()

    @Slot()
    def _tick(self) -> None:
        if not self._clock.playing(monotonic()):
            self._stop()
        self._show()

    def _show(self) -> None:
        """Everything at the clock's time."""
        if self._race is None:
            return
        now = monotonic()
        ms = self._clock.at(now)
        done = {lane: card.show_at(ms) for lane, card in self.lanes.items()}
        self.transport.plot.set_playhead(ms, done["plain"], done["speculative"])
        self.transport.show_at(ms, playing=self._clock.playing(now))

    @Slot(float)
    def _scrub(self, share: float) -> None:
        self.seek(share * self._clock.end_ms)

    @Slot(float)
    def _speed(self, speed: float) -> None:
        self._clock.set_speed(speed, monotonic())

    @Slot()
    def _new(self) -> None:
        self.show_setup()
        self.new_requested.emit()

    @Slot()
    def _export(self) -> None:
        if self._race is not None:
            self.export_requested.emit(self._race)

    @Slot()
    def _picture(self) -> None:
        if self._race is not None:
            self.picture_requested.emit(self._race)
