"""The panel's plot of tokens against seconds, with its straight line: twice the answer, twice the time.

Painted by hand; its accessible name states the line.
"""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame

from desktop.gui.answer_cost import Growth
from desktop.gui.chart import dashed, grid, nice_step, seconds_axis
from desktop.gui.controls import Painted, column, label
from desktop.gui.theme import Theme

_TOP, _BOTTOM, _LEFT, _RIGHT = 6, 18, 40, 6
_MOST_DOTS = 24
_NOTHING = Growth([], None, "", "")


class GrowthChart(Painted):
    """Points are (seconds since the first token, tokens by then)."""

    def __init__(self, theme: Theme, *, height: int = 104) -> None:
        super().__init__(theme)
        self._height, self._growth = height, _NOTHING
        self.setObjectName("growthChart")
        self.show_growth(_NOTHING)
        self.refresh()

    def show_growth(self, growth: Growth) -> None:
        """Draw this."""
        self._growth = growth
        if growth.line is None:
            self.setAccessibleName("Tokens against seconds, empty")
        else:
            end = growth.points[-1][0]
            self.setAccessibleName(f"Tokens against seconds, up to {end:.1f} seconds. {growth.source}")
        self.setToolTip(growth.source)
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(self._height))
        super().refresh()

    def dots(self) -> list[tuple[float, float]]:
        """The points that are drawn: so few that each can be seen, the last one among them."""
        points = self._growth.points
        every = ceil(len(points) / _MOST_DOTS) or 1
        return points[::-1][::every][::-1]

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, dashed line, points."""
        line = self._growth.line
        if line is None:
            return
        px = self.theme.px
        area = QRectF(self.rect()).adjusted(px(_LEFT), px(_TOP), -px(_RIGHT), -px(_BOTTOM))
        end = self._growth.points[-1][0]
        highest = max(line.tokens(end), *(tokens for _, tokens in self._growth.points))
        step = max(nice_step(highest, 3), 1.0)
        top = ceil(highest / step) * step
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            grid(painter, self.theme, area, top, step)
            seconds_axis(painter, self.theme, area, end, nice_step(end, 4))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setClipRect(area.adjusted(-px(4), -px(4), px(4), px(1)))

            def place(x: float, y: float) -> QPointF:
                return QPointF(area.left() + area.width() * x / end, area.bottom() - area.height() * y / top)

            painter.setPen(dashed(self.theme))
            painter.drawLine(QLineF(place(0, line.tokens(0)), place(end, line.tokens(end))))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("accent"))
            for x, y in self.dots():
                painter.drawEllipse(place(x, y), px(20) / 10, px(20) / 10)


class GrowthCard(QFrame):
    """Title, plot, what it shows. Hidden while there are under three points."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName("growthCard")
        self._chart = GrowthChart(theme)
        self._note = label("", "caption", wrap=True, name="growthNote")
        self.setLayout(
            column(
                label("Tokens against time", "caption"),
                self._chart,
                self._note,
                spacing=6,
                margins=(14, 12, 14, 12),
            )
        )
        self.hide()

    def show_growth(self, growth: Growth) -> None:
        """Change the plot."""
        self.setVisible(growth.line is not None)
        self._chart.show_growth(growth)
        self._note.setText(growth.note)
        self._note.setToolTip(growth.source)
        self._note.setAccessibleDescription(growth.source)
