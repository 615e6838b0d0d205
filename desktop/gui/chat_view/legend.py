"""What the looks of tokens mean: small samples with a word each, in as many lines as the room asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.shade import caret
from desktop.gui.parts import Painted
from desktop.gui.theme import R_TINT, Theme

Key = Literal["accepted", "rejected", "replaced", "target"]
WORDS: dict[Key, str] = {
    "accepted": "Draft accepted",
    "rejected": "Draft rejected",
    "replaced": "Replaced",
    "target": "By the target",
}
_LINE, _SIDE, _TEXT, _GAP = 20, 12, 18, 12


class Legend(Painted):
    """The owner gives it a width and asks `height_for`."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme)
        self.setParent(parent)
        self.setObjectName("token_legend")
        self._keys: Sequence[Key] = ()

    def show_keys(self, keys: Sequence[Key]) -> None:
        """Explain these."""
        self._keys = keys
        self.setAccessibleName("Colours: " + ", ".join(WORDS[key] for key in keys))
        self.updateGeometry()
        self.update()

    def wanted(self) -> int:
        """Pixels for all in one line."""
        gap = self.theme.px(_GAP)
        return sum(self._width(key) + gap for key in self._keys) - gap if self._keys else 0

    def height_for(self, width: int) -> int:
        """Pixels for as many lines as they need."""
        lines = 1 + max((line for _, line, _ in self._places(width)), default=0)
        return lines * self.theme.px(_LINE)

    def sizeHint(self) -> QSize:
        """One line."""
        return QSize(self.wanted(), self.theme.px(_LINE))

    def minimumSizeHint(self) -> QSize:
        """The owner decides."""
        return QSize(0, self.theme.px(_LINE))

    def _width(self, key: Key) -> int:
        metrics = QFontMetrics(self.theme.type_font("caption"))
        return self.theme.px(_TEXT) + metrics.horizontalAdvance(WORDS[key]) + 2

    def _places(self, width: int) -> list[tuple[int, int, Key]]:
        """Where each key begins: pixels from the left, line."""
        out: list[tuple[int, int, Key]] = []
        x = line = 0
        for key in self._keys:
            wide = self._width(key)
            if x and x + wide > width:
                x, line = 0, line + 1
            out.append((x, line, key))
            x += wide + self.theme.px(_GAP)
        return out

    def paintEvent(self, _event: QPaintEvent) -> None:
        """All keys."""
        height = self.theme.px(_LINE)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.theme.type_font("caption"))
            for x, line, key in self._places(self.width()):
                self._sample(painter, key, QPointF(x, line * height))
                painter.setPen(self.theme.color("text2"))
                place = QRectF(x + self.theme.px(_TEXT), line * height, self._width(key), height)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), WORDS[key])

    def _sample(self, painter: QPainter, key: Key, at: QPointF) -> None:
        theme, px = self.theme, self.theme.px
        side = px(_SIDE)
        box = QRectF(at.x() + 0.5, at.y() + (px(_LINE) - side) / 2 + 0.5, side, side - 1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if key == "accepted":
            painter.setPen(QPen(theme.color("ok"), 1))
            painter.setBrush(theme.color("ok_bg"))
            painter.drawRoundedRect(box, R_TINT, R_TINT)
        elif key == "replaced":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("bad"))
            painter.drawPolygon(caret(theme, QPointF(box.left() + px(4), box.bottom() - px(2))))
        elif key == "rejected":
            painter.setPen(QPen(theme.color("bad"), 1.5))
            painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
        else:
            painter.setPen(QPen(theme.color("line3"), 1))
            painter.drawRoundedRect(box, R_TINT, R_TINT)
