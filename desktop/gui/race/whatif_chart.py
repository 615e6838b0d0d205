"""Predicted tok/s by draft length: solid where rounds were recorded, hollow and dashed where extrapolated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import ceil, floor

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from desktop.engine.whatif import LONGEST, Prediction
from desktop.gui.chart import nice_step
from desktop.gui.numbers import three_digits
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

INSET = (44, 12)
_TOP, _BOTTOM = 20, 18


class WhatIfChart(Painted):
    """`measured`: tok/s at lengths that were run, ringed. `plain`: the dashed line across."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._predicted: list[Prediction] = []
        self._measured: dict[float, float] = {}
        self._plain, self._chosen = 0.0, 1
        self.setObjectName("raceWhatIfChart")
        self.refresh()

    def set_curve(
        self, predicted: Sequence[Prediction], measured: Mapping[float, float], plain: float
    ) -> None:
        """Draw these."""
        self._predicted, self._measured, self._plain = list(predicted), dict(measured), plain
        told = ", ".join(
            f"{one.length}: {three_digits(one.rate)}{' extrapolated' if one.extrapolated else ''}"
            for one in predicted
        )
        self.setAccessibleName(f"Predicted tokens per second by draft length: {told}; plain {plain:.1f}")
        self.update()

    def choose(self, length: int) -> None:
        """The length that is told above its point."""
        self._chosen = length
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(132))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, plain, curve, what was measured, the chosen one."""
        if not self._predicted:
            return
        px = self.theme.px
        area = QRectF(self.rect()).adjusted(px(INSET[0]), px(_TOP), -px(INSET[1]), -px(_BOTTOM))
        low, high, step = self._scale()
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            self._grid(painter, area, low, high, step)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            points = [self._point(area, one.length, one.rate, low, high) for one in self._predicted]
            self._plain_line(painter, area, low, high)
            self._curve(painter, points)
            for length, rate in self._measured.items():
                self._ring(painter, self._point(area, length, rate, low, high))
            self._told(painter, area, points)

    def _scale(self) -> tuple[float, float, float]:
        rates = [one.rate for one in self._predicted] + [*self._measured.values()]
        rates += [self._plain] if self._plain else []
        step = nice_step(max(max(rates) - min(rates), max(rates) * 0.2), 3)
        return floor(min(rates) / step) * step, ceil(max(rates) / step) * step, step

    def _point(self, area: QRectF, length: float, rate: float, low: float, high: float) -> QPointF:
        x = area.left() + area.width() * (length - 1) / (LONGEST - 1)
        return QPointF(x, area.bottom() - area.height() * (rate - low) / max(high - low, 1e-9))

    def _grid(self, painter: QPainter, area: QRectF, low: float, high: float, step: float) -> None:
        for number in range(round((high - low) / step) + 1):
            value = low + number * step
            y = round(self._point(area, 1, value, low, high).y()) + 0.5
            painter.setPen(QPen(self.theme.color("line"), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            painter.setPen(self.theme.color("text3"))
            box = QRectF(0, y - 8, area.left() - self.theme.px(8), 16)
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(box, int(flags), f"{value:,g}" if value < 10000 else f"{value / 1000:g}k")
        for length in (1, 2, 4, 6, 8, 10, 12):
            box = QRectF(0, area.bottom() + self.theme.px(5), 24, self.theme.px(13))
            box.moveCenter(QPointF(self._point(area, length, low, low, high).x(), box.center().y()))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), str(length))

    def _plain_line(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        if self._plain:
            pen = QPen(self.theme.color("text3"), 1.3)
            pen.setDashPattern([3, 2.5])
            painter.setPen(pen)
            y = self._point(area, 1, self._plain, low, high).y()
            painter.drawLine(QLineF(area.left(), y, area.right(), y))

    def _curve(self, painter: QPainter, points: list[QPointF]) -> None:
        solid = QPen(self.theme.color("accent"), 1.5)
        dashed = QPen(solid)
        dashed.setDashPattern([3, 2.5])
        for (start, end), one in zip(pairwise(points), self._predicted[1:], strict=True):
            painter.setPen(dashed if one.extrapolated else solid)
            painter.drawLine(QLineF(start, end))
        for point, one in zip(points, self._predicted, strict=True):
            painter.setPen(solid)
            painter.setBrush(self.theme.color("surface" if one.extrapolated else "accent"))
            painter.drawEllipse(point, 2.6, 2.6)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _ring(self, painter: QPainter, point: QPointF) -> None:
        """Measured: a diamond, told apart from the dots by its shape."""
        painter.setPen(QPen(self.theme.color("surface"), 1.5))
        painter.setBrush(self.theme.color("text"))
        side = self.theme.px(5)
        painter.save()
        painter.translate(point)
        painter.rotate(45)
        painter.drawRect(QRectF(-side * 0.75, -side * 0.75, side * 1.5, side * 1.5))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _told(self, painter: QPainter, area: QRectF, points: list[QPointF]) -> None:
        for point, one in zip(points, self._predicted, strict=True):
            if one.length == self._chosen:
                painter.setPen(QPen(self.theme.color("accent"), 2))
                painter.drawEllipse(point, 5, 5)
                painter.setFont(self.theme.font(12, 500))
                box = QRectF(0, 0, 90, 18)
                box.moveCenter(QPointF(point.x(), point.y() - self.theme.px(14)))
                box.moveLeft(max(box.left(), area.left() - 20))
                box.moveRight(min(box.right(), area.right() + 14))
                box.moveTop(max(box.top(), 0))
                painter.drawText(
                    box, int(Qt.AlignmentFlag.AlignCenter), f"{one.length}: {three_digits(one.rate)}"
                )
