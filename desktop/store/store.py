"""The conversations of one person: the only thing the rest of the program sees of the database.

A tree of messages per conversation; an edit or another answer is a sibling, so nothing is overwritten. What a
method returned is committed: a killed process loses nothing of it. What the person said and finished answers
also outlast a power cut; a checkpoint and the choice of a version may not, they are not worth a wait for the
disk. Used from one thread. Every method may raise `StoreFull`, `StoreUnreadable` (damage found only now) or
`StoreError` (locked by another process).
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from desktop.store import search, traces, tree
from desktop.store.faults import store_faults
from desktop.store.schema import connect
from desktop.store.session import interrupt_dead, this_session
from desktop.store.text import clean_title, storable, title_from
from desktop.store.types import Conversation, Hit, Message, Role, State

_CONVERSATION = "SELECT id, title, created, updated, tokens, speculation FROM conversation"


class Store:
    """Open with `Store.open`, close with `close` (or use as a context manager)."""

    def __init__(self, db: sqlite3.Connection, path: Path) -> None:
        self._db = db
        self._session = ""
        self.path = path

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open or make the database; answers that dead sessions were writing become "interrupted".

        Raises `StoreUnreadable`, `StoreTooNew`, `StoreFull`, or `StoreError` when it is locked.
        """
        store = cls(connect(path), path)
        try:
            with store._reading():
                if store._db.execute("SELECT 1 FROM message WHERE state = 'streaming' LIMIT 1").fetchone():
                    with store._writing():
                        interrupt_dead(store._db)
        except BaseException:
            store.close()
            raise
        return store

    @staticmethod
    def set_aside(path: Path) -> Path:
        """Rename a damaged database so that a new one can be made; returns where it is now.

        For use after the person was told. Raises `StoreFull` when the folder cannot be written.
        """
        stem = f"{path.name}.damaged-{time.strftime('%Y-%m-%d')}"
        aside = path.with_name(stem)
        number = 2
        while aside.exists():
            aside = path.with_name(f"{stem}-{number}")
            number += 1
        with store_faults(path):
            os.replace(path, aside)
            for suffix in ("-wal", "-shm"):  # the log holds the last messages and finds its file by name
                with suppress(FileNotFoundError):
                    os.replace(f"{path}{suffix}", f"{aside}{suffix}")
        return aside

    def close(self) -> None:
        """Close the database. Closing twice is harmless."""
        with store_faults(self.path):
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # Conversations

    def conversations(self) -> list[Conversation]:
        """All that are not deleted, the one written in last first."""
        with self._reading():
            rows = self._db.execute(f"{_CONVERSATION} WHERE deleted IS NULL ORDER BY updated DESC, id DESC")
            return [Conversation(*row) for row in rows]

    def conversation(self, conversation_id: int) -> Conversation:
        """One conversation, deleted or not. Raises `LookupError` when there is none."""
        with self._reading():
            row = self._db.execute(f"{_CONVERSATION} WHERE id = ?", (conversation_id,)).fetchone()
        if row is None:
            raise LookupError(f"no conversation {conversation_id}")
        return Conversation(*row)

    def create(self, title: str) -> Conversation:
        """A new, empty conversation."""
        with self._writing(lasting=True):
            return self.conversation(self._insert_conversation(clean_title(title)))

    def begin(self, text: str) -> tuple[Conversation, Message]:
        """A new conversation with its first message, titled after it: both or neither."""
        with self._writing(lasting=True):
            conversation_id = self._insert_conversation(title_from(text))
            message = self._insert(conversation_id, None, "user", storable(text))
            return self.conversation(conversation_id), message

    def rename(self, conversation_id: int, title: str) -> Conversation:
        """Give another title; made one line, blank becomes "New conversation"."""
        with self._writing(lasting=True):
            values = (clean_title(title), conversation_id)
            self._db.execute("UPDATE conversation SET title = ? WHERE id = ?", values)
            return self.conversation(conversation_id)

    def set_speculation(self, conversation_id: int, mode: str) -> None:
        """Keep how this conversation drafts; "" = as the settings say."""
        with self._writing():
            values = (storable(mode), conversation_id)
            self._db.execute("UPDATE conversation SET speculation = ? WHERE id = ?", values)

    def delete(self, conversation_id: int) -> None:
        """Take a conversation out of sight; `restore` brings it back until `purge`."""
        with self._writing(lasting=True):
            values = (time.time(), conversation_id)
            self._db.execute("UPDATE conversation SET deleted = ? WHERE id = ?", values)

    def restore(self, conversation_id: int) -> None:
        """Undo `delete`."""
        with self._writing(lasting=True):
            self._db.execute("UPDATE conversation SET deleted = NULL WHERE id = ?", (conversation_id,))

    def purge(self, older_than: float = 0.0) -> int:
        """Remove for good what was deleted more than `older_than` seconds ago; returns how many."""
        with self._writing(lasting=True):
            values = (time.time() - older_than,)
            gone = "SELECT id FROM conversation WHERE deleted IS NOT NULL AND deleted <= ?"
            self._db.execute(f"DELETE FROM message WHERE conversation_id IN ({gone})", values)
            return self._db.execute(f"DELETE FROM conversation WHERE id IN ({gone})", values).rowcount

    def delete_all(self) -> None:
        """Remove every conversation for good, from the index and the file's free pages too. No undo."""
        with self._writing(lasting=True):
            self._db.execute("DELETE FROM message")
            self._db.execute("DELETE FROM conversation")
            for index in ("message_fts", "title_fts"):  # removed words otherwise linger until a merge
                self._db.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")
        with self._reading():
            self._db.execute("VACUUM")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def search(self, text: str, limit: int = 50) -> list[Hit]:
        """Conversations with words that begin with those of `text`; any text is safe."""
        with self._reading():
            return search.search(self._db, text, limit)

    # Messages

    def thread(self, conversation_id: int) -> list[Message]:
        """The path that is shown, root first; empty when there is nothing."""
        with self._reading():
            return tree.thread(self._db, conversation_id)

    def message(self, message_id: int) -> Message:
        """One message. Raises `LookupError` when there is none."""
        with self._reading():
            return tree.message(self._db, message_id)

    def siblings(self, message_id: int) -> list[int]:
        """Ids of all versions of a message, itself included, oldest first."""
        with self._reading():
            return tree.siblings(self._db, message_id)

    def select(self, message_id: int) -> None:
        """Show the path through this message, from here on. Raises `LookupError` when there is none."""
        with self._writing():
            tree.choose(self._db, message_id)

    def add_user(self, conversation_id: int, parent_id: int | None, text: str) -> Message:
        """Keep what the person said, on disk when this returns. Beside an older one it is another version."""
        with self._writing(lasting=True):
            return self._insert(conversation_id, parent_id, "user", storable(text))

    def start_answer(self, conversation_id: int, parent_id: int | None, model: str) -> Message:
        """An empty answer, state "streaming", below the message it answers."""
        with self._writing():
            return self._insert(conversation_id, parent_id, "assistant", "", storable(model))

    def checkpoint(self, message_id: int, text: str, thinking: str) -> None:
        """Keep the whole of an answer so far. Nothing happens when it is gone or no longer being written."""
        with self._writing():
            self._db.execute(
                "UPDATE message SET text = ?, thinking = ? WHERE id = ? AND state = 'streaming'",
                (storable(text), storable(thinking), message_id),
            )

    def finish(
        self,
        message_id: int,
        text: str,
        thinking: str,
        state: State,
        receipt: dict[str, Any],
        trace: str = "",
    ) -> None:
        """The end of an answer, whatever the reason. Nothing happens when its conversation is gone for good.

        `receipt` is JSON-like; its `prompt_tokens` and `output_tokens` give the conversation's token count.
        `trace`: the answer's rounds as JSON lines, kept beside the message; "" leaves what is kept.
        """
        with self._writing(lasting=True):
            self._db.execute(
                "UPDATE message SET text = ?, thinking = ?, state = ?, receipt = ? WHERE id = ?",
                (storable(text), storable(thinking), state, json.dumps(receipt), message_id),
            )
            tokens = int(receipt.get("prompt_tokens") or 0) + int(receipt.get("output_tokens") or 0)
            self._db.execute(
                "UPDATE conversation SET updated = ?, tokens = CASE WHEN ? > 0 THEN ? ELSE tokens END"
                " WHERE id = (SELECT conversation_id FROM message WHERE id = ?)",
                (time.time(), tokens, tokens, message_id),
            )
            if trace:
                traces.keep(self._db, message_id, trace)

    def trace(self, message_id: int) -> str:
        """The rounds of an answer as JSON lines; "" when none were kept."""
        with self._reading():
            return traces.read(self._db, message_id)

    def reopen(self, message_id: int) -> Message:
        """Back to "streaming", its text kept, to be continued. Raises `LookupError` when there is none."""
        with self._writing():
            values = (self._owner(), message_id)
            self._db.execute("UPDATE message SET state = 'streaming', owner = ? WHERE id = ?", values)
            return tree.message(self._db, message_id)

    # Inside

    @contextmanager
    def _reading(self) -> Iterator[None]:
        with store_faults(self.path):
            yield

    @contextmanager
    def _writing(self, *, lasting: bool = False) -> Iterator[None]:
        """One transaction; with `lasting` the commit waits until the disk has it."""
        with store_faults(self.path):
            self._db.execute(f"PRAGMA synchronous = {'FULL' if lasting else 'NORMAL'}")
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # a full disk has already rolled back
                    self._db.execute("ROLLBACK")
                raise

    def _insert_conversation(self, title: str) -> int:
        now = time.time()
        values = (title, now, now)
        row = self._db.execute("INSERT INTO conversation(title, created, updated) VALUES (?, ?, ?)", values)
        assert row.lastrowid is not None
        return row.lastrowid

    def _insert(
        self, conversation_id: int, parent_id: int | None, role: Role, text: str, model: str = ""
    ) -> Message:
        """Add a message, show it, and bring its conversation to the top."""
        if parent_id is not None and tree.message(self._db, parent_id).conversation_id != conversation_id:
            raise LookupError(f"message {parent_id} is not in conversation {conversation_id}")
        now = time.time()
        streaming = role == "assistant"
        added = self._db.execute(
            "INSERT INTO message(conversation_id, parent_id, role, state, created, owner, model, text)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (conversation_id, parent_id, role, "streaming" if streaming else "done", now,
             self._owner() if streaming else "", model, text),
        )  # fmt: skip
        assert added.lastrowid is not None
        tree.choose(self._db, added.lastrowid)
        self._db.execute("UPDATE conversation SET updated = ? WHERE id = ?", (now, conversation_id))
        return tree.message(self._db, added.lastrowid)

    def _owner(self) -> str:
        self._session = self._session or this_session()
        return self._session
