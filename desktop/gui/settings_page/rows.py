"""How a settings section is laid out: rows of words left and a control right, in one scrollable column.

Knows the theme and the field base class; a section collects its fields' edits and hands them up by name.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.gui.controls import Item, column, hairline, label
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.field import Field
from desktop.gui.theme import COMPOSER, Theme
from desktop.settings import Settings

_WORDS = 236  # width of the words left of a control
_STACK_BELOW = 500  # narrower than this, the control goes under its words


class Row(QWidget):
    """Title and hint left, control right; one above the other where it is narrow."""

    def __init__(self, theme: Theme, title: str, hint: str, *control: Item, spacing: int = 6) -> None:
        super().__init__()
        self._theme = theme
        self._words = QWidget()
        explained = label(hint.replace(" = ", "\u00a0=\u00a0"), "caption", wrap=True)
        self._words.setLayout(column(label(title, "strong"), explained, None, spacing=2))
        self._control = QWidget()
        self._control.setLayout(column(*control, None, spacing=spacing))
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.addWidget(self._words)
        self._layout.addWidget(self._control, 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack where it is narrow."""
        super().resizeEvent(event)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Widths from the theme."""
        stacked = self.width() < self._theme.px(_STACK_BELOW)
        direction = QBoxLayout.Direction.TopToBottom if stacked else QBoxLayout.Direction.LeftToRight
        self._layout.setDirection(direction)
        self._layout.setSpacing(8 if stacked else 24)
        self._words.setMinimumWidth(0 if stacked else self._theme.px(_WORDS))
        self._words.setMaximumWidth(16777215 if stacked else self._theme.px(_WORDS))


class Section(QScrollArea):
    """One section of the settings. `edited` carries {field name of Settings: new value}."""

    edited = Signal(object)
    title = ""
    icon = ""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._fields: list[Field] = []
        self.setObjectName(f"settings_{self.title.lower()}")
        self.setAccessibleName(self.title)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._column = QWidget()
        self._column.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._rows = QVBoxLayout(self._column)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(14)
        self._rows.addStretch(1)
        body = QWidget()
        across = QHBoxLayout(body)
        across.setContentsMargins(24, 20, 24, 24)
        across.addStretch(1)
        across.addWidget(self._column, 1000)
        across.addStretch(1)
        self.setWidget(body)
        theme.changed.connect(self.refresh)
        Section.refresh(self)

    @Slot()
    def refresh(self) -> None:
        """Width of the column from the theme."""
        self._column.setMaximumWidth(self.theme.px(COMPOSER))

    def add(self, widget: QWidget, *, line: bool = True) -> None:
        """Append a row, under a hairline unless it is the first or told otherwise."""
        at = self._rows.count() - 1
        if line and at:
            self._rows.insertWidget(at, hairline())
            at += 1
        self._rows.insertWidget(at, widget)

    def bind(self, *fields: Field) -> None:
        """Let these fields show and edit the setting they are named for."""
        for field in fields:
            self._fields.append(field)
            field.edited.connect(self._on_edited)

    def show_values(self, settings: Settings, facts: SettingsFacts) -> None:
        """Put values and facts into the controls. Emits nothing."""
        self.take_facts(facts)
        for field in self._fields:
            field.set_value(getattr(settings, field.key))

    def fields(self) -> list[Field]:
        """The fields of this section, in order."""
        return list(self._fields)

    def revert(self) -> None:
        """Forget what was typed and not taken."""
        for field in self._fields:
            field.revert()

    def take_facts(self, facts: SettingsFacts) -> None:
        """Adapt rows to the computer and model; before the values are shown."""

    @Slot(str, object)
    def _on_edited(self, key: str, value: Any) -> None:
        self.edited.emit({key: value})
