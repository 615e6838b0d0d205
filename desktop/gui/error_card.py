"""The card that tells of an error: what happened, what was kept, what the engine said, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.errors import UserError
from desktop.gui.controls import Glyph, ToolButton, button, card, column, label, row
from desktop.gui.theme import MEASURE, Theme
from desktop.gui.wording import describe

_ROOMY = 500
_QUOTE = 600  # characters of the engine's own words; Copy details has all of them


class ErrorCard(QFrame):
    """For one error. The buttons say what to do; what is done is the window's business."""

    action_chosen = Signal(str)
    """An `Action` of wording.py: the first button, or "choose_model" from the second."""
    closed = Signal()

    def __init__(self, theme: Theme, error: UserError, when: str = "") -> None:
        super().__init__()
        self.error, self._words, self._theme = error, describe(error), theme
        self.setObjectName("errorCard")
        self.setProperty("card", "bad")
        self.setAccessibleName(f"{self._words.title}. {self._words.sentence}")
        close = ToolButton(theme, "x", "Close", name="closeError", box=28)
        close.clicked.connect(self.closed)
        title = label(self._words.title, "heading2", name="errorTitle")
        head = row(
            Glyph(theme, "circle-x", "bad", 18), title, None, label(when, "caption"), close, spacing=10
        )
        sentence = label(self._words.sentence, "ui2", wrap=True, name="errorSentence")
        layout = column(head, sentence, spacing=8, margins=(16, 12, 12, 14))
        self._engine: list[QWidget] = []
        if error.detail.strip():
            self._engine = [label(self._source(), "caption"), self._quote()]
        for said in self._engine:
            layout.addWidget(said)
        layout.addSpacing(2)
        layout.addLayout(self._buttons())
        self.setLayout(layout)

    def set_brief(self, brief: bool) -> None:
        """Leave out what the engine said."""
        for said in self._engine:
            said.setHidden(brief)

    def details(self) -> str:
        """Everything, for Copy."""
        facts = [f"{key}: {value}" for key, value in self.error.facts.items()]
        parts = (self._words.title, self._words.sentence, self.error.kind, *facts, self.error.detail)
        return "\n".join(part for part in parts if part)

    def _source(self) -> str:
        return "The database said" if self.error.kind.startswith("Store") else "The engine said"

    def _quote(self) -> QFrame:
        detail = self.error.detail.strip()
        words = label(
            detail if len(detail) <= _QUOTE else f"{detail[:_QUOTE]}…", "mono2", wrap=True, name="errorQuote"
        )
        words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return card(words, kind="inset", margins=(12, 8, 12, 8))

    def _buttons(self) -> QHBoxLayout:
        words = self._words
        first = button(self._theme, words.action_label, "primary", name="errorAction", height=34)
        first.clicked.connect(self._first)
        self._copier = button(
            self._theme, "Copy details", "ghost", "copy", name="errorCopy", height=34, tip="Copy details"
        )
        self._copier.clicked.connect(self._copy)
        if words.action != "smaller_context":
            return row(first, self._copier, None, spacing=8)
        other = button(self._theme, "Choose another model", name="errorOther", height=34)
        other.clicked.connect(self._other)
        return row(first, other, self._copier, None, spacing=8)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where the buttons do not fit beside each other, Copy keeps its icon only."""
        super().resizeEvent(event)
        self._copier.set_text("Copy details" if self.width() >= self._theme.px(_ROOMY) else "")
        self._copier.setAccessibleName("Copy details")

    @Slot()
    def _first(self) -> None:
        self.action_chosen.emit(self._words.action)

    @Slot()
    def _other(self) -> None:
        self.action_chosen.emit("choose_model")

    @Slot()
    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.details())


class ErrorPlace(QWidget):
    """Where the window shows one error at a time, at the text measure; hidden while there is none."""

    action_chosen = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._card: ErrorCard | None = None
        self._brief = False
        self._layout = row(spacing=0, margins=(16, 0, 16, 8))
        self.setLayout(self._layout)
        self.hide()

    def tell(self, error: UserError, when: str) -> None:
        """Show an error; a new one takes the place of the old."""
        self.clear()
        self._card = ErrorCard(self._theme, error, when)
        self._card.action_chosen.connect(self._chosen)
        self._card.closed.connect(self.clear)
        self._card.setMaximumWidth(self._theme.px(MEASURE))
        self._card.set_brief(self._brief)
        self._layout.addWidget(self._card)
        self.show()

    def set_brief(self, brief: bool) -> None:
        """Little height: what the engine said is left out."""
        self._brief = brief
        if self._card is not None:
            self._card.set_brief(brief)

    @property
    def card(self) -> ErrorCard | None:
        """The error shown."""
        return self._card

    @Slot()
    def clear(self) -> None:
        """Take the error away."""
        self.hide()
        if self._card is not None:
            self._card.hide()
            self._layout.removeWidget(self._card)
            self._card.deleteLater()
            self._card = None

    @Slot(str)
    def _chosen(self, action: str) -> None:
        self.clear()
        self.action_chosen.emit(action)
