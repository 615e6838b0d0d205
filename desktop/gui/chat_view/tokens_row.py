"""The row under an answer that shows its tokens: what the looks mean, switches, acceptance along the text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.gui.chat_view.controls import IconButton
from desktop.gui.chat_view.heat_line import HEIGHT, HeatLine
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.chat_view.shade import caret
from desktop.gui.chat_view.traced import Traced
from desktop.gui.parts import Painted
from desktop.gui.theme import R_TINT, Theme
from desktop.gui.tokens_view.heat import HeatStrip, along_cells, place_cells

_ROW, _CAPTION = 28, 20
_STRIP = 34 + 2 * 16 + 4  # of `HeatStrip`
_ROOMY = 470  # design px below which the switches get a line of their own


class _Key(Painted):
    """How a kind of token looks, and its word."""

    def __init__(self, theme: Theme, kind: str, words: str) -> None:
        super().__init__(theme)
        self._kind, self._words = kind, words
        self.setAccessibleName(words)
        self.refresh()

    def refresh(self) -> None:
        """Size from the words."""
        metrics = QFontMetrics(self.theme.type_font("caption"))
        width = metrics.horizontalAdvance(self._words) + self.theme.px(20)
        self.setFixedSize(QSize(width, self.theme.px(_CAPTION)))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A sample and the word."""
        theme, px = self.theme, self.theme.px
        side = px(12)
        box = QRectF(0.5, (self.height() - side) / 2 + 0.5, side, side - 1)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.type_font("caption"))
            if self._kind == "accepted":
                painter.setPen(QPen(theme.color("ok"), 1))
                painter.setBrush(theme.color("ok_bg"))
                painter.drawRoundedRect(box, R_TINT, R_TINT)
            elif self._kind == "replaced":
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("bad"))
                painter.drawPolygon(caret(theme, QPointF(px(4), box.bottom() - px(2))))
            elif self._kind == "rejected":
                painter.setPen(QPen(theme.color("bad"), 1.5))
                painter.drawLine(QPointF(0, box.center().y()), QPointF(px(13), box.center().y()))
            else:
                painter.setPen(QPen(theme.color("line3"), 1))
                painter.drawRoundedRect(box, R_TINT, R_TINT)
            painter.setPen(theme.color("text2"))
            place = QRectF(px(18), 0, self.width() - px(18), self.height())
            painter.drawText(place, int(Qt.AlignmentFlag.AlignVCenter), self._words)


class TokensSection(Section):
    """`act` is called with: rejected, walk, hide. While an answer is written there is no strip."""

    def __init__(
        self, host: Host, traced: Traced, act: Callable[[str], None], *, rejected: bool, running: bool
    ) -> None:
        super().__init__(host, 8 if running else 2)
        self._traced, self._act, self._rejected, self._running = traced, act, rejected, running
        self._cells = [] if running else along_cells(traced.along())
        self._open = False
        self._switches: QBoxLayout | None = None
        self._strip: QWidget | None = None
        self.height = host.theme.px(_ROW + (HEIGHT if self._cells else 0))

    @property
    def nothing(self) -> bool:
        """Whether nothing was drafted."""
        return not self._running and not self._cells

    def build(self) -> QWidget:
        """Keys, switches, the strip."""
        px = self.host.theme.px
        box = QWidget(self.host.canvas)
        box.setObjectName("tokens_row")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._switches = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._switches.setSpacing(0)
        self._switches.addLayout(self._keys(box), 1)
        self._switches.addLayout(self._buttons(box))
        column.addLayout(self._switches)
        if self._cells:
            line = HeatLine(self.host.theme, self._cells, box)
            line.setChecked(self._open)
            line.toggled.connect(self._unfold)
            column.addWidget(line)
            column.addWidget(self._places(box))
        column.addStretch(1)
        column.setContentsMargins(0, 0, 0, px(0))
        return box

    def _keys(self, parent: QWidget) -> QHBoxLayout:
        theme, line = self.host.theme, QHBoxLayout()
        line.setSpacing(theme.px(12))
        if self.nothing:
            words = QLabel("Nothing was drafted: every word is the target’s own.", parent)
            words.setProperty("type", "caption")
            line.addWidget(words, 1)
            return line
        kinds = [("accepted", "Draft accepted")]
        if self._rejected:
            kinds.append(("rejected", "Draft rejected"))
        for kind, words_ in [*kinds, ("replaced", "Replaced"), ("target", "By the target")]:
            line.addWidget(_Key(theme, kind, words_))
        line.addStretch(1)
        return line

    def _buttons(self, parent: QWidget) -> QHBoxLayout:
        theme, line = self.host.theme, QHBoxLayout()
        line.setSpacing(theme.px(2))
        line.addStretch(1)
        if not self.nothing:
            text = "Hide rejected" if self._rejected else "Show rejected"
            switch = QPushButton(text, parent)
            switch.setObjectName("show_rejected")
            switch.setAccessibleName(text)
            switch.setToolTip("Proposals the target rejected, struck through; they are never copied")
            switch.setProperty("kind", "link")
            switch.setFixedHeight(theme.px(_ROW))
            switch.setCursor(Qt.CursorShape.PointingHandCursor)
            switch.clicked.connect(lambda: self._act("rejected"))
            line.addWidget(switch)
            line.addSpacing(theme.px(8))
        walk = IconButton(theme, "step-forward", "walk_tokens", "Go from token to token (F9)", parent)
        walk.clicked.connect(lambda: self._act("walk"))
        line.addWidget(walk)
        if self._running:
            hide = IconButton(theme, "palette", "show_tokens", "Hide tokens", parent)
            hide.setCheckable(True)
            hide.setChecked(True)
            hide.clicked.connect(lambda: self._act("tokens"))
            line.addWidget(hide)
        return line

    def _places(self, parent: QWidget) -> QWidget:
        """Acceptance by place in the draft, closed at first."""
        theme = self.host.theme
        self._strip = QWidget(parent)
        column = QVBoxLayout(self._strip)
        column.setContentsMargins(theme.px(3), theme.px(4), 0, 0)
        column.setSpacing(theme.px(2))
        words = QLabel("Accepted by place in the draft, and how many were judged there", self._strip)
        words.setProperty("type", "caption")
        words.setFixedHeight(theme.px(_CAPTION))
        strip = HeatStrip(theme, "Accepted by place in the draft", name="heat_places")
        column.addWidget(words)
        column.addWidget(strip)
        self._fill()
        self._strip.setVisible(self._open)
        return self._strip

    def _unfold(self, is_open: bool) -> None:
        self._open = is_open
        self._fill()
        if self._strip is not None:
            self._strip.setVisible(is_open)
        self.refit()
        self.host.moved()

    def _fill(self) -> None:
        """Counts when they are wanted: a long answer has thousands of rounds."""
        strip = self._strip.findChild(HeatStrip) if self._strip is not None and self._open else None
        if strip is not None and not strip.cells:
            strip.show_cells(place_cells(self._traced.by_place(), judged=True))

    def measure(self, width: int) -> int:
        """Two lines where one has no room; the places when they are open."""
        px = self.host.theme.px
        narrow = width < px(_ROOMY + (110 if self._rejected else 0))
        if self._switches is not None:
            way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._switches.setDirection(way)
        height = px(_ROW) + (px(_ROW) if narrow else 0)
        if self._cells:
            height += px(HEIGHT) + (px(4 + _CAPTION + 2 + _STRIP) if self._open else 0)
        return height
