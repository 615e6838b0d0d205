"""The receipt of one answer: what was counted and timed, as plain JSON that is kept with the message. No Qt.

Keys: output_tokens, thinking_tokens, prompt_tokens, reused_tokens, context_used, n_ctx, ttft_ms, prefill_ms,
decode_ms, thinking_ms, seed, stop_reason, model, cut_messages, cut_tokens, rates ([[at_ms, tokens per
second], ...], at most 120).
"""

from __future__ import annotations

from typing import Any

from desktop.engine.types import Finished, ModelInfo, Step

MAX_POINTS = 120
WINDOW_MS = 500.0
"""A rate is the number of tokens in this window; shorter windows jitter, longer ones lag."""


class RateSeries:
    """Decode rate over time, from the times at which the engine had each round's tokens ready.

    Buckets double in length whenever they would exceed `MAX_POINTS`, so memory and drawing stay bounded
    however long the answer.
    """

    def __init__(self) -> None:
        self._bucket_ms = WINDOW_MS / 2
        self._counts: list[int] = []
        self._first_ms: float | None = None
        self._last_ms = 0.0

    def add(self, step: Step) -> None:
        """Count one round. The first token starts the clock and is not counted: prefill is not decoding."""
        if self._first_ms is None:
            self._first_ms = self._last_ms = step.at_ms
            return
        self._last_ms = step.at_ms
        index = int((step.at_ms - self._first_ms) / self._bucket_ms)
        while index >= MAX_POINTS:
            self._halve()
            index = int((step.at_ms - self._first_ms) / self._bucket_ms)
        self._counts.extend([0] * (index + 1 - len(self._counts)))
        self._counts[index] += len(step.tokens)

    def points(self) -> list[list[float]]:
        """[[ms since the first token, tokens per second], ...]; the last, unfinished bucket counts only its
        own length.
        """
        points = []
        for index, count in enumerate(self._counts):
            start = index * self._bucket_ms
            length = min(self._bucket_ms, self._last_ms - (self._first_ms or 0.0) - start)
            if length >= self._bucket_ms / 4:
                points.append([round(start + length, 1), round(count * 1000.0 / length, 2)])
        return points

    def _halve(self) -> None:
        self._bucket_ms *= 2
        if len(self._counts) % 2:
            self._counts.append(0)
        self._counts = [a + b for a, b in zip(self._counts[::2], self._counts[1::2], strict=True)]


def receipt(
    finished: Finished, info: ModelInfo | None, rates: RateSeries, thinking_ms: float
) -> dict[str, Any]:
    """Everything the panel shows of a finished answer."""
    return {
        "output_tokens": finished.output_tokens,
        "thinking_tokens": finished.thinking_tokens,
        "prompt_tokens": finished.prompt_tokens,
        "reused_tokens": finished.reused_tokens,
        "context_used": finished.context_used,
        "n_ctx": info.n_ctx if info else 0,
        "ttft_ms": round(finished.timings.ttft_ms, 2),
        "prefill_ms": round(finished.timings.prefill_ms, 2),
        "decode_ms": round(finished.timings.decode_ms, 2),
        "thinking_ms": round(thinking_ms, 1),
        "seed": finished.seed,
        "stop_reason": finished.stop_reason,
        "model": info.name if info else "",
        "cut_messages": finished.cut.messages if finished.cut else 0,
        "cut_tokens": finished.cut.tokens if finished.cut else 0,
        "rates": rates.points(),
    }
