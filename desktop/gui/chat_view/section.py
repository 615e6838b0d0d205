"""A horizontal slice of the conversation: it has a height always and a widget only near the viewport."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtWidgets import QWidget

from desktop.gui.chat_view.colours import Colours
from desktop.gui.chat_view.ink import Ink
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.units import Markdown
from desktop.gui.theme import Theme


class Host(Protocol):
    """What a section may ask of the view it is in."""

    theme: Theme
    ink: Ink
    markdown: Markdown
    canvas: QWidget
    busy: bool
    colours: Colours

    def moved(self) -> None:
        """Heights have changed: lay out again soon."""

    def adopt(self, section: Section, pane: TextPane) -> None:
        """A new pane takes part in selection, links and menus."""

    def copy(self, text: str, what: str) -> None:
        """Put text on the clipboard; `what` names it in the `copied` signal."""

    def take_focus(self) -> None:
        """The widget with the keyboard is about to go."""


class Section:
    """Base. Subclasses build a widget, and measure it for a width in pixels."""

    def __init__(self, host: Host, above: int = 0, inset: int = 0) -> None:
        self.host = host
        self.above = above
        """Design px kept free above."""
        self.inset = inset
        """Design px kept free on the left."""
        self.widget: QWidget | None = None
        self.height = 0
        """Pixels, without `above`: an estimate until measured for `fitted` pixels of width."""
        self.fitted = -1
        self.top = 0
        """Pixels below the top of the entry; set by the entry."""
        self.room = 600
        """Pixels of width, known before the widget is built: text is then laid out once, not twice."""

    def build(self) -> QWidget:
        """Makes the widget, as a child of the canvas."""
        raise NotImplementedError

    def measure(self, width: int) -> int:
        """Height in pixels of the built widget at `width` pixels."""
        raise NotImplementedError

    def panes(self) -> list[TextPane]:
        """Text surfaces that take part in selection, from top to bottom."""
        return []

    def text(self) -> str:
        """What the section shows, for copying while it has no widget."""
        return ""

    def place(self, x: int, y: int, width: int) -> None:
        """Puts the widget where it belongs."""
        if self.widget is not None:
            left = self.host.theme.px(self.inset)
            self.widget.setGeometry(x + left, y, width - left, self.height)
            self.widget.show()

    def fit(self, width: int) -> bool:
        """Builds and measures when needed; true when the height changed."""
        self.room = width - self.host.theme.px(self.inset)
        if self.widget is None:
            self.widget = self.build()
            self.fitted = -1
        if self.fitted == width:
            return False
        before, self.fitted = self.height, width
        self.height = self.measure(self.room)
        return self.height != before

    def refit(self) -> None:
        """The content changed: measure again at the next layout."""
        self.fitted = -1

    def release(self) -> None:
        """Gives the widget back; the height stays."""
        if self.widget is not None:
            if self.holds_focus():
                self.host.take_focus()
            self.widget.hide()
            self.widget.deleteLater()
            self.widget = None
            self.fitted = -1

    def holds_focus(self) -> bool:
        """Whether the keyboard is in this section: then it must not be released."""
        focus = self.widget.window().focusWidget() if self.widget is not None else None
        return (
            focus is not None
            and self.widget is not None
            and (focus is self.widget or self.widget.isAncestorOf(focus))
        )
