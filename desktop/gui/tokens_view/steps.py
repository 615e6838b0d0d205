"""The bar over the Tokens page: pause, one token, one round, go on; how far the answer is. Only asks."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.gui.controls import Switch, button, pill, restyle, row
from desktop.gui.theme import Theme

Progress = Literal["empty", "running", "paused", "stepping", "done"]
"""`stepping`: paused, and a round was asked for."""
_SHOW, _PAUSE, _ON = "Show rejected", "Pause", "Continue"
_GAP, _MARGIN = 10, 20


class StepBar(QWidget):
    """`show_progress` says what the buttons can do."""

    pause_requested = Signal()
    next_requested = Signal()
    round_requested = Signal()
    continue_requested = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._words: list[int] = []
        """Widths with all words, without the switch's, and without those beside icons; [] = not measured."""
        self._level = 0
        self.progress: Progress = "empty"
        self.pause = button(theme, _PAUSE, icon="pause", name="pauseTokens", tip="Space", height=34)
        self.next = button(theme, "Next token", icon="step-forward", name="nextToken", tip="N", height=34)
        tip = "One draft and its verification: Shift+N"
        self.round = button(theme, "Next round", name="nextRound", tip=tip, height=34)
        self.on = button(theme, _ON, "primary", "play", name="continueTokens", tip="C or Space", height=34)
        self._status = pill("")
        self._status.setMinimumWidth(1)  # it is hidden before it would widen the window
        self.proposals = Switch(
            theme, "Show rejected proposals, struck through", name="showProposals", text=_SHOW
        )
        self.proposals.setToolTip("Show rejected proposals, struck through")
        steps = row(
            self.pause, self.next, self.round, self.on, 4, self._status, None, self.proposals, spacing=_GAP
        )
        steps.setContentsMargins(_MARGIN, 14, _MARGIN, 10)
        self.setLayout(steps)
        self.pause.clicked.connect(self.pause_requested)
        self.next.clicked.connect(self.next_requested)
        self.round.clicked.connect(self.round_requested)
        self.on.clicked.connect(self.continue_requested)
        theme.changed.connect(self._measure)

    @property
    def waits(self) -> bool:
        """Paused."""
        return self.progress in ("paused", "stepping")

    def show_progress(self, progress: Progress, otherwise: QWidget) -> None:
        """What the buttons can do now. One that has the focus and can do nothing hands it to one that can,
        or `otherwise`: Qt would hand it to whatever comes next.
        """
        self.progress = progress
        buttons = (self.pause, self.next, self.round, self.on)
        focused = any(one.hasFocus() for one in buttons)
        self.pause.setEnabled(progress == "running")
        for one in buttons[1:]:
            one.setEnabled(self.waits)
        if focused and not any(one.hasFocus() and one.isEnabled() for one in buttons):
            (self.next if self.waits else self.pause if progress == "running" else otherwise).setFocus()

    def tell(self, total: int) -> None:
        """How far the answer is, in tokens."""
        words = {
            "running": "Writing",
            "paused": f"Paused after token {total:,}" if total else "Paused before the first token",
            "stepping": "Asking for the next round",
            "done": "Done",
            "empty": "No answer yet",
        }[self.progress]
        self._status.setText(words)
        restyle(self._status, "pill", "accent" if self.progress in ("running", "stepping") else "plain")
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Words give way where it is narrow."""
        return QSize(self._theme.px(260), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """First the status gives way, then words whose buttons can do without."""
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _measure(self) -> None:
        self._words = []
        self._fit()

    def _fit(self) -> None:
        if not self._words:
            for level in range(3):
                self._say(level)
                widgets = (self.pause, self.next, self.round, self.on, self.proposals)
                needed = sum(one.sizeHint().width() for one in widgets)
                self._words.append(needed + 2 * _MARGIN + 4 + 6 * _GAP)
        room = self.width()
        self._say(next((level for level, needed in enumerate(self._words) if needed <= room), 2))
        needed = self._words[0] + self._status.sizeHint().width() + _GAP
        self._status.setVisible(needed <= room)  # the buttons say it too

    def _say(self, level: int) -> None:
        """Show fewer words at every level; their accessible names stay."""
        if level == self._level:
            return
        self._level = level
        self.proposals.setText("" if level else _SHOW)
        for one, words in ((self.pause, _PAUSE), (self.on, _ON)):
            one.set_text("" if level == 2 else words)
            one.setAccessibleName(words)
        self.proposals.updateGeometry()
