"""Text on its way into the database and to one line of the sidebar. Knows Unicode, no SQL."""

from __future__ import annotations

import re
import unicodedata

UNTITLED = "New conversation"
TITLE_LENGTH = 60
_RENAMED_LENGTH = 200
_LOOKED_AT = 4000  # characters of a line; a pasted one may have a million
_JOINERS = "\u200c\u200d"  # part of how emoji, Persian and Indic words are written
_SPACES = re.compile(" +")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(text: str) -> str:
    """`text` with NUL and lone surrogates, which SQLite and UTF-8 cannot carry, replaced by U+FFFD."""
    return _UNSTORABLE.sub("\ufffd", text)


def one_line(text: str) -> str:
    """`text` on one line: control, bidi and invisible characters go, as does space at the ends."""
    return flat(text).strip()


def flat(text: str) -> str:
    """`text` with each run of whitespace as one space, without what cannot be seen; the ends are kept."""
    kept = "".join(" " if c.isspace() else c for c in storable(text) if c.isspace() or _visible(c))
    return _SPACES.sub(" ", kept)


def title_from(text: str) -> str:
    """Title of a conversation that starts with `text`: its first line, at most 60 characters, whole words."""
    for line in text.splitlines():
        title = one_line(line[:_LOOKED_AT])
        if any(c.isprintable() and not c.isspace() for c in title):
            return shorten(title, TITLE_LENGTH)
    return UNTITLED


def clean_title(title: str) -> str:
    """A title the person typed, on one line; `UNTITLED` when nothing visible is left."""
    line = one_line(title)
    return shorten(line, _RENAMED_LENGTH) if any(c.isprintable() for c in line) else UNTITLED


def shorten(line: str, length: int) -> str:
    """At most `length` characters, cut at a word boundary where one is near, "…" where something was cut."""
    if len(line) <= length:
        return line
    head = line[: length - 1]
    if line[length - 1] != " ":
        space = head.rfind(" ")
        if space >= length // 2:
            head = head[:space]
        else:  # one long word, or a script without spaces: do not part a letter from its marks
            end = length - 1
            while end > 1 and _clings(line, end):
                end -= 1
            head = line[:end]
    return head.rstrip(" ,;:") + "…"


def _visible(c: str) -> bool:
    category = unicodedata.category(c)
    return c in _JOINERS or category not in ("Cc", "Cf", "Cs", "Co", "Cn")


def _clings(line: str, at: int) -> bool:
    """Whether the character at `at` belongs to the one before it."""
    c = line[at]
    joined = c in _JOINERS or line[at - 1] in _JOINERS
    return joined or unicodedata.combining(c) != 0 or "\ufe00" <= c <= "\ufe0f"
