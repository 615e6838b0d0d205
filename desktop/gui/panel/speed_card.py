"""The panel's first card: decode speed, its ratio to plain, and the live chart with the plain rate dashed."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from desktop.gui.chart import RateChart
from desktop.gui.controls import column, label, pill, restyle, row
from desktop.gui.figures import EMPTY, Answer
from desktop.gui.numbers import three_digits
from desktop.gui.panel.parts import explain
from desktop.gui.theme import Theme


class SpeedCard(QFrame):
    """Room for the ratio and the note is kept while there is none: nothing moves when they come."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName("speedCard")
        self._speed, self._unit = label("", "headline", name="speed"), label("tok/s", "caption")
        self._chart = RateChart(theme)
        self._ratio = pill("", "accent")
        self._ratio.setObjectName("ratio")
        keeps = self._ratio.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self._ratio.setSizePolicy(keeps)
        self._note = label("", "caption", wrap=True, name="speedNote")
        figure = row(self._speed, self._unit, None, spacing=6)
        figure.setAlignment(self._unit, Qt.AlignmentFlag.AlignBottom)
        self._unit.setContentsMargins(0, 0, 0, 6)
        top = row(label("Tokens per second", "caption"), None, self._ratio)
        self.setLayout(column(top, figure, self._chart, self._note, margins=(14, 12, 14, 12), spacing=6))

    def show_answer(self, answer: Answer, note: str) -> None:
        """Change the numbers. `note`: what has to be said under the chart; "" = what the dashes are."""
        speed, ratio, plain = answer.speed(), answer.against_plain(), answer.drafting.plain_rate
        self._speed.setText(speed.value)
        explain(self, "Tokens per second", speed)
        self._ratio.setText(ratio.value)
        self._ratio.setToolTip(ratio.source)
        self._ratio.setAccessibleDescription(ratio.source)
        self._ratio.setVisible(ratio is not EMPTY)
        restyle(self._ratio, "pill", "accent" if answer.rate > plain else "plain")
        self._chart.set_points(answer.rates, 0.0 if ratio is EMPTY else plain)
        dashes = f"Dashed: plain, {three_digits(plain)} measured." if self._chart.plain else ""
        self._note.setText(note or dashes)
        self._note.setToolTip(ratio.source if dashes and not note else "")
