"""One answer as the command line reports it: its events put together, then one JSON object.

Knows: the engine's events, the names and units of the documented object. Must not know: options, streams, the
engine itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from desktop.difference import Answered
from desktop.engine.hashes import sha256_16
from desktop.engine.types import DraftInfo, Event, Finished, ModelInfo, Prefill, Round
from desktop.errors import ModelMissing


@dataclass(slots=True)
class Collected:
    """One answer, put together from its events."""

    answer: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
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
            self.rounds.append(event.round)
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


def report(collected: Collected, model: ModelInfo, draft: DraftInfo | None) -> dict[str, Any]:
    """The object of `ask --json`. `draft`: the model that drafted, None when none did."""
    finished = collected.finished
    timings = finished.timings
    evaluated = finished.prompt_tokens - finished.reused_tokens
    return {
        "text": collected.text,
        "thinking": "".join(collected.thinking),
        "tokens": collected.tokens,
        "prompt_tokens": finished.prompt_tokens,
        "reused_tokens": finished.reused_tokens,
        "output_tokens": finished.output_tokens,
        "stop_reason": finished.stop_reason,
        "ttft_ms": round(timings.ttft_ms, 3),
        "prefill_ms": round(timings.prefill_ms, 3),
        "decode_ms": round(timings.decode_ms, 3),
        "decode_tokens_per_second": round(collected.rate, 3),
        "prefill_tokens_per_second": round(timings.prefill_rate(evaluated), 3),
        "seed": finished.seed,
        "speculation": speculation(finished),
        "energy": {"joules": None, "source": "not measured"},
        "model": _file(model),
        "draft": None if draft is None else _file(draft),
    }


def speculation(finished: Finished) -> dict[str, Any]:
    """What speculation did for one answer; `acceptance` always beside the counts it comes from."""
    did = finished.speculated
    return {
        "mode": did.mode,
        "source": did.source or None,
        "state": did.state,
        "reason": did.reason,
        "rule": did.rule,
        "rounds": did.rounds,
        "drafted": did.drafted,
        "accepted": did.accepted,
        "rejected": did.rejected,
        "dropped": did.dropped,
        "acceptance": did.acceptance,
        "mean_accepted_length": 1 + did.accepted / did.rounds if did.rounds else None,
        "plain_tokens_per_second": round(did.plain_rate, 3) or None,
    }


def _file(model: ModelInfo | DraftInfo) -> dict[str, str]:
    return {"path": str(model.path), "name": model.name, "sha256_16": _hash(model.path)}


def _hash(path: Path) -> str:
    try:
        return sha256_16(path)
    except ModelMissing:  # deleted while in use: no reason to lose the answer
        return ""
