"""A card over the window, which waits until it is closed. Base of the model picker and the list of keys.

Drawn inside the window, so it needs no window manager. Esc, a click beside it or a choice closes it, and
the keyboard goes back to where it was.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QWidget

from desktop.gui.escape import claims_escape
from desktop.gui.theme import Theme

_EDGE = 12  # room kept to the window's edges


class Sheet(QWidget):
    """Fills its window; `card` holds the content. `closed` fires whenever it goes away."""

    closed = Signal()

    def __init__(self, theme: Theme, accessible: str, *, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.card = QFrame(self)
        self.card.setProperty("card", "composer")  # the surface on which tags and pills show
        self._anchor: QWidget | None = None
        self._focus_before: QWidget | None = None
        theme.changed.connect(self.place)
        self.hide()

    def open(self, window: QWidget, anchor: QWidget | None = None) -> None:
        """Show over `window`: above or below `anchor`, without one in the middle on a dimmed window."""
        if self.parentWidget() is not window:
            self.setParent(window)
        self._anchor = anchor
        self._focus_before = window.focusWidget()
        window.removeEventFilter(self)
        window.installEventFilter(self)
        self.show()
        self.raise_()
        self.place()
        self.first_focus().setFocus(Qt.FocusReason.PopupFocusReason)

    def first_focus(self) -> QWidget:
        """Where the keyboard goes at first."""
        return next(iter(self._stops()), self)

    def dismiss(self) -> None:
        """Close and give the keyboard back."""
        if self.isHidden():
            return
        window, before = self.parentWidget(), self._focus_before
        self._focus_before = None
        if window is not None:
            window.removeEventFilter(self)
        self.hide()
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.PopupFocusReason)
        self.closed.emit()

    def wanted(self, room_width: int, room_height: int) -> tuple[int, int]:
        """Width and height of the card, at most the room there is."""
        hint = self.card.sizeHint()
        return min(hint.width(), room_width), min(hint.height(), room_height)

    @Slot()
    def place(self) -> None:
        """Fill the window and put the card in its place."""
        window = self.parentWidget()
        if window is None or self.isHidden():
            return
        self.setGeometry(window.rect())
        anchor = self._anchored()
        if anchor is None:
            width, height = self.wanted(self.width() - 2 * _EDGE, self.height() - 2 * _EDGE)
            self.card.setGeometry((self.width() - width) // 2, (self.height() - height) // 2, width, height)
            return
        top = anchor.mapTo(window, QPoint(0, 0))
        above = min(top.y(), self.height())
        below = self.height() - above - anchor.height()
        width, height = self.wanted(self.width() - 2 * _EDGE, max(above, below) - 2 * _EDGE)
        left = min(max(top.x(), _EDGE), self.width() - width - _EDGE)
        y = above - height - 6 if above >= below else above + anchor.height() + 6
        self.card.setGeometry(left, y, width, height)

    def _anchored(self) -> QWidget | None:
        """The anchor, if there is one in sight: the sidebar it stands in may be hidden."""
        anchor = self._anchor
        return anchor if anchor is not None and anchor.isVisible() else None

    def _stops(self) -> list[QWidget]:
        found = [
            widget
            for widget in self.card.findChildren(QWidget)
            if widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        ]
        return sorted(found, key=lambda widget: (_origin(widget, self).y(), _origin(widget, self).x()))

    def focusNextPrevChild(self, following: bool) -> bool:
        """Tab stays inside."""
        stops, focus = self._stops(), self.focusWidget()
        if not stops:
            return True
        at = stops.index(focus) if focus in stops else -1
        stops[(at + (1 if following else -1)) % len(stops)].setFocus(
            Qt.FocusReason.TabFocusReason if following else Qt.FocusReason.BacktabFocusReason
        )
        return True

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and stay above what comes into its layout."""
        if watched is self.parentWidget():
            if event.type() == QEvent.Type.Resize:
                self.place()
            elif event.type() == QEvent.Type.LayoutRequest:
                self.raise_()
        return False

    def event(self, event: QEvent) -> bool:
        """Esc belongs to what is open, before the window's own shortcut."""
        return claims_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc closes; nothing else falls through to what lies under."""
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card closes."""
        if not self.card.geometry().contains(event.position().toPoint()):
            self.dismiss()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Dims the window where the card stands in its middle."""
        if self._anchored() is None:
            with QPainter(self) as painter:
                painter.fillRect(self.rect(), self.theme.color("side", 0.72))


def _origin(widget: QWidget, inside: QWidget) -> QPoint:
    return widget.mapTo(inside, QPoint(0, 0))
