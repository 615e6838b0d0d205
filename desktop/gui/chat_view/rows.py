"""The one-line sections around an answer's text: writer, note, status, how it ended, what can be done."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from desktop.gui.chat_view.answer_menu import answer_menu
from desktop.gui.chat_view.badge import Badge, counted
from desktop.gui.chat_view.controls import IconButton, RevealRow, VersionPicker
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.parts import Elided
from desktop.gui.theme import Theme
from desktop.store.types import Message

_ENDINGS = {
    "interrupted": ("circle-alert", "Interrupted", "The app closed mid-answer."),
    "stopped": ("circle-alert", "Stopped", "You stopped this answer."),
    "cut": ("circle-alert", "Cut", "The answer reached its length limit."),
    "failed": ("circle-x", "Failed", "The engine gave up mid-answer."),
}
_BEFORE_A_WORD = {
    "interrupted": "The app closed before the first word.",
    "failed": "The engine gave up before the first word.",
}


def label(text: str, role: str, parent: QWidget) -> QLabel:
    """Plain text in a type role."""
    out = QLabel(parent)
    out.setTextFormat(Qt.TextFormat.PlainText)
    out.setProperty("type", role)
    out.setText(text)
    return out


def glyph(theme: Theme, icon: str, token: str, size: int, parent: QWidget) -> QLabel:
    """An icon."""
    out = QLabel(parent)
    out.setPixmap(theme.pixmap(icon, token, size))
    out.setFixedSize(theme.px(size + 2), theme.px(size + 2))
    out.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return out


class RowSection(Section):
    """A section of fixed height made of one widget."""

    def __init__(self, host: Host, height: int, above: int) -> None:
        super().__init__(host, above)
        self._design = height
        self.height = host.theme.px(height)

    def measure(self, width: int) -> int:
        """The design height."""
        return self.host.theme.px(self._design)

    def _row(self, parts: Sequence[QWidget | None], spacing: int = 8) -> QHBoxLayout:
        line = QHBoxLayout()
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(self.host.theme.px(spacing))
        for part in parts:
            if part is None:
                line.addStretch(1)
            else:
                line.addWidget(part)
        return line


class WriterSection(RowSection):
    """Sparkle and model name above an answer, and what drafted for it."""

    def __init__(self, host: Host, model: str, draft: str = "") -> None:
        super().__init__(host, 24, 0)
        self._model, self._draft = model or "Answer", draft

    def build(self) -> QWidget:
        """Icon and name."""
        row = QWidget(self.host.canvas)
        row.setObjectName("writer")
        theme = self.host.theme
        parts = [glyph(theme, "sparkles", "accent", 16, row), label(self._model, "strong", row)]
        if self._draft:
            parts.append(label(f"with {self._draft}", "caption", row))
        row.setLayout(self._row([*parts, None], 6))
        return row


class CaptionSection(RowSection):
    """A quiet line: what was left out, or what is being waited for."""

    def __init__(self, host: Host, name: str, text: str, icon: str = "") -> None:
        super().__init__(host, 22, 4)
        self._name, self._text, self._icon = name, text, icon
        self._label: Elided | None = None

    def say(self, text: str) -> None:
        """Changes the text in place."""
        self._text = text
        if self.widget is not None and self._label is not None:
            self._label.set_text(text)

    def build(self) -> QWidget:
        """Icon and text."""
        row = QWidget(self.host.canvas)
        row.setObjectName(self._name)
        self._label = Elided(self._text, "caption")
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(self.host.theme.px(6))
        if self._icon:
            line.addWidget(glyph(self.host.theme, self._icon, "text3", 14, row))
        line.addWidget(self._label, 1)
        return row

    def text(self) -> str:
        """The line."""
        return self._text


class EndingSection(RowSection):
    """How an answer ended when it did not end by itself, with the way on."""

    def __init__(
        self,
        host: Host,
        message: Message,
        go_on: Callable[[], None] | None,
        again: Callable[[], None] | None,
    ) -> None:
        super().__init__(host, 48, 12)
        self._message, self._go_on, self._again = message, go_on, again
        self._words: QBoxLayout | None = None

    def build(self) -> QWidget:
        """A card with a few words; for an earlier message, without buttons."""
        theme, message = self.host.theme, self._message
        icon, title, text = _ENDINGS[message.state]
        begun = bool(message.text or message.thinking)
        if not begun:
            text = _BEFORE_A_WORD.get(message.state, text)
        tokens = message.receipt.get("output_tokens")
        kept = f" {tokens:,} tokens kept." if isinstance(tokens, int) and tokens > 0 else ""
        card = QFrame(self.host.canvas)
        card.setObjectName("ending")
        card.setProperty("card", "true")
        card.setAccessibleName(f"{title}. {text}{kept}")
        self._words = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._words.addWidget(label(title, "strong", card))
        self._words.addWidget(Elided(text + kept, "caption"), 1)
        row = QHBoxLayout(card)
        row.setContentsMargins(theme.px(14), 0, theme.px(8), 0)
        row.setSpacing(theme.px(8))
        row.addWidget(glyph(theme, icon, "bad" if message.state == "failed" else "warn", 16, card))
        row.addLayout(self._words, 1)
        if self._go_on is not None and begun and message.state != "failed":
            go_on = self._button("continue_answer", "Continue", card, self._go_on)
            go_on.setIcon(theme.icon("play", "text", 13))
            row.addWidget(go_on)
        if self._again is not None:
            again = self._button("answer_again_row", "Answer again", card, self._again)
            again.setProperty("kind", "ghost")
            row.addWidget(again)
        return card

    def measure(self, width: int) -> int:
        """Two lines where one has no room."""
        px = self.host.theme.px
        narrow = width < px(610)
        if self._words is not None:
            way = QBoxLayout.Direction.TopToBottom if narrow else QBoxLayout.Direction.LeftToRight
            self._words.setDirection(way)
            self._words.setSpacing(px(1 if narrow else 8))
            self._words.setContentsMargins(0, px(8 if narrow else 0), 0, px(8 if narrow else 0))
        return px(60 if narrow else self._design)

    def _button(self, name: str, text: str, parent: QWidget, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(f"\u2009{text}", parent)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setFixedHeight(self.host.theme.px(30))
        button.setEnabled(not self.host.busy)
        button.setCursor(Qt.CursorShape.PointingHandCursor)
        button.clicked.connect(lambda: act())
        return button


class ActionsSection(RowSection):
    """Copy and its companions. `act(name)`: copy, edit, tokens, again, previous, next; more in its menu."""

    def __init__(self, host: Host, message: Message, act: Callable[[str], None], above: int) -> None:
        super().__init__(host, 28, above)
        self._message, self._act = message, act
        self.row: RevealRow | None = None
        self._tokens: IconButton | None = None

    def build(self) -> QWidget:
        """The row: what was counted on the left, buttons on the right."""
        user = self._message.role == "user"
        row = RevealRow("user_actions" if user else "answer_actions", self.host.canvas, always=not user)
        if counted(self._message):
            row.add(Badge(self.host.theme, self._message, row), stretch=1)
        else:
            row.stretch()
        if self._message.versions > 1 and not user:
            self._add_versions(row)
        if self._message.text:
            self._add(row, "copy", "copy_message", "Copy message" if user else "Copy answer", "copy")
        if user:
            self._add(row, "pencil", "edit_message", "Edit message", "edit")
        else:
            if self._message.text:
                self._add_tokens(row)
            self._add(row, "refresh-cw", "answer_again", "Answer again", "again")
            self._add_more(row)
        if self._message.versions > 1 and user:
            self._add_versions(row)
        self.row = row
        return row

    def hover(self, inside: bool) -> None:
        """The mouse is over what the actions belong to."""
        if self.row is not None:
            self.row.hover(inside)

    def _add(self, row: RevealRow, icon: str, name: str, text: str, action: str) -> None:
        button = IconButton(self.host.theme, icon, name, text, row)
        button.setEnabled(action == "copy" or not self.host.busy)
        button.clicked.connect(lambda: self._act(action))
        row.add(button)

    def _add_tokens(self, row: RevealRow) -> None:
        button = IconButton(self.host.theme, "palette", "show_tokens", "Show tokens", row)
        button.setCheckable(True)
        button.clicked.connect(lambda: self._act("tokens"))
        row.add(button)
        self._tokens = button
        self.show_switch()

    def show_switch(self) -> None:
        """Whether the answer shows its tokens, and whether it can."""
        if self._tokens is None:
            return
        colours, number = self.host.colours, self._message.id
        traced, shown = colours.trace(number), colours.shown(number)
        none = traced is not None and not traced.spans
        self._tokens.setChecked(shown and not none)
        self._tokens.setEnabled(not none)
        words = "Hide tokens" if shown else "Show tokens"
        words = "The rounds of this answer were not kept" if none else words
        self._tokens.setToolTip(words)
        self._tokens.setAccessibleName(words)

    def _add_more(self, row: RevealRow) -> None:
        more = IconButton(self.host.theme, "ellipsis", "more_answer", "More about this answer", row)
        more.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        more.setMenu(answer_menu(self._message, self._act, more, busy=self.host.busy))
        row.add(more)

    def _add_versions(self, row: RevealRow) -> None:
        picker = VersionPicker(self.host.theme, self._message.version, self._message.versions, row)
        picker.previous.clicked.connect(lambda: self._act("previous"))
        picker.next.clicked.connect(lambda: self._act("next"))
        if self.host.busy:
            picker.setEnabled(False)
        row.add(picker)

    def release(self) -> None:
        """The row goes with the widget."""
        super().release()
        self.row = self._tokens = None
