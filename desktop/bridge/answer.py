"""One answer under way: what the engine has sent of it so far. No Qt, no store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from desktop.bridge.receipt import RateSeries, receipt
from desktop.engine import types as engine
from desktop.meter.types import Energy
from desktop.store.types import Message, State

_STATE_OF: dict[engine.StopReason, State] = {
    "eos": "done",
    "stop": "done",
    "length": "cut",
    "cancelled": "stopped",
}


@dataclass(slots=True)
class Answer:
    """What has arrived of one answer; `text` and `thinking` begin with what stood there before Continue."""

    run: int
    message: Message
    continued: bool
    text: list[str]
    thinking: list[str]
    rates: RateSeries = field(default_factory=RateSeries)
    thought_first: float | None = None
    thought_last: float = 0.0
    prefill: engine.Prefill | None = None
    steps: list[engine.Step] = field(default_factory=list)
    finished: engine.Finished | None = None
    energy: Energy | None = None
    before: tuple[engine.Round, ...] = ()
    """Rounds of what it began with."""

    @classmethod
    def of(cls, message: Message, *, continued: bool) -> Self:
        """The answer a message is to become; its run is not known yet."""
        text = [message.text] if message.text else []
        thinking = [message.thinking] if message.thinking else []
        return cls(0, message, continued, text, thinking)

    @property
    def thinking_ms(self) -> float:
        """From the first thought to the last."""
        return self.thought_last - (self.thought_first or 0.0)

    def take(
        self, events: Sequence[engine.Event]
    ) -> tuple[list[engine.Step], list[engine.Part], list[engine.Prefill]]:
        """Keep what arrived, and hand it on sorted: steps, all parts in order, prefills."""
        steps: list[engine.Step] = []
        parts: list[engine.Part] = []
        prefills: list[engine.Prefill] = []
        for event in events:
            match event:
                case engine.Step():
                    steps.append(event)
                    parts.extend(event.parts)
                    self._add(event.parts, event.at_ms)
                    self.rates.add(event)
                case engine.Finished():
                    self.finished = event
                    parts.extend(event.parts)
                    self._add(event.parts)
                case engine.Prefill():
                    self.prefill = event
                    parts.extend(event.begun)
                    self._add(event.begun)
                    prefills.append(event)
        self.steps.extend(steps)
        return steps, parts, prefills

    def rounds(self) -> list[engine.Round]:
        """The rounds so far, those before Continue left out."""
        return [*self.before, *(step.round for step in self.steps)]

    def _add(self, parts: Sequence[engine.Part], at_ms: float | None = None) -> None:
        for part in parts:
            (self.text if part.kind == "answer" else self.thinking).append(part.text)
            if part.kind == "thinking" and at_ms is not None:
                self.thought_first = at_ms if self.thought_first is None else self.thought_first
                self.thought_last = at_ms

    def now(self) -> Message:
        """The message as it stands."""
        return replace(self.message, text="".join(self.text), thinking="".join(self.thinking))

    def among(self, messages: Sequence[Message]) -> list[Message]:
        """The messages of its conversation, this one as it stands."""
        now = self.now()
        return [
            replace(now, version=message.version, versions=message.versions)
            if message.id == now.id
            else message
            for message in messages
        ]

    def ended(
        self, info: engine.ModelInfo | None, draft: engine.DraftInfo | None, *, failed: bool
    ) -> Message:
        """The message to keep: with its state, and a receipt if the engine counted to the end."""
        done = self.finished
        state: State = "failed" if failed else _STATE_OF[done.stop_reason] if done else "stopped"
        kept = receipt(done, info, self.rates, self.thinking_ms, draft, self.energy) if done else {}
        return replace(self.now(), state=state, receipt=kept)
