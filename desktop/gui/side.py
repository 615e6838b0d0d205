"""One side of the window: docked beside the centre where there is room, else a drawer over it."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QEasingCurve, QObject, QPoint, QPropertyAnimation, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QWidget

from desktop.gui.theme import Theme

DRAWER_MS = 160


class Scrim(QWidget):
    """Dims what a drawer covers; a click on it closes the drawer."""

    clicked = Signal()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A veil."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), QColor(0, 0, 0, 110))

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Close."""
        self.clicked.emit()


class Side(QObject):
    """Holds one widget at the left or right of `host`, whose `layout` it is docked in."""

    changed = Signal()
    """Docked or not, shown or not."""
    wanted_changed = Signal(bool)

    def __init__(
        self, theme: Theme, host: QWidget, layout: QBoxLayout, widget: QWidget, edge: Literal["left", "right"]
    ) -> None:
        super().__init__(host)
        self._theme, self._host, self._layout, self.widget, self._edge = theme, host, layout, widget, edge
        self._wanted, self._available, self._narrow, self._open = True, True, False, False
        self._focus: QWidget | None = None
        self._scrim = Scrim(host)
        self._scrim.hide()
        self._scrim.clicked.connect(self.close)
        self._slide = QPropertyAnimation(widget, b"pos", self)
        self._slide.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._slide.finished.connect(self._settled)
        self._dock()

    @property
    def wanted(self) -> bool:
        """Shown where there is room: what the person chose."""
        return self._wanted

    @property
    def shown(self) -> bool:
        """On screen now."""
        return self._available and (self._open if self._narrow else self._wanted)

    @property
    def drawer_open(self) -> bool:
        """Open over the centre."""
        return self._narrow and self._open and self._available

    def set_wanted(self, wanted: bool) -> None:
        """Show or hide the docked side."""
        changed = wanted != self._wanted
        self._wanted = wanted
        self._apply()
        if changed:
            self.wanted_changed.emit(wanted)

    def set_available(self, available: bool) -> None:
        """Pages may have no such side at all."""
        self._available = available
        self._apply()

    def set_narrow(self, narrow: bool) -> None:
        """Whether there is no room to dock."""
        if narrow != self._narrow:
            self._narrow, self._open = narrow, False
            self._dock()

    @Slot()
    def toggle(self) -> None:
        """Show or hide, as the width allows."""
        if not self._narrow:
            self.set_wanted(not self._wanted)
        elif self._open:
            self.close()
        else:
            self.open()

    @Slot()
    def open(self) -> None:
        """Slide the drawer in, or dock."""
        if not self._narrow:
            self.set_wanted(True)
            return
        self._open = True
        self._focus = self._host.window().focusWidget()
        self._scrim.setGeometry(self._host.rect())
        self._scrim.show()
        self._scrim.raise_()
        self.widget.raise_()
        self.widget.resize(self.widget.width(), self._host.height())
        self.widget.show()
        self._move(self._place(shown=True), start=self._place(shown=False))
        self._focus_inside()
        self.changed.emit()

    @Slot()
    def close(self) -> None:
        """Slide the drawer out; the focus goes back to where it was."""
        if not self.drawer_open:
            return
        self._open = False
        self._scrim.hide()
        focus: QWidget | None = self._host.window().focusWidget()
        if self._focus is not None and focus is not None and self.widget.isAncestorOf(focus):
            self._focus.setFocus(Qt.FocusReason.OtherFocusReason)
        self._move(self._place(shown=False), start=self.widget.pos())
        self.changed.emit()

    def fit(self) -> None:
        """The host's size changed."""
        if self._narrow:
            self._slide.stop()
            self._scrim.setGeometry(self._host.rect())
            self.widget.resize(self.widget.width(), self._host.height())
            self.widget.move(self._place(shown=self._open))

    def _dock(self) -> None:
        """Take the widget into the layout, or out of it."""
        self._slide.stop()
        if self._narrow:
            self._layout.removeWidget(self.widget)
        elif self._edge == "left":
            self._layout.insertWidget(0, self.widget)
        else:
            self._layout.addWidget(self.widget)
        self._apply()

    def _apply(self) -> None:
        self._scrim.setVisible(self.drawer_open)
        self.widget.setVisible(self.shown)
        if self._narrow:
            self.widget.move(self._place(shown=self._open))
            self.widget.resize(self.widget.width(), self._host.height())
            self.widget.raise_()
        self.changed.emit()

    def _focus_inside(self) -> None:
        for child in self.widget.findChildren(QWidget):
            if child.focusPolicy() & Qt.FocusPolicy.TabFocus and child.isVisible():
                child.setFocus(Qt.FocusReason.OtherFocusReason)
                return

    def _place(self, *, shown: bool) -> QPoint:
        width = self.widget.width()
        if self._edge == "left":
            return QPoint(0 if shown else -width, 0)
        return QPoint(self._host.width() - (width if shown else 0), 0)

    def _move(self, end: QPoint, start: QPoint) -> None:
        self._slide.stop()
        if self._theme.reduce_motion:
            self.widget.move(end)
            self._settled()
            return
        self._slide.setDuration(DRAWER_MS)
        self._slide.setStartValue(start)
        self._slide.setEndValue(end)
        self._slide.start()

    @Slot()
    def _settled(self) -> None:
        self.widget.setVisible(self.shown)
