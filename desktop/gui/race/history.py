"""Earlier races, one button each. Summaries in, `opened` with an id out."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalMapper, Signal
from PySide6.QtWidgets import QFrame

from desktop.contest.data import Summary
from desktop.gui.controls import Button, Elided, button, column, label, row
from desktop.gui.theme import Theme

_MOST = 20


class HistoryCard(QFrame):
    """Newest first, as handed in. Hidden while there are none."""

    opened = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mapper = QSignalMapper(self)
        self._mapper.mappedString.connect(self.opened)
        self._lines: list[QFrame] = []
        self.buttons: list[Button] = []
        self.setProperty("card", "true")
        self.setObjectName("raceHistory")
        self._column = column(label("Earlier races", "caption"), margins=(14, 12, 14, 8), spacing=2)
        self.setLayout(self._column)
        self.hide()

    def set_summaries(self, summaries: Sequence[Summary]) -> None:
        """Replace the list; at most twenty are shown."""
        for line in self._lines:
            self._column.removeWidget(line)
            line.deleteLater()
        self._lines, self.buttons = [], []
        for number, one in enumerate(summaries[:_MOST]):
            self._add(number, one)
        self.setVisible(bool(summaries))

    def _add(self, number: int, one: Summary) -> None:
        ratio = f"×{one.speedup:.2f}" if one.speedup is not None else "×–"
        same = "identical" if one.identical else "differs"
        open_it = button(self._theme, "Open", "link", name=f"raceOpen_{number}")
        open_it.setFixedHeight(self._theme.px(28))
        open_it.setAccessibleName(f"Open race {one.title}, {ratio}, output {same}, {one.when}")
        self._mapper.setMapping(open_it, one.id)
        open_it.clicked.connect(self._mapper.map)
        figure = label(ratio, "strong")
        figure.setFixedWidth(self._theme.px(48))
        words = column(Elided(one.title, "ui"), Elided(f"{same}, {one.when}", "caption"), spacing=0)
        line = QFrame()
        inner = row(figure, words, open_it, spacing=8, margins=(0, 4, 0, 4))
        inner.setStretch(1, 1)
        line.setLayout(inner)
        self._column.addWidget(line)
        self._lines.append(line)
        self.buttons.append(open_it)
