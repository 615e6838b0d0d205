"""A thin strip under an answer: the share of drafted tokens accepted, from its beginning to its end.

The fill rises with the share, so it does not rest on colour; under five samples there is an outline only.
A click, or Space, opens the shares by place in the draft.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QToolTip, QWidget

from desktop.gui.theme import Theme
from desktop.gui.tokens_view.heat import FEW, Cell

HEIGHT = 18
_PAD = 3


class HeatLine(QAbstractButton):
    """Checked = the shares by place are open."""

    def __init__(self, theme: Theme, cells: Sequence[Cell], parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._cells = theme, cells
        self.setObjectName("heat_line")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFixedHeight(theme.px(HEIGHT))
        good, samples = sum(c.good for c in cells), sum(c.samples for c in cells)
        self.setAccessibleName(f"Accepted along the answer: {good:,} of {samples:,}. Opens the places")

    def sizeHint(self) -> QSize:
        """Any width."""
        return QSize(0, self._theme.px(HEIGHT))

    def _rect(self, number: int) -> QRectF:
        pad, count = self._theme.px(_PAD), len(self._cells)
        width = (self.width() - 2 * pad) / count
        return QRectF(pad + number * width, pad, max(1.0, width - 1), self.height() - 2 * pad)

    def event(self, event: QEvent) -> bool:
        """The counts of the cell under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = event.pos().x()
            rects = [self._rect(number) for number in range(len(self._cells))]
            cells = zip(rects, self._cells, strict=True)
            told = next((cell.told for rect, cell in cells if at <= rect.right() + 1), "")
            words = f"{told[:1].upper()}{told[1:]}\nClick: by place in the draft" if told else ""
            QToolTip.showText(event.globalPos(), words, self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Cells, and the frame of what has the keyboard."""
        theme = self._theme
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for number, cell in enumerate(self._cells):
                self._cell(painter, cell, self._rect(number))
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 4, 4)

    def _cell(self, painter: QPainter, cell: Cell, rect: QRectF) -> None:
        theme = self._theme
        if cell.samples < FEW:
            painter.setPen(QPen(theme.color("line3"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5), 2, 2)
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(rect, 2, 2)
        painter.setBrush(theme.color("ok", 0.5))
        risen = rect.height() * cell.good / cell.samples
        painter.drawRoundedRect(
            rect.adjusted(0, rect.height() - risen, 0, 0), min(2, risen / 2), min(2, risen / 2)
        )
