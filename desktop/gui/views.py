"""What the middle of the window shows: the view Chat, Race or Tokens, or a page such as Settings over it.

Knows which is shown, nothing of what stands around them.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QWidget

CHAT = "chat"


class Views(QStackedWidget):
    """`home` of the view Chat changes between a conversation and the empty state of a new one."""

    changed = Signal()
    """Another view, or a page came or went."""

    def __init__(self, *homes: QWidget) -> None:
        super().__init__()
        self.setObjectName("stack")
        self.setMinimumHeight(1)  # in a low window an error may take its room
        for home in homes:
            self.addWidget(home)
        self._view, self._pages = CHAT, {CHAT: homes[0]}
        self._page: QWidget | None = None

    @property
    def view(self) -> str:
        """Which view is shown, or waits behind a page."""
        return self._view

    @property
    def page(self) -> QWidget | None:
        """The page that is shown instead, if any."""
        return self._page

    @property
    def in_chat(self) -> bool:
        """The view Chat is on screen."""
        return self._view == CHAT and self._page is None

    def add(self, key: str, widget: QWidget) -> None:
        """One view more."""
        self._pages[key] = widget
        self.addWidget(widget)

    def set_home(self, home: QWidget) -> None:
        """What Chat shows; shown at once, unless another view is."""
        self._pages[CHAT] = home
        if self._view == CHAT:
            self._page = None
        self._show()

    def show_view(self, view: str) -> bool:
        """Show it, in place of a page too; false = there is no such view."""
        if view in self._pages:
            self._view, self._page = view, None
            self._show()
        return view in self._pages

    def show_page(self, page: QWidget | None) -> None:
        """Show a page over the view; None = the view again."""
        if page is not None and self.indexOf(page) < 0:
            self.addWidget(page)
        self._page = page
        self._show()

    def _show(self) -> None:
        self.setCurrentWidget(self._page or self._pages[self._view])
        self.changed.emit()
