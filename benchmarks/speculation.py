"""What speculation buys. `python -m benchmarks.speculation [--small] [--only PART ...]` prints JSON.

Every part runs in a process of its own with a data folder of its own, so that costs are measured and nothing
is known of a draft before its part begins. Within a part one engine answers the same prompt with this and
that speculation in turn. `--small` tries everything out on models of some megabytes: figures mean nothing.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from benchmarks import pairs, prompts, theirs
from benchmarks.costs import curve
from benchmarks.session import PLAIN, Run, Session, in_turn, ratio, session, summed
from benchmarks.synthetic import Shape
from desktop import paths
from desktop.engine.types import RULES, Sampling, Speculation

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "Tell me how language models write text."
LENGTHS = range(1, 13)
LONGEST = LENGTHS[-1]
FINALISTS = 3
"""So many of the fixed lengths are measured as often as plain and auto are."""
TIMEOUT_S = 900
"""For one part; the longest takes three minutes on two quiet cores."""
WARM = Sampling(temperature=0.8)


@dataclasses.dataclass(frozen=True)
class Scale:
    """How much is measured."""

    shape: Shape = pairs.LARGE
    tokens: int = 128
    long: int = 512
    copied: int = 400
    runs: int = 3
    threads: int = psutil.cpu_count(logical=False) or 1
    prompts: int = 99


SMALL = Scale(pairs.SMALL, tokens=24, long=48, copied=60, runs=2, threads=1, prompts=2)


def fixed(draft: Path, length: int) -> Speculation:
    """A draft of so many tokens in every round."""
    return Speculation("draft", draft, length=length, longest=LONGEST, pause=False)


def auto(draft: Path | None, rule: str = "auto") -> Speculation:
    """Whatever pays."""
    return Speculation("auto", draft, longest=LONGEST, rule=rule)  # type: ignore[arg-type]


def pair(scale: Scale, quantisation: str, acceptance: float) -> dict[str, Any]:
    """Greedy: plain, every fixed length and auto once; then plain, auto and the best lengths again."""
    files = pairs.pair(pairs.EPS[acceptance], quantisation, scale.shape)
    with session(files.target, scale.threads) as one:
        sides = _sides(one, files.draft, scale.tokens)
        sides["plain"]()
        one.forget_draft(files.draft)
        found = in_turn(sides, 1)
        lengths = [str(length) for length in LENGTHS]
        best = sorted(lengths, key=lambda name: -found[name][0].rate)[:FINALISTS]
        again = in_turn({name: sides[name] for name in ("plain", "auto", *best)}, scale.runs - 1)
        for name, runs in again.items():
            found[name] += runs
        rows = {name: summed(runs, found["plain"]) for name, runs in found.items()}
        winner = max(best, key=lambda name: rows[name]["rate"])
        return {
            "quantisation": quantisation,
            "wanted": acceptance,
            "agreement": pairs.MEASURED[quantisation, acceptance][0],
            "rows": rows,
            "best_fixed": int(winner),
            "auto / best fixed": ratio(found["auto"], found[winner]),
            "auto / plain": ratio(found["auto"], found["plain"]),
            "draft_step_ms": round(one.engine.draft_step_ms(), 3),
        }


def _sides(one: Session, draft: Path, tokens: int) -> dict[str, Callable[[], Run]]:
    def side(speculation: Speculation) -> Callable[[], Run]:
        return lambda: one.run(PROMPT, speculation, tokens)

    every = {str(length): side(fixed(draft, length)) for length in LENGTHS}
    return {"plain": side(PLAIN), "auto": side(auto(draft)), **every}


def unrelated(scale: Scale, quantisation: str) -> dict[str, Any]:
    """A draft that is never right; nothing is known of it at the beginning of each answer."""
    target = pairs.pair(pairs.EPS[0.5], quantisation, scale.shape).target
    draft = pairs.unrelated(quantisation, scale.shape)
    with session(target, scale.threads) as one:
        one.run(PROMPT, PLAIN, 8)

        def drafting() -> Run:
            one.forget_draft(draft)
            return one.run(PROMPT, auto(draft), scale.long)

        found = in_turn({"plain": lambda: one.run(PROMPT, PLAIN, scale.long), "auto": drafting}, scale.runs)
        return _compared(found, "auto", quantisation)


def novel(scale: Scale, quantisation: str) -> dict[str, Any]:
    """Lookup where no token ever comes twice."""
    chain = pairs.chain(quantisation, scale.shape)
    prompt = pairs.spelled(chain.words[-8:])
    return _looked_up(scale, quantisation, chain.path, prompt, scale.long)


def repeated(scale: Scale, quantisation: str) -> dict[str, Any]:
    """Lookup where the answer is the prompt's text with one word changed, in the middle.

    The model is a chain: it writes its words in their order, and the prompt has them with another one there.
    """
    chain = pairs.chain(quantisation, scale.shape)
    return _looked_up(scale, quantisation, chain.path, copy_prompt(chain, scale.copied), scale.copied)


def copy_prompt(chain: pairs.Chain, count: int) -> str:
    """`count` words of the chain, one of them changed, and then the word that comes before them all."""
    first, *text = chain.words[: count + 1]
    text[count // 2] = chain.words[-1]
    return pairs.spelled([*text, first])


def _looked_up(scale: Scale, quantisation: str, path: Path, prompt: str, tokens: int) -> dict[str, Any]:
    lookup = Speculation("lookup", longest=LONGEST)
    with session(path, scale.threads, 2048) as one:
        one.run(prompt, PLAIN, 8)
        sides = {
            "plain": lambda: one.run(prompt, PLAIN, tokens),
            "lookup": lambda: one.run(prompt, lookup, tokens),
        }
        found = in_turn(sides, scale.runs)
        return _compared(found, "lookup", quantisation)


def _compared(found: dict[str, list[Run]], side: str, quantisation: str) -> dict[str, Any]:
    return {
        "quantisation": quantisation,
        "rows": {name: summed(runs, found["plain"]) for name, runs in found.items()},
        f"{side} / plain": ratio(found[side], found["plain"]),
    }


def sampled(scale: Scale, quantisation: str, acceptance: float) -> dict[str, Any]:
    """Temperature 0.8: the same pair and seeds under every rule, at the length that is best when greedy."""
    files = pairs.pair(pairs.EPS[acceptance], quantisation, scale.shape)
    rules = [rule for rule in RULES if rule != "auto"]
    length = 3
    with session(files.target, scale.threads) as one:
        found: dict[str, list[Run]] = {}
        one.run(PROMPT, fixed(files.draft, length), 8)
        for seed in range(1, scale.runs + 1):
            sampling = dataclasses.replace(WARM, seed=seed)
            sides = {"plain": PLAIN, "auto, seed": auto(files.draft)}
            sides |= {rule: dataclasses.replace(fixed(files.draft, length), rule=rule) for rule in rules}
            for name, how in sides.items():
                found.setdefault(name, []).append(one.run(PROMPT, how, scale.tokens, sampling))
            found.setdefault("auto", []).append(one.run(PROMPT, auto(files.draft), scale.tokens, WARM))
        return {
            "quantisation": quantisation,
            "wanted": acceptance,
            "length": length,
            "rows": {name: summed(runs) for name, runs in found.items()},
            "against plain": {name: ratio(runs, found["plain"]) for name, runs in found.items()},
        }


def guide(scale: Scale) -> dict[str, Any]:
    """The built-in pair, greedy, over the prompt sets; rates are over all tokens of a set."""
    draft = paths.guide_draft()
    ways = {"plain": PLAIN, "auto": auto(draft), "lookup": Speculation("lookup", longest=LONGEST)}
    ways |= {str(length): fixed(draft, length) for length in LENGTHS}
    sets = {name: prompts.prompts(name) for name in prompts.SETS} | {"short": prompts.short(12)}
    result: dict[str, Any] = {}
    with session(paths.guide_model(), 1, raw=False) as one:
        one.run(PROMPT, fixed(draft, 3), 64)
        for name, texts in sets.items():
            found: dict[str, list[Run]] = {way: [] for way in ways}
            for text in texts[: scale.prompts]:
                for way, how in ways.items():
                    found[way].append(one.run(text, how, 256))
            rows = {way: _pooled(runs, found["plain"]) for way, runs in found.items()}
            best = max((str(length) for length in LENGTHS), key=lambda way: rows[way]["rate"])
            result[name] = {
                "rows": rows,
                "best_fixed": int(best),
                "auto / best fixed": round(rows["auto"]["rate"] / rows[best]["rate"], 3),
                "auto / plain": round(rows["auto"]["rate"] / rows["plain"]["rate"], 3),
            }
    return result


def _pooled(runs: list[Run], plain: list[Run]) -> dict[str, Any]:
    written = sum(max(len(run.tokens) - 1, 0) for run in runs)
    spent = sum(run.decode_s for run in runs)
    row = {**summed(runs), "rate": round(written / spent, 1)}
    row["identical"] = all(ours.tokens == theirs.tokens for ours, theirs in zip(runs, plain, strict=True))
    return {key: row[key] for key in row if key not in ("rates", "state", "reason")}


def others(scale: Scale) -> dict[str, Any]:
    """llama-cpp-python's own generation: on a long answer, and where lookup can copy."""
    target = pairs.pair(pairs.EPS[0.9], "Q4_0", scale.shape).target
    chain = pairs.chain("Q8_0", scale.shape)
    prompt = copy_prompt(chain, scale.copied)
    return {
        "Q4_0, free text": theirs.rates(target, PROMPT, scale.tokens, scale.threads, scale.runs),
        "Q8_0, repeat": theirs.rates(chain.path, prompt, scale.copied, scale.threads, scale.runs),
    }


def curves(scale: Scale) -> dict[str, Any]:
    """Cost of a decode by width, of every model the benchmark uses; F16 for its staircase only."""
    files = {"guide": paths.guide_model(), "guide draft": paths.guide_draft()}
    for kind in ("Q4_0", "Q8_0", "F16"):
        files[f"target {kind}"], files[f"draft {kind}"] = pairs.pair(pairs.EPS[0.5], kind, scale.shape)
    return {
        name: curve(path, 1 if "guide" in name else scale.threads, rounds=2 * scale.runs)
        for name, path in files.items()
    }


PARTS: dict[str, tuple[Callable[..., dict[str, Any]], tuple[Any, ...]]] = {
    "curves": (curves, ()),
    **{f"pair Q4_0 {level}": (pair, ("Q4_0", level)) for level in (0.95, 0.9, 0.7, 0.5, 0.3)},
    **{f"pair Q8_0 {level}": (pair, ("Q8_0", level)) for level in (0.9, 0.7, 0.5, 0.3)},
    "unrelated Q4_0": (unrelated, ("Q4_0",)),
    "novel Q8_0": (novel, ("Q8_0",)),
    "repeated Q8_0": (repeated, ("Q8_0",)),
    "sampled Q4_0 0.7": (sampled, ("Q4_0", 0.7)),
    "guide": (guide, ()),
    "others": (others, ()),
}
"""All parts, in the order they run."""


def in_a_process(name: str, *, small: bool) -> dict[str, Any]:
    """Run one part with nothing of another in it. A part that fails says so, and the others go on."""
    print(f"  {name} ...", file=sys.stderr, flush=True)
    command = [
        sys.executable,
        "-m",
        "benchmarks.speculation",
        "--part",
        name,
        *(["--small"] if small else []),
    ]
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "SLIPSTREAM_HOME": home}
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"not done after {TIMEOUT_S} s: is something else running?"}
    if done.returncode:
        return {"failed": done.stderr[-600:]}
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def main() -> None:
    """Measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", nargs="+", metavar="PART", help="only parts whose names begin so")
    parser.add_argument("--part", help=argparse.SUPPRESS)
    options = parser.parse_args()
    scale = SMALL if options.small else Scale()
    if options.part:
        part, arguments = PARTS[options.part]
        print(json.dumps(part(scale, *arguments)))
        return
    wanted = [name for name in PARTS if not options.only or any(name.startswith(o) for o in options.only)]
    result = {name: in_a_process(name, small=options.small) for name in wanted}
    print(json.dumps({"threads": scale.threads, "tokens": scale.tokens, **result}, indent=2))


if __name__ == "__main__":
    main()
