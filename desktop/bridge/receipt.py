"""The receipt of one answer: what was counted and timed, as plain JSON that is kept with the message. No Qt.

Keys: output_tokens, thinking_tokens, prompt_tokens, reused_tokens, context_used, n_ctx, ttft_ms, prefill_ms,
decode_ms, thinking_ms, seed, stop_reason, model, cut_messages, cut_tokens, rates ([[at_ms, tokens per
second], ...], at most 120), speculation. That one is an object with the fields of `engine.types.Speculated`:
mode (off, auto, draft, lookup), state (off, active, paused, refused), reason (why, at the end), source (what
was drafted from most: draft, lookup, ""), rule (how drafts were judged, null = nothing sampled was), rounds,
drafted, accepted, rejected, dropped, plain_rate (last measured tok/s without drafting, 0 = never); and draft
(name of the draft model, "" = none). Receipts written before there was drafting lack it. energy: the record
of `meter.types.Energy`, null = not known.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from desktop.bridge.naming import draft_name, model_name
from desktop.engine.types import DraftInfo, Finished, ModelInfo, Step
from desktop.meter.types import Energy

MAX_POINTS = 120
_SPAN_TOKENS, _SPAN_MS, _SPANS = 4, 250.0, 12
"""A point is the rate over at least so many tokens; over 250 ms, or a twelfth of a shorter answer. Shorter
spans jitter, longer ones lag.
"""
_MARKS = 4 * MAX_POINTS


class RateSeries:
    """Decode rate over time, from the times at which the engine had each round's tokens ready.

    Every other mark is dropped whenever there would be more than `_MARKS`, so memory and drawing stay bounded
    however long the answer.
    """

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []  # ms since the first token, tokens since then
        self._apart_ms = 0.0
        self._first_ms: float | None = None
        self._end = (0.0, 0)

    def add(self, step: Step) -> None:
        """Count one round. The first token starts the clock and is not counted: prefill is not decoding."""
        if self._first_ms is None:
            self._first_ms = step.at_ms
            return
        at = step.at_ms - self._first_ms
        self._end = (at, self._end[1] + len(step.tokens))
        if not self._marks or at - self._marks[-1][0] >= self._apart_ms:
            self._marks.append(self._end)
        if len(self._marks) > _MARKS:
            self._marks = self._marks[1::2]
            self._apart_ms = at / len(self._marks)

    def points(self) -> list[list[float]]:
        """[[ms since the first token, tokens per second], ...]: the rate over the span that ends there; the
        first span is drawn from its beginning. Empty under two spans.
        """
        span = self._span_ms()
        points: list[list[float]] = []
        since, counted = 0.0, 0
        for at, tokens in [*self._marks, self._end]:
            rest = at == self._end[0] and at - since >= span / 2
            if tokens > counted and at > since and (at - since >= span or rest):
                points.append([round(at, 1), round((tokens - counted) * 1000.0 / (at - since), 2)])
                since, counted = at, tokens
        return [[0.0, points[0][1]], *points] if len(points) > 1 else []

    def _span_ms(self) -> float:
        ms, tokens = self._end
        if not tokens:
            return ms
        by_time = max(min(_SPAN_MS, ms / _SPANS), ms / (MAX_POINTS - 2))
        return max(_SPAN_TOKENS * ms / tokens, by_time) * 0.999  # rounding must not cost a whole span


def receipt(
    finished: Finished,
    info: ModelInfo | None,
    rates: RateSeries,
    thinking_ms: float,
    draft: DraftInfo | None = None,
    energy: Energy | None = None,
) -> dict[str, Any]:
    """Everything the panel shows of a finished answer. `draft`: the model that was loaded beside it."""
    speculated = asdict(finished.speculated)
    speculated["plain_rate"] = round(finished.speculated.plain_rate, 2)
    drafts = finished.speculated.mode in ("auto", "draft")
    return {
        "output_tokens": finished.output_tokens,
        "thinking_tokens": finished.thinking_tokens,
        "prompt_tokens": finished.prompt_tokens,
        "reused_tokens": finished.reused_tokens,
        "context_used": finished.context_used,
        "n_ctx": info.n_ctx if info else 0,
        "ttft_ms": round(finished.timings.ttft_ms, 4),
        "prefill_ms": round(finished.timings.prefill_ms, 4),
        "decode_ms": round(finished.timings.decode_ms, 4),
        "thinking_ms": round(thinking_ms, 1),
        "seed": finished.seed,
        "stop_reason": finished.stop_reason,
        "model": model_name(info),
        "cut_messages": finished.cut.messages if finished.cut else 0,
        "cut_tokens": finished.cut.tokens if finished.cut else 0,
        "rates": rates.points(),
        "speculation": {**speculated, "draft": draft_name(draft) if drafts else ""},
        "energy": energy.record() if energy is not None else None,
    }
