"""What the chips' looks mean: a small chip of each kind, and its word."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen

from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

_KINDS = (
    ("ok_bg", "ok", "Draft accepted"),
    ("bg", "bad", "Rejection here"),
    ("bg", "line3", "By the target"),
)


class _Key(Painted):
    """A chip in small and its word."""

    def __init__(self, theme: Theme, fill: str, line: str, words: str) -> None:
        super().__init__(theme)
        self._fill, self._line, self._words = fill, line, words
        self.setAccessibleName(words)
        self.refresh()

    def refresh(self) -> None:
        """Size from the words."""
        metrics = QFontMetrics(self.theme.type_font("caption"))
        size = QSize(metrics.horizontalAdvance(self._words) + self.theme.px(20), metrics.height() + 2)
        self.setFixedSize(size)
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Chip, word."""
        side = self.theme.px(12)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.color(self._line), 1.2))
            painter.setBrush(self.theme.color(self._fill))
            painter.drawRoundedRect(
                QRectF(0.6, (self.height() - side) / 2, side, side).adjusted(0, 0.6, 0, -0.6), 3, 3
            )
            painter.setFont(self.theme.type_font("caption"))
            painter.setPen(self.theme.color("text2"))
            box = QRectF(self.theme.px(18), 0, self.width(), self.height())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), self._words)


def legend(theme: Theme) -> list[Painted]:
    """The keys, in the order of the states."""
    return [_Key(theme, *kind) for kind in _KINDS]
