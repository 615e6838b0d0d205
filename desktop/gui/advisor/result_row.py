"""One way to draft and what it brought: name, speed-up with its range, tok/s, acceptance, memory, energy."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from desktop.bridge.advice import Row, Way
from desktop.gui.advisor import words
from desktop.gui.advisor.spread_bar import Scale, SpreadBar
from desktop.gui.controls import Elided, PillKind, button, column, label, pill, restyle, row
from desktop.gui.numbers import DASH
from desktop.gui.theme import Theme

_STACK_BELOW = 700
_SPEED, _KEEP = 168, 112
_WIDTHS = {"rate": 44, "accepted": 92, "memory": 76, "energy": 72}


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
        self.setMinimumWidth(self._theme.px(self._width))

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
        self._name = Elided(words.way_name(way), "strong", name=f"advice_name_{number}")
        self._pill = pill("")
        self._hint = label("", "caption", wrap=True)
        head = row(self._name, self._pill, None, spacing=8)
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
        self._figures.setLayout(row(self._speed, *self._cells.values(), spacing=10))
        self.keep = button(theme, "Keep this one", name=f"advice_keep_{number}", height=34)
        self.keep.setAccessibleName(f"Keep {words.way_name(way)}")
        self.keep.clicked.connect(self._keep)
        self._used = label("In use", "captionstrong", name=f"advice_in_use_{number}")
        self._used.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._lay = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._lay.setContentsMargins(14, 10, 12, 10)
        for widget in (self._head, self._figures, self.keep, self._used):
            self._lay.addWidget(widget)
        self._lay.setStretch(0, 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack where it is narrow."""
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self._speed.setFixedWidth(self._theme.px(_SPEED))
        for widget in (self.keep, self._used):
            widget.setFixedWidth(self._theme.px(_KEEP))
        self._arrange()

    def _arrange(self) -> None:
        stacked = self.width() < self._theme.px(_STACK_BELOW)
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        if self._lay.direction() != direction or not self._lay.spacing():
            self._lay.setDirection(direction)
        self._lay.setSpacing(8 if stacked else 14)

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
        restyle(self, "card", "selected" if standing.best else "true")
        can = standing.keep and bool(told.ratios) and not standing.gone
        self.keep.setVisible(can and not standing.in_use)
        self._used.setVisible(standing.keep and standing.in_use)
        kind_ = "primary" if standing.best else "secondary"
        if self.keep.property("kind") != kind_:
            restyle(self.keep, "kind", kind_)

    @Slot()
    def _keep(self) -> None:
        self.kept.emit(self.way)


def _pill_of(told: Row, standing: Standing) -> tuple[str, PillKind]:
    if told.problem:
        return "Not measured", "bad"
    if standing.gone:
        return "File is gone", "warn"
    if standing.best:
        return "Best", "ok"
    return ("Trying", "accent") if standing.tried else ("", "plain")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".")
