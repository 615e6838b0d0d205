"""Reading and walking the message tree. Knows the columns of `message`, nothing of writing answers."""

from __future__ import annotations

import json
import sqlite3
from typing import Any

from desktop.store.types import Message

_SIBLINGS = (
    "message s WHERE s.conversation_id = m.conversation_id AND s.parent_id IS m.parent_id AND s.role = m.role"
)
_MESSAGE = (
    "SELECT m.id, m.conversation_id, m.parent_id, m.role, m.text, m.thinking, m.state, m.model,"
    " m.created, m.receipt,"
    f" (SELECT count(*) FROM {_SIBLINGS} AND s.id <= m.id) AS version,"
    f" (SELECT count(*) FROM {_SIBLINGS}) AS versions"
)
# A child is always younger than its parent, so `>` also ends a walk through damaged pointers.
_THREAD = f"""WITH RECURSIVE path(id) AS (
        SELECT chosen FROM conversation WHERE id = ? AND chosen IS NOT NULL
        UNION ALL
        SELECT m.chosen FROM path JOIN message m ON m.id = path.id WHERE m.chosen > m.id)
    {_MESSAGE} FROM path JOIN message m ON m.id = path.id ORDER BY m.id"""

_UPWARDS = """WITH RECURSIVE up(id, parent_id, conversation_id) AS (
        SELECT id, parent_id, conversation_id FROM message WHERE id = ?
        UNION ALL
        SELECT m.id, m.parent_id, m.conversation_id
            FROM up JOIN message m ON m.id = up.parent_id WHERE m.id < up.id)"""


def thread(db: sqlite3.Connection, conversation_id: int) -> list[Message]:
    """The path that is shown, root first."""
    return [_message(row) for row in db.execute(_THREAD, (conversation_id,))]


def message(db: sqlite3.Connection, message_id: int) -> Message:
    """One message. Raises `LookupError` when there is none."""
    row = db.execute(f"{_MESSAGE} FROM message m WHERE m.id = ?", (message_id,)).fetchone()
    if row is None:
        raise LookupError(f"no message {message_id}")
    return _message(row)


def siblings(db: sqlite3.Connection, message_id: int) -> list[int]:
    """Ids of all versions of a message, itself included, oldest first."""
    query = f"SELECT s.id FROM message m JOIN {_SIBLINGS} AND m.id = ? ORDER BY s.id"
    rows = db.execute(query, (message_id,))
    return [row[0] for row in rows]


def choose(db: sqlite3.Connection, message_id: int) -> None:
    """Point every ancestor, and the conversation, down the path to `message_id`; below it nothing changes."""
    if db.execute("SELECT 1 FROM message WHERE id = ?", (message_id,)).fetchone() is None:
        raise LookupError(f"no message {message_id}")
    # Only where it differs: most of a long path already points the right way.
    db.execute(
        f"{_UPWARDS} UPDATE message SET chosen = up.id FROM up"
        " WHERE message.id = up.parent_id AND message.chosen IS NOT up.id",
        (message_id,),
    )
    db.execute(
        f"{_UPWARDS} UPDATE conversation SET chosen = up.id FROM up"
        " WHERE up.parent_id IS NULL AND conversation.id = up.conversation_id AND chosen IS NOT up.id",
        (message_id,),
    )


def _message(row: sqlite3.Row) -> Message:
    values = dict(row)
    values["receipt"] = _receipt(values["receipt"])
    return Message(**values)


def _receipt(text: str) -> dict[str, Any]:
    """A receipt nobody can read is worth less than the conversation it belongs to."""
    try:
        value = json.loads(text)
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
