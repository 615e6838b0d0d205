"""Before a race: the prompt, what each lane holds, how often, Run."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalMapper, Signal, Slot
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from desktop.contest.data import Configuration, Wanted
from desktop.gui.controls import Slider, button, card, column, label, row
from desktop.gui.race.choice import Choice
from desktop.gui.race.history import HistoryCard
from desktop.gui.theme import COMPOSER, GAP, Theme

_MOST_REPEATS = 10
_LESSON = (
    "The same prompt is answered twice, without drafting and with it, one run after the other. "
    "Then both replay on one clock, with the numbers of this computer."
)


class Setup(QWidget):
    """`run_requested` carries what was chosen. Run is off while the prompt is empty, or lanes are missing."""

    run_requested = Signal(Wanted)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._configurations: list[Configuration] = []
        self.setObjectName("raceSetup")
        self.prompt = QPlainTextEdit()
        self.prompt.setProperty("field", "true")
        self.prompt.setObjectName("racePrompt")
        self.prompt.setAccessibleName("Prompt of the race")
        self.prompt.setPlaceholderText("A prompt for both lanes")
        self.prompt.setTabChangesFocus(True)
        self.prompt.setFixedHeight(theme.px(96))
        self.plain = Choice(theme, "First lane", name="racePlainLane")
        self.speculative = Choice(theme, "Second lane", name="raceSpecLane")
        self.repeats = Slider(theme, "Repeats, 1 to 10", 1, _MOST_REPEATS, 3, name="raceRepeats")
        self._times = label("", "strong")
        self.history = HistoryCard(theme)
        self.run = button(theme, "Run the race", "primary", "play", name="raceRun", height=34)
        self._prompts, self._mapper = row(spacing=8), QSignalMapper(self)
        self.why = label("", "caption", wrap=True, name="raceWhyNot")
        self._reason = ""
        self._build()
        self.prompt.textChanged.connect(self._check)
        self.repeats.valueChanged.connect(self._check)
        self.plain.chosen.connect(self._check)
        self.speculative.chosen.connect(self._check)
        self.run.clicked.connect(self._run)
        self._mapper.mappedString.connect(self.prompt.setPlainText)
        self._check()

    def _build(self) -> None:
        lanes = row(
            column(label("First lane", "caption"), self.plain, spacing=4),
            column(label("Second lane", "caption"), self.speculative, spacing=4),
            column(row(label("Repeats", "caption"), None, self._times), self.repeats, spacing=6), spacing=16,
        )  # fmt: skip
        lanes.setStretch(0, 1)
        lanes.setStretch(1, 1)
        lanes.setStretch(2, 1)
        head = column(label("Race", "headline"), label(_LESSON, "body2", wrap=True), spacing=6)
        action = row(self.why, self.run, spacing=12)
        action.setStretch(0, 1)
        form: QFrame = card(self.prompt, self._prompts, lanes, action, margins=(16, 16, 16, 16), spacing=14)
        self.body = column(head, form, self.history, spacing=16)
        inner = QWidget()
        inner.setLayout(self.body)
        inner.setMaximumWidth(self._theme.px(COMPOSER))
        outer = row(None, inner, None, margins=(20, 24, 20, 20))
        outer.setStretch(1, 100)
        self.setLayout(column(None, outer, None, None, spacing=GAP))

    def set_configurations(
        self, configurations: Sequence[Configuration], plain: str, speculative: str
    ) -> None:
        """What lanes can hold, and the keys of those chosen at first."""
        self._configurations = list(configurations)
        for box, key in ((self.plain, plain), (self.speculative, speculative)):
            box.set_choices([(one.key, one.name, one.detail) for one in configurations], key)
        self._check()

    def set_prompts(self, prompts: Sequence[tuple[str, str]]) -> None:
        """Suggestions: (a few words, the prompt)."""
        while self._prompts.count():
            item = self._prompts.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.deleteLater()
        for number, (title, text) in enumerate(prompts):
            one = button(self._theme, title, name=f"racePrompt_{number}", tip=text)
            self._mapper.setMapping(one, text)
            one.clicked.connect(self._mapper.map)
            self._prompts.addWidget(one)
        self._prompts.addStretch(1)

    def set_reason(self, reason: str) -> None:
        """Why no race can be run now, "" = it can."""
        self._reason = reason
        self._check()

    def wanted(self) -> Wanted:
        """What is chosen."""
        return Wanted(
            self.prompt.toPlainText().strip(),
            self.repeats.value(),
            self.plain.key,
            self.speculative.key,
        )

    @Slot()
    def _check(self) -> None:
        wanted = self.wanted()
        self._times.setText(f"{wanted.repeats}, {wanted.repeats * 2} runs in all")
        reason = self._reason
        if not reason and not self._configurations:
            reason = "Load a model with a draft first."
        if not reason and wanted.plain == wanted.speculative:
            reason = "Both lanes hold the same. Choose two that differ."
        self.why.setText(reason)
        self.run.setEnabled(bool(wanted.prompt) and not reason)

    @Slot()
    def _run(self) -> None:
        self.run_requested.emit(self.wanted())
