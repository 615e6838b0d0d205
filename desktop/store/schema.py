"""Tables, migrations and the connection to them. Knows SQL, nothing of what messages mean.

A conversation is a tree of messages: `parent_id` goes up; `chosen` goes down to the child that is shown (for
a conversation: to the root that is shown). One pointer instead of a flag per sibling: two cannot be chosen at
once. An answer is put into the search index when it is no longer being written: a checkpoint costs one row.
The trace of an answer, its rounds, is large and seldom read: it has a table of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from desktop.errors import StoreTooNew, StoreUnreadable
from desktop.store.faults import store_faults

APPLICATION_ID = 0x534C5053  # "SLPS": tells our file from another program's
BUSY_SECONDS = 3.0

Migration = tuple[str, ...]

MIGRATIONS: tuple[Migration, ...] = (
    (
        f"PRAGMA application_id = {APPLICATION_ID}",
        """CREATE TABLE conversation (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            title TEXT NOT NULL,
            created REAL NOT NULL,
            updated REAL NOT NULL,
            tokens INTEGER NOT NULL DEFAULT 0,
            chosen INTEGER,
            deleted REAL)""",
        # The long columns come last: what precedes them is read without touching overflow pages.
        # The parent is checked at commit, so that a whole tree can go in one statement however deep it is.
        """CREATE TABLE message (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            conversation_id INTEGER NOT NULL REFERENCES conversation(id) DEFERRABLE INITIALLY DEFERRED,
            parent_id INTEGER REFERENCES message(id) DEFERRABLE INITIALLY DEFERRED,
            chosen INTEGER,
            role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
            state TEXT NOT NULL
                CHECK (state IN ('done', 'streaming', 'interrupted', 'stopped', 'cut', 'failed')),
            created REAL NOT NULL,
            owner TEXT NOT NULL DEFAULT '',
            model TEXT NOT NULL DEFAULT '',
            receipt TEXT NOT NULL DEFAULT '{}',
            text TEXT NOT NULL,
            thinking TEXT NOT NULL DEFAULT '')""",
        "CREATE INDEX message_sibling ON message(conversation_id, parent_id, role)",
        "CREATE INDEX message_parent ON message(parent_id)",
        "CREATE INDEX message_streaming ON message(owner) WHERE state = 'streaming'",
        "CREATE VIEW searchable AS SELECT id, text FROM message WHERE state <> 'streaming'",
        # One letter typed matches a tenth of all words: the prefix index makes that 50 ms, not seconds, at
        # 30,000 messages.
        """CREATE VIRTUAL TABLE message_fts USING fts5(
            text, content = 'searchable', content_rowid = 'id',
            tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2')""",
        """CREATE TRIGGER message_added AFTER INSERT ON message WHEN new.state <> 'streaming' BEGIN
            INSERT INTO message_fts(rowid, text) VALUES (new.id, new.text);
        END""",
        # One trigger for both halves: SQLite promises no order between two.
        """CREATE TRIGGER message_changed AFTER UPDATE OF text, state ON message BEGIN
            INSERT INTO message_fts(message_fts, rowid, text)
                SELECT 'delete', old.id, old.text WHERE old.state <> 'streaming';
            INSERT INTO message_fts(rowid, text) SELECT new.id, new.text WHERE new.state <> 'streaming';
        END""",
        """CREATE TRIGGER message_gone AFTER DELETE ON message WHEN old.state <> 'streaming' BEGIN
            INSERT INTO message_fts(message_fts, rowid, text) VALUES ('delete', old.id, old.text);
        END""",
        """CREATE VIRTUAL TABLE title_fts USING fts5(
            title, content = 'conversation', content_rowid = 'id',
            tokenize = 'unicode61 remove_diacritics 2')""",
        """CREATE TRIGGER title_added AFTER INSERT ON conversation BEGIN
            INSERT INTO title_fts(rowid, title) VALUES (new.id, new.title);
        END""",
        """CREATE TRIGGER title_changed AFTER UPDATE OF title ON conversation BEGIN
            INSERT INTO title_fts(title_fts, rowid, title) VALUES ('delete', old.id, old.title);
            INSERT INTO title_fts(rowid, title) VALUES (new.id, new.title);
        END""",
        """CREATE TRIGGER title_gone AFTER DELETE ON conversation BEGIN
            INSERT INTO title_fts(title_fts, rowid, title) VALUES ('delete', old.id, old.title);
        END""",
    ),
    (
        # How this conversation drafts: off, auto, draft, lookup; '' = as the settings say.
        "ALTER TABLE conversation ADD COLUMN speculation TEXT NOT NULL DEFAULT ''",
        # `lines`: one JSON object a round, one a line, zlib-compressed.
        """CREATE TABLE trace (
            message_id INTEGER PRIMARY KEY REFERENCES message(id) ON DELETE CASCADE,
            lines BLOB NOT NULL)""",
    ),
)


def connect(path: Path) -> sqlite3.Connection:
    """Open (or make) the database at `path`, at today's version, in WAL mode.

    Raises:
        StoreUnreadable: damaged, not a database, or another program's.
        StoreTooNew: written by a newer version; nothing was changed.
        StoreFull: the folder or the file cannot be written.
        StoreError: another process keeps it locked.
    """
    with store_faults(path):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)  # private from the first byte; -wal and -shm inherit it
        crashed = _size(path.with_name(path.name + "-wal")) > 0
        db = sqlite3.connect(path, isolation_level=None, timeout=BUSY_SECONDS)
        try:
            db.row_factory = sqlite3.Row
            _recognise(db, path, len(MIGRATIONS))
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = NORMAL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # what the person deletes is overwritten
            migrate(db, MIGRATIONS)
            if crashed:
                _check(db, path)
        except BaseException:
            db.close()
            raise
    return db


def migrate(db: sqlite3.Connection, migrations: Sequence[Migration]) -> None:
    """Bring the tables to the newest version in one transaction: all or nothing."""
    if _pragma(db, "user_version") >= len(migrations):
        return
    db.execute("BEGIN IMMEDIATE")
    try:
        # Read again under the lock: another process may just have done it.
        for statement in (s for step in migrations[_pragma(db, "user_version") :] for s in step):
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {len(migrations)}")
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def _recognise(db: sqlite3.Connection, path: Path, known: int) -> None:
    """Refuse a database that is not ours or is newer, before anything is written to it."""
    version = _pragma(db, "user_version")
    empty = db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
    if _pragma(db, "application_id") != APPLICATION_ID and not (empty and version == 0):
        raise StoreUnreadable("a database of another program", path=str(path))
    if version > known:
        raise StoreTooNew(f"version {version}", path=str(path), version=version, known=known)


def _check(db: sqlite3.Connection, path: Path) -> None:
    """Look at every page: only after a crash, for it reads the whole file."""
    verdict = db.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise StoreUnreadable(str(verdict), path=str(path))


def _pragma(db: sqlite3.Connection, name: str) -> int:
    return int(db.execute(f"PRAGMA {name}").fetchone()[0])


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
