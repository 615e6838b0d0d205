"""How often drafts were accepted by their place, one cell a place. Painted by hand, told in words too."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen

from desktop.engine.whatif import Place
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

_MOST = 8


class Places(Painted):
    """Share of the judged inside, how often judged below; under five judged: outline and dash."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._places: list[Place] = []
        self.setObjectName("racePlaces")
        self.set_places([])
        self.refresh()

    def set_places(self, found: Sequence[Place]) -> None:
        """The first eight are shown."""
        self._places = list(found[:_MOST])
        told = ", ".join(f"{n}: {p.accepted} of {p.judged}" for n, p in enumerate(self._places, 1))
        self.setAccessibleName(
            f"Accepted of those judged, by place in the draft: {told or 'nothing drafted'}"
        )
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(74))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The cells; as many as there is room for at least."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            gap = self.theme.px(4)
            width = (self.width() - gap * (_MOST - 1)) / _MOST
            for number in range(_MOST):
                place = self._places[number] if number < len(self._places) else Place(0, 0, 0)
                self._cell(painter, number, place, number * (width + gap), width)

    def _cell(self, painter: QPainter, number: int, place: Place, x: float, width: float) -> None:
        px, theme, centre = self.theme.px, self.theme, int(Qt.AlignmentFlag.AlignCenter)
        share = place.share
        painter.setFont(theme.type_font("axis"))
        painter.setPen(theme.color("text3"))
        painter.drawText(QRectF(x, 0, width, px(14)), centre, str(number + 1))
        painter.drawText(QRectF(x, px(59), width, px(14)), centre, f"{place.judged:,}")
        cell = QRectF(x, px(18), width, px(36)).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setPen(QPen(theme.color("line2"), 1) if share is None else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if share is None else theme.color("ok", 0.06 + 0.34 * share))
        painter.drawRoundedRect(cell, 5, 5)
        if share is not None:  # second cue: the bar's length
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("ok"))
            painter.drawRoundedRect(QRectF(cell.left(), cell.bottom() - 4, cell.width() * share, 4), 2, 2)
        painter.setFont(theme.font(12, 500))
        painter.setPen(theme.color("text3" if share is None else "text"))
        painter.drawText(cell.adjusted(0, 0, 0, -2), centre, "–" if share is None else f"{share * 100:.0f}")
