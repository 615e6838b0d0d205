"""Rows of the sidebar's list: day headings, conversations, search results. Knows the store's types only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from desktop.gui.numbers import count, day_group, when
from desktop.store.types import Conversation, Hit

ROW_ROLE = int(Qt.ItemDataRole.UserRole)
Index = QModelIndex | QPersistentModelIndex
_ROOT = QModelIndex()


@dataclass(frozen=True, slots=True)
class Heading:
    """A day's name above its conversations."""

    text: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A conversation, or one search result: then `snippet` is set and `start`, `end` mark the match in it."""

    id: int
    title: str
    detail: str = ""
    snippet: str = ""
    start: int = 0
    end: int = 0


Row = Heading | Entry


def conversation_rows(conversations: Sequence[Conversation], now: float) -> list[Row]:
    """Newest first, each group under its heading. `now` in seconds since the epoch."""
    rows: list[Row] = []
    group = ""
    for item in sorted(conversations, key=lambda c: c.updated, reverse=True):
        if (name := day_group(item.updated, now)) != group:
            group = name
            rows.append(Heading(name))
        facts = [when(item.updated, now), count(item.tokens, "token") if item.tokens else ""]
        rows.append(Entry(item.id, item.title, " · ".join(fact for fact in facts if fact)))
    return rows


def hit_rows(hits: Sequence[Hit]) -> list[Row]:
    """Search results under one heading that counts them."""
    if not hits:
        return []
    return [Heading(count(len(hits), "result")), *(_hit_row(hit) for hit in hits)]


def _hit_row(hit: Hit) -> Entry:
    return Entry(hit.conversation_id, hit.title, snippet=hit.snippet, start=hit.start, end=hit.end)


class ConversationModel(QAbstractListModel):
    """The rows. A rename is not written here but asked for: the list changes when the store has it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[Row] = []
        self.current: int | None = None
        """Id of the conversation on screen."""

    def set_rows(self, rows: Sequence[Row]) -> None:
        """Show these rows; nothing happens when they are the same."""
        if list(rows) != self._rows:
            self.beginResetModel()
            self._rows = list(rows)
            self.endResetModel()

    def rowCount(self, parent: Index = _ROOT) -> int:
        """Headings and entries."""
        return 0 if parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = int(Qt.ItemDataRole.DisplayRole)) -> object:
        """The title, what a screen reader says, or the row itself (`ROW_ROLE`)."""
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == ROW_ROLE:
            return row
        title = row.text if isinstance(row, Heading) else row.title
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return title
        if role == Qt.ItemDataRole.AccessibleTextRole:
            extra = "" if isinstance(row, Heading) else row.snippet or row.detail
            return f"{title}, {extra}" if extra else title
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Headings can be neither selected nor edited."""
        if not index.isValid() or isinstance(self._rows[index.row()], Heading):
            return Qt.ItemFlag.NoItemFlags
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEditable

    def entry(self, index: Index) -> Entry | None:
        """The conversation or result at an index; None for a heading."""
        row = self._rows[index.row()] if index.isValid() else None
        return row if isinstance(row, Entry) else None

    def find(self, conversation_id: int | None) -> QModelIndex:
        """The first row of a conversation, or an invalid index."""
        for number, row in enumerate(self._rows):
            if isinstance(row, Entry) and row.id == conversation_id:
                return self.index(number)
        return QModelIndex()

    def ids(self) -> list[int]:
        """Conversations in the order shown, each once."""
        return list(dict.fromkeys(row.id for row in self._rows if isinstance(row, Entry)))
