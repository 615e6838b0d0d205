"""Heat strips: the share of drafted tokens accepted, along the text and by place in the draft.

The fill rises with the share, so it does not rest on colour. A cell with under five samples is outlined, with
a dash: too few to judge.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from desktop.engine.spans import Counts, Place
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

FEW = 5
_GAP, _CELL, _LINE = 3, 34, 16
_ROOMY = 28
"""A cell this wide has room for its number."""


@dataclass(frozen=True, slots=True)
class Cell:
    """`good` of `samples`; `head` above, `told` on hover."""

    good: int
    samples: int
    head: str
    told: str


class HeatStrip(Painted):
    """One cell a sample group. Hovering a cell tells its counts; so does the accessible name."""

    def __init__(self, theme: Theme, subject: str, *, name: str, counts: bool = True) -> None:
        super().__init__(theme)
        self._cells: Sequence[Cell] = ()
        self._subject, self._counts = subject, counts
        self.setObjectName(name)
        self.setMouseTracking(True)
        self.show_cells(())
        self.refresh()

    @property
    def cells(self) -> Sequence[Cell]:
        """What is drawn."""
        return self._cells

    def show_cells(self, cells: Sequence[Cell]) -> None:
        """Draw these."""
        self._cells = cells
        told = "; ".join(cell.told for cell in cells) or "nothing was drafted"
        self.setAccessibleName(f"{self._subject}: {told}")
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(_CELL + (2 * _LINE + 4 if self._counts else 0)))
        super().refresh()

    def cell_rect(self, number: int) -> QRectF:
        """Where a cell is drawn."""
        px, cells = self.theme.px, len(self._cells)
        gap = px(_GAP) if cells <= 24 else 1
        width = min((self.width() - gap * (cells - 1)) / cells, px(56) if self._counts else self.width())
        return QRectF(number * (width + gap), px(_LINE) + 2 if self._counts else 0, width, px(_CELL))

    def event(self, event: QEvent) -> bool:
        """The counts of the cell under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = event.pos().x()
            numbers = range(len(self._cells))
            found = next(
                (i for i in numbers if self.cell_rect(i).left() <= at <= self.cell_rect(i).right()), -1
            )
            QToolTip.showText(event.globalPos(), self._cells[found].told if found >= 0 else "", self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """All cells, or that there are none."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if not self._cells:
                painter.setFont(self.theme.type_font("caption"))
                painter.setPen(self.theme.color("text3"))
                flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
                painter.drawText(QRectF(self.rect()), int(flags), "Nothing was drafted in this answer.")
            for number, cell in enumerate(self._cells):
                self._cell(painter, cell, self.cell_rect(number))

    def _cell(self, painter: QPainter, cell: Cell, rect: QRectF) -> None:
        theme, px = self.theme, self.theme.px
        few, share = cell.samples < FEW, cell.good / cell.samples if cell.samples else 0.0
        painter.setPen(QPen(theme.color("line2"), 1) if few else Qt.PenStyle.NoPen)
        painter.setBrush(Qt.BrushStyle.NoBrush if few else theme.color("ok", 0.10))
        radius = 5 if rect.width() > 12 else 2
        painter.drawRoundedRect(rect.adjusted(0.5, 0.5, -0.5, -0.5) if few else rect, radius, radius)
        if not few:
            painter.setBrush(theme.color("ok", 0.38))
            risen = rect.height() * share
            painter.drawRoundedRect(
                rect.adjusted(0, rect.height() - risen, 0, 0), min(radius, risen / 2), min(radius, risen / 2)
            )
        roomy = rect.width() >= px(_ROOMY)
        painter.setFont(theme.type_font("captionstrong") if self._counts else theme.type_font("axis"))
        painter.setPen(theme.color("text3" if few else "text"))
        if few or roomy:
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), "–" if few else f"{share:.0%}")
        if not self._counts:
            return
        painter.setFont(theme.type_font("axis"))
        painter.setPen(theme.color("text3"))
        above = QRectF(rect.left(), 0, rect.width(), px(_LINE))
        below = QRectF(rect.left(), rect.bottom() + 2, rect.width(), px(_LINE))
        painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), cell.head)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignCenter), f"{cell.samples:,}")


def along_cells(bins: Sequence[Counts]) -> list[Cell]:
    """Cells of the text from beginning to end; none when nothing was drafted."""
    if not any(one.drafted for one in bins):
        return []
    cells: list[Cell] = []
    first = 1
    for one in bins:
        told = f"tokens {first:,} to {first + one.tokens - 1:,}: {one.accepted:,} of {one.drafted:,} accepted"
        cells.append(Cell(one.accepted, one.drafted, "", told))
        first += one.tokens
    return cells


def place_cells(places: Sequence[Place], *, judged: bool) -> list[Cell]:
    """Cells by place in the draft. `judged`: of those that were judged, else of all drafted there."""
    cells: list[Cell] = []
    for place in places:
        number, samples = place.position + 1, place.judged if judged else place.drafted
        of = "judged" if judged else "drafted"
        told = f"place {number}: {place.accepted:,} of {samples:,} {of} accepted"
        cells.append(Cell(place.accepted, samples, str(number), told))
    return cells
