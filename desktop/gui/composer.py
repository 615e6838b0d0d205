"""The composer: the message box and the round button that sends or stops, and what keeps one from sending.

Keeps a draft per conversation, in memory, so that switching loses nothing typed.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QWidget

from desktop.gui.controls import Elided, ToolButton, button, column, restyle, row
from desktop.gui.draft_chip import DraftChip
from desktop.gui.message_edit import MessageEdit
from desktop.gui.theme import COMPOSER, Theme

ComposerState = Literal["ready", "generating", "no_model", "loading"]
_SHARE = 0.4  # of the window's height, at most


class Composer(QWidget):
    """672 px wide at most. Sending empties the box; `set_text` puts words back if they could not be used."""

    send_requested = Signal(str)
    stop_requested = Signal()
    edit_last_requested = Signal()
    cancel_load_requested = Signal()
    choose_model_requested = Signal()
    sampling_clicked = Signal()
    resized = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._state: ComposerState = "no_model"
        self._model, self._detail, self._fraction = "", "", 0.0
        self._key: int | None = None
        self._drafts: dict[int | None, str] = {}
        self.setObjectName("composer")
        self.editor = MessageEdit(theme)
        self.drafting = DraftChip(theme)
        self._hint = Elided("", "caption", name="composerHint")
        self._send = button(theme, "", "round", "arrow-up", name="send", tip="Send (Enter)")
        self._cancel = button(theme, "Cancel", name="cancelLoad", height=30)
        self._choose = button(theme, "Choose a model", name="chooseModel", height=34)
        self._bar = QProgressBar()
        self._bar.setObjectName("loading")
        self._bar.setAccessibleName("Loading the model")
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._build()
        self._connect()
        self.refresh()
        self.set_state("no_model")

    def _build(self) -> None:
        sampling = ToolButton(self._theme, "sliders-horizontal", "Sampling settings", name="sampling", box=30)
        sampling.clicked.connect(self.sampling_clicked)
        foot = row(
            sampling, self.drafting, None, self._hint, 2, self._cancel, self._choose, self._send, spacing=6
        )
        self._card = QFrame()
        self._card.setProperty("card", "composer")
        self._card.setObjectName("composerCard")
        # The text starts 6 px right of the tool button's box, so that text and icon line up.
        text = column(self.editor, margins=(6, 0, 6, 0), spacing=0)
        body = column(text, foot, spacing=8)
        # Room for the bar is kept, so that nothing moves when a load begins or ends.
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._card.setLayout(column(body, self._bar, spacing=3, margins=(10, 13, 10, 2)))
        outer = QHBoxLayout(self)
        outer.setContentsMargins(16, 4, 16, 16)
        outer.addStretch(1)
        outer.addWidget(self._card, 1000)
        outer.addStretch(1)

    def _connect(self) -> None:
        self.editor.submitted.connect(self._submit)
        self.editor.up_in_empty.connect(self.edit_last_requested)
        self.editor.textChanged.connect(self._update)
        self.editor.focus_changed.connect(self._show_focus)
        self._send.clicked.connect(self._press)
        self._cancel.clicked.connect(self.cancel_load_requested)
        self._choose.clicked.connect(self.choose_model_requested)
        self._theme.changed.connect(self.refresh)

    @property
    def state(self) -> ComposerState:
        """What it is ready for."""
        return self._state

    def set_model(self, name: str) -> None:
        """Name the model messages go to; "" for none."""
        self._model = name
        self._update()

    def set_state(self, state: ComposerState, detail: str = "", fraction: float = 0.0) -> None:
        """Change state. Loading: `detail` names the file, `fraction` is 0..1. Otherwise it is the hint."""
        self._state, self._detail, self._fraction = state, detail, min(max(fraction, 0.0), 1.0)
        self._bar.setValue(round(self._fraction * 1000))
        self._update()

    def text(self) -> str:
        """What is typed."""
        return self.editor.toPlainText()

    def set_text(self, text: str) -> None:
        """Replace what is typed, cursor at the end."""
        self.editor.setPlainText(text)
        cursor = self.editor.textCursor()
        cursor.movePosition(cursor.MoveOperation.End)
        self.editor.setTextCursor(cursor)

    def switch_to(self, key: int | None) -> None:
        """Put the draft of this conversation away, take out that of another (None: the new one)."""
        if key == self._key:
            return
        self._drafts[self._key] = self.text()
        self._key = key
        self.set_text(self._drafts.pop(key, ""))

    def adopt(self, key: int) -> None:
        """The new conversation has an id now: what is typed belongs to it."""
        self._key = key

    def focus_editor(self) -> None:
        """Ctrl+L."""
        self.editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def set_window_height(self, height: int) -> None:
        """The box grows to 40 % of this."""
        self.editor.set_limit(round(height * _SHARE))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell what floats above it."""
        super().resizeEvent(event)
        self.resized.emit()

    @Slot()
    def refresh(self) -> None:
        """Widths from the theme."""
        self._card.setMaximumWidth(self._theme.px(COMPOSER))
        self._bar.setFixedHeight(4)

    @Slot()
    def _press(self) -> None:
        if self._state == "generating":
            self.stop_requested.emit()
        else:
            self._submit()

    @Slot()
    def _submit(self) -> None:
        text = self.text()
        if self._state != "ready" or not text.strip():
            return
        self.editor.setPlainText("")
        self.send_requested.emit(text.strip("\n"))

    @Slot(bool)
    def _show_focus(self, focused: bool) -> None:
        restyle(self._card, "card", "composerfocus" if focused else "composer")

    @Slot()
    def _update(self) -> None:
        state, name = self._state, self._model
        writing = not self.editor.document().isEmpty()
        self.editor.setPlaceholderText(f"Message {name}" if name else "Message")
        self.editor.setAccessibleName(f"Message {name}" if name else "Message")
        self._send.setVisible(state != "no_model")
        self._choose.setVisible(state == "no_model")
        self._cancel.setVisible(state == "loading")
        self._bar.setVisible(state == "loading")
        stop = state == "generating"
        self._send.set_icon("square" if stop else "arrow-up")
        tip = "Stop (Esc)" if stop else "Send (Enter)"
        self._send.setToolTip(tip)
        self._send.setAccessibleName("Stop" if stop else "Send")
        self._send.setEnabled(stop or (state == "ready" and writing and bool(self.text().strip())))
        self._hint.set_text(self._hint_text())

    def _hint_text(self) -> str:
        if self._state == "loading":
            return f"Loading {self._detail} {self._fraction:.0%}".replace("  ", " ")
        if self._state == "no_model":
            return self._detail or "No model is loaded"
        if self._state == "generating":
            return self._detail or "Esc to stop"
        return "Enter to send"
