"""Above the lanes: the speed-up with its range and the legend; while a race runs, its progress and Cancel."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.contest.data import Race
from desktop.gui.controls import Elided, Painted, button, column, label, row
from desktop.gui.parts import plain_tip
from desktop.gui.race import told
from desktop.gui.theme import R_TINT, Theme

_LEGEND = {"Accepted": "ok", "Rejected": "bad", "By the target": "text"}
_GAP = 16


class Legend(Painted):
    """Each word drawn as the tokens it stands for."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setObjectName("raceLegend")
        self.setAccessibleName("Tinted: accepted. Struck: rejected. Plain: by the target.")
        self.refresh()

    def refresh(self) -> None:
        """As wide as its words."""
        metrics = QFontMetricsF(self.theme.font(12))
        self._spans = [metrics.horizontalAdvance(word) for word in _LEGEND]
        gaps = self.theme.px(_GAP) * (len(_LEGEND) - 1)
        self.setFixedSize(round(sum(self._spans)) + gaps + 8, self.theme.px(22))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Accepted, rejected, by the target."""
        x, middle = 4.0, self.height() / 2
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.theme.font(12))
            for (word, token), span in zip(_LEGEND.items(), self._spans, strict=True):
                if token == "ok":
                    painter.setPen(Qt.PenStyle.NoPen)
                    painter.setBrush(self.theme.color("ok_bg"))
                    painter.drawRoundedRect(QRectF(x - 4, 1, span + 8, self.height() - 2), R_TINT, R_TINT)
                painter.setPen(self.theme.color("bad" if token == "bad" else "text"))
                box = QRectF(x, 0, span + 4, self.height())
                painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), word)
                if token == "bad":
                    painter.setPen(QPen(self.theme.color("bad"), 1.3))
                    painter.drawLine(QPointF(x, middle + 0.5), QPointF(x + span, middle + 0.5))
                x += span + self.theme.px(_GAP)


class Headline(QWidget):
    """Says the result, never more."""

    cancel_pressed = Signal()
    new_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._total = theme, 0
        self.setObjectName("raceHeadline")
        self.ratio = label("", "headline", name="raceSpeedup")
        self.first, self.second = (
            Elided("", "strong", name="raceSpread"),
            Elided("", "caption", name="raceSubject"),
        )
        self.cancel = button(theme, "Cancel", icon="square", name="raceCancel", tip="Cancel the race (Esc)")
        self.again = button(theme, "All races", icon="arrow-left", name="raceNew")
        self._legend = Legend(theme)
        words = column(self.first, self.second, spacing=1)
        line = row(self.ratio, words, self._legend, self.cancel, self.again, spacing=14)
        line.setStretch(1, 1)
        self.setLayout(line)
        self.cancel.clicked.connect(self.cancel_pressed)
        self.again.clicked.connect(self.new_pressed)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """The figure is in the accent colour."""
        self.ratio.setStyleSheet(f"color:{self._theme.colors.accent}")

    def show_running(self, prompt: str, total: int) -> None:
        """A race begins, of so many runs."""
        self._total = total
        self.ratio.hide()
        self._legend.show()
        self.second.set_text(prompt)
        self.first.set_text("Getting ready")
        self.cancel.show()
        self.again.hide()

    def set_preparing(self, words: str, fraction: float) -> None:
        """What is done before the runs, and how far it is; a fraction of 0 is not told."""
        self.first.set_text(f"{words}, {fraction:.0%}" if 0 < fraction < 1 else words)

    def set_progress(self, number: int) -> None:
        """Run `number`, from 1."""
        self.first.set_text(f"Run {number} of {self._total}")

    def set_ending(self) -> None:
        """Cancelled, not yet over."""
        self.first.set_text("Cancelling")

    def say(self, news: str) -> None:
        """What became of the last thing done, in place of the second line."""
        self.second.set_text(news)

    def show_race(self, race: Race) -> None:
        """The result."""
        self.ratio.setText(told.headline(race))
        self.ratio.setAccessibleName(f"Speed-up {told.headline(race)}, {told.spread(race)}")
        self.ratio.setToolTip(plain_tip(told.headline_source(race)))
        self.ratio.show()
        self.first.set_text(told.spread(race))
        self.second.set_text(told.subject(race))
        self.cancel.hide()
        self.again.show()
