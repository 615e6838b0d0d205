"""The line chart of the panel, tokens per second over time; and grid, axis and dashes of all line charts.

Painted by hand. Cheap on purpose, because it is redrawn while an answer is written: at most 120 points,
straight segments with antialiasing, a plain fill without.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil, floor, log10

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF

from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

MAX_POINTS = 120
_TOP, _BOTTOM, _LEFT, _RIGHT = 8, 18, 40, 4


def nice_step(span: float, parts: int) -> float:
    """The smallest of 1, 2, 2.5, 5 x 10^n that divides a span into at most so many parts."""
    raw = max(span, 1e-9) / parts
    power = 10.0 ** floor(log10(raw))
    return next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw * 0.999999)


def tick(value: float) -> str:
    """A number at an axis."""
    if value >= 10_000:
        return f"{value / 1000:g}k"
    return f"{value:,.0f}" if value == round(value) else f"{value:g}"


def grid(painter: QPainter, theme: Theme, area: QRectF, top: float, step: float) -> None:
    """Lines across from 0 to `top`, their numbers left of `area`. `step` 0: four lines without numbers."""
    lines = round(top / step) if step else 4
    for number in range(lines + 1):
        y = round(area.bottom() - area.height() * number / lines) + 0.5
        painter.setPen(QPen(theme.color("line"), 1))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
        if not step:
            continue
        painter.setPen(theme.color("text3"))
        box = QRectF(0, y - theme.px(8), area.left() - theme.px(7), theme.px(16))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(box, int(flags), tick(number * step))


def seconds_axis(painter: QPainter, theme: Theme, area: QRectF, end: float, step: float) -> None:
    """Times from 0 to `end` under `area`; in milliseconds when all of them are under a second."""
    painter.setPen(theme.color("text3"))
    half, metrics = theme.px(24), painter.fontMetrics()
    for number in range(int(end / step + 1e-6) + 1):
        at = number * step
        words = f"{tick(round(at, 3))} s" if end >= 1 else f"{tick(round(at * 1000, 1))} ms"
        width = metrics.horizontalAdvance(words) + 2
        middle = area.left() + area.width() * number * step / end
        left = min(max(middle - width / 2, area.left()), area.right() - width)
        box = QRectF(left, area.bottom() + theme.px(4), max(width, half), theme.px(14))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), words)


def dashed(theme: Theme) -> QPen:
    """Of what is compared with: grey and dashed."""
    pen = QPen(theme.color("text3"), 1.5)
    pen.setDashPattern([3, 2.5])
    return pen


class RateChart(Painted):
    """Points are (seconds since the first token, tokens per second)."""

    def __init__(self, theme: Theme, *, height: int = 130) -> None:
        super().__init__(theme)
        self._height = height
        self._points: list[tuple[float, float]] = []
        self._plain = 0.0
        self.setObjectName("rateChart")
        self.set_points([])
        self.refresh()

    def set_points(self, points: Sequence[tuple[float, float]], plain: float = 0.0) -> None:
        """Draw these. More than 120 are thinned evenly. `plain`: tok/s without drafting, 0 = no such line."""
        self._plain = plain
        every = ceil(len(points) / MAX_POINTS) if points else 1
        self._points = list(points[::every])
        self.setAccessibleName(self._in_words())
        self.update()

    @property
    def points(self) -> list[tuple[float, float]]:
        """What is drawn."""
        return self._points

    @property
    def plain(self) -> float:
        """Where the dashed line is drawn; 0 = nowhere."""
        return self._plain if len(self._points) >= 2 else 0.0

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(self._height))
        super().refresh()

    def _in_words(self) -> str:
        if len(self._points) < 2:
            return "Tokens per second over time, empty"
        rates = [rate for _, rate in self._points]
        plain = f"; {self._plain:.1f} without drafting, as last measured" if self._plain else ""
        return (
            f"Tokens per second over {self._points[-1][0]:.1f} seconds: between {min(rates):.1f} and "
            f"{max(rates):.1f}, {rates[-1]:.1f} at the end{plain}"
        )

    def _scale(self) -> tuple[float, float, float, float]:
        """End and step of both axes; those of an empty chart teach the units only."""
        if len(self._points) < 2:
            return 30.0, 15.0, 0.0, 0.0
        end, top = self._points[-1][0], max(self._plain, *(rate for _, rate in self._points))
        step = nice_step(top * 1.08, 4)
        return end, nice_step(end, 4), max(ceil(top * 1.08 / step) * step, step), step

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, fill, line."""
        px = self.theme.px
        area = QRectF(self.rect()).adjusted(px(_LEFT), px(_TOP), -px(_RIGHT), -px(_BOTTOM))
        end, x_step, top, y_step = self._scale()
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            grid(painter, self.theme, area, top, y_step)
            seconds_axis(painter, self.theme, area, end, x_step)
            if len(self._points) >= 2:
                self._line(painter, area, end, top)
                self._plain_line(painter, area, top)

    def _line(self, painter: QPainter, area: QRectF, end: float, top: float) -> None:
        points = [
            QPointF(area.left() + area.width() * x / end, area.bottom() - area.height() * y / top)
            for x, y in self._points
        ]
        gradient = QLinearGradient(0, area.top(), 0, area.bottom())
        gradient.setColorAt(0, self.theme.color("accent", 0.26))
        gradient.setColorAt(1, self.theme.color("accent", 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        base = area.bottom()
        painter.drawPolygon(QPolygonF([*points, QPointF(points[-1].x(), base), QPointF(points[0].x(), base)]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(self.theme.color("accent"), 1.5))
        painter.drawLines([QLineF(a, b) for a, b in pairwise(points)])

    def _plain_line(self, painter: QPainter, area: QRectF, top: float) -> None:
        """Dashed and grey: the last measured speed without drafting."""
        if self._plain <= 0:
            return
        y = area.bottom() - area.height() * self._plain / top
        painter.setPen(dashed(self.theme))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
