"""A message with its choices, for when there is no window yet: the conversations cannot be opened, say."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QWidget

from desktop.gui.controls import Button, Glyph, Item, button, column, label, row
from desktop.gui.theme import Theme


class MessageSheet(QDialog):
    """Title, sentence, buttons of (id, text), the main one first. `chosen` carries the id, "" when closed."""

    chosen = Signal(str)

    def __init__(
        self,
        theme: Theme,
        title: str,
        sentence: str,
        buttons: Sequence[tuple[str, str]] = (("close", "Close"),),
        *,
        detail: str = "",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("message_sheet")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(sentence)
        self.answer = ""
        self.setMinimumWidth(theme.px(460))
        items: list[Item] = [
            row(
                Glyph(theme, "circle-alert", "bad", 18),
                label(title, "heading", name="message_title"),
                None,
                spacing=10,
            ),
            label(sentence, "ui2", wrap=True, name="message_sentence"),
        ]
        if detail:
            items += [label("The system said", "caption"), quoted(theme, detail, "message_detail", lines=3)]
        self._buttons = [self._button(theme, *entry, primary=not n) for n, entry in enumerate(buttons)]
        self.setLayout(
            column(
                *items, row(*self._buttons, None, margins=(0, 8, 0, 0)), spacing=10, margins=(22, 20, 22, 18)
            )
        )
        if self._buttons:
            self._buttons[0].setDefault(True)
            self._buttons[0].setFocus()
        self.finished.connect(self._finished)
        fit_height(self)

    def _button(self, theme: Theme, ident: str, text: str, *, primary: bool) -> Button:
        made = button(theme, text, "primary" if primary else "secondary", name=f"message_{ident}", height=34)
        made.setAutoDefault(True)
        made.clicked.connect(partial(self._choose, ident))
        return made

    def ask(self) -> str:
        """Wait for the choice and return its id; "" when it was closed without one."""
        self.exec()
        return self.answer

    def _choose(self, ident: str, _checked: bool = False) -> None:
        self.answer = ident
        self.accept()

    def _finished(self, _result: int) -> None:
        self.chosen.emit(self.answer)


def fit_height(dialog: QDialog) -> None:
    """As high as the content at the present width: Qt's own guess ignores wrapped words and large type."""
    layout = dialog.layout()
    if layout is None:
        return
    layout.activate()
    width = max(dialog.minimumWidth(), layout.minimumSize().width())
    height = layout.totalHeightForWidth(width)
    dialog.setMinimumHeight(height)
    dialog.resize(width, height)


def quoted(theme: Theme, text: str, name: str, *, lines: int) -> QPlainTextEdit:
    """What the engine or system itself said: mono, read-only, to be selected and copied."""
    made = QPlainTextEdit(text)
    made.setObjectName(name)
    made.setAccessibleName("Details")
    made.setReadOnly(True)
    made.setTabChangesFocus(True)
    made.setProperty("field", "true")
    made.setTextInteractionFlags(
        Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
    )
    made.setStyleSheet(
        f"font-family:'JetBrains Mono'; font-size:{theme.px(12)}px; background:{theme.colors.code}"
    )
    made.setFixedHeight(theme.px(lines * 18 + 20))
    return made
