"""One lane: whose it is, its figures at the replay's time, how far it is, its text. Knows recorded runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.contest.data import Energy, Lane, Run
from desktop.engine.types import Step
from desktop.gui.controls import Dot, Elided, Meter, column, hairline, label, row
from desktop.gui.numbers import DASH, duration_text, three_digits
from desktop.gui.parts import plain_tip
from desktop.gui.race import told
from desktop.gui.race.flow import Flow
from desktop.gui.race.replay import Timeline
from desktop.gui.theme import Theme

_TITLE = {"plain": "Plain", "speculative": "Speculative"}
_TITLE_ROOM = 200
_TOKEN = {"plain": "text3", "speculative": "accent"}


class _Metric(QWidget):
    """A figure above its caption."""

    def __init__(self, caption: str) -> None:
        super().__init__()
        self._widest = 0
        self.value, self.caption = label(DASH, "strong"), label(caption, "caption")
        self.setLayout(column(self.value, self.caption, spacing=1))

    def say(self, value: str, source: str, caption: str = "") -> None:
        self.value.setText(value)
        if caption:
            self.caption.setText(caption)
        self._widest = max(self._widest, self.value.fontMetrics().horizontalAdvance(value) + 1)
        self.value.setMinimumWidth(self._widest)  # what grows does not push its neighbours about twice
        self.setToolTip(plain_tip(source))
        self.setAccessibleName(f"{self.caption.text()}: {value}")
        self.setAccessibleDescription(source)

    def forget(self) -> None:
        """Another run: the widest value is not known yet."""
        self._widest = 0


class LaneCard(QFrame):
    """Both lanes share layout, order and size, so that the eye compares only lengths."""

    def __init__(self, theme: Theme, lane: Lane) -> None:
        super().__init__()
        self._theme = theme
        self._lane: Lane = lane
        self._run: Run | None = None
        self._timeline = Timeline(())
        self._live: list[Step] = []
        self.named = _TITLE[lane], ""
        self.setProperty("card", "true")
        self.setObjectName(f"raceLane_{lane}")
        self._title, self._sub = Elided(_TITLE[lane], "heading2"), Elided("", "caption")
        self._ends: QLabel = label("", "caption")
        self.rate = label(DASH, "figure", name=f"raceRate_{lane}")
        self._first, self.tokens = _Metric("first token"), _Metric("tokens")
        self._joules, self._cost = _Metric("energy"), _Metric("cost")
        self._bar = Meter(theme, "Tokens so far", name=f"raceBar_{lane}", height=4)
        self.flow = Flow(theme, f"{_TITLE[lane]} answer", name=f"raceText_{lane}")
        self.flow.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._build(theme)

    def _build(self, theme: Theme) -> None:
        head = row(Dot(theme, _TOKEN[self._lane]), self._title, self._sub, None, self._ends, spacing=8)
        head.setContentsMargins(14, 11, 14, 0)
        rate = row(self.rate, label("tok/s", "caption"), spacing=5)
        figures = row(
            rate, None, self._first, None, self.tokens, None, self._joules, None, self._cost, spacing=3
        )
        figures.setContentsMargins(14, 5, 14, 8)
        rate.setAlignment(self.rate, Qt.AlignmentFlag.AlignVCenter)
        layout: QVBoxLayout = column(head, figures, spacing=0)
        layout.addLayout(row(self._bar, margins=(14, 0, 14, 10)))
        layout.addWidget(hairline())
        layout.addLayout(row(self.flow, margins=(10, 8, 10, 8)), 1)
        self.setLayout(layout)
        self._show_energy(None)

    def show_run(self, run: Run, title: str) -> None:
        """A finished run; `show_at` then says how much of it."""
        self._run, self._timeline = run, Timeline(run.steps)
        self._forget()
        self._name(title, run.label)
        self._ends.setText(f"ends at {duration_text(run.end_ms)}")
        self._first.say(duration_text(run.finished.timings.ttft_ms), "From the request to the first token")
        self._show_energy(run.energy)
        self.flow.set_run(run.steps, run.words)
        self.flow.name_text()
        self.show_at(run.end_ms)

    def show_at(self, ms: float) -> int:
        """The state at a time of the recording. Returns the tokens there were."""
        if self._run is None:
            return 0
        done, total = self._timeline.tokens_at(ms), self._timeline.total
        ended = ms >= self._timeline.end_ms
        rate = self._run.rate if ended else self._timeline.rate_at(ms)
        self._figures(rate, done, f"{done:,} / {total:,}")
        self._bar.set_parts(
            [(done / total if total else 0.0, _TOKEN[self._lane])], f"{done} of {total} tokens"
        )
        self.flow.show_steps(self._timeline.steps_at(ms), caret=not ended)
        return done

    def begin(self, title: str, sub: str) -> None:
        """An empty lane, to be filled live."""
        self._run, self._live = None, []
        self._forget()
        self._name(title, sub)
        self._ends.setText("")
        self._first.say(DASH, "")
        self._figures(0.0, 0, DASH)
        self._show_energy(None)
        self._bar.set_parts([], "No tokens yet")
        self.flow.set_run((), {})
        self.flow.show_steps(0, caret=False)

    def live(self, steps: Sequence[Step], words: Mapping[int, str]) -> None:
        """More of a run that is being made."""
        self._live += steps
        timeline = Timeline(self._live)
        self.flow.append(steps, words)
        self.flow.show_steps(len(self._live), caret=True)
        first = next((step.at_ms for step in self._live if step.tokens), None)
        if first is not None:
            self._first.say(duration_text(first), "From the request to the first token")
        self._figures(timeline.rate_at(timeline.end_ms), timeline.total, f"{timeline.total:,}")

    def live_points(self) -> list[tuple[float, int]]:
        """What was seen so far, for the chart."""
        return Timeline(self._live).points() if self._live else []

    def _forget(self) -> None:
        for metric in (self._first, self.tokens, self._joules, self._cost):
            metric.forget()

    def _name(self, title: str, sub: str) -> None:
        self.named = title, sub
        self._title.set_text(title)
        room = min(self._title.sizeHint().width(), self._theme.px(_TITLE_ROOM))
        self._title.setMinimumWidth(room)  # before what is said beside it
        self._sub.set_text("" if sub == title else sub)
        self.setAccessibleName(f"{title}: {sub}" if sub else title)

    def _figures(self, rate: float, done: int, tokens: str) -> None:
        self.rate.setText(three_digits(rate) if rate else DASH)
        metrics = self.rate.fontMetrics()
        room = max(metrics.horizontalAdvance(words) for words in ("00.0", self.rate.text()))
        self.rate.setMinimumWidth(room + 2)
        self.rate.setToolTip(f"(tokens - 1) / time from the first token to the last, of {done:,} tokens")
        self.tokens.say(tokens, "Tokens made so far / in all" if "/" in tokens else "Tokens made so far")

    def _show_energy(self, energy: Energy | None) -> None:
        """Only what is known is shown; an estimate says so in its caption."""
        price = told.cost(energy) if energy is not None else ""
        self._joules.setVisible(energy is not None)
        self._cost.setVisible(bool(price))
        if energy is not None:
            how = "energy, total" if energy.measured else "J, est."
            value, source = told.joules(energy), told.energy_sums(energy)
            self._joules.say(value if energy.measured else value[:-2], source, how)
            self._cost.say(price or DASH, source, "cost, total" if energy.measured else "cost, est.")
