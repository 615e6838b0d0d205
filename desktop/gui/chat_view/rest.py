"""The end of an answer that is too long to be read as Markdown: how much it is, and plain text on demand."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from desktop.gui.chat_view.big_text import BigText
from desktop.gui.chat_view.section import Host, Section

_BOX = 480  # design px of the opened text


class RestSection(Section):
    """Closed: one button. Open: a box with its own scroll bar."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, 12)
        self._text, self._open = "", False
        self.height = host.theme.px(32)

    def say(self, text: str) -> None:
        """The text that is left."""
        if text == self._text:
            return
        self._text = text
        button = self.widget.findChild(QPushButton) if self.widget is not None and not self._open else None
        if button is not None:
            button.setText(self._label())

    def _label(self) -> str:
        return f"Show the remaining {len(self._text):,} characters as plain text"

    def build(self) -> QWidget:
        """Button or box."""
        box = QWidget(self.host.canvas)
        box.setObjectName("rest_of_answer")
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        if self._open:
            big = BigText(self.host.theme, self._text, box)
            big.setAccessibleName("Rest of the answer")
            column.addWidget(big)
            return box
        button = QPushButton(self._label(), box)
        button.setObjectName("show_rest")
        button.setAccessibleName("Show the rest of the answer")
        button.setFixedHeight(self.host.theme.px(32))
        button.clicked.connect(self._show)
        column.addWidget(button)
        return box

    def _show(self) -> None:
        self._open = True
        self.release()
        self.refit()
        self.host.moved()

    def measure(self, width: int) -> int:
        """Design height of what is shown."""
        return self.host.theme.px(_BOX if self._open else 32)

    def text(self) -> str:
        """The text."""
        return self._text
