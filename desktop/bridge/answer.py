"""One answer under way: what the engine has sent of it so far. No Qt, no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from desktop.bridge.receipt import RateSeries
from desktop.engine import types as engine
from desktop.store.types import Message


@dataclass(slots=True)
class Answer:
    """What has arrived of one answer; `text` and `thinking` begin with what stood there before Continue."""

    run: int
    message: Message
    text: list[str]
    thinking: list[str]
    rates: RateSeries = field(default_factory=RateSeries)
    thought_first: float | None = None
    thought_last: float = 0.0
    prefill: engine.Prefill | None = None
    steps: list[engine.Step] = field(default_factory=list)
    finished: engine.Finished | None = None

    def add(self, parts: Sequence[engine.Part], at_ms: float | None = None) -> None:
        for part in parts:
            (self.text if part.kind == "answer" else self.thinking).append(part.text)
            if part.kind == "thinking" and at_ms is not None:
                self.thought_first = at_ms if self.thought_first is None else self.thought_first
                self.thought_last = at_ms

    def now(self) -> Message:
        """The message as it stands."""
        return replace(self.message, text="".join(self.text), thinking="".join(self.thinking))
