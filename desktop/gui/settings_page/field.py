"""The base of everything that edits one setting, and the line under it that says what is wrong."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.gui.controls import Glyph, label
from desktop.gui.theme import Theme


class Field(QWidget):
    """Edits the setting named `key`. `edited(key, value)` fires for usable new values, by the person only."""

    edited = Signal(str, object)

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key

    def value(self) -> Any:
        """The value in use: the last usable one."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Show a value. Does nothing when it is the value already, so that a caret stays where it is."""
        raise NotImplementedError

    def revert(self) -> None:
        """Forget what was typed and not taken."""


class Problem(QWidget):
    """What is wrong with an input, in red with an icon, in place. Hidden while there is nothing to say."""

    def __init__(self, theme: Theme, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.words = label("", "caption", wrap=True, name=name)
        across = QHBoxLayout(self)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(6)
        across.addWidget(Glyph(theme, "circle-alert", "bad", 14))
        across.addWidget(self.words, 1)
        theme.changed.connect(self.refresh)
        self.refresh()
        self.hide()

    def say(self, problem: str) -> None:
        """Show the problem; "" hides it."""
        self.words.setText(problem)
        self.setVisible(bool(problem))

    @Slot()
    def refresh(self) -> None:
        """Colour from the theme."""
        self.words.setStyleSheet(f"color:{self._theme.colors.bad}")
