"""Before a race: the prompt, what each lane holds, how often, Run; the demonstration; earlier races."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QWidget

from desktop.gui.controls import Slider, button, card, column, label, row
from desktop.gui.numbers import count
from desktop.gui.race.demonstration_card import DemonstrationCard
from desktop.gui.race.history import HistoryCard
from desktop.gui.race.lane_form import LaneForm
from desktop.gui.race.prompt_card import PromptCard
from desktop.gui.race.wanted import LaneChoice, Wanted
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.theme import COMPOSER, GAP, Theme

_MOST_REPEATS = 10
_TOKENS = 256
_SPEC = NumberSpec(2, 32_768, 64)
_LESSON = (
    "The same prompt is answered twice, without drafting and with it, one run after the other. "
    "Then both replay on one clock, with the numbers of this computer."
)


class Setup(QWidget):
    """`run_requested` carries what was chosen. Run is off while something is missing; it says what."""

    run_requested = Signal(Wanted)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._reason, self._news = "", ""
        self._usual = LaneChoice("off"), LaneChoice("auto")
        self.setObjectName("raceSetup")
        self.prompt = PromptCard(theme)
        self.plain = LaneForm(theme, "First lane", name="racePlainLane")
        self.speculative = LaneForm(theme, "Second lane", name="raceSpecLane")
        self.back = button(theme, "Back to off and on", "link", name="raceUsual")
        self.back.setToolTip("The first lane without drafting, the second as in your settings")
        self.repeats = Slider(theme, "Repeats, 1 to 10", 1, _MOST_REPEATS, 3, name="raceRepeats")
        self.longest = NumberField(theme, "raceTokens", "Longest answer, tokens", _SPEC)
        self.longest.set_value(_TOKENS)
        self._times = label("", "strong")
        self.history, self.demonstration = HistoryCard(theme), DemonstrationCard(theme)
        self.run = button(theme, "Run the race", "primary", "play", name="raceRun", height=34)
        self.why = label("", "caption", wrap=True, name="raceWhyNot")
        self._build()
        self._connect()
        self._hold_usual()

    def _build(self) -> None:
        lanes = row(self.plain, self.speculative, spacing=12)
        lanes.setStretch(0, 1)
        lanes.setStretch(1, 1)
        times = column(row(label("Repeats", "caption"), None, self._times), self.repeats, spacing=2)
        tokens = column(label("Longest answer, tokens", "caption"), self.longest, spacing=2)
        amounts = row(times, tokens, spacing=24)
        amounts.setStretch(0, 1)
        head = column(label("Race", "figure"), label(_LESSON, "body2", wrap=True), spacing=6)
        action = row(self.why, self.back, self.run, spacing=16)
        action.setStretch(0, 1)
        form: QFrame = card(self.prompt, lanes, amounts, action, margins=(16, 16, 16, 16), spacing=14)
        self.body = column(head, form, self.demonstration, self.history, spacing=14)
        inner = QWidget()
        inner.setLayout(self.body)
        inner.setMaximumWidth(self._theme.px(COMPOSER))
        outer = row(None, inner, None, margins=(20, 20, 20, 20))
        outer.setStretch(1, 100)
        self.setLayout(column(outer, None, spacing=GAP))

    def _connect(self) -> None:
        for changed in (
            self.prompt.changed, self.repeats.valueChanged, self.plain.changed, self.speculative.changed,
            self.longest.edited,
        ):  # fmt: skip
            changed.connect(self._edited)
        self.run.clicked.connect(self._run)
        self.back.clicked.connect(self._go_back)

    def set_usual(self, plain: LaneChoice, speculative: LaneChoice) -> None:
        """Off and on, as the settings have them; shown unless the person chose otherwise."""
        untouched = self.is_usual
        self._usual = plain, speculative
        if untouched:
            self._hold_usual()
        self._check()

    @property
    def is_usual(self) -> bool:
        """Both lanes hold what they held at first."""
        return (self.plain.held, self.speculative.held) == tuple(
            _as_shown(one, form)
            for one, form in zip(self._usual, (self.plain, self.speculative), strict=True)
        )

    def set_reason(self, reason: str) -> None:
        """Why no race can be run now, and what to do; "" = it can."""
        self._reason = reason
        self._check()

    def say(self, news: str) -> None:
        """What became of the last thing done, until something is changed."""
        self._news = news
        self._tell()

    def wanted(self) -> Wanted:
        """What is chosen."""
        return Wanted(
            self.prompt.text,
            self.repeats.value(),
            self.plain.held,
            self.speculative.held,
            int(self.longest.value()),
            self.prompt.in_conversation,
        )

    @property
    def problem(self) -> str:
        """Why what is chosen cannot be run."""
        if self._reason:
            return self._reason
        problem = self.plain.problem or self.speculative.problem
        if not problem and self.plain.held == self.speculative.held:
            problem = "Both lanes hold the same. Choose two that differ."
        return problem

    @Slot()
    def _edited(self) -> None:
        self._news = ""
        self._check()

    def _check(self) -> None:
        wanted = self.wanted()
        self._times.setText(f"{count(wanted.repeats, 'pair')}, {wanted.repeats * 2} runs")
        self.repeats.setAccessibleDescription(self._times.text())
        self.run.setEnabled(bool(wanted.prompt) and not self.problem)
        self.back.setVisible(not self.is_usual)
        self._tell()

    def _tell(self) -> None:
        missing = "" if self.prompt.text else "Write a prompt, or choose one."
        self.why.setText(self._news or self.problem or missing)

    @Slot()
    def _run(self) -> None:
        for field in (self.longest, self.plain.temperature, self.speculative.temperature):
            field.commit()  # typed, and Run clicked at once
        if self.run.isEnabled():
            self.run_requested.emit(self.wanted())

    @Slot()
    def _go_back(self) -> None:
        self._news = ""
        self._hold_usual()

    def _hold_usual(self) -> None:
        for form, usual in zip((self.plain, self.speculative), self._usual, strict=True):
            form.hold(usual)
        self._check()


def _as_shown(one: LaneChoice, form: LaneForm) -> LaneChoice:
    """What a form can show of a choice: no draft model that is not on the shelf, none where none is used."""
    return replace(one, draft=form.shown_draft(one), length=one.length if one.mode != "off" else 0)
