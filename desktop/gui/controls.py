"""Buttons, and the one place to import small widgets from (parts.py: what shows; inputs.py: switch, slider).

Knows the theme and Qt, nothing of chats or models. Everything here redraws itself when `theme.changed` fires:
callers never deal with palettes or icon colours. Lengths are design pixels at 100 % interface size.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPushButton, QToolButton

from desktop.gui.inputs import Meter, Radio, Slider, Switch
from desktop.gui.parts import (
    CardKind,
    Dot,
    Elided,
    Glyph,
    Item,
    Mark,
    Painted,
    PillKind,
    card,
    column,
    fill,
    hairline,
    label,
    pill,
    restyle,
    row,
    tag,
)
from desktop.gui.theme import Theme

__all__ = [
    "Button", "CardKind", "Dot", "Elided", "Glyph", "Item", "Kind", "Mark", "Meter", "Painted", "PillKind",
    "Radio", "Slider", "Switch", "ToolButton", "button", "card", "column", "fill", "hairline", "label",
    "pill", "restyle", "row", "tag",
]  # fmt: skip

Kind = Literal["primary", "secondary", "ghost", "link", "round"]
_ICON_TOKEN = {
    "primary": "on_accent",
    "round": "on_accent",
    "link": "accent",
    "ghost": "text2",
    "secondary": "text",
}
_ROUND = 34


class Button(QPushButton):
    """A push button of a kind; 32 px high unless told (34 where it carries a decision)."""

    def __init__(
        self, theme: Theme, text: str, kind: Kind = "secondary", icon: str = "", *, height: int = 32
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._kind, self._design_height = theme, icon, kind, height
        self.setProperty("kind", kind)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_text(text)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_text(self, text: str) -> None:
        """Change the words (and the accessible name with them)."""
        self.setText(
            f"\u2009{text}" if self._icon and text else text
        )  # a thin space widens Qt's 4 px icon gap
        self.setAccessibleName(text)

    def set_icon(self, icon: str) -> None:
        """Change the icon; "" for none."""
        self._icon = icon
        self.refresh()

    def setEnabled(self, enabled: bool) -> None:
        """As Qt's, and the icon follows."""
        super().setEnabled(enabled)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take icon colour and size from the theme."""
        if self._kind == "round":
            self.setFixedSize(self._theme.px(_ROUND) // 2 * 2, self._theme.px(_ROUND) // 2 * 2)
        elif self._kind != "link":
            self.setFixedHeight(self._theme.px(self._design_height))
        if self._icon:
            token = _ICON_TOKEN[self._kind] if self.isEnabled() else "text3"
            self.setIcon(self._theme.icon(self._icon, token, 15))
            self.setIconSize(self._theme.icon_size(15))


def button(
    theme: Theme,
    text: str,
    kind: Kind = "secondary",
    icon: str = "",
    *,
    name: str,
    tip: str = "",
    height: int = 32,
) -> Button:
    """A button with its object name; `tip` is also the accessible name of a button without words."""
    made = Button(theme, text, kind, icon, height=height)
    made.setObjectName(name)
    if tip:
        made.setToolTip(tip)
        made.setAccessibleName(text or tip)
    return made


class ToolButton(QToolButton):
    """A square icon button. `tip` is tooltip and accessible name."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        tip: str,
        *,
        name: str,
        size: int = 16,
        box: int = 32,
        token: str = "text2",
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._size, self._box, self._token = theme, icon, size, box, token
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.set_tip(tip)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_tip(self, tip: str) -> None:
        """Change tooltip and accessible name."""
        self.setToolTip(tip)
        self.setAccessibleName(tip)

    def set_icon(self, icon: str, token: str = "text2") -> None:
        """Change the icon and its colour token."""
        self._icon, self._token = icon, token
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take icon colour and size from the theme."""
        self.setFixedSize(self._theme.px(self._box), self._theme.px(self._box))
        self.setIcon(self._theme.icon(self._icon, self._token, self._size))
        self.setIconSize(self._theme.icon_size(self._size))
