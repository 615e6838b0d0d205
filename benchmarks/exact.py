"""Greedy answers with speculation against those without: every prompt, mode and draft length.

`python -m benchmarks.exact [--prompts N] [--tokens N] [--pair NAME ...]` prints one JSON object: how many
answers were compared, and of each that differs where, by how much the two candidates' logits are apart, and
whether that is rounding.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from benchmarks import pairs
from benchmarks.prompts import short
from desktop import difference, paths
from desktop.contest.collected import Collected
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Message, Mode, Request, Sampling, Speculation

MODES: tuple[Mode, ...] = ("draft", "lookup", "auto")
LENGTHS = (*range(1, 13), 0)
PAIRS = ("guide", "Q4_0", "Q8_0", "F16")


def files(name: str) -> tuple[Path, Path]:
    """Target and draft of a pair: the built-in one, or a small synthetic one of a quantisation."""
    if name == "guide":
        return paths.guide_model(), paths.guide_draft()
    return tuple(pairs.small(name))  # type: ignore[return-value]


def compared(name: str, prompts: list[str], tokens: int) -> dict[str, Any]:
    """All answers of one pair."""
    target, draft = files(name)
    differing: list[dict[str, Any]] = []
    count = drafted = 0
    with Engine.load(LoadOptions(target, n_ctx=1024, n_threads=1, probe=False)) as engine:
        engine.use_draft(draft)
        for number, prompt in enumerate(prompts):
            request = Request(
                (Message("user", prompt),),
                sampling=Sampling(temperature=0.0),
                max_tokens=tokens,
                raw=name != "guide",
                ignore_eos=True,
            )
            plain = Collected.of(engine.generate(request)).answered
            for mode, length in itertools.product(MODES, LENGTHS):
                way = Speculation(mode, draft, length, longest=12)
                answer = Collected.of(engine.generate(replace(request, speculation=way)))
                count += 1
                drafted += answer.finished.speculated.drafted
                parted = difference.find(engine, request, plain, answer.answered)
                if parted is not None:
                    differing.append({"prompt": number, "mode": mode, "length": length, **asdict(parted)})
            if number % 20 == 19:
                print(f"{name}: {number + 1} prompts, {len(differing)} differ", file=sys.stderr, flush=True)
    return {
        "prompts": len(prompts),
        "answers": count,
        "tokens": tokens,
        "drafted": drafted,
        "differing": len(differing),
        "places": places(differing),
    }


def places(differing: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Where answers part, each place once, with how many of them do so there."""
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for one in differing:
        place = found.setdefault((one["prompt"], one["position"]), {**one, "answers": 0})
        place["answers"] += 1
        place["tie"] = place["tie"] and one["tie"]
    return list(found.values())


def main() -> None:
    """Compare, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=int, default=200)
    parser.add_argument("--tokens", type=int, default=24)
    parser.add_argument("--pair", nargs="+", choices=PAIRS, default=PAIRS)
    options = parser.parse_args()
    result = {name: compared(name, short(options.prompts), options.tokens) for name in options.pair}
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
