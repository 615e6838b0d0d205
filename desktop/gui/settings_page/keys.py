"""Settings, Shortcuts: the list of all keys."""

from __future__ import annotations

from PySide6.QtCore import Qt

from desktop.gui.settings_page.rows import Section
from desktop.gui.shortcuts import ShortcutList
from desktop.gui.theme import Theme


class ShortcutsSection(Section):
    """Everything that can be done without a mouse."""

    title = "Shortcuts"
    icon = "keyboard"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.setFocusPolicy(
            Qt.FocusPolicy.StrongFocus
        )  # nothing inside takes the keyboard, and it must scroll
        self.add(ShortcutList(theme))
