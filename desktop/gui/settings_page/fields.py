"""Fields that are no numbers: text in lines, one of several, on or off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QPlainTextEdit, QWidget

from desktop.gui.controls import Radio, Switch, column, label
from desktop.gui.settings_page.field import Field
from desktop.gui.theme import Theme


class LinesEdit(QPlainTextEdit):
    """Plain text of several lines. Tab leaves it: the page is walked by keyboard."""

    def __init__(
        self,
        theme: Theme,
        accessible: str,
        *,
        name: str,
        lines: int,
        placeholder: str = "",
        mono: bool = False,
    ) -> None:
        super().__init__()
        self._theme, self._lines, self._mono = theme, lines, mono
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setProperty("field", "true")
        self.setPlaceholderText(placeholder)
        self.setTabChangesFocus(True)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Height and font from the theme."""
        if self._mono:
            self.setStyleSheet(f"font-family:'JetBrains Mono'; font-size:{self._theme.px(12)}px")
        self.setFixedHeight(self._theme.px(self._lines * 18 + 20))


class TextField(Field):
    """Text of several lines; every change takes effect."""

    def __init__(
        self, theme: Theme, key: str, accessible: str, *, hint: str, lines: int = 6, placeholder: str = ""
    ) -> None:
        super().__init__(key)
        self.edit = LinesEdit(theme, accessible, name=f"{key}_text", lines=lines, placeholder=placeholder)
        self.edit.setAccessibleDescription(hint)
        self.setLayout(column(self.edit))
        self.edit.textChanged.connect(self._changed)

    def value(self) -> Any:
        """The text."""
        return self.edit.toPlainText()

    def set_value(self, value: Any) -> None:
        """Show the text."""
        if value == self.value():
            return
        self.edit.blockSignals(True)
        self.edit.setPlainText(value)
        self.edit.blockSignals(False)

    @Slot()
    def _changed(self) -> None:
        self.edited.emit(self.key, self.value())


class StringsField(Field):
    r"""One string a line; `\n`, `\t` and `\\` stand for what a line cannot hold; empty lines do nothing."""

    def __init__(
        self, theme: Theme, key: str, accessible: str, *, hint: str, lines: int = 3, placeholder: str = ""
    ) -> None:
        super().__init__(key)
        self.edit = LinesEdit(
            theme, accessible, name=f"{key}_text", lines=lines, placeholder=placeholder, mono=True
        )
        self.edit.setAccessibleDescription(hint)
        self.setLayout(column(self.edit))
        self._value: tuple[str, ...] = ()
        self.edit.textChanged.connect(self._changed)

    def value(self) -> Any:
        """The strings, in order."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Show the strings."""
        if tuple(value) == self._value:
            return
        self._value = tuple(value)
        self.edit.blockSignals(True)
        self.edit.setPlainText("\n".join(_escape(text) for text in value))
        self.edit.blockSignals(False)

    @Slot()
    def _changed(self) -> None:
        value = tuple(_unescape(line) for line in self.edit.toPlainText().split("\n") if line)
        if value != self._value:
            self._value = value
            self.edited.emit(self.key, value)


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\n", "\\n").replace("\t", "\\t")


def _unescape(line: str) -> str:
    meaning = {"n": "\n", "t": "\t", "\\": "\\"}
    made, letters = [], iter(line)
    for letter in letters:
        if letter != "\\":
            made.append(letter)
            continue
        following = next(letters, "")
        made.append(meaning.get(following, "\\" + following))
    return "".join(made)


class ChoiceField(Field):
    """One of several, each with its consequence under it. Arrow keys move within."""

    def __init__(
        self, theme: Theme, key: str, accessible: str, options: Sequence[tuple[str, str, str]]
    ) -> None:
        super().__init__(key)
        self.radios: dict[str, Radio] = {}
        self._group = QButtonGroup(self)
        self._captions: list[QWidget] = []
        self._theme = theme
        blocks = []
        for value, text, consequence in options:
            radio = Radio(theme, f"{accessible}: {text}", name=f"{key}_{value}", text=text)
            radio.setAccessibleDescription(consequence)
            caption = label(consequence, "caption", wrap=True)
            self._captions.append(caption)
            self._group.addButton(radio)
            self.radios[value] = radio
            blocks.append(column(radio, caption, spacing=0))
        self.setLayout(column(*blocks, spacing=8))
        self._group.buttonToggled.connect(self._toggled)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """The consequence stands under the words, not under the circle."""
        for caption in self._captions:
            caption.setContentsMargins(self._theme.px(28) + 3, 0, 0, 0)

    def value(self) -> Any:
        """The chosen one; "" before anything was shown."""
        return next((value for value, radio in self.radios.items() if radio.isChecked()), "")

    def set_value(self, value: Any) -> None:
        """Choose without telling."""
        if value in self.radios:
            self._group.blockSignals(True)
            self.radios[value].setChecked(True)
            self._group.blockSignals(False)

    @Slot(object, bool)
    def _toggled(self, _button: object, on: bool) -> None:
        if on:
            self.edited.emit(self.key, self.value())


class SwitchField(Field):
    """On or off."""

    def __init__(self, theme: Theme, key: str, accessible: str, *, hint: str, text: str) -> None:
        super().__init__(key)
        self.switch = Switch(theme, accessible, name=f"{key}_switch", text=text)
        self.switch.setAccessibleDescription(hint)
        self.setLayout(column(self.switch))
        self.switch.clicked.connect(self._clicked)

    def value(self) -> Any:
        """Whether it is on."""
        return self.switch.isChecked()

    def set_value(self, value: Any) -> None:
        """Set without telling."""
        self.switch.setChecked(bool(value))

    @Slot(bool)
    def _clicked(self, on: bool) -> None:
        self.edited.emit(self.key, on)
