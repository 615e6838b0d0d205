"""The panel "This answer": speed with a live chart, first token, drafting, cost, tokens, context.

Fed by what the engine reports, and from the receipt for an old answer; redraws at most five times a second.
An earlier answer can be looked at while a new one is written. What each number was computed from is its
tooltip and accessible description (figures.py, answer_cost.py). All cards of an answer are there from its
start: only numbers change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.engine.types import Finished, Prefill, Round, Step
from desktop.gui.answer_cost import AnswerCost, Costing, growth
from desktop.gui.controls import Dot, Elided, Meter, button, card, column, label, row
from desktop.gui.draft_card import DraftCard
from desktop.gui.drafted import DraftCounts
from desktop.gui.figures import Answer, from_receipt
from desktop.gui.numbers import duration_text
from desktop.gui.panel.cost_card import CostCard
from desktop.gui.panel.growth_card import GrowthCard
from desktop.gui.panel.parts import KeptBar, Line, Stat
from desktop.gui.panel.speed_card import SpeedCard
from desktop.gui.theme import GAP, HEADER, PANEL, Theme
from desktop.meter.types import Energy
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


class Panel(QFrame):
    """304 px at 100 %."""

    newest_wanted = Signal()
    """The person went back from an earlier answer to the newest."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._answer, self._state = theme, Answer(), "idle"  # type: Theme, Answer, PanelState
        self._earlier: tuple[Answer, PanelState] | None = None
        self._costing = Costing()
        self.setObjectName("panel")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(REDRAW_MS)
        self._timer.timeout.connect(self.flush)
        self._title = label("", "heading2", name="panelTitle")
        self._dot, self._word = Dot(theme, "line3"), label("", "caption", name="panelState")
        self._newest = button(theme, "Back to the newest", "link", name="panelNewest")
        self._newest.clicked.connect(self.show_newest)
        self._speed = SpeedCard(theme)
        self._first, self._out = Stat("First token", "firstToken"), Stat("Answer", "answerTokens")
        self._prompt = Line("Prompt", "promptTokens", "captionstrong")
        self._reused, self._reading = Line("Reused from before", "reused"), Line("Read at", "readingSpeed")
        self._thinking = Line("Thinking", "thinkingTokens")
        self._visible = Line("Visible text", "visibleTokens")
        self._context = Line("Context", "context", "captionstrong")
        self._meter = Meter(theme, "Context used", name="contextMeter")
        self._model = Elided("", "caption", name="answerModel")
        self._drafting, self._cost, self._growth = DraftCard(theme), CostCard(theme), GrowthCard(theme)
        self._build()
        theme.changed.connect(self.refresh)
        self.refresh()
        self.reset(0)

    def _build(self) -> None:
        self._head = QWidget()
        self._head.setLayout(row(self._title, None, self._dot, self._word, spacing=6, margins=(16, 0, 16, 0)))
        self._back = QWidget()
        self._back.setLayout(row(self._newest, None, margins=(16, 0, 16, 6)))
        stats = row(self._first, self._out, spacing=GAP)
        stats.setStretch(0, 1)
        stats.setStretch(1, 1)
        lines = (self._prompt, self._reused, self._reading, self._thinking, self._visible)
        self._tokens = card(*lines, spacing=6)
        self._lessons = card(label("What the numbers mean", "strong"), *map(_lesson, _LESSONS), spacing=8)
        context = card(self._context, self._meter, margins=(14, 12, 14, 14))
        body = QWidget()
        cards = (self._drafting, self._cost, context, self._tokens, self._growth, self._model)
        items = (self._speed, stats, self._lessons, *cards, None)
        body.setLayout(column(*items, spacing=GAP, margins=(16, 10, 4, 16)))
        scroll = QScrollArea()
        scroll.setObjectName("panelScroll")
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setVerticalScrollBar(KeptBar())
        scroll.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._head)
        layout.addWidget(self._back)
        layout.addWidget(scroll, 1)

    @property
    def state(self) -> PanelState:
        """What the newest answer does."""
        return self._state

    @property
    def shows_earlier(self) -> bool:
        """Whether an earlier answer is looked at."""
        return self._earlier is not None

    def reset(self, n_ctx: int) -> None:
        """Nothing asked yet, with a context of `n_ctx` tokens (0 = no model)."""
        self._answer, self._earlier = Answer(n_ctx=n_ctx), None
        self.set_state("idle")

    def begin(self, n_ctx: int, model: str = "", draft: str = "") -> None:
        """A request was submitted. `draft`: name of the draft model that is loaded."""
        self._answer = Answer(n_ctx=n_ctx, model=model, drafting=DraftCounts(draft=draft))
        self._earlier = None
        self.set_state("reading")

    def set_state(self, state: PanelState) -> None:
        """Change the state by hand: loading, failed, idle."""
        self._state = state
        self._answer.ended = self._answer.ended or state == "failed"
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

    def finished(self, event: Finished, energy: Energy | None = None) -> None:
        """The answer ended; the engine's own counts are shown. `energy`: what it used, None = not known."""
        self._answer.finished(event)
        self._answer.energy = energy
        ends: dict[str, PanelState] = {"length": "cut", "cancelled": "stopped"}
        self.set_state(ends.get(event.stop_reason, "done"))

    def show_receipt(self, receipt: Mapping[str, Any], state: State, rounds: Sequence[Round] = ()) -> None:
        """The newest answer, from its receipt. `rounds`: its trace, where it is kept."""
        self._answer, self._earlier = self._of_receipt(receipt, rounds), None
        self.set_state(_shown_as(state))

    def show_earlier(self, receipt: Mapping[str, Any], state: State, rounds: Sequence[Round] = ()) -> None:
        """Look at another answer than the newest, until `show_newest` or the next request."""
        self._earlier = self._of_receipt(receipt, rounds), _shown_as(state)
        self.flush()

    @Slot()
    def show_newest(self) -> None:
        """Back to the newest answer."""
        if self._earlier is not None:
            self._earlier = None
            self.flush()
            self.newest_wanted.emit()

    def set_costing(self, costing: Costing) -> None:
        """Other prices."""
        self._costing = costing
        self.flush()

    def _of_receipt(self, receipt: Mapping[str, Any], rounds: Sequence[Round]) -> Answer:
        made = from_receipt(receipt, rounds)
        made.n_ctx = made.n_ctx or self._answer.n_ctx
        return made

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self.setFixedWidth(self._theme.px(PANEL))
        self._head.setFixedHeight(self._theme.px(HEADER))

    @Slot()
    def flush(self) -> None:
        """Show what is known now."""
        self._timer.stop()
        answer, state = self._earlier or (self._answer, self._state)
        idle = state in ("idle", "loading")
        title = "Earlier answer" if self._earlier else "This answer"
        self._title.setText(title)
        self.setAccessibleName(title)
        self._back.setVisible(self._earlier is not None)
        self._dot.set(_DOT[state])
        self._word.setText(_state_word(answer, state))
        self._speed.show_answer(answer, _note(answer, state))
        self._first.show_figure(answer.first_token())
        self._out.show_figure(answer.answer())
        self._drafting.show_answer(answer, idle=idle)
        self._show_tokens(answer)
        self._growth.show_growth(growth(answer))
        if not idle:
            self._cost.show_cost(AnswerCost(answer, self._costing))
        self._lessons.setVisible(idle)
        self._cost.setVisible(not idle)
        self._tokens.setVisible(not idle)
        self._model.set_text(f"Answered by {answer.model}" if answer.model and not idle else "")

    def _show_tokens(self, answer: Answer) -> None:
        self._prompt.show_figure(answer.prompt())
        self._reused.show_figure(answer.reused())
        self._reading.show_figure(answer.reading())
        self._thinking.show_figure(answer.thinking())
        self._visible.show_figure(answer.visible())
        figure, share = answer.context()
        self._context.show_figure(figure)
        parts = [(share, "warn" if share > 0.9 else "accent")]
        self._meter.set_parts(parts, figure.source or "Context used: nothing yet")
        self._meter.setToolTip(figure.source)

    def _start_unless(self, *states: PanelState) -> None:
        """Forget the answer before, unless one is already in one of these states."""
        if self._state not in states:
            self.begin(self._answer.n_ctx, self._answer.model, self._answer.drafting.draft)

    def _soon(self) -> None:
        if self._earlier is None and not self._timer.isActive():
            self._timer.start()


def _shown_as(state: State) -> PanelState:
    return "writing" if state == "streaming" else state


def _state_word(answer: Answer, state: PanelState) -> str:
    if state == "done" and answer.total_ms > 0:
        return f"Done in {duration_text(answer.total_ms)}"
    if state == "reading" and answer.prompt_tokens:
        return f"Reading {answer.read_tokens:,} of {answer.prompt_tokens:,}"
    return _WORD[state]


def _note(answer: Answer, state: PanelState) -> str:
    """What is said under the chart, if it is not about the dashed line."""
    if state in ("idle", "loading"):
        return "Numbers appear with your first answer."
    if state in ("stopped", "interrupted", "failed", "cut") and answer.rate:
        return "Until it ended."
    if state == "done" and len(answer.rates) < 2:
        return "Too short for a curve."
    return ""


def _lesson(lesson: tuple[str, str]) -> QVBoxLayout:
    title, text = lesson
    return column(label(title, "captionstrong"), label(text, "caption", wrap=True), spacing=1)
