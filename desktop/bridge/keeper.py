"""Saving answers that cannot wait: what the disk refuses is kept in memory and saved again later. Owns no
thread.

The person is told once per answer, not at every attempt.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.errors import StoreError
from desktop.store.store import Store
from desktop.store.types import Message

AGAIN_MS = 10_000


class Keeper(QObject):
    """Between an answer and the store."""

    refused = Signal(object)
    """StoreError: what is on screen is in memory only."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._store = store
        self._waiting: dict[int, tuple[Message, str]] = {}
        self._told: int | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(AGAIN_MS)
        self._timer.timeout.connect(self.again)

    def checkpoint(self, now: Message) -> None:
        """Keep what there is of an answer being written."""
        try:
            self._store.checkpoint(now.id, now.text, now.thinking)
        except StoreError as fault:
            if self._told != now.id:
                self._told = now.id
                self.refused.emit(fault)

    def finish(self, ended: Message, trace: str = "") -> Message:
        """Commit the end of an answer and return it as stored, or as it is when it could not be stored."""
        self._told = None
        try:
            self._save(ended, trace)
            return self._store.message(ended.id)
        except StoreError as fault:
            self._waiting[ended.id] = (ended, trace)
            self._timer.start()
            self.refused.emit(fault)
            return ended

    @Slot()
    def again(self) -> None:
        """Save what waits, as far as that is possible now."""
        self._save_waiting()

    def insist(self) -> None:
        """As `again`, because the person asked for it: they are told when it is still not possible."""
        self._told = None
        fault = self._save_waiting()
        if fault is not None:
            self.refused.emit(fault)

    def forget(self) -> None:
        """Nothing waits any more: everything was deleted."""
        self._waiting.clear()
        self._timer.stop()

    def message(self, message_id: int) -> Message:
        """A message, with the ending that still waits."""
        return self._latest(self._store.message(message_id))

    def path(self, conversation_id: int) -> list[Message]:
        """The path that is shown, root first, with the endings that still wait."""
        return [self._latest(message) for message in self._store.thread(conversation_id)]

    def _save_waiting(self) -> StoreError | None:
        for message, trace in list(self._waiting.values()):
            try:
                self._save(message, trace)
            except StoreError as fault:
                return fault
            del self._waiting[message.id]
        self._timer.stop()
        return None

    def _save(self, ended: Message, trace: str) -> None:
        self._store.finish(ended.id, ended.text, ended.thinking, ended.state, ended.receipt, trace)

    def _latest(self, stored: Message) -> Message:
        if stored.id not in self._waiting:
            return stored
        ended, _ = self._waiting[stored.id]
        return replace(ended, version=stored.version, versions=stored.versions)
