"""Search in titles and messages. Knows FTS5's syntax so that nobody who types has to.

Every word is a prefix and all must occur. Scripts without spaces, and symbols, which the index cannot split
into words, are looked for as they stand. Titles first, then the newest message.
"""

from __future__ import annotations

import re
import sqlite3
from typing import NamedTuple

from desktop.store.text import flat, storable
from desktop.store.types import Hit

# Noncharacters: text that contains them is not text.
_OPEN, _CLOSE = "\ufdd0", "\ufdd1"
_BEFORE, _MATCH, _AFTER = 40, 80, 90  # characters of a snippet
_WORDS = 24  # tokens FTS5 may put into a snippet
_LONGEST_QUERY = 200
# Thai, Lao, Myanmar, Khmer, kana, Han: written without spaces, one token to FTS5. Hangul has spaces.
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)


class _Plan(NamedTuple):
    """One way of searching: how titles and messages are found, and with what."""

    titles: str
    messages: str
    term: str


_INDEXED_TITLES = "SELECT rowid FROM title_fts WHERE title_fts MATCH ?"
_INDEXED_MESSAGES = "SELECT rowid FROM message_fts WHERE message_fts MATCH ?"
_SCANNED_TITLES = r"SELECT id FROM conversation WHERE title LIKE ? ESCAPE '\'"
_SCANNED_MESSAGES = r"SELECT id FROM searchable WHERE text LIKE ? ESCAPE '\'"


def search(db: sqlite3.Connection, text: str, limit: int) -> list[Hit]:
    """At most `limit` conversations that match, deleted ones left out; none when `text` is blank."""
    wanted = " ".join(storable(text)[:_LONGEST_QUERY].split())
    if not wanted:
        return []
    plan = _plan(wanted)
    # As sub-selects: the planner walks the matches once and looks each message up by its key.
    titled = {
        row["id"]: row["title"]
        for row in db.execute(
            f"SELECT id, title FROM conversation WHERE deleted IS NULL AND id IN ({plan.titles})"
            " ORDER BY updated DESC, id DESC LIMIT ?",
            (plan.term, limit),
        )
    }
    newest = {
        row["id"]: (row["title"], row["message"])
        for row in db.execute(
            "SELECT c.id, c.title, max(m.id) AS message FROM message m JOIN conversation c"
            f" ON c.id = m.conversation_id WHERE c.deleted IS NULL AND m.id IN ({plan.messages})"
            " GROUP BY c.id ORDER BY message DESC",
            (plan.term,),
        )
    }
    hits = [(cid, title, newest[cid][1] if cid in newest else None) for cid, title in titled.items()]
    hits += [(cid, title, message) for cid, (title, message) in newest.items() if cid not in titled]
    return [_hit(db, plan, wanted, *found) for found in hits[:limit]]


def _plan(wanted: str) -> _Plan:
    """The index where it can find what was typed, else a look through everything."""
    words = [word for word in wanted.split() if any(c.isalnum() for c in word)]
    if not words or _SPACELESS.search(wanted):
        escaped = re.sub(r"([\\%_])", r"\\\1", wanted)
        return _Plan(_SCANNED_TITLES, _SCANNED_MESSAGES, f"%{escaped}%")
    # In quotes everything is text to FTS5; a quote is doubled; the star after it asks for a prefix.
    term = " AND ".join('"' + word.replace('"', '""') + '"*' for word in words)
    return _Plan(_INDEXED_TITLES, _INDEXED_MESSAGES, term)


def _hit(
    db: sqlite3.Connection, plan: _Plan, wanted: str, conversation_id: int, title: str, message_id: int | None
) -> Hit:
    if message_id is None:
        return Hit(conversation_id, title, "", 0, 0)
    if plan.messages == _INDEXED_MESSAGES:
        row = db.execute(
            f"SELECT snippet(message_fts, 0, '{_OPEN}', '{_CLOSE}', '…', {_WORDS})"
            " FROM message_fts WHERE message_fts MATCH ? AND rowid = ?",
            (plan.term, message_id),
        ).fetchone()
        marked = str(row[0]) if row else ""
    else:
        row = db.execute("SELECT text FROM message WHERE id = ?", (message_id,)).fetchone()
        marked = _mark(str(row["text"]), wanted)
    return Hit(conversation_id, title, *_cut(marked))


def _mark(text: str, wanted: str) -> str:
    """`text` with the first occurrence of `wanted` marked as FTS5 would."""
    found = re.search(re.escape(wanted), text, re.IGNORECASE)
    if found is None:
        return text
    return text[: found.start()] + _OPEN + found.group() + _CLOSE + text[found.end() :]


def _cut(marked: str) -> tuple[str, int, int]:
    """A snippet on one line and the bounds of the match in it, from text with marks."""
    before, _, rest = marked.partition(_OPEN)
    match, _, after = rest.partition(_CLOSE)
    head, body, tail = flat(before).lstrip(), flat(match)[:_MATCH], flat(after).rstrip()
    if len(head) > _BEFORE:
        head = "…" + head[-_BEFORE:].lstrip()
    if len(tail) > _AFTER:
        tail = tail[:_AFTER].rstrip() + "…"
    return head + body + tail, len(head), len(head) + len(body)
