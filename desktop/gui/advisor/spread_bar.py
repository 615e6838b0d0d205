"""A speed-up as a bar: from the lowest run to the highest, a dot at the median, a dashed line at plain."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from desktop.bridge.advice import Row
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

Scale = tuple[float, float]
_HEIGHT = 14
_AIR = 0.06


def scale_of(rows: Iterable[Row]) -> Scale:
    """From where to where all bars go, plain's 1 included, so that they can be compared."""
    ratios = [1.0, *(ratio for row in rows for ratio in row.ratios)]
    air = max((max(ratios) - min(ratios)) * _AIR, 0.02)
    return min(ratios) - air, max(ratios) + air


class SpreadBar(Painted):
    """Its row says the values in words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._ratios: tuple[float, ...] = ()
        self._median = 0.0
        self._scale: Scale = (0.0, 1.0)
        self._plain = False
        self.refresh()

    def set_row(self, row: Row, scale: Scale) -> None:
        """Change what is drawn."""
        self._ratios, self._median, self._scale = row.ratios, row.speedup, scale
        self._plain = row.way.mode == "off"
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(_HEIGHT))
        super().refresh()

    def _x(self, value: float) -> float:
        low, high = self._scale
        inset = self.theme.px(5)
        return inset + (self.width() - 2 * inset) * (value - low) / max(high - low, 1e-9)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Track, plain, range, median."""
        theme, middle = self.theme, self.height() / 2
        token = "text3" if self._plain else "accent"
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line2"))
            painter.drawRoundedRect(QRectF(0, middle - 1, self.width(), 2), 1, 1)
            if not self._ratios:
                return
            pen = QPen(theme.color("text3"), 1)
            pen.setDashPattern([2, 2])
            painter.setPen(pen)
            painter.drawLine(QLineF(self._x(1.0), 0, self._x(1.0), self.height()))
            left, right = self._x(min(self._ratios)), self._x(max(self._ratios))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color(token, 0.45))
            half = theme.px(3)
            painter.drawRoundedRect(
                QRectF(left - half, middle - half, right - left + 2 * half, 2 * half), half, half
            )
            painter.setBrush(theme.color(token))
            painter.setPen(QPen(theme.color("surface"), 1.5))
            painter.drawEllipse(QPointF(self._x(self._median), middle), theme.px(4), theme.px(4))
