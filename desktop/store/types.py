"""What the store hands out: frozen, free of SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

# streaming: being written now; interrupted: the program ended while it was written; stopped: by the person;
# cut: ended at a length limit; failed: the engine gave up.
State = Literal["done", "streaming", "interrupted", "stopped", "cut", "failed"]
Role = Literal["user", "assistant"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One row of the sidebar. Times in seconds since the epoch; `tokens`: prompt + output, last answer.

    `speculation`: how this conversation drafts, "" = as the settings say.
    """

    id: int
    title: str
    created: float
    updated: float
    tokens: int = 0
    speculation: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """One node of the message tree. `receipt` is JSON-like: counts and timings of the answer."""

    id: int
    conversation_id: int
    parent_id: int | None
    role: Role
    text: str
    thinking: str = ""
    state: State = "done"
    model: str = ""
    created: float = 0.0
    receipt: dict[str, Any] = field(default_factory=dict)
    version: int = 1
    versions: int = 1
    """`version` of `versions`: place among the siblings (same parent and role), counted from 1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result. `snippet` is plain text; `start`, `end` mark the match in it.

    Empty, 0, 0 when only the title matched.
    """

    conversation_id: int
    title: str
    snippet: str
    start: int
    end: int
