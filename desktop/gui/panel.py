"""The panel "This answer": speed with a live chart, first token, counts, prompt, context.

Fed by what the engine reports, and from the receipt for an old answer; redraws at most five times a second.
What each number was computed from is its tooltip and accessible description (figures.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.engine.types import Finished, Prefill, Step
from desktop.gui.chart import RateChart
from desktop.gui.controls import Dot, Elided, Meter, card, column, label, pill, restyle, row
from desktop.gui.draft_card import DraftCard
from desktop.gui.drafted import DraftCounts
from desktop.gui.figures import EMPTY, Answer, Figure, from_receipt
from desktop.gui.numbers import duration_text, three_digits
from desktop.gui.theme import GAP, HEADER, PANEL, Theme
from desktop.store.types import State

PanelState = Literal[
    "idle", "loading", "reading", "writing", "done", "stopped", "cut", "interrupted", "failed"
]
REDRAW_MS = 200
_DOT: dict[PanelState, str] = {
    "idle": "line3", "loading": "accent", "reading": "accent", "writing": "accent", "done": "ok",
    "stopped": "text3", "cut": "warn", "interrupted": "warn", "failed": "bad",
}  # fmt: skip
_WORD: dict[PanelState, str] = {
    "idle": "Idle", "loading": "Loading", "reading": "Reading", "writing": "Writing", "done": "Done",
    "stopped": "Stopped", "cut": "Length limit", "interrupted": "Interrupted", "failed": "Failed",
}  # fmt: skip
_LESSONS = (
    ("First token", "The wait until the answer begins: the model reads your message first."),
    ("Tokens", "A model writes one token at a time, about three quarters of a word."),
    ("Context", "All the model can see at once, your words and its own."),
)


class Stat(QFrame):
    """A small card: caption, number, unit."""

    def __init__(self, caption: str, name: str) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName(name)
        self._caption = caption
        self.value, self._unit = label("", "figure"), label("", "caption")
        line = row(self.value, self._unit, None, spacing=6)
        line.setAlignment(self._unit, Qt.AlignmentFlag.AlignBottom)
        self._unit.setContentsMargins(0, 0, 0, 3)
        self.setLayout(column(label(caption, "caption"), line, spacing=2, margins=(12, 10, 12, 10)))

    def show_figure(self, figure: Figure) -> None:
        """Change the number."""
        self.value.setText(figure.value)
        self._unit.setText(figure.unit)
        _explain(self, self._caption, figure)


class Line(QWidget):
    """Caption at the left, number at the right."""

    def __init__(self, caption: str, name: str, role: str = "caption") -> None:
        super().__init__()
        self.setObjectName(name)
        self._caption = caption
        self.value = label("", role)
        self.setLayout(row(label(caption, "caption"), None, self.value))

    def show_figure(self, figure: Figure) -> None:
        """Change the number."""
        self.value.setText(f"{figure.value} {figure.unit}".rstrip())
        _explain(self, self._caption, figure)


def _explain(widget: QWidget, caption: str, figure: Figure) -> None:
    widget.setToolTip(figure.source)
    widget.setAccessibleName(f"{caption}: {figure.value} {figure.unit}".rstrip())
    widget.setAccessibleDescription(figure.source)


class Panel(QFrame):
    """304 px at 100 %."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._answer, self._state = theme, Answer(), "idle"  # type: Theme, Answer, PanelState
        self.setObjectName("panel")
        self.setAccessibleName("This answer")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self.flush)
        self._dot, self._word = Dot(theme, "line3"), label("Idle", "caption", name="panelState")
        self._speed, self._unit = label("", "headline", name="speed"), label("tok/s", "caption")
        self._chart = RateChart(theme)
        self._ratio = pill("", "accent")
        self._ratio.setObjectName("ratio")
        self._note = label("", "caption", wrap=True, name="speedNote")
        self._first, self._out = Stat("First token", "firstToken"), Stat("Answer", "answerTokens")
        self._prompt = Line("Prompt", "promptTokens", "captionstrong")
        self._reading, self._reused = Line("Read at", "readingSpeed"), Line("Reused from before", "reused")
        self._context = Line("Context", "context", "captionstrong")
        self._meter = Meter(theme, "Context used", name="contextMeter")
        self._model = Elided("", "caption", name="answerModel")
        self._drafting = DraftCard(theme)
        self._build()
        theme.changed.connect(self.refresh)
        self.refresh()
        self.reset(0)

    def _build(self) -> None:
        self._head = QWidget()
        title = label("This answer", "heading2")
        self._head.setLayout(row(title, None, self._dot, self._word, spacing=6, margins=(16, 0, 16, 0)))
        figure = row(self._speed, self._unit, None, spacing=6)
        figure.setAlignment(self._unit, Qt.AlignmentFlag.AlignBottom)
        self._unit.setContentsMargins(0, 0, 0, 6)
        self._speed_card = card(
            row(label("Tokens per second", "caption"), None, self._ratio),
            figure,
            self._chart,
            self._note,
            spacing=6,
        )
        self._speed_card.setObjectName("speedCard")
        stats = row(self._first, self._out, spacing=GAP)
        stats.setStretch(0, 1)
        stats.setStretch(1, 1)
        self._prompt_card = card(self._prompt, self._reading, self._reused, spacing=6)
        self._lessons = card(label("What the numbers mean", "strong"), *map(_lesson, _LESSONS), spacing=8)
        context = card(self._context, self._meter, margins=(14, 12, 14, 14))
        body = QWidget()
        cards = (self._drafting, self._prompt_card, context, self._model)
        items = (self._speed_card, stats, self._lessons, *cards, None)
        body.setLayout(column(*items, spacing=GAP, margins=(16, 10, 16, 16)))
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(scroll, 1)

    @property
    def state(self) -> PanelState:
        """What the dot says."""
        return self._state

    def reset(self, n_ctx: int) -> None:
        """Nothing asked yet, with a context of `n_ctx` tokens (0 = no model)."""
        self._answer = Answer(n_ctx=n_ctx)
        self.set_state("idle")

    def begin(self, n_ctx: int, model: str = "", draft: str = "") -> None:
        """A request was submitted. `draft`: name of the draft model that is loaded."""
        self._answer = Answer(n_ctx=n_ctx, model=model, drafting=DraftCounts(draft=draft))
        self.set_state("reading")

    def set_state(self, state: PanelState) -> None:
        """Change the state by hand: loading, failed, idle."""
        self._state = state
        self.flush()

    def prefill(self, event: Prefill) -> None:
        """The prompt is being read."""
        self._start_unless("reading")
        self._answer.prefill(event)
        self._state = "reading"
        self._soon()

    def steps(self, steps: Sequence[Step]) -> None:
        """Tokens arrived."""
        self._start_unless("reading", "writing")
        self._answer.steps(steps)
        self._state = "writing"
        self._soon()

    def finished(self, event: Finished) -> None:
        """The answer ended; the engine's own counts are shown."""
        self._answer.finished(event)
        ends: dict[str, PanelState] = {"length": "cut", "cancelled": "stopped"}
        self.set_state(ends.get(event.stop_reason, "done"))

    def show_receipt(self, receipt: Mapping[str, Any], state: State) -> None:
        """An old answer."""
        size = self._answer.n_ctx
        self._answer = from_receipt(receipt)
        self._answer.n_ctx = self._answer.n_ctx or size
        self.set_state("writing" if state == "streaming" else state)

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self.setFixedWidth(self._theme.px(PANEL))
        self._head.setFixedHeight(self._theme.px(HEADER))

    @Slot()
    def flush(self) -> None:
        """Show what is known now."""
        self._timer.stop()
        answer, idle = self._answer, self._state in ("idle", "loading")
        self._dot.set(_DOT[self._state])
        self._word.setText(self._state_word())
        speed = answer.speed()
        self._speed.setText(speed.value)
        restyle(self._speed, "type", "figure" if speed is EMPTY else "headline")
        _explain(self._speed_card, "Tokens per second", speed)
        ratio = answer.against_plain()
        self._ratio.setText(ratio.value)
        self._ratio.setToolTip(ratio.source)
        self._ratio.setAccessibleDescription(ratio.source)
        self._ratio.setVisible(ratio is not EMPTY)
        restyle(self._ratio, "pill", "accent" if answer.rate > answer.drafting.plain_rate else "plain")
        self._drafting.show_answer(answer)
        self._chart.set_points(answer.rates, 0.0 if ratio is EMPTY else answer.drafting.plain_rate)
        self._note.setText(self._note_text(speed))
        self._note.setVisible(bool(self._note.text()))
        self._first.show_figure(answer.first_token())
        self._out.show_figure(answer.answer())
        self._prompt.show_figure(answer.prompt())
        self._reading.show_figure(answer.reading())
        self._reused.show_figure(answer.reused())
        figure, share = answer.context()
        self._context.show_figure(figure)
        self._meter.set_parts(
            [(share, "warn" if share > 0.9 else "accent")], figure.source or "Context used: nothing yet"
        )
        self._lessons.setVisible(idle)
        self._prompt_card.setVisible(not idle)
        self._model.set_text(f"Answered by {answer.model}" if answer.model and not idle else "")

    def _state_word(self) -> str:
        if self._state == "done" and self._answer.total_ms > 0:
            return f"Done in {duration_text(self._answer.total_ms)}"
        if self._state == "reading" and self._answer.prompt_tokens:
            return f"Reading {self._answer.read_tokens:,} of {self._answer.prompt_tokens:,}"
        return _WORD[self._state]

    def _note_text(self, speed: Figure) -> str:
        if self._state in ("idle", "loading"):
            return "Numbers appear with your first answer."
        if self._state in ("stopped", "interrupted", "failed", "cut") and speed is not EMPTY:
            return "Until it ended."
        if self._state == "done" and len(self._answer.rates) < 2:
            return "Too short for a curve."
        if self._chart.plain:
            return f"Dashed: {three_digits(self._chart.plain)} tok/s, last measured without drafting."
        return ""

    def _start_unless(self, *states: PanelState) -> None:
        """Forget the answer before, unless one is already in one of these states."""
        if self._state not in states:
            self.begin(self._answer.n_ctx, self._answer.model, self._answer.drafting.draft)

    def _soon(self) -> None:
        if not self._timer.isActive():
            self._timer.start()


def _lesson(lesson: tuple[str, str]) -> QVBoxLayout:
    title, text = lesson
    return column(label(title, "captionstrong"), _wrapped(text), spacing=1)


def _wrapped(text: str) -> QLabel:
    return label(text, "caption", wrap=True)
