"""The conversations in the sidebar: listed, searched, renamed, deleted, brought back; their title."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.chat import Chat
from desktop.gui.main_window import MainWindow
from desktop.store.store import Store
from desktop.store.text import UNTITLED
from desktop.store.types import Conversation


class HistoryPresenter(QObject):
    """Joins the sidebar's list and the header's title to `Chat` and the store."""

    opened = Signal(int)
    """A conversation was chosen by a key."""

    def __init__(self, window: MainWindow, chat: Chat, store: Store) -> None:
        super().__init__(window)
        self._window, self._chat, self._store = window, chat, store
        self._deleted: int | None = None
        self.commands: dict[str, Callable[[], None]] = {
            "delete": self._delete_current,
            "previous_conversation": partial(self._neighbour, -1),
            "next_conversation": partial(self._neighbour, 1),
        }
        sidebar = window.sidebar
        sidebar.rename_requested.connect(chat.rename)
        sidebar.delete_requested.connect(self._delete)
        sidebar.search_changed.connect(self._search)
        window.header.rename_requested.connect(self._rename_current)
        window.undo_bar.undone.connect(self._undo_delete)
        chat.conversations_changed.connect(self.refresh_list)

    @Slot()
    def refresh_list(self) -> None:
        """Read the conversations again."""
        self._window.sidebar.set_conversations(self._store.conversations(), time.time())
        self._window.sidebar.set_current(self._chat.conversation)
        self._search(self._window.sidebar.search.text())
        self.show_title()

    def show_title(self) -> None:
        """Of the open conversation."""
        current = self._current()
        self._window.set_title(current.title if current else UNTITLED, can_rename=current is not None)

    def _current(self) -> Conversation | None:
        if self._chat.conversation is None:
            return None
        return self._store.conversation(self._chat.conversation)

    @Slot(str)
    def _search(self, text: str) -> None:
        self._window.sidebar.set_hits(self._store.search(text) if text.strip() else None)

    @Slot(str)
    def _rename_current(self, title: str) -> None:
        if self._chat.conversation is not None:
            self._chat.rename(self._chat.conversation, title)

    @Slot()
    def _delete_current(self) -> None:
        if self._chat.conversation is not None:
            self._delete(self._chat.conversation)

    @Slot(int)
    def _delete(self, conversation_id: int) -> None:
        title = self._store.conversation(conversation_id).title
        self._chat.delete(conversation_id)
        self._deleted = conversation_id
        self._window.offer_undo(title)

    @Slot()
    def _undo_delete(self) -> None:
        if self._deleted is not None:
            self._chat.restore(self._deleted)
            self._deleted = None

    def _neighbour(self, step: int) -> None:
        conversation_id = self._window.sidebar.neighbour(step)
        if conversation_id is not None:
            self.opened.emit(conversation_id)
