"""What is left of the sidebar beside a race or the tokens: 56 px of icons. Says what was asked for."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame

from desktop.gui.controls import Mark, ToolButton, column, row
from desktop.gui.theme import RAIL, Theme


class Rail(QFrame):
    """In the order of the sidebar itself."""

    sidebar_clicked = Signal()
    new_clicked = Signal()
    search_clicked = Signal()
    model_clicked = Signal()
    theme_clicked = Signal()
    settings_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("rail")
        self.setAccessibleName("Sidebar, small")
        tools = (
            ("panel-left", "Conversations (Ctrl+B)", "railSidebar", self.sidebar_clicked),
            ("plus", "New conversation (Ctrl+N)", "railNew", self.new_clicked),
            ("search", "Search conversations (Ctrl+K)", "railSearch", self.search_clicked),
            ("cpu", "Choose a model (Ctrl+M)", "railModel", self.model_clicked),
            ("sun-moon", "Theme", "railTheme", self.theme_clicked),
            ("settings", "Settings (Ctrl+,)", "railSettings", self.settings_clicked),
        )
        made = []
        for icon, tip, name, signal in tools:
            tool = ToolButton(theme, icon, tip, name=name)
            tool.clicked.connect(signal)
            made.append(row(None, tool, None))
        top = row(None, Mark(theme), None)
        self.setLayout(column(top, 12, *made[:4], None, *made[4:], spacing=6, margins=(0, 14, 0, 12)))
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Width from the theme."""
        self.setFixedWidth(self._theme.px(RAIL))
