"""The panel's card about cost: electricity of this answer, the same answer plain, the same tokens hosted.

And what a token of the answer cost against one of the prompt. Lays out what answer_cost.py says.
"""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFrame

from desktop.gui.answer_cost import AnswerCost
from desktop.gui.controls import column, hairline, label
from desktop.gui.panel.parts import Line, explain, sentence
from desktop.gui.theme import Theme


class CostCard(QFrame):
    """All lines are there from the start of an answer: only their numbers change."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setProperty("card", "true")
        self.setObjectName("answerCost")
        self.setAccessibleName("Cost of this answer")
        self._electricity = Line("Electricity for this answer", "electricity", "captionstrong")
        self._power = Line("Energy", "energy")
        self._trust = label("", "caption", wrap=True, name="energyTrust")
        self._plain = Line("Plain, predicted", "plainCost")
        self._hosted = Line("Hosted", "hostedCost")
        self._ratio = label("", "caption", wrap=True, name="tokenRatio")
        lines = (self._electricity, self._power, self._trust, self._plain, self._hosted)
        self.setLayout(column(*lines, hairline(), self._ratio, spacing=6, margins=(14, 12, 14, 12)))
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Room for two lines about tokens, whatever is said there."""
        self._ratio.setMinimumHeight(2 * self._ratio.fontMetrics().lineSpacing())

    def show_cost(self, cost: AnswerCost) -> None:
        """Change the numbers."""
        self._electricity.show_figure(cost.electricity())
        caption, joules = cost.power()
        self._power.show_figure(joules, caption)
        trust = cost.trust()
        sentence(self._trust, trust)
        explain(self._trust, "Energy", trust)
        self._plain.show_figure(cost.plain())
        caption, hosted = cost.hosted()
        self._hosted.show_figure(hosted, caption)
        ratio = cost.ratio()
        sentence(self._ratio, ratio)
