"""The row under an answer that shows its tokens: what the looks mean, switches, acceptance along the text."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.gui.chat_view.controls import IconButton
from desktop.gui.chat_view.heat_line import HEIGHT, HeatLine
from desktop.gui.chat_view.legend import Key, Legend
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.chat_view.traced import Traced
from desktop.gui.parts import Elided
from desktop.gui.tokens_view.heat import HeatStrip, along_cells, place_cells

_ROW, _CAPTION = 28, 20
_STRIP = 34 + 2 * 16 + 4  # of `HeatStrip`


class TokensSection(Section):
    """`act` is called with: rejected, walk, tokens (hide them). No strip while an answer is written."""

    def __init__(
        self, host: Host, traced: Traced, act: Callable[[str], None], *, rejected: bool, running: bool
    ) -> None:
        super().__init__(host, 8 if running else 2)
        self._traced, self._act, self._rejected, self._running = traced, act, rejected, running
        self._cells = [] if running else along_cells(traced.along())
        self._refused = running or traced.refused_any()
        self._open = False
        self._room = 0  # pixels of the buttons
        self._switches: QBoxLayout | None = None
        self._legend: Legend | None = None
        self._strip: QWidget | None = None
        self._button: QPushButton | None = None
        self.height = host.theme.px(_ROW + (HEIGHT if self._cells else 0))

    def show_rejected(self, rejected: bool) -> None:
        """Rejected proposals are shown from now on, or no longer."""
        if rejected != self._rejected:
            self._rejected = rejected
            self._say()
            self.refit()

    def _say(self) -> None:
        """Which looks there are now, and what the switch does."""
        keys: list[Key] = ["accepted"]
        keys += ["rejected"] if self._rejected and self._refused else []
        keys += ["replaced"] if self._refused else []
        if self._legend is not None:
            self._legend.show_keys([*keys, "target"])
        if self._button is not None:
            text = "Hide rejected" if self._rejected else "Show rejected"
            self._button.setText(text)
            self._button.setAccessibleName(text)

    @property
    def nothing(self) -> bool:
        """Whether nothing was drafted."""
        return not self._running and not self._cells and not self._refused

    def build(self) -> QWidget:
        """Keys, switches, the strip."""
        box = QWidget(self.host.canvas)
        box.setObjectName("tokens_row")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self._switches = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._switches.setSpacing(0)
        self._legend = None if self.nothing else Legend(self.host.theme, box)
        told = Elided("Nothing was drafted: every word is the target’s own.", "caption")
        self._switches.addWidget(self._legend or told, 1)
        buttons = self._buttons(box)
        self._switches.addLayout(buttons)
        self._say()
        self._room = buttons.sizeHint().width()
        column.addLayout(self._switches)
        if self._cells:
            line = HeatLine(self.host.theme, self._cells, box)
            line.setChecked(self._open)
            line.toggled.connect(self._unfold)
            column.addWidget(line)
            column.addWidget(self._places(box))
        column.addStretch(1)
        return box

    def _buttons(self, parent: QWidget) -> QHBoxLayout:
        theme, line = self.host.theme, QHBoxLayout()
        line.setSpacing(theme.px(2))
        line.addStretch(1)
        if self._refused:
            switch = self._button = QPushButton(parent)
            switch.setObjectName("show_rejected")
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
        words = Elided("Accepted by place in the draft, and how many were judged there", "caption")
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
        px, height = self.host.theme.px, self.host.theme.px(_ROW)
        if self._switches is not None and self._legend is not None:
            narrow = self._legend.wanted() + px(12) + self._room > width
            way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._switches.setDirection(way)
            tall = self._legend.height_for(width)
            self._legend.setFixedHeight(tall)
            height = tall + px(_ROW) if narrow else height
        if self._cells:
            height += px(HEIGHT) + (px(4 + _CAPTION + 2 + _STRIP) if self._open else 0)
        return height

    def release(self) -> None:
        """What was made goes with the widget."""
        super().release()
        self._switches = self._legend = self._strip = self._button = None
