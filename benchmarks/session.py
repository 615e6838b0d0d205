"""One engine to measure: runs a prompt with this or that speculation, and sums runs up.

Knows the engine's public face only. The parts of the benchmark differ in models and in what they compare.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from desktop.engine.engine import Engine
from desktop.engine.types import (
    Finished,
    LoadOptions,
    Message,
    Request,
    Round,
    Sampling,
    Speculated,
    Speculation,
    Step,
)

GREEDY = Sampling(temperature=0.0)
PLAIN = Speculation()


class Run(NamedTuple):
    """One answer. `python`: share of the time from first to last token spent outside llama.cpp's decode."""

    tokens: tuple[int, ...]
    decode_s: float
    python: float
    speculated: Speculated
    rounds: tuple[Round, ...] = ()

    @property
    def rate(self) -> float:
        """Decode tok/s, first token to last."""
        return (len(self.tokens) - 1) / self.decode_s if self.decode_s > 0 else 0.0


class Session:
    """A loaded target. `raw`: prompts go in as they are, and the end of an answer is not looked for."""

    def __init__(self, engine: Engine, *, raw: bool) -> None:
        self.engine = engine
        self._raw = raw

    def run(self, prompt: str, speculation: Speculation, tokens: int, sampling: Sampling = GREEDY) -> Run:
        """Write one answer and time it."""
        request = Request(
            (Message("user", prompt),),
            sampling=sampling,
            max_tokens=tokens,
            raw=self._raw,
            ignore_eos=self._raw,
            speculation=speculation,
        )
        written: list[int] = []
        rounds: list[Round] = []
        began = native = 0.0
        for event in self.engine.generate(request):
            if isinstance(event, Step):
                if not written:
                    began, native = perf_counter(), self.engine.native_seconds()
                written += event.tokens
                rounds.append(event.round)
            elif isinstance(event, Finished):
                wall, inside = perf_counter() - began, self.engine.native_seconds() - native
                share = 1.0 - inside / wall if wall > 0 and written else 0.0
                decode_s = event.timings.decode_ms / 1000.0
                return Run(tuple(written), decode_s, share, event.speculated, tuple(rounds))
        raise AssertionError("an answer always finishes")

    def forget_draft(self, draft: Path) -> None:
        """Load the draft again: nothing is known of how it does."""
        self.engine.use_draft(None)
        self.engine.use_draft(draft)


@contextmanager
def session(path: Path, threads: int, n_ctx: int = 1024, *, raw: bool = True) -> Iterator[Session]:
    """Load a target for the time of a `with` block."""
    options = LoadOptions(path, n_ctx=n_ctx, n_threads=threads, check_memory=False, probe=False)
    with Engine.load(options) as engine:
        yield Session(engine, raw=raw)


def in_turn(sides: Mapping[str, Callable[[], Run]], runs: int) -> dict[str, list[Run]]:
    """Every side once, then again: the machine's moods hit all alike."""
    found: dict[str, list[Run]] = {name: [] for name in sides}
    for _ in range(runs):
        for name, side in sides.items():
            found[name].append(side())
    return found


def summed(runs: Sequence[Run], plain: Sequence[Run] = ()) -> dict[str, Any]:
    """Medians of runs of one side. `identical`: all wrote what the first run of `plain` wrote."""
    drafted = sum(run.speculated.drafted for run in runs)
    rounds = sum(run.speculated.rounds for run in runs)
    summary: dict[str, Any] = {
        "rate": round(statistics.median(run.rate for run in runs), 2),
        "rates": [round(run.rate, 2) for run in runs],
        "python_share": round(statistics.median(run.python for run in runs), 4),
    }
    if drafted:
        summary["acceptance"] = round(sum(run.speculated.accepted for run in runs) / drafted, 3)
    if rounds:
        written = sum(len(run.tokens) - 1 for run in runs)
        summary["tokens_per_round"] = round(written / rounds, 2)
        python_ms = sum(run.python * run.decode_s for run in runs) * 1000.0 / rounds
        summary["python_ms_per_round"] = round(python_ms, 3)
    if plain:
        summary["identical"] = all(run.tokens == plain[0].tokens for run in runs)
    last = runs[-1].speculated
    return {**summary, "state": last.state, **({"reason": last.reason} if last.reason else {})}


def ratio(runs: Sequence[Run], others: Sequence[Run]) -> dict[str, Any]:
    """Medians of both against each other, and the range of the runs paired in turn."""
    paired = [one.rate / other.rate for one, other in zip(runs, others, strict=False)]
    median = statistics.median(run.rate for run in runs) / statistics.median(run.rate for run in others)
    return {"median": round(median, 3), "low": round(min(paired), 3), "high": round(max(paired), 3)}
