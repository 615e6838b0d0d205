"""The latency strip: what every token of the answer took, from first to last, on one line.

It is the map of the whole answer too: a bracket shows what the chips have in sight, a click goes there.
"""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen

from desktop.gui.cost_chart import ms_text
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.record import Recorded

_HEIGHT = 46


class LatencyStrip(Painted):
    """`chosen` gives the index of the token that was clicked."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._answer, self._sight = Recorded(), (0, 0)
        self.setObjectName("latencyStrip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.refresh()
        self.show_answer(self._answer)

    def show_answer(self, answer: Recorded) -> None:
        """Another answer."""
        self._answer = answer
        self.setAccessibleName(f"Milliseconds of every token. {self.in_words()}")
        self.setToolTip(self.in_words())
        self.update()

    def show_tokens(self, first: int, last: int) -> None:
        """Which tokens are in sight, by index."""
        self._sight = (first, last)
        self.update()

    def in_words(self) -> str:
        """What the tokens took."""
        usual = self._answer.usual
        if usual is None:
            return "Too few tokens to say what one takes"
        middle, low, high = (ms_text(ms) for ms in usual)
        return f"Median {middle} ms a token, nine of ten between {low} and {high}"

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(_HEIGHT))
        super().refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go there."""
        total = self._answer.total
        if total and event.button() == Qt.MouseButton.LeftButton:
            self.chosen.emit(min(max(int(event.position().x() / self.width() * total), 0), total - 1))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Bars, the line of the middle, the bracket."""
        usual = self._answer.usual
        with QPainter(self) as painter:
            area = QRectF(self.rect()).adjusted(0, 4, 0, -6)
            painter.fillRect(QRectF(area.left(), area.bottom(), area.width(), 1), self.theme.color("line2"))
            if usual is None:
                return
            top = max(usual[2] * 1.15, usual[0] * 2)
            self._bars(painter, area, top)
            y = area.bottom() - area.height() * usual[0] / top
            pen = QPen(self.theme.color("text2"), 1)
            pen.setDashPattern([3, 3])
            painter.setPen(pen)
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            self._bracket(painter, area)

    def _bars(self, painter: QPainter, area: QRectF, top: float) -> None:
        """A bar a token while there is room for that; else the mean of the tokens in two pixels."""
        times = self._answer.token_ms
        bars = min(len(times), max(int(area.width() // 2), 1))
        width, gap = area.width() / bars, 1.0 if area.width() / bars >= 3 else 0.0
        color, loud = self.theme.color("accent", 0.4), self.theme.color("accent", 0.75)
        first, last = self._sight
        for number in range(bars):
            low, high = number * len(times) // bars, (number + 1) * len(times) // bars
            ms = sum(times[low:high]) / (high - low)
            height = min(area.height() * ms / top, area.height())
            bar = QRectF(area.left() + number * width, area.bottom() - height, width - gap, height)
            painter.fillRect(bar, loud if first <= low <= last else color)

    def _bracket(self, painter: QPainter, area: QRectF) -> None:
        first, last = self._sight
        total = max(self._answer.total, 1)
        left, right = area.width() * first / total, area.width() * (last + 1) / total
        painter.fillRect(QRectF(left, area.bottom() + 2, max(right - left, 6), 3), self.theme.color("accent"))
