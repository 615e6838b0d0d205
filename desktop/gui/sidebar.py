"""The sidebar: brand, new conversation, search, the conversations, the model, settings and theme.

Shows what it is given and says what was asked for; the list changes when the store has changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.gui.controls import Dot, Mark, ToolButton, button, column, fill, label, row
from desktop.gui.conversation_list import ConversationList
from desktop.gui.conversation_model import conversation_rows, hit_rows
from desktop.gui.escape import claims_escape
from desktop.gui.model_card import ModelCard, ModelState
from desktop.gui.theme import SIDEBAR, Theme
from desktop.store.types import Conversation, Hit


class SearchField(QLineEdit):
    """Down or Enter goes on to the results, Esc clears."""

    leave_down = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("search")
        self.setAccessibleName("Search conversations")
        self.setPlaceholderText("Search")
        self.setToolTip("Search titles and messages (Ctrl+K)")
        self.setClearButtonEnabled(True)
        self._icon = QAction(self)
        self.addAction(self._icon, QLineEdit.ActionPosition.LeadingPosition)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Take icon and height from the theme."""
        self._icon.setIcon(self._theme.icon("search", "text3"))
        self.setFixedHeight(self._theme.px(34))

    def event(self, event: QEvent) -> bool:
        """Esc clears what is typed before it means anything else."""
        return (bool(self.text()) and claims_escape(event)) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave downwards, or clear."""
        if event.key() in (Qt.Key.Key_Down, Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.leave_down.emit()
        elif event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
        else:
            super().keyPressEvent(event)


class Sidebar(QFrame):
    """244 px at 100 %."""

    new_requested = Signal()
    opened = Signal(int)
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)
    search_changed = Signal(str)
    model_clicked = Signal()
    settings_clicked = Signal()
    theme_clicked = Signal()
    hide_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._conversations: list[Conversation] = []
        self._now = 0.0
        self._hits: list[Hit] | None = None
        self.setObjectName("sidebar")
        self.search = SearchField(theme)
        self.list = ConversationList(theme)
        self.model = ModelCard(theme)
        self._theme_button = ToolButton(theme, "sun-moon", "Theme", name="themeButton")
        self._empty_title = label("Conversations", "section")
        self._empty_text = label("", "caption", wrap=True, name="noConversations")
        self._build()
        self._connect()
        theme.changed.connect(self.refresh)
        self.refresh()
        self._show_rows()

    def _build(self) -> None:
        theme = self._theme
        new = button(theme, "New conversation", icon="plus", name="newConversation", height=34)
        new.setToolTip("New conversation (Ctrl+N)")
        new.clicked.connect(self.new_requested)
        hide = ToolButton(theme, "panel-left", "Hide the sidebar (Ctrl+B)", name="hideSidebar")
        hide.clicked.connect(self.hide_clicked)
        gear = ToolButton(theme, "settings", "Settings (Ctrl+,)", name="settingsButton")
        gear.clicked.connect(self.settings_clicked)
        empty = QWidget()
        empty.setLayout(column(self._empty_title, self._empty_text, None, spacing=6, margins=(12, 10, 24, 0)))
        self._middle = QStackedWidget()
        self._middle.addWidget(self.list)
        self._middle.addWidget(empty)
        offline = label("Local, offline", "caption", name="offline")
        offline.setToolTip("Models run on this computer. Nothing you write leaves it.")
        brand = row(Mark(theme), label("Slipstream", "heading"), None, hide, spacing=10, margins=(6, 0, 0, 0))
        foot = row(
            gear, self._theme_button, None, Dot(theme, "ok"), 4, offline, spacing=2, margins=(0, 0, 6, 0)
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 14, 0, 12)
        layout.setSpacing(2)
        # The list reaches the edge, so that its scroll bar takes no width from the rows.
        listing = row(self._middle, margins=(12, 0, 1, 0))
        top = column(brand, 10, new, 4, self.search, spacing=2, margins=(12, 0, 12, 0))
        bottom = column(self.model, 4, foot, spacing=2, margins=(12, 0, 12, 0))
        fill(layout, top, 4, listing, 8, bottom)
        layout.setStretch(2, 1)

    def _connect(self) -> None:
        self.list.opened.connect(self.opened)
        self.list.rename_requested.connect(self.rename_requested)
        self.list.delete_requested.connect(self.delete_requested)
        self.search.textChanged.connect(self.search_changed)
        self.search.leave_down.connect(self._enter_list)
        self.model.clicked.connect(self.model_clicked)
        self._theme_button.clicked.connect(self.theme_clicked)

    def set_conversations(self, conversations: Sequence[Conversation], now: float) -> None:
        """Show these, grouped by day. `now` in seconds since the epoch."""
        self._conversations, self._now = list(conversations), now
        self._show_rows()

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the conversation on screen; None for a new one."""
        self.list.set_current(conversation_id)

    def set_hits(self, hits: Sequence[Hit] | None) -> None:
        """Show search results instead; None for the conversations again."""
        before, self._hits = self._hits, None if hits is None else list(hits)
        self._show_rows()
        if self._hits is not None and self._hits != before:
            self.list.scrollToTop()

    def set_model(self, name: str, detail: str, state: ModelState) -> None:
        """Show which model is loaded, and its state."""
        self.model.set_model(name, detail, state)

    def focus_search(self) -> None:
        """Ctrl+K."""
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def rename(self, conversation_id: int) -> None:
        """Edit a title in place."""
        self.list.rename(conversation_id)

    def neighbour(self, step: int) -> int | None:
        """The conversation above (-1) or below (+1) the current one, as listed; None at the ends."""
        ids = self.list.rows.ids()
        if self.list.rows.current not in ids:
            return ids[0] if ids else None
        place = ids.index(self.list.rows.current) + step
        return ids[place] if 0 <= place < len(ids) else None

    def sizeHint(self) -> QSize:
        """The design's width."""
        return QSize(self._theme.px(SIDEBAR), super().sizeHint().height())

    @Slot()
    def refresh(self) -> None:
        """Width and theme button follow the theme."""
        self.setFixedWidth(self._theme.px(SIDEBAR))
        self._theme_button.set_tip(f"Theme: {self._theme.scheme}. Click to change")

    @Slot()
    def _enter_list(self) -> None:
        self.list.setFocus(Qt.FocusReason.TabFocusReason)
        if not self.list.currentIndex().isValid() and self.list.rows.ids():
            self.list.setCurrentIndex(self.list.rows.find(self.list.rows.ids()[0]))

    def _show_rows(self) -> None:
        searching = self._hits is not None
        rows = (
            conversation_rows(self._conversations, self._now) if self._hits is None else hit_rows(self._hits)
        )
        self.list.set_rows(rows)
        self._middle.setCurrentIndex(0 if rows else 1)
        self._empty_title.setText("Search" if searching else "Conversations")
        self._empty_text.setText(
            "Nothing found. Titles and all messages were searched."
            if searching
            else "None yet. They stay on this computer."
        )
