"""The consequence on this computer: what checking n tokens at once costs, and from when drafting pays."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QWidget

from desktop.gui.break_even import in_words
from desktop.gui.controls import Dot, Elided, button, column, label, row
from desktop.gui.cost_chart import CostChart, ms_text
from desktop.gui.settings_page.draft_facts import DraftFacts
from desktop.gui.theme import Theme

_NOTHING = "Not measured yet. It is done once for each model, in about two seconds, when nothing is written."
_OFF = "Drafting is off, so nothing was measured. Choose another mode to see what it would cost here."
_NO_MODEL = "Load a model to see what drafting costs here."


class CostCard(QFrame):
    """Chart and words, or why there are none."""

    measure_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName("costCard")
        self._chart = CostChart(theme)
        self._words = label("", "ui2", wrap=True, name="breakEven")
        self._empty = label("", "caption", wrap=True, name="costEmpty")
        self._measure = button(
            theme, "Measure now", "link", name="measure_costs", tip="Measure the costs now"
        )
        self._measure.clicked.connect(self.measure_clicked)
        legend = row(
            Dot(theme, "accent"), label("All in one pass", "caption"), 8,
            Dot(theme, "text3"), Elided("One at a time (dashed)", "caption"), None, spacing=6,
        )  # fmt: skip
        self._shown = QWidget()
        self._shown.setLayout(column(self._chart, legend, 2, self._words, spacing=6))
        title = label("Time to check n tokens on this computer", "heading2", wrap=True)
        head = row(title, label("ms", "caption"))
        head.setStretch(0, 1)
        self.setLayout(
            column(
                head, self._shown, self._empty, row(self._measure, None), margins=(14, 12, 14, 12), spacing=6
            )
        )

    def show_facts(self, facts: DraftFacts, mode: str, longest: int) -> None:
        """Change the numbers; `longest`: the longest draft that is allowed."""
        measured = len(facts.curve) > 1
        self._shown.setVisible(measured)
        self._chart.set_points(facts.curve)
        self._words.setText(self._sentences(facts, longest) if measured else "")
        self._empty.setVisible(not measured)
        self._empty.setText(self._reason(facts, mode))
        can_measure = facts.target is not None and mode != "off" and not measured and not facts.measuring
        self._measure.setVisible(can_measure)

    def _sentences(self, facts: DraftFacts, longest: int) -> str:
        costs = dict(facts.curve)
        width = min(longest + 1, max(costs))
        told = [
            f"Checking {width} tokens at once takes {ms_text(costs[width])} ms; writing {width} one by one "
            f"takes {ms_text(width * costs[1])} ms."
        ]
        if facts.in_use and facts.step_ms > 0:
            told.append(in_words(facts.curve, facts.step_ms, longest, facts.in_use))
        told.append(in_words(facts.curve, 0.0, longest, "lookup"))
        return "\n".join(told)

    def _reason(self, facts: DraftFacts, mode: str) -> str:
        if facts.target is None:
            return _NO_MODEL
        if facts.measuring:
            return "Being measured now."
        return _OFF if mode == "off" else _NOTHING
