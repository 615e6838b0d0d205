"""The prompt of a race: typed, suggested, or the open conversation's last one, with or without what was said
before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import QSignalMapper, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.gui.controls import Radio, button, column, label, row
from desktop.gui.numbers import count
from desktop.gui.parts import plain_tip
from desktop.gui.plain_edit import PlainEdit
from desktop.gui.theme import Theme


class PromptCard(QWidget):
    """`changed` fires for every letter."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._offered = ""
        self._suggested: list[tuple[str, str]] = []
        self.edit = PlainEdit()
        self.edit.setProperty("field", "true")
        self.edit.setObjectName("racePrompt")
        self.edit.setAccessibleName("Prompt of the race")
        self.edit.setPlaceholderText("A prompt for both lanes")
        self.edit.setTabChangesFocus(True)
        self.alone = Radio(
            theme, "On its own, nothing before it", name="raceAlone", text="On its own", on=True
        )
        self.within = Radio(
            theme, "After what was said in this conversation", name="raceWithin", text="In this conversation"
        )
        self._before = label("", "caption", name="raceBefore")
        self._talk = QWidget()
        self._talk.setLayout(row(self.alone, self.within, self._before, None, spacing=14))
        self._talk.hide()
        self._prompts, self._mapper = row(spacing=8), QSignalMapper(self)
        self._mapper.mappedString.connect(self.edit.setPlainText)
        self._inner: QVBoxLayout = column(self.edit, self._talk, self._prompts, spacing=10)
        self.setLayout(self._inner)
        self.edit.textChanged.connect(self.changed)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Height from the theme."""
        self.edit.setFixedHeight(self._theme.px(84))

    @property
    def text(self) -> str:
        """Without the space around it."""
        return self.edit.toPlainText().strip()

    @property
    def in_conversation(self) -> bool:
        """After what was said before."""
        return self._talk.isVisibleTo(self) and self.within.isChecked()

    def set_conversation(self, last: str, before: int) -> None:
        """The open conversation's last question, and how many messages stand before it; "" = there is none.

        A prompt that the person has typed or changed stays.
        """
        untouched = self.edit.toPlainText() in ("", self._offered)
        self._offered = last
        self._talk.setVisible(bool(last))
        self._before.setText(f"{count(before, 'message')} before it" if before else "nothing before it yet")
        if untouched:
            self.edit.setPlainText(last)
            (self.within if last else self.alone).setChecked(True)

    def set_suggestions(self, prompts: Sequence[tuple[str, str]]) -> None:
        """(a few words, the prompt)."""
        if list(prompts) == self._suggested:
            return
        self._suggested = list(prompts)
        while self._prompts.count():
            item = self._prompts.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        made: list[QWidget] = [self.within]
        for number, (title, text) in enumerate(prompts):
            one = button(self._theme, title, name=f"racePrompt_{number}", tip=plain_tip(text))
            one.setAccessibleName(f"Use the prompt: {text}")
            self._mapper.setMapping(one, text)
            one.clicked.connect(self._mapper.map)
            self._prompts.addWidget(one)
            made.append(one)
        self._prompts.addStretch(1)
        for before, after in pairwise(made):
            QWidget.setTabOrder(before, after)  # or what is made late would come last
