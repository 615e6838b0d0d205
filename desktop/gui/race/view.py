"""The race page: set up a race, watch its first run live, then both lanes replayed on one clock.

Who owns it hands in what there is (`setup`'s setters), then on `run_requested(Wanted)` calls `begin(...)`,
`prepare(...)` while things are made ready, for every run `begin_run(number, lane)` and, as they come,
`live_step(lane, steps)`; at the end `show_race(race)`, or `show_setup()` after a failure. Takes recorded runs
only: no engine, no store, no thread.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Literal

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QStackedLayout, QWidget

from desktop.contest.again import Repeated
from desktop.contest.data import LANES, Configuration, Lane, Race, names
from desktop.engine.types import Step
from desktop.gui.escape import claims_escape
from desktop.gui.race import told
from desktop.gui.race.page import ResultPage, scroll_area
from desktop.gui.race.player import Player
from desktop.gui.race.replay import Timeline
from desktop.gui.race.setup import Setup
from desktop.gui.race.wanted import Wanted
from desktop.gui.theme import Theme

CHART_S = 0.1
"""Charts are redrawn this seldom while a run is recorded."""


State = Literal["setup", "running", "result"]


class RaceView(QWidget):
    """See the module. Keys while a race is shown: Space plays and pauses, arrows step by a round, Esc goes
    back; while one is running Esc cancels it.
    """

    run_requested = Signal(Wanted)
    cancel_requested = Signal()
    export_requested = Signal(Race)
    picture_requested = Signal(Race)
    repeat_requested = Signal(Race)
    import_requested = Signal()
    demonstration_requested = Signal()
    demonstration_deleted = Signal()
    opened = Signal(str)
    deleted = Signal(str)
    new_requested = Signal()
    _state: State = "setup"  # here: events come while the rest is made

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._race: Race | None = None
        self.player = Player(self)
        self._repeated: Repeated | None = None
        self._drawn, self._unseen = 0.0, False
        self.setObjectName("raceView")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setup, self._page = Setup(theme), ResultPage(theme)
        self.headline, self.transport = self._page.headline, self._page.transport
        self.lanes, self.side = self._page.lanes, self._page.side
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
        self.player.moved.connect(self._show)
        self.setup.run_requested.connect(self.run_requested)
        self.headline.cancel_pressed.connect(self._cancel)
        self.headline.new_pressed.connect(self._new)
        self.transport.play_pressed.connect(self.toggle)
        self.transport.scrubbed.connect(self.player.seek_share)
        self.transport.sped.connect(self.player.set_speed)
        self.side.export_pressed.connect(self._export)
        self.side.picture_pressed.connect(self._picture)
        self.side.repeat_pressed.connect(self._repeat)
        self.setup.history.opened.connect(self.opened)
        self.setup.history.deleted.connect(self.deleted)
        self.setup.history.import_pressed.connect(self.import_requested)
        self.setup.demonstration.wanted.connect(self.demonstration_requested)
        self.setup.demonstration.delete_pressed.connect(self.demonstration_deleted)

    # What comes in

    def show_setup(self) -> None:
        """Choose a prompt."""
        self.player.stop()
        self._race, self._state = None, "setup"
        self._stack.setCurrentIndex(0)
        self._arrange_focus(self.setup.prompt.edit)

    def begin(self, prompt: str, lanes: Sequence[Configuration], repeats: int) -> None:
        """A race begins: two empty lanes, no replay yet."""
        self.player.stop()
        self._race, self._state = None, "running"
        titles = names(lanes[0], lanes[1])
        for lane, title, one in zip(LANES, titles, lanes, strict=True):
            self.lanes[lane].begin(title, one.detail or one.name)
        self.transport.set_names(*titles)
        self.headline.show_running(prompt, repeats * 2)
        self.transport.plot.set_playhead(None)
        self.transport.plot.set_lines([], [], done=False)
        self.transport.set_live(True, "Recording; the replay begins when all runs are done")
        self.side.show_running()
        self._stack.setCurrentIndex(1)
        self._arrange_focus(self.headline.cancel)

    def prepare(self, words: str, fraction: float) -> None:
        """What is done before the first run."""
        self.headline.set_preparing(words, fraction)

    def begin_run(self, number: int, lane: Lane) -> None:
        """Run `number` (from 1) starts in a lane: what it held of an earlier run goes."""
        found = self.lanes[lane]
        found.begin(*found.named)
        self.headline.set_progress(number)

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

    def show_race(self, race: Race, repeated: Repeated | None = None) -> None:
        """The result. Plays from the beginning; with reduced motion it stands at its end.

        `repeated`: how it came out, when it is a receipt run again.
        """
        self.player.stop()
        self._race, self._state = race, "result"
        self._repeated = repeated
        pair = race.shown
        lines = {lane: Timeline(pair.run(lane).steps) for lane in self.lanes}
        self.player.load(ms for line in lines.values() for ms in line.times)
        for lane, title in zip(LANES, told.names(race), strict=True):
            self.lanes[lane].show_run(pair.run(lane), title)
        self.transport.set_names(*told.names(race))
        self.headline.show_race(race)
        self.transport.plot.set_lines(lines["plain"].points(), lines["speculative"].points(), done=True)
        self.transport.set_replay(self.player.clock.end_ms, self.player.clock.slow)
        self.side.show_race(race, repeated)
        self._stack.setCurrentIndex(1)
        self._unseen = not self._theme.reduce_motion and not self.isVisible()
        if self._theme.reduce_motion:
            self.player.seek(self.player.clock.end_ms)
        elif self._unseen:
            self._show()
        else:
            self.toggle()
        self._arrange_focus(self)

    def show_repeat(self, repeated: Repeated) -> None:
        """How the race that is shown came out beside the receipt it repeats."""
        if self._state == "result":
            self._repeated = repeated
            self.side.verdict.show_repeat(repeated)

    def say(self, news: str) -> None:
        """What became of the last thing done."""
        if self._state == "result":
            self.headline.say(news)
        else:
            self.setup.say(news)

    def set_repeatable(self, reason: str) -> None:
        """Why the shown race cannot be run again now; "" = it can."""
        self.side.set_repeatable(reason)

    def offer_repeat_with(self, model: str) -> None:
        """The receipt's own files are not here: what is loaded can stand in for them."""
        self.side.repeat.set_text(f"Repeat with {model}")

    # What goes out

    @property
    def race(self) -> Race | None:
        """What is shown."""
        return self._race

    @property
    def position_ms(self) -> float:
        """Where the replay stands, in the recording's time."""
        return self.player.position_ms

    @property
    def state(self) -> State:
        """What is on screen."""
        return self._state

    @property
    def repeated(self) -> Repeated | None:
        """How the shown race came out beside the receipt it repeats."""
        return self._repeated if self._state == "result" else None

    @Slot()
    def toggle(self) -> None:
        """Play or pause."""
        if self._race is not None:
            self.player.toggle()

    def seek(self, ms: float) -> None:
        """Go to a time of the recording."""
        self.player.seek(ms)

    def event(self, event: QEvent) -> bool:
        """Esc is the page's own while there is something to leave."""
        return (self._state != "setup" and claims_escape(event)) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and arrows; Esc."""
        key = event.key()
        if key == Qt.Key.Key_Escape and self._state != "setup":
            self.leave()
        elif self._race is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            super().keyPressEvent(event)
        elif key == Qt.Key.Key_Space:
            self.toggle()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.player.step(forward=key == Qt.Key.Key_Right)
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        """A race that ended meanwhile plays now."""
        super().showEvent(event)
        if self._unseen:
            self._unseen = False
            self.toggle()

    def hideEvent(self, event: QHideEvent) -> None:
        """Nothing plays unseen."""
        super().hideEvent(event)
        self.player.stop()

    def _arrange_focus(self, where: QWidget) -> None:
        """Where the keyboard goes when this page gets it; at once, when it is here already."""
        focus: QWidget | None = self.window().focusWidget()
        here = focus is not None and self.isVisible() and (focus is self or self.isAncestorOf(focus))
        self.setFocusProxy(None if where is self else where)  # type: ignore[arg-type]  # None: itself
        if here:
            where.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _show(self) -> None:
        """Everything at the clock's time."""
        if self._race is None:
            return
        ms = self.player.position_ms
        done = {lane: card.show_at(ms) for lane, card in self.lanes.items()}
        self.transport.plot.set_playhead(ms, done["plain"], done["speculative"])
        self.transport.show_at(ms, playing=self.player.playing)

    @Slot()
    def _new(self) -> None:
        self.show_setup()
        self.new_requested.emit()

    @Slot()
    def _cancel(self) -> None:
        self.headline.set_ending()
        self.cancel_requested.emit()

    def leave(self) -> None:
        """What Esc does here: cancel the race, or back to the setup."""
        if self._state == "running":
            self.headline.cancel.click()
        elif self._state == "result":
            self._new()

    @Slot()
    def _export(self) -> None:
        if self._race is not None:
            self.export_requested.emit(self._race)

    @Slot()
    def _repeat(self) -> None:
        if self._race is not None:
            self.repeat_requested.emit(self._race)

    @Slot()
    def _picture(self) -> None:
        if self._race is not None:
            self.picture_requested.emit(self._race)
