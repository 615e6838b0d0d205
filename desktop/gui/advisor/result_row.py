"""One way to draft and what it brought: name, speed-up with its range, tok/s, acceptance, memory, energy."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from desktop.bridge.advice import Row, Way
from desktop.gui.advisor import words
from desktop.gui.advisor.spread_bar import Scale, SpreadBar
from desktop.gui.controls import Elided, PillKind, button, column, label, pill, restyle, row
from desktop.gui.numbers import DASH
from desktop.gui.theme import Theme

_STACK_BELOW, _WRAP_BELOW = 700, 560
_SPEED, _KEEP = 168, 112
_WIDTHS = {"rate": 44, "accepted": 98, "memory": 72, "energy": 70}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a row is among the others. `tried`: being measured now; `gone`: its draft model's file is no more;
    `keep`: whether ways can be chosen at all now.
    """

    best: bool = False
    in_use: bool = False
    tried: bool = False
    gone: bool = False
    keep: bool = False


class Cell(QWidget):
    """A figure and, under it, what it is."""

    def __init__(self, theme: Theme, width: int) -> None:
        super().__init__()
        self._theme, self._width = theme, width
        self.value, self.caption = label("", "strong"), label("", "caption")
        self.setLayout(column(None, self.value, self.caption, None, spacing=1))
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Width from the theme."""
        self.setFixedWidth(self._theme.px(self._width))

    def set(self, value: str, caption: str, source: str = "") -> None:
        """Change figure, caption and what it was computed from."""
        self.value.setText(value)
        self.caption.setText(caption)
        self.setToolTip(source)


class ResultRow(QFrame):
    """`kept` carries the way. Its accessible name says all of it in one sentence."""

    kept = Signal(object)

    def __init__(self, theme: Theme, way: Way, number: int) -> None:
        super().__init__()
        self._theme, self.way, self._number = theme, way, number
        self.setObjectName(f"advice_row_{number}")
        self.setProperty("card", "true")
        self._name = label(
            words.breakable(words.way_name(way)), "strong", wrap=True, name=f"advice_name_{number}"
        )
        self._name.setAccessibleName(words.way_name(way))
        self._best, self._pill = pill("Best", "ok"), pill("")
        self._hint = label("", "caption", wrap=True)
        head = row(self._name, self._best, spacing=8)
        head.setStretch(0, 1)
        head.setAlignment(self._best, Qt.AlignmentFlag.AlignTop)
        self._head = QWidget()
        self._head.setLayout(column(None, head, self._hint, None, spacing=2))
        self._ratio, self._range = label("", "metric"), Elided("", "caption")
        self._bar = SpreadBar(theme)
        self._speed = QWidget()
        top = row(self._ratio, self._range, spacing=6)
        top.setAlignment(self._range, Qt.AlignmentFlag.AlignBottom)
        top.setStretch(1, 1)
        self._speed.setLayout(column(None, top, self._bar, None, spacing=2))
        self._cells = {key: Cell(theme, width) for key, width in _WIDTHS.items()}
        self._figures = QWidget()
        self._wrapping = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._figures)
        self._wrapping.setContentsMargins(0, 0, 0, 0)
        self._wrapping.setSpacing(10)
        self._wrapping.addWidget(self._speed)
        self._wrapping.addLayout(row(*self._cells.values(), None, spacing=10))
        self.keep = button(theme, "Keep this one", name=f"advice_keep_{number}", height=34)
        self.keep.setAccessibleName(f"Keep {words.way_name(way)}")
        self.keep.clicked.connect(self._keep)
        self._used = label("In use", "captionstrong", name=f"advice_in_use_{number}")
        self._used.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._choice = QWidget()  # as wide without a button: figures stand below one another
        self._choice.setLayout(row(self.keep, self._used, self._pill, None, spacing=0))
        self._lay = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lay.setContentsMargins(14, 10, 12, 10)
        for widget in (self._head, self._figures, self._choice):
            self._lay.addWidget(widget)
        self._lay.setStretch(0, 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    def minimumSizeHint(self) -> QSize:
        """Narrow: how it is arranged follows from the width, not the other way round."""
        return QSize(self._theme.px(200), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack where it is narrow."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self._speed.setFixedWidth(self._theme.px(_SPEED))
        for widget in (self.keep, self._used, self._choice):
            widget.setFixedWidth(self._theme.px(_KEEP))
        self._arrange()

    def _arrange(self) -> None:
        wide, narrow = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        stacked = self.width() < self._theme.px(_STACK_BELOW)
        self._lay.setDirection(narrow if stacked else wide)
        self._lay.setSpacing(8 if stacked else 14)
        self._wrapping.setDirection(narrow if self.width() < self._theme.px(_WRAP_BELOW) else wide)

    def show_row(self, told: Row, scale: Scale, standing: Standing) -> None:
        """What is known of it by now."""
        measured = bool(told.ratios)
        self._figures.setVisible(not told.problem)
        self._hint.setText(_capital(told.problem) + "." if told.problem else words.hint(told))
        self._hint.setToolTip(words.same_source(told))
        self._ratio.setText(words.ratio(told.speedup) if measured else DASH)
        self._range.set_text(words.spread(told) if measured and told.way.mode != "off" else "")
        self._speed.setToolTip(words.speedup_source(told) if measured else "")
        self._bar.set_row(told, scale)
        cells = self._cells
        cells["rate"].set(words.rate(told), "tok/s", words.rate_source(told))
        share, counts = words.acceptance(told)
        accepted = f"{share} accepted" if told.drafted else ("nothing drafted" if measured else "accepted")
        cells["accepted"].set(counts if told.drafted else DASH, accepted, "Drafted tokens the model accepted")
        cells["memory"].set(
            words.memory(told.way), "memory", "What the draft model needs, its context included"
        )
        value, caption = words.energy(told) if measured else (DASH, "energy")
        cells["energy"].set(value, caption, words.energy_source(told) if measured else "")
        self._stand(told, standing)
        self.setAccessibleName(words.row_sentence(told, best=standing.best))

    def _stand(self, told: Row, standing: Standing) -> None:
        text, kind = _pill_of(told, standing)
        self._pill.setText(text)
        self._pill.setVisible(bool(text))
        restyle(self._pill, "pill", kind)
        self._best.setVisible(standing.best)
        restyle(self, "card", "selected" if standing.best else "true")
        can = standing.keep and bool(told.ratios) and not text
        self.keep.setVisible(can and not standing.in_use)
        self._used.setVisible(can and standing.in_use)
        restyle(self.keep, "kind", "primary" if standing.best else "secondary")

    @Slot()
    def _keep(self) -> None:
        self.kept.emit(self.way)


def _pill_of(told: Row, standing: Standing) -> tuple[str, PillKind]:
    """What stands in the place of the button."""
    if told.problem:
        return "Not measured", "bad"
    if standing.gone:
        return "File is gone", "warn"
    return ("Trying", "accent") if standing.tried else ("", "plain")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
