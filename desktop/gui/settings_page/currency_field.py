"""A currency: three capitals. Typing takes effect at Enter or when the field is left."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QLineEdit

from desktop.gui.controls import column, row
from desktop.gui.settings_page.field import Field, Problem
from desktop.gui.theme import Theme
from desktop.settings import PATTERNS

_WIDTH = 92


class CurrencyField(Field):
    """The setting `currency`."""

    def __init__(self, theme: Theme, key: str, accessible: str, *, hint: str) -> None:
        super().__init__(key)
        self._theme, self._hint, self._value = theme, hint, ""
        self.edit = QLineEdit()
        self.edit.setObjectName(f"{key}_text")
        self.edit.setAccessibleName(accessible)
        self.edit.setMaxLength(8)
        self.problem = Problem(theme, f"{key}_problem")
        self.setLayout(column(row(self.edit, None), self.problem, spacing=4))
        self.edit.textEdited.connect(self._typed)
        self.edit.editingFinished.connect(self.commit)
        theme.changed.connect(self.refresh)
        self.refresh()

    def value(self) -> Any:
        """The currency in use."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show it and forget what was typed wrongly."""
        if value != self._value or not self.edit.text():
            self._value = value
            self.revert()

    def revert(self) -> None:
        """Show the one in use again."""
        self.edit.setText(self._value)
        self._say("")

    @Slot()
    def refresh(self) -> None:
        """Width and colours from the theme."""
        self.edit.setFixedWidth(self._theme.px(_WIDTH))
        wrong = bool(self.problem.words.text())
        self.edit.setStyleSheet(f"QLineEdit{{border-color:{self._theme.colors.bad}}}" if wrong else "")

    @Slot()
    def commit(self) -> None:
        """Take what was typed, or say why not."""
        typed = self.edit.text().strip().upper()
        if not PATTERNS["currency"].fullmatch(typed):
            self._say(f"Enter three letters, such as EUR. {self._value} stays in use.")
            return
        changed, self._value = typed != self._value, typed
        self.revert()
        if changed:
            self.edited.emit(self.key, typed)

    @Slot(str)
    def _typed(self, _text: str) -> None:
        self._say("")

    def _say(self, problem: str) -> None:
        self.problem.say(problem)
        self.edit.setAccessibleDescription(problem or self._hint)
        self.refresh()
