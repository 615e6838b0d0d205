"""A race's whole result as one picture, at a size of its own: headline, both answers, chart, cards, and what
it was run with. Made of the page's own parts, never shown.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QPixmap, QRegion
from PySide6.QtWidgets import QFrame, QSizePolicy, QVBoxLayout, QWidget

from desktop.contest.again import Repeated
from desktop.contest.data import LANES, Race
from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.controls import Mark, card, column, label, row
from desktop.gui.numbers import count
from desktop.gui.race import told
from desktop.gui.race.headline import Headline
from desktop.gui.race.lane import LaneCard
from desktop.gui.race.replay import Timeline
from desktop.gui.race.side import RaceSide
from desktop.gui.race.transport import Transport
from desktop.gui.theme import PANEL, Theme

_WIDTH, _SCALE = 1280, 2.0
_LINES = (5, 24)
"""Fewest and most lines of an answer."""
_PROMPT = 400


def picture(theme: Theme, race: Race, repeated: Repeated | None = None) -> QPixmap:
    """The result in the theme's colours, twice as fine as the design's pixels."""
    page = _Page(theme, race, repeated)
    try:
        page.resize(theme.px(_WIDTH), 100)
        page.show()  # on no screen, but with its fonts and sizes as if it were
        page.fit()
        pixmap = QPixmap(page.size() * _SCALE)
        pixmap.setDevicePixelRatio(_SCALE)
        pixmap.fill(theme.color("bg"))
        page.render(pixmap, QPoint(), QRegion(), QWidget.RenderFlag.DrawChildren)
    finally:
        page.hide()
        page.deleteLater()
    return pixmap


class _Page(QWidget):
    def __init__(self, theme: Theme, race: Race, repeated: Repeated | None) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("racePicture")
        self.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
        self._headline, self._side, self._chart = Headline(theme), RaceSide(theme), Transport(theme)
        self._lanes = {lane: LaneCard(theme, lane) for lane in LANES}
        self._cut = label(f"Of each answer the first {_LINES[1]} lines are shown.", "caption")
        self._fill(race, repeated)
        self._build(race)

    def _fill(self, race: Race, repeated: Repeated | None) -> None:
        pair = race.shown
        self._headline.show_race(race)
        self._headline.again.hide()
        for lane, title in zip(LANES, told.names(race), strict=True):
            self._lanes[lane].show_run(pair.run(lane), title)
        points = [Timeline(pair.run(lane).steps).points() for lane in LANES]
        self._chart.set_names(*told.names(race))
        self._chart.plot.set_lines(points[0], points[1], done=True)
        self._chart.set_live(True, "Two runs made one after the other")
        self._side.show_race(race, repeated)
        self._side.show_for_picture()

    def _build(self, race: Race) -> None:
        lanes = row(*self._lanes.values(), spacing=12)
        for at in (0, 1):
            lanes.setStretch(at, 1)
        prompt = plain_lines(race.prompt[:_PROMPT]) + ("…" if len(race.prompt) > _PROMPT else "")
        asked: QFrame = card(label("Prompt", "caption"), label(prompt, "body", wrap=True), spacing=4)
        head = row(
            Mark(self._theme), label("Slipstream", "heading"), None, label(_date(race), "caption"), spacing=10
        )
        left: QVBoxLayout = column(self._headline, asked, spacing=12)
        left.addLayout(lanes)
        left.addWidget(self._cut)
        left.addWidget(self._chart, 1)
        self._side.setFixedWidth(self._theme.px(PANEL))
        for one in self._lanes.values():
            one.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._chart.plot.setMinimumHeight(self._theme.px(220))
        body = row(spacing=12)
        body.addLayout(left, 1)
        body.addWidget(self._side, 0, Qt.AlignmentFlag.AlignTop)
        foot = column(*(label(words, "caption", wrap=True) for words in run_with(race)), spacing=2)
        whole = column(head, spacing=14, margins=(24, 20, 24, 20))
        whole.addLayout(body)
        whole.addLayout(foot)
        self.setLayout(whole)

    def fit(self) -> None:
        """As high as the content."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        lines = max(one.flow.lines() for one in self._lanes.values())
        for one in self._lanes.values():
            one.flow.show_top(min(max(lines, _LINES[0]), _LINES[1]))
        self._cut.setVisible(lines > _LINES[1])
        layout.activate()
        self.resize(
            self.width(), max(layout.totalHeightForWidth(self.width()), layout.totalSizeHint().height())
        )
        layout.activate()


def run_with(race: Race) -> list[str]:
    """Models, computer and program, as far as they are known."""
    files = [one for one in (race.target, *race.drafts) if one is not None]
    models = "; ".join(f"{plain_lines(one.name)} (sha256 {one.sha256_16 or 'not known'})" for one in files)
    machine = race.machine
    cores = count(machine.cores, "core") if machine.cores else ""
    threads = race.asked.load.n_threads
    told = (machine.cpu, cores, f"{count(threads, 'thread')} used" if threads else "", machine.os)
    library = f"llama-cpp-python {machine.library}" if machine.library else ""
    program = f"Slipstream {machine.slipstream}" if machine.slipstream else ""
    lines = (
        models or race.model,
        ", ".join(one for one in told if one),
        ", ".join(p for p in (program, library) if p),
    )
    return [plain_lines(line) for line in lines if line]


def _date(race: Race) -> str:
    return plain_lines(race.date[:10])
