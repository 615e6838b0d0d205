"""From a conversation and the settings to what the engine is asked. No Qt, no store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from desktop.engine import types as engine
from desktop.settings import Settings
from desktop.store.types import Message


def make_request(
    path: Sequence[Message],
    settings: Settings,
    speculation: engine.Speculation,
    *,
    begun: float,
    continue_last: bool,
) -> engine.Request:
    """The request for the last message of `path`, an answer still empty, or to be continued.

    `begun`: when the conversation began, in seconds since the epoch.
    """
    # An answer that failed before its first word is no example for the model.
    said = [m for m in (path if continue_last else path[:-1]) if m.role == "user" or m.text.strip()]
    return engine.Request(
        messages=tuple(engine.Message(m.role, m.text) for m in said),
        system=settings.system_prompt,
        sampling=engine.Sampling(
            temperature=settings.temperature,
            top_k=settings.top_k,
            top_p=settings.top_p,
            min_p=settings.min_p,
            repeat_penalty=settings.repeat_penalty,
            presence_penalty=settings.presence_penalty,
            frequency_penalty=settings.frequency_penalty,
            seed=settings.seed,
        ),
        max_tokens=settings.max_tokens,
        stop=settings.stop,
        continue_last=continue_last,
        speculation=speculation,
        day=date.fromtimestamp(begun),
    )
