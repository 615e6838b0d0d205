"""The message box: plain text only, grows with what is typed, Enter sends."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import QFrame, QSizePolicy

from desktop.gui.keys import SHORTCUTS
from desktop.gui.plain_edit import PlainEdit
from desktop.gui.theme import Theme

_LINE = 22  # design pixels a line at 100 %
_WINDOW_KEYS = frozenset(keys for shortcut in SHORTCUTS if shortcut.action for keys in shortcut.keys)


class MessageEdit(PlainEdit):
    """Enter sends, Shift+Enter breaks the line, Up in an empty box edits the last message."""

    submitted = Signal()
    up_in_empty = Signal()
    focus_changed = Signal(bool)
    grown = Signal()
    """Its height changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._limit = theme, 300
        self.setObjectName("message")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.document().setDocumentMargin(0)
        self.viewport().setAutoFillBackground(False)
        self.document().documentLayout().documentSizeChanged.connect(self.fit)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_limit(self, pixels: int) -> None:
        """The height at which it stops growing and scrolls."""
        if pixels != self._limit:
            self._limit = pixels
            self.fit()

    @Slot()
    def refresh(self) -> None:
        """Font from the theme."""
        self.setFont(self._theme.type_font("body"))
        self.fit()

    @Slot()
    def fit(self) -> None:
        """Take the height the text needs, up to the limit."""
        lines = max(int(self.document().size().height()), 1)  # a plain text document is measured in lines
        line = max(self.fontMetrics().lineSpacing(), 1)
        wanted = max(lines * line, self._theme.px(_LINE)) + 2
        height = max(min(wanted, self._limit), self._theme.px(_LINE) + 2)
        overflow = wanted > height
        policy = Qt.ScrollBarPolicy.ScrollBarAsNeeded if overflow else Qt.ScrollBarPolicy.ScrollBarAlwaysOff
        if self.verticalScrollBarPolicy() != policy:
            self.setVerticalScrollBarPolicy(policy)
        if self.height() != height or self.maximumHeight() != height:
            self.setFixedHeight(height)
            self.grown.emit()

    def sizeHint(self) -> QSize:
        """One line; `fit` sets the height."""
        return QSize(200, self._theme.px(_LINE) + 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """A new width wraps differently."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            self.fit()

    def event(self, event: QEvent) -> bool:
        """The window's keys stay the window's: Qt would take Ctrl+K to delete to the end of the line."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText)
            if keys in _WINDOW_KEYS:
                event.ignore()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Send, break, or look back; the rest is Qt's."""
        enter = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if enter and modifiers == Qt.KeyboardModifier.NoModifier:
            self.submitted.emit()
        elif enter and modifiers == Qt.KeyboardModifier.ShiftModifier:
            # Qt would put a line separator (U+2028) here, which a model has hardly ever seen.
            self.insertPlainText("\n")
            self.ensureCursorVisible()
        elif event.key() == Qt.Key.Key_Up and not modifiers and self.document().isEmpty():
            self.up_in_empty.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The card around it shows the focus."""
        super().focusInEvent(event)
        self.focus_changed.emit(True)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The card around it shows the focus."""
        super().focusOutEvent(event)
        self.focus_changed.emit(False)
