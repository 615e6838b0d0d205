"""The line chart of costs: milliseconds of one decode by the tokens in it, beside making them one at a time.

Painted by hand; its accessible name states the values.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from desktop.gui.chart import dashed, grid, nice_step
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

_TOP, _BOTTOM, _LEFT, _RIGHT = 10, 22, 40, 14


def ms_text(ms: float) -> str:
    """Milliseconds on an axis or in a sentence: 0.52, 8.4, 112."""
    return f"{ms:.2f}" if ms < 1 else f"{ms:.1f}" if ms < 100 else f"{ms:,.0f}"


class CostChart(Painted):
    """Points are (tokens in one decode, milliseconds), from one token on."""

    def __init__(self, theme: Theme, *, height: int = 190) -> None:
        super().__init__(theme)
        self._height = height
        self._points: list[tuple[int, float]] = []
        self.setObjectName("costChart")
        self.set_points([])
        self.refresh()

    def set_points(self, points: Sequence[tuple[int, float]]) -> None:
        """Draw these."""
        self._points = list(points)
        told = ", ".join(f"{width}: {ms_text(ms)}" for width, ms in self._points)
        self.setAccessibleName(f"Milliseconds to check n tokens at once: {told}" if told else "Not measured")
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(self._height))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, dashed line of one at a time, costs, their points."""
        if len(self._points) < 2:
            return
        px = self.theme.px
        area = QRectF(self.rect()).adjusted(px(_LEFT), px(_TOP), -px(_RIGHT), -px(_BOTTOM))
        highest = max(ms for _, ms in self._points) * 1.05
        step = nice_step(highest, 4)
        top = ceil(highest / step) * step
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            grid(painter, self.theme, area, top, step)
            self._widths(painter, area)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._one_at_a_time(painter, area, top)
            self._costs(painter, area, top)

    def _x(self, area: QRectF, width: float) -> float:
        first, last = self._points[0][0], self._points[-1][0]
        return area.left() + area.width() * (width - first) / max(last - first, 1)

    def _widths(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(self.theme.color("text3"))
        for width, _ in self._points:
            box = QRectF(self._x(area, width) - 14, area.bottom() + self.theme.px(6), 28, self.theme.px(14))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(width))

    def _one_at_a_time(self, painter: QPainter, area: QRectF, top: float) -> None:
        one = self._points[0][1]
        end = min(top / one, float(self._points[-1][0]))
        painter.setPen(dashed(self.theme))
        start = QPointF(self._x(area, 1), area.bottom() - area.height() * one / top)
        painter.drawLine(
            QLineF(start, QPointF(self._x(area, end), area.bottom() - area.height() * one * end / top))
        )

    def _costs(self, painter: QPainter, area: QRectF, top: float) -> None:
        points = [
            QPointF(self._x(area, width), area.bottom() - area.height() * ms / top)
            for width, ms in self._points
        ]
        painter.setPen(QPen(self.theme.color("accent"), 1.5))
        painter.drawLines([QLineF(a, b) for a, b in pairwise(points)])
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("accent"))
        for point in points:
            painter.drawEllipse(point, self.theme.px(30) / 10, self.theme.px(30) / 10)
