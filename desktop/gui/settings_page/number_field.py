"""A number to type, with or without a slider beside it.

Typing takes effect at Enter or when the field is left, so that "512" on the way to "5120" is no choice; the
slider takes effect when it is let go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QWheelEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from desktop.gui.controls import Slider, column, row
from desktop.gui.settings_page.field import Field, Problem
from desktop.gui.settings_page.number_spec import Number, NumberSpec, nearest
from desktop.gui.theme import Theme

_WIDTH = 92


class NumberField(Field):
    """One number. `stops` are the slider's places; without them there is no slider. `mark`: the default."""

    def __init__(
        self,
        theme: Theme,
        key: str,
        accessible: str,
        spec: NumberSpec,
        *,
        hint: str = "",
        stops: Sequence[Number] = (),
        mark: Number | None = None,
    ) -> None:
        super().__init__(key)
        self._theme, self._spec, self._hint, self._stops = theme, spec, hint, list(stops)
        self._value: Number = spec.low
        self.edit = NumberEdit(accessible, f"{key}_number")
        self.problem = Problem(theme, f"{key}_problem")
        self.slider: Slider | None = None
        if self._stops:
            tick = None if mark is None else nearest(self._stops, mark)
            self.slider = QuietSlider(
                theme, f"{accessible}, slider", 0, len(self._stops) - 1, 0, name=f"{key}_slider", mark=tick
            )
            self.slider.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self.slider.valueChanged.connect(self._slid)
            self.slider.sliderReleased.connect(self._released)
        self.setLayout(
            column(
                row(self.slider or 0, self.edit, *(() if self.slider else (None,))), self.problem, spacing=4
            )
        )
        self.edit.textEdited.connect(self._typed)
        self.edit.editingFinished.connect(self.commit)
        self.edit.stepped.connect(self._step)
        theme.changed.connect(self.refresh)
        self.refresh()

    def value(self) -> Any:
        """The number in use."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show the number and forget what was typed wrongly."""
        if value == self._value and self.edit.text():
            return
        self._value = value
        self._show()

    def revert(self) -> None:
        """Show the number in use again."""
        self._show()

    def set_spec(self, spec: NumberSpec, stops: Sequence[Number] = ()) -> None:
        """Other limits (another model, another computer)."""
        if spec == self._spec and list(stops) == self._stops:
            return
        self._spec = spec
        if self.slider is not None:
            self._stops = list(stops)
            self.slider.blockSignals(True)
            self.slider.setRange(0, len(self._stops) - 1)
            self.slider.blockSignals(False)
            self.slider.setVisible(len(self._stops) > 1)
        self._show()

    @Slot()
    def refresh(self) -> None:
        """Width and colours from the theme."""
        self.edit.setFixedWidth(self._theme.px(_WIDTH))
        wrong = bool(self.problem.words.text())
        self.edit.setStyleSheet(f"QLineEdit{{border-color:{self._theme.colors.bad}}}" if wrong else "")

    @Slot()
    def commit(self) -> None:
        """Take what was typed, or say why not."""
        parsed = self._spec.parse(self.edit.text())
        if parsed.value is None:
            self._say(f"{parsed.problem} {self._spec.words(self._value)} stays in use.")
        else:
            self._take(parsed.value)

    def _take(self, value: Number) -> None:
        changed = value != self._value
        self._value = value
        self._show()
        if changed:
            self.edited.emit(self.key, value)

    def _show(self) -> None:
        self.edit.setText(self._spec.text(self._value))
        self._say("")
        if self.slider is not None:
            self.slider.blockSignals(True)
            self.slider.setValue(nearest(self._stops, self._value))
            self.slider.blockSignals(False)
            self.slider.setAccessibleDescription(self.edit.text())
            self.slider.update()

    def _say(self, problem: str) -> None:
        self.problem.say(problem)
        self.edit.setAccessibleDescription(problem or self._hint)
        self.refresh()

    @Slot(str)
    def _typed(self, text: str) -> None:
        parsed = self._spec.parse(text)
        self._say("" if parsed.unfinished else parsed.problem)

    @Slot(int)
    def _step(self, direction: int) -> None:
        start = self._spec.parse(self.edit.text()).value
        wanted = (self._value if start is None else start) + direction * self._spec.step
        self._take(self._clean(min(max(wanted, self._spec.low), self._spec.high)))

    def _clean(self, value: Number) -> Number:
        return int(value) if self._spec.whole else round(value, 6)

    @Slot(int)
    def _slid(self, index: int) -> None:
        if self.slider is not None and self.slider.isSliderDown():
            self.edit.setText(self._spec.text(self._stops[index]))
        else:
            self._take(self._stops[index])

    @Slot()
    def _released(self) -> None:
        if self.slider is not None:
            self._take(self._stops[self.slider.value()])


class NumberEdit(QLineEdit):
    """Digits, right-aligned; Up and Down ask for a step."""

    stepped = Signal(int)

    def __init__(self, accessible: str, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setMaxLength(24)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up, Down: one step."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.stepped.emit(1 if event.key() == Qt.Key.Key_Up else -1)
        else:
            super().keyPressEvent(event)


class QuietSlider(Slider):
    """A slider the wheel does not move: scrolling the page over it must change nothing."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave it to the page."""
        event.ignore()
