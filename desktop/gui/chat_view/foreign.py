"""Widgets of somebody else in the conversation: an error card, a question. They may grow, and go."""

from __future__ import annotations

import shiboken6
from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.entry import Entry
from desktop.gui.chat_view.section import Host, Section


class WidgetEntry(Entry):
    """A widget after the last message."""

    above = 16

    def __init__(self, host: Host, widget: QWidget) -> None:
        super().__init__(host)
        self.expanded = True
        self._section = ForeignSection(host, widget)
        self.sections = [self._section]

    def discard(self) -> None:
        """Deletes the widget."""
        widget = self._section.alive()
        if widget is not None:
            widget.hide()
            widget.deleteLater()


class ForeignSection(Section):
    """Measures what it is given and never gives it back."""

    def __init__(self, host: Host, widget: QWidget) -> None:
        super().__init__(host)
        widget.setParent(host.canvas)
        self.widget = widget
        self.height = widget.sizeHint().height()

    def alive(self) -> QWidget | None:
        """The widget, unless it is gone."""
        return self.widget if self.widget is not None and shiboken6.isValid(self.widget) else None

    def build(self) -> QWidget:
        """It is there already, or gone."""
        return QWidget(self.host.canvas)

    def fit(self, width: int) -> bool:
        """A widget that is gone has no height."""
        if self.alive() is None:
            self.widget = None
        return super().fit(width)

    def measure(self, width: int) -> int:
        """By its own wish."""
        widget = self.widget
        if widget is None:
            return 0
        layout = widget.layout()
        if layout is not None:
            layout.activate()
        wish = widget.heightForWidth(width) if widget.hasHeightForWidth() else widget.sizeHint().height()
        return max(0, wish, widget.minimumSizeHint().height(), widget.minimumHeight())

    def place(self, x: int, y: int, width: int) -> None:
        """Only what is there."""
        if self.alive() is not None:
            super().place(x, y, width)

    def holds_focus(self) -> bool:
        """Never released, so it need not be asked."""
        return False

    def release(self) -> None:
        """It stays; its height is asked for again."""
        self.fitted = -1
