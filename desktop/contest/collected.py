"""One answer, put together from the engine's events. Must not know: what is made of it, the engine itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from desktop.difference import Answered
from desktop.engine.types import Event, Finished, Prefill, Round, Step


@dataclass(slots=True)
class Collected:
    """What has come so far."""

    answer: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    end: Finished | None = None

    def add(self, event: Event) -> str:
        """Take one event in; returns what it adds to the answer."""
        if isinstance(event, Prefill):
            return ""
        shown = "".join(part.text for part in event.parts if part.kind == "answer")
        self.answer.append(shown)
        self.thinking += [part.text for part in event.parts if part.kind == "thinking"]
        if isinstance(event, Finished):
            self.end = event
        else:
            self.tokens += event.tokens
            self.steps.append(event)
        return shown

    @classmethod
    def of(cls, events: Iterable[Event]) -> Collected:
        """Run to the end."""
        collected = cls()
        for event in events:
            collected.add(event)
        return collected

    @property
    def text(self) -> str:
        """The answer, thinking left out."""
        return "".join(self.answer)

    @property
    def rounds(self) -> list[Round]:
        """The trace."""
        return [step.round for step in self.steps]

    @property
    def finished(self) -> Finished:
        """The end, which every answer that was not abandoned has."""
        assert self.end is not None
        return self.end

    @property
    def probabilities(self) -> list[float]:
        """How likely each of `tokens` was by the target, as far as its rounds tell."""
        found: list[float] = []
        for one in self.rounds:
            found += [drafted.p for drafted in one.drafted[: one.accepted]]
            if one.added is not None:
                found.append(one.added.p)
        return found[: len(self.tokens)]  # the last round may have made more than was taken

    @property
    def answered(self) -> Answered:
        """For a comparison with another answer."""
        end = self.finished
        return Answered(self.tokens, self.probabilities, end.stop_reason, end.prompt_tokens, end.seed)

    @property
    def rate(self) -> float:
        """Decode tok/s; 0 = too short to say."""
        return self.finished.timings.decode_rate(self.finished.output_tokens)
