"""What drafts are measured on: the person's last prompts, or a small built-in set of varied kinds. No Qt.

The person's prompts are read from the conversations on this computer and go to the engine, nowhere else.
"""

from __future__ import annotations

import json

from desktop import paths
from desktop.store.store import Store

FEWEST, MOST = 3, 6
_SHORTEST, _LONGEST = 16, 1500
"""Characters. Of a shorter one ("yes, go on") little can be said without what was before it."""
_CONVERSATIONS = 24
"""Only the newest are looked through."""


def own_prompts(store: Store, n_ctx: int) -> tuple[str, ...]:
    """The newest messages of the person's, no two alike, cut so that they fit the context; at most `MOST`.

    Raises: StoreError.
    """
    longest = min(_LONGEST, max(n_ctx, 256))
    found: dict[str, None] = {}
    for conversation in store.conversations()[:_CONVERSATIONS]:
        for message in reversed(store.thread(conversation.id)):
            text = message.text.strip()
            if message.role == "user" and len(text) >= _SHORTEST:
                found.setdefault(_cut(text, longest))
            if len(found) == MOST:
                return tuple(found)
    return tuple(found)


def builtin_prompts() -> tuple[tuple[str, str], ...]:
    """(kind, prompt) of the set that comes with the program."""
    document = json.loads((paths.resources() / "advice.json").read_text("utf-8"))
    return tuple((entry["kind"], entry["text"]) for entry in document["prompts"])


def _cut(text: str, longest: int) -> str:
    """At the end of a word."""
    if len(text) <= longest:
        return text
    head = text[:longest]
    return head.rpartition(" ")[0].rstrip() or head
