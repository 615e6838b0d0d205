"""Branch an answer: keep its first tokens, put others next, let the model go on. The answer itself stays.

Knows the conversation and its traces. Must not know: widgets, how a token was chosen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from desktop.bridge.chat import Chat
from desktop.engine.spans import cut, tokens
from desktop.engine.types import Added, Round


@dataclass(frozen=True, slots=True)
class Chosen:
    """What is put next. `p`, `rank`: what the target gave it, where that is known."""

    token: int
    data: bytes
    p: float = 0.0
    rank: int = -1


def branch(
    chat: Chat,
    message_id: int,
    rounds: Sequence[Round],
    pieces: Mapping[int, bytes],
    at: int,
    chosen: Sequence[Chosen],
) -> None:
    """A new version of an answer: its first `at` tokens as they are, the chosen ones, and what follows then.

    `rounds`, `pieces`: of the answer, as far as it was kept at least. An answer being written is left alone.
    """
    kept = cut(rounds, at)
    begun = [one.token for one in tokens(kept, lambda token: pieces.get(token, b""))]
    begun += [one.token for one in chosen]
    added = [
        Round("prompt", 1, 0.0, 0.0, added=Added(one.token, one.p, one.rank, "chosen")) for one in chosen
    ]
    said = {token: pieces[token] for token in begun if token in pieces}
    said |= {one.token: one.data for one in chosen}
    chat.answer_from(message_id, begun, [*kept, *added], said)
