"""The person's own message: a bubble of plain text, folded when long, and the editor that takes its place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QEnterEvent, QKeyEvent, QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.gui.chat_view.big_text import BigText
from desktop.gui.chat_view.ink import Ink
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.pieces import LINE, Para, Run, endless
from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.message_edit import MessageEdit
from desktop.gui.theme import R_BUBBLE, Theme

FOLD_LINES, FOLD_CHARS, FULL_CHARS = 12, 1_200, 16_000
_PAD_X, _PAD_Y, _SHARE = 16, 8, 0.86


def fold_text(text: str) -> tuple[str, bool]:
    """The beginning of a long message, and whether something was left out."""
    lines = text.split("\n", FOLD_LINES)
    short = "\n".join(lines[:FOLD_LINES])
    if len(short) > FOLD_CHARS:
        short = short[:FOLD_CHARS]
    return (
        (short, False)
        if len(text) - len(short) < 200 and len(lines) <= FOLD_LINES
        else (short.rstrip() + " …", True)
    )


class Bubble(QWidget):
    """Rounded ground with a pane, and 'Show all' when folded."""

    hovered = Signal(bool)

    def __init__(
        self, theme: Theme, ink: Ink, text: str, parent: QWidget, *, expanded: bool, room: int
    ) -> None:
        super().__init__(parent)
        self.setObjectName("user_bubble")
        self._theme = theme
        self._big: BigText | None = None
        short, self.folded = fold_text(text)
        full = not self.folded or (expanded and len(text) <= FULL_CHARS)
        self.pane = TextPane(ink, "user_text", self, wrap=int(room * _SHARE) - 2 * theme.px(_PAD_X))
        self.pane.setAccessibleName("Your message")
        self._fill(ink, plain_lines(text if full else short))
        if expanded and not full:
            self._big = BigText(theme, text, self)
            self._big.setAccessibleName("Your whole message")
            self.pane.hide()
        self.more = QPushButton("Show less" if expanded else f"Show all {len(text):,} characters", self)
        self.more.setObjectName("show_all_message")
        self.more.setAccessibleName(self.more.text())
        self.more.setProperty("kind", "link")
        self.more.setVisible(self.folded)
        self._box = QRectF()

    def _fill(self, ink: Ink, text: str) -> None:
        if endless(text):
            self.pane.break_anywhere()
        para = Para((Run(text.replace("\n", LINE)),))
        cursor = QTextCursor(self.pane.document())
        ink.write(cursor, para, 0, first=True)
        self.pane.rewind()

    def fit(self, width: int) -> int:
        """Places the text at the right; returns the height."""
        px = self._theme.px
        room = int(width * _SHARE) - 2 * px(_PAD_X)
        if self._big is not None:
            inner, height = room, px(420)
        else:
            self.pane.fit(room)
            inner = min(room, int(self.pane.document().idealWidth()) + 2)
            if self.folded:
                inner = max(inner, self.more.sizeHint().width())
            height = self.pane.fit(inner)
        left = width - inner - px(_PAD_X)
        (self._big or self.pane).setGeometry(left, px(_PAD_Y), inner, height)
        bottom = px(_PAD_Y) + height
        if self.folded:
            self.more.setGeometry(left, bottom + px(2), self.more.sizeHint().width(), px(24))
            bottom += px(26)
        self._box = QRectF(left - px(_PAD_X), 0, inner + 2 * px(_PAD_X), bottom + px(_PAD_Y))
        self.update()
        return int(self._box.height())

    def enterEvent(self, event: QEnterEvent) -> None:
        """The actions show."""
        self.hovered.emit(True)

    def leaveEvent(self, event: QEvent) -> None:
        """The actions hide."""
        self.hovered.emit(False)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The ground."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("raised"))
        painter.drawRoundedRect(self._box, R_BUBBLE, R_BUBBLE)
        painter.end()


class EditBox(QFrame):
    """The editor: Enter sends, Shift+Enter makes a new line, Esc gives up."""

    def __init__(
        self,
        theme: Theme,
        text: str,
        parent: QWidget,
        submit: Callable[[str], None],
        cancel: Callable[[], None],
    ) -> None:
        super().__init__(parent)
        self.setObjectName("edit_box")
        self.setProperty("card", "composer")
        self._theme, self._submit, self._cancel = theme, submit, cancel
        self.editor = MessageEdit(theme)
        self.editor.setObjectName("edit_message_text")
        self.editor.setAccessibleName("Edit your message")
        self.editor.set_limit(theme.px(320))
        self.editor.setPlainText(text)
        self.editor.moveCursor(QTextCursor.MoveOperation.End)
        self.editor.submitted.connect(self._send)
        self.editor.installEventFilter(self)
        send, cancel_button = QPushButton("Send", self), QPushButton("Cancel", self)
        send.setProperty("kind", "primary")
        for button, name, label in (
            (send, "edit_send", "Send the edited message"),
            (cancel_button, "edit_cancel", "Cancel editing"),
        ):
            button.setObjectName(name)
            button.setAccessibleName(label)
            button.setFixedHeight(theme.px(32))
        send.clicked.connect(self._send)
        cancel_button.clicked.connect(cancel)
        buttons = QHBoxLayout()
        buttons.setSpacing(theme.px(8))
        buttons.addStretch(1)
        buttons.addWidget(cancel_button)
        buttons.addWidget(send)
        self.column = column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(16), theme.px(12), theme.px(12), theme.px(12))
        column.setSpacing(theme.px(8))
        column.addWidget(self.editor)
        column.addLayout(buttons)

    def _send(self) -> None:
        text = self.editor.toPlainText()
        if text.strip():
            self._submit(text)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc in the editor gives up before the window hears of it."""
        escape = isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape
        if escape and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if escape and event.type() == QEvent.Type.KeyPress:
            self._cancel()
            return True
        return super().eventFilter(watched, event)


class BubbleSection(Section):
    """Bubble or editor, whichever is wanted."""

    def __init__(
        self, host: Host, text: str, submit: Callable[[str], None], hover: Callable[[bool], None]
    ) -> None:
        super().__init__(host, 0)
        self._text, self._submit, self._hover = text, submit, hover
        self._expanded = False
        self._draft: str | None = None
        lines = min(sum(1 + len(line) // 70 for line in text[:FOLD_CHARS].split("\n")), FOLD_LINES)
        self.height = host.theme.px(2 * _PAD_Y + 23 * lines)

    @property
    def editing(self) -> bool:
        """Whether the editor is open."""
        return self._draft is not None

    def edit(self) -> None:
        """Opens the editor and puts the keyboard in it."""
        if self._draft is None:
            self._swap(self._text)
        self.focus_editor()

    def focus_editor(self) -> None:
        """Puts the keyboard in the open editor."""
        if isinstance(self.widget, EditBox):
            self.widget.editor.setFocus(Qt.FocusReason.OtherFocusReason)

    def cancel(self) -> None:
        """Closes the editor."""
        if self._draft is not None:
            self._swap(None)

    def _swap(self, draft: str | None) -> None:
        self._draft = draft
        super().release()
        self.host.moved()

    def _send(self, text: str) -> None:
        self.cancel()
        self._submit(text)

    def build(self) -> QWidget:
        """What is wanted now."""
        theme = self.host.theme
        if self._draft is not None:
            box = EditBox(theme, self._draft, self.host.canvas, self._send, self.cancel)
            box.editor.grown.connect(self._grown)
            return box
        bubble = Bubble(
            theme, self.host.ink, self._text, self.host.canvas, expanded=self._expanded, room=self.room
        )
        bubble.more.clicked.connect(self._toggle)
        bubble.hovered.connect(self._hover)
        self.host.adopt(self, bubble.pane)
        return bubble

    def _grown(self) -> None:
        self.refit()
        self.host.moved()

    def _toggle(self) -> None:
        self._expanded = not self._expanded
        super().release()
        self.host.moved()

    def measure(self, width: int) -> int:
        """Height of the bubble or editor."""
        if isinstance(self.widget, EditBox):
            self.widget.resize(width, self.widget.height())
            self.widget.column.activate()
            self.widget.editor.fit()
            return self.widget.sizeHint().height()
        return self.widget.fit(width) if isinstance(self.widget, Bubble) else self.height

    def release(self) -> None:
        """An open editor keeps what was typed."""
        if isinstance(self.widget, EditBox):
            self._draft = self.widget.editor.toPlainText()
        super().release()

    def panes(self) -> list[TextPane]:
        """The bubble's text."""
        return (
            [self.widget.pane] if isinstance(self.widget, Bubble) and not self.widget.pane.isHidden() else []
        )

    def text(self) -> str:
        """The message."""
        return self._text
