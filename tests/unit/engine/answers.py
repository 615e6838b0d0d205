"""Helpers to ask an engine and look at what came."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from desktop.engine.engine import Engine, never
from desktop.engine.types import Event, Finished, Message, Part, Prefill, Request, Round, Sampling, Step

GREEDY = Sampling(temperature=0.0)


@dataclass
class Answer:
    """One answer, put together."""

    tokens: list[int] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    prefills: list[Prefill] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    end: Finished | None = None

    @property
    def text(self) -> str:
        return "".join(part.text for part in self.parts if part.kind == "answer")

    @property
    def thinking(self) -> str:
        return "".join(part.text for part in self.parts if part.kind == "thinking")

    @property
    def finished(self) -> Finished:
        assert self.end is not None
        return self.end


def collect(events: Iterable[Event]) -> Answer:
    """Run to the end."""
    answer = Answer()
    for event in events:
        if isinstance(event, Prefill):
            answer.prefills.append(event)
        else:
            answer.parts += event.parts
            if isinstance(event, Step):
                answer.tokens += event.tokens
                answer.rounds.append(event.round)
            else:
                answer.end = event
    return answer


def user(*texts: str) -> list[Message]:
    """Messages of user and assistant in turn."""
    return [Message("assistant" if index % 2 else "user", text) for index, text in enumerate(texts)]


def ask(
    engine: Engine,
    *texts: str,
    cancelled: Callable[[], bool] = never,
    sampling: Sampling = GREEDY,
    **more: Any,
) -> Answer:
    """Answer a conversation, greedily unless told otherwise."""
    request = Request(user(*texts), sampling=sampling, **{"max_tokens": 12, **more})
    return collect(engine.generate(request, cancelled))
