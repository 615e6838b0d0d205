"""Tokens against time, both runs, with the playhead. Painted by hand; its accessible name states the ends.

`INSET` is where the plot's area lies in the widget: the scrubber below travels exactly its width.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QLinearGradient, QPainter, QPaintEvent, QPen, QPolygonF

from desktop.gui.chart import nice_step
from desktop.gui.numbers import duration_text
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

INSET = (38, 26)
_TOP, _BOTTOM = 10, 20
_MOST = 300
Points = Sequence[tuple[float, int]]


def thinned(points: Points, most: int = _MOST) -> list[tuple[float, int]]:
    """At most about so many, the last one kept."""
    every = ceil(len(points) / most) if points else 1
    kept = list(points[::every])
    return kept if not points or kept[-1] == points[-1] else [*kept, points[-1]]


def stairs(points: Points) -> list[tuple[float, int]]:
    """Tokens come a round at a time: level until the next one."""
    made = list(points[:1])
    for (_, before), (ms, tokens) in pairwise(points):
        made += [(ms, before), (ms, tokens)]
    return made


class Plot(Painted):
    """Points are (milliseconds, tokens so far)."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._plain: list[tuple[float, int]] = []
        self._speculative: list[tuple[float, int]] = []
        self._end, self._top = 0.0, 0
        self._at: tuple[float, int, int] | None = None
        self._done = False
        self.setObjectName("racePlot")
        self.set_lines([], [], done=False)

    def set_lines(self, plain: Points, speculative: Points, *, done: bool) -> None:
        """Draw these. `done`: they end there, and their ends are told."""
        self._plain, self._speculative = thinned(plain), thinned(speculative)
        ends = [line[-1] for line in (self._plain, self._speculative) if line]
        self._done = done
        self._end = max((ms for ms, _ in ends), default=0.0)
        self._top = max((tokens for _, tokens in ends), default=0)
        self.setAccessibleName(self._in_words())
        self.update()

    def set_playhead(self, ms: float | None, plain: int = 0, speculative: int = 0) -> None:
        """Where the replay stands and what each had; None = no playhead."""
        self._at = None if ms is None else (ms, plain, speculative)
        self.update()

    def plot_span(self) -> tuple[int, int]:
        """Left and right of the plot's area, in this widget."""
        return self.theme.px(INSET[0]), self.width() - self.theme.px(INSET[1])

    def minimumSizeHint(self) -> QSize:
        """Low, but legible."""
        return QSize(self.theme.px(240), self.theme.px(130))

    def sizeHint(self) -> QSize:
        """As in the design."""
        return QSize(self.theme.px(600), self.theme.px(234))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, lines, ends, playhead."""
        left, right = self.plot_span()
        area = QRectF(left, self.theme.px(_TOP), right - left, self.height() - self.theme.px(_TOP + _BOTTOM))
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            if not self._top or not self._end:
                self._rules(painter, area, 3, 0)
                return
            step = max(nice_step(self._top, 5 if area.height() > 150 else 3), 1)
            lines = ceil(self._top / step)
            self._rules(painter, area, lines, step)
            self._times(painter, area)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            top = lines * step
            plain = [self._point(area, one, top) for one in stairs(self._plain)]
            speculative = [self._point(area, one, top) for one in stairs(self._speculative)]
            self._fill(painter, area, speculative)
            self._lines(painter, plain, speculative)
            self._ends(painter, area, top)
            self._playhead(painter, area, top)

    def _in_words(self) -> str:
        if not self._plain or not self._speculative:
            return "Tokens against time, nothing recorded yet"
        told = [
            f"{name} {line[-1][1]:,} tokens after {duration_text(line[-1][0])}"
            for name, line in (("plain", self._plain), ("speculative", self._speculative))
        ]
        return "Tokens against time: " + ", ".join(told)

    def _point(self, area: QRectF, one: tuple[float, float], top: float) -> QPointF:
        x = area.left() + area.width() * one[0] / self._end
        return QPointF(x, area.bottom() - area.height() * one[1] / top)

    def _rules(self, painter: QPainter, area: QRectF, lines: int, step: float) -> None:
        for number in range(lines + 1):
            y = round(area.bottom() - area.height() * number / lines) + 0.5
            painter.setPen(QPen(self.theme.color("line"), 1))
            painter.drawLine(QLineF(area.left(), y, area.right(), y))
            if step:
                painter.setPen(self.theme.color("text3"))
                box = QRectF(0, y - 8, area.left() - self.theme.px(9), 16)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, int(flags), f"{number * step:,.0f}")

    def _times(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(self.theme.color("text3"))
        step = nice_step(self._end, 7 if area.width() > 500 else 4)
        in_seconds = self._end >= 1000
        for number in range(int(self._end / step + 1e-6) + 1):
            ms = number * step
            words = f"{ms / 1000:g} s" if in_seconds else f"{ms:g} ms"
            box = QRectF(0, area.bottom() + self.theme.px(5), 70, self.theme.px(14))
            box.moveCenter(QPointF(self._point(area, (ms, 0), 1).x(), box.center().y()))
            box.moveRight(min(box.right(), self.width() + 16))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _fill(self, painter: QPainter, area: QRectF, points: list[QPointF]) -> None:
        if len(points) < 2:
            return
        gradient = QLinearGradient(0, area.top(), 0, area.bottom())
        gradient.setColorAt(0, self.theme.color("accent", 0.26))
        gradient.setColorAt(1, self.theme.color("accent", 0.0))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        ends = [QPointF(points[-1].x(), area.bottom()), QPointF(points[0].x(), area.bottom())]
        painter.drawPolygon(QPolygonF([*points, *ends]))
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _lines(self, painter: QPainter, plain: list[QPointF], speculative: list[QPointF]) -> None:
        dashed = QPen(self.theme.color("text3"), 1.6)
        dashed.setDashPattern([3, 2.5])
        painter.setPen(dashed)
        painter.drawPolyline(plain)
        solid = QPen(self.theme.color("accent"), 1.8)
        solid.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(solid)
        painter.drawPolyline(speculative)

    def _ends(self, painter: QPainter, area: QRectF, top: float) -> None:
        """The time at each line's end. The earlier end is told below its point, clear of the other line."""
        for line, token in ((self._plain, "text3"), (self._speculative, "accent")):
            if not line:
                continue
            point = self._point(area, line[-1], top)
            last = line[-1][0] >= self._end - 1e-9
            self._ring(painter, point, token)
            words = duration_text(line[-1][0])
            if self._done:
                self._words(painter, point, words, token, right=last, dy=30 if last else 0)

    def _playhead(self, painter: QPainter, area: QRectF, top: float) -> None:
        if self._at is None:
            return
        ms, plain, speculative = self._at
        x = self._point(area, (ms, 0), top).x()
        painter.setPen(QPen(self.theme.color("text2"), 1))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        if ms < self._end * 0.004 or ms >= self._end - 1e-9:
            return
        for line, tokens, token, right in (
            (self._plain, plain, "text3", plain > speculative),
            (self._speculative, speculative, "accent", plain <= speculative),
        ):
            if not line or ms >= line[-1][0]:
                continue  # its end says it all
            point = self._point(area, (ms, tokens), top)
            self._ring(painter, point, token)
            room = right and x - area.left() > self.theme.px(40)
            self._words(painter, point, f"{tokens:,}", token, right=room, dy=-12 if right else 12)

    def _ring(self, painter: QPainter, point: QPointF, token: str) -> None:
        painter.setPen(QPen(self.theme.color("surface"), 2))
        painter.setBrush(self.theme.color(token))
        painter.drawEllipse(point, 4.5, 4.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _words(
        self, painter: QPainter, point: QPointF, words: str, token: str, *, right: bool, dy: float
    ) -> None:
        painter.setFont(self.theme.font(12, 500))
        painter.setPen(self.theme.color("text2" if token == "text3" else token))
        box = QRectF(point.x() + 10, point.y() + dy - 10, 120, 20)
        side = Qt.AlignmentFlag.AlignLeft
        if right:
            side = Qt.AlignmentFlag.AlignRight
            box.moveRight(point.x() - 10)
        box.moveTop(max(box.top(), 0.0))
        painter.drawText(box, int(side | Qt.AlignmentFlag.AlignVCenter), words)
        painter.setFont(self.theme.type_font("axis"))
