"""Where things stand while a race is shown: the panel beside the lanes, or, where it is narrow, below them.

In narrow windows headline, lanes and chart still fill one screen; the cards scroll below.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.contest.data import Lane
from desktop.gui.controls import Painted, column, row
from desktop.gui.race.headline import Headline
from desktop.gui.race.lane import LaneCard
from desktop.gui.race.side import RaceSide
from desktop.gui.race.transport import Transport
from desktop.gui.theme import PANEL, Theme

_WIDE, _LEAST = 1000, 540
_UNLIMITED = (1 << 24) - 1


class ResultPage(QWidget):
    """Headline, two lanes, chart, panel."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.headline, self.transport, self.side = Headline(theme), Transport(theme), RaceSide(theme)
        self.lanes: dict[Lane, LaneCard] = {
            "plain": LaneCard(theme, "plain"),
            "speculative": LaneCard(theme, "speculative"),
        }
        self._build()
        theme.changed.connect(self._arrange)

    def _build(self) -> None:
        lanes = row(self.lanes["plain"], self.lanes["speculative"], spacing=12)
        lanes.setStretch(0, 1)
        lanes.setStretch(1, 1)
        self._centre = QWidget()
        self._centre.setObjectName("raceCentre")
        inside: QVBoxLayout = column(self.headline, spacing=12, margins=(20, 12, 20, 14))
        inside.addLayout(lanes, 3)
        inside.addWidget(self.transport, 4)
        self._stage = QWidget()
        self._stage.setLayout(inside)
        self._column: QVBoxLayout = column(self._stage, spacing=0)
        self._centre.setLayout(self._column)
        self._centre_area, self._side_area = scroll_area("raceCentreScroll"), scroll_area("raceSideScroll")
        self._centre_area.setWidget(self._centre)
        self._side_area.setWidget(self.side)
        self._beside, self._below = _Ground(self._theme), QVBoxLayout()
        self._below.setContentsMargins(16, 12, 16, 16)
        self._below.addWidget(self.side.buttons)
        beside: QVBoxLayout = column(self._side_area, spacing=0)
        beside.addLayout(self._below)
        self._beside.setLayout(beside)
        inner = QHBoxLayout(self)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        inner.addWidget(self._centre_area, 1)
        inner.addWidget(self._beside)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A panel beside the lanes, or cards below them."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _arrange(self) -> None:
        self._beside.setFixedWidth(self._theme.px(PANEL))
        wide = self.width() >= self._theme.px(_WIDE)
        inside = self._side_area.widget() is self.side
        if wide and not inside:
            self._column.removeWidget(self.side)
            self._side_area.setWidget(self.side)
            self._below.addWidget(self.side.buttons)
        elif not wide and inside:
            self._side_area.takeWidget()
            self._column.addWidget(self.side)
        self.side.set_wide(wide)
        self.side.show()
        self._beside.setVisible(wide)
        height = max(self.height(), self._theme.px(_LEAST))
        self._stage.setMinimumHeight(0 if wide else height)
        self._stage.setMaximumHeight(_UNLIMITED if wide else height)


class _Ground(Painted):
    """The panel's ground with its hairline."""

    def paintEvent(self, _event: QPaintEvent) -> None:
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.theme.color("side"))
            painter.fillRect(0, 0, 1, self.height(), self.theme.color("line"))


class _Area(QScrollArea):
    """Left, Right and Space are the page's, wherever in it the focus is."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Space):
            event.ignore()
        else:
            super().keyPressEvent(event)


def scroll_area(name: str) -> QScrollArea:
    """Scrolls up and down only."""
    made = _Area()
    made.setObjectName(name)
    made.setWidgetResizable(True)
    made.setFrameShape(QScrollArea.Shape.NoFrame)
    made.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
    return made
