"""The card "What if": predicted speed for draft lengths 1 to 12, from the recorded rounds of a race."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame

from desktop.contest.data import Pair, Race
from desktop.engine import whatif
from desktop.engine.whatif import Check, Costs, Prediction
from desktop.gui.controls import Slider, column, label, pill, row
from desktop.gui.numbers import count, three_digits
from desktop.gui.race.whatif_chart import INSET, WhatIfChart
from desktop.gui.theme import Theme

_HANDLE = 11


def costs_of(race: Race, pair: Pair) -> Costs:
    """What a round costs: the measured curve, and what this run spent beside its decodes."""
    run = pair.speculative
    spent = whatif.overhead_ms(run.rounds, run.finished.timings.decode_ms)
    return Costs(race.curve, race.step_ms, spent)


class WhatIfCard(QFrame):
    """`chosen` carries the length the slider stands at."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._predicted: list[Prediction] = []
        self._run = 0.0
        self.setProperty("card", "true")
        self.setObjectName("raceWhatIf")
        self._length, self.figure = label("", "strong"), label("", "figure", name="raceWhatIfRate")
        self._gain = pill("")
        self.chart = WhatIfChart(theme)
        self.slider = Slider(theme, "Draft length, 1 to 12", 1, whatif.LONGEST, 1, name="raceWhatIfLength")
        self.error = label("", "caption", wrap=True, name="raceWhatIfError")
        self._track = row(self.slider, spacing=0)
        self.setLayout(
            column(
                row(label("What if: draft length", "caption"), None, self._length),
                row(self.figure, label("tok/s predicted", "caption"), None, self._gain, spacing=6),
                self.chart, self._track, self.error, margins=(14, 12, 14, 12), spacing=4,
            )
        )  # fmt: skip
        self.slider.valueChanged.connect(self._choose)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """The slider travels exactly the chart's width."""
        px = self._theme.px
        self._track.setContentsMargins(px(INSET[0]) - px(_HANDLE), 0, px(INSET[1]) - px(_HANDLE), 0)

    def show_race(self, race: Race) -> None:
        """Predict; hidden where nothing was drafted or costs were never measured."""
        pair = race.shown
        rounds, costs = pair.speculative.rounds, costs_of(race, pair)
        self._predicted = whatif.predict(rounds, costs)
        self.setVisible(bool(self._predicted))
        if not self._predicted:
            return
        measured = pair.speculative.rate
        checked = whatif.check(rounds, costs, measured)
        self._run = checked.predicted if checked is not None else 0.0
        fixed = pair.speculative.config.speculation.length
        at: float = fixed or (checked.length if checked else 0.0)
        self.chart.set_curve(self._predicted, {at: measured} if at >= 1 and measured else {}, pair.plain.rate)
        decoded = sum(one.source != "prompt" for one in rounds)
        self.error.setText(_error_words(decoded, fixed, checked))
        self.error.setToolTip(
            "Places beyond the longest draft were never judged: their share is that of the last places "
            "judged. Where drafts follow confidence, longer ones were the surer ones."
        )
        best = max(self._predicted, key=lambda one: one.rate if not one.extrapolated else 0.0)
        self.slider.setRange(1, self._predicted[-1].length)
        self.slider.setValue(best.length)
        self._choose(best.length)

    @Slot(int)
    def _choose(self, length: int) -> None:
        self.chart.choose(length)
        one = next((one for one in self._predicted if one.length == length), None)
        if one is None:
            return
        self._length.setText(f"{length} of {whatif.LONGEST}")
        self.figure.setText(three_digits(one.rate))
        self.figure.setToolTip(
            f"{one.tokens:.2f} tokens a round / {one.tokens * 1000 / one.rate:.2f} ms a round"
        )
        gain = one.rate / self._run - 1 if self._run else 0.0
        self._gain.setText("as run" if abs(gain) < 0.0005 else f"{gain:+.1%}")
        self._gain.setToolTip("Predicted for this length / predicted for the lengths that were run")
        extra = ", extrapolated" if one.extrapolated else ""
        self.slider.setAccessibleDescription(f"{length}: {three_digits(one.rate)} tokens per second{extra}")
        self.chosen.emit(length)


def _error_words(decoded: int, fixed: int, checked: Check | None) -> str:
    """What it rests on, and how far it is off where it was run."""
    told = f"From {count(decoded, 'round')}"
    told += f" recorded at {fixed} (diamond)." if fixed else " of changing length."
    if checked is not None:
        off = f"{checked.error:+.1%}"
        told += f" The prediction is {off} off there."
    return f"{told} Hollow: extrapolated. Dashed: plain."
