"""The figures of one answer and of a race under their documented names: for `--json` and for receipts alike.

Knows: names, units, rounding. Must not know: where they go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from statistics import median
from typing import Any

from desktop.contest.data import ModelFile
from desktop.engine.types import Finished
from desktop.meter.types import Energy


def counts(finished: Finished) -> dict[str, Any]:
    """Tokens, times, and what they come to."""
    timings = finished.timings
    evaluated = finished.prompt_tokens - finished.reused_tokens
    return {
        "prompt_tokens": finished.prompt_tokens,
        "reused_tokens": finished.reused_tokens,
        "output_tokens": finished.output_tokens,
        "stop_reason": finished.stop_reason,
        "ttft_ms": round(timings.ttft_ms, 3),
        "prefill_ms": round(timings.prefill_ms, 3),
        "decode_ms": round(timings.decode_ms, 3),
        "decode_tokens_per_second": round(timings.decode_rate(finished.output_tokens), 3),
        "prefill_tokens_per_second": round(timings.prefill_rate(evaluated), 3),
        "seed": finished.seed,
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


def speedup(ratios: Sequence[float], runs: int) -> dict[str, Any]:
    """Of all pairs. `ratios`: of those that were long enough."""
    return {
        "median": round(median(ratios), 4) if ratios else None,
        "low": round(min(ratios), 4) if ratios else None,
        "high": round(max(ratios), 4) if ratios else None,
        "runs": runs,
        "ratios": [round(ratio, 4) for ratio in ratios],
    }


def energy(used: Energy | None) -> dict[str, Any]:
    """With its label and band; `joules` null = nobody metered."""
    return {"joules": None, "source": "not measured"} if used is None else used.record()


def file(model: ModelFile | None) -> dict[str, Any] | None:
    """Which file."""
    return None if model is None else asdict(model)
