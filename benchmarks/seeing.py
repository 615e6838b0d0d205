"""What the views of a trace are worth, and what they cost: `python -m benchmarks.seeing` prints JSON.

What-if: the speeds predicted for draft lengths 1 to 8 from the rounds of one answer, against answers that
really drafted so many. Watching: the same answer in the same window with everything shown and with nothing,
in turn, each in a process of its own.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks import pairs
from benchmarks.session import PLAIN, in_turn, session
from benchmarks.speculation import PROMPT, SMALL, Scale, fixed
from benchmarks.speed import THREADS, streamed_rate
from desktop.engine import whatif
from desktop.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
RECORDED = 8
LENGTHS = range(1, RECORDED + 1)


def what_if(scale: Scale, quantisation: str, acceptance: float) -> dict[str, Any]:
    """Record at a fixed length; predict the others; run them. `error`: predicted / measured - 1."""
    files = pairs.pair(pairs.EPS[acceptance], quantisation, scale.shape)
    with session(files.target, scale.threads) as one:
        speculation = fixed(files.draft, RECORDED)
        one.run(PROMPT, PLAIN, 8)
        one.run(PROMPT, speculation, 16)  # loads the draft, measures the costs
        found = in_turn(
            {
                str(length): lambda length=length: one.run(PROMPT, fixed(files.draft, length), scale.tokens)  # type: ignore[misc]
                for length in LENGTHS
            },
            scale.runs,
        )
        recorded = found[str(RECORDED)][0]
        costs = whatif.Costs(
            one.engine.curve(),
            one.engine.draft_step_ms(),
            whatif.overhead_ms(recorded.rounds, recorded.decode_s * 1000.0),
        )
        predicted = {made.length: made.rate for made in whatif.predict(recorded.rounds, costs, RECORDED)}
    measured = {length: statistics.median(run.rate for run in found[str(length)]) for length in LENGTHS}
    rows = [
        {
            "length": length,
            "predicted": round(predicted[length], 2),
            "measured": round(measured[length], 2),
            "error": round(predicted[length] / measured[length] - 1, 3),
        }
        for length in LENGTHS
        if length in predicted
    ]
    return {"quantisation": quantisation, "wanted": acceptance, "recorded_at": RECORDED, "rows": rows}


def window_rate(target: Path, draft: Path, tokens: int, *, watching: bool) -> float:
    """Decode tok/s of an answer drafted at length 4 that streams into the window."""
    chosen = Settings(
        last_model=str(target),
        drafts={str(target): str(draft)},
        speculation="draft",
        draft_length=4,
        n_ctx=1024,
        n_threads=THREADS,
        max_tokens=tokens,
        temperature=0.0,
        panel_visible=watching,
        show_tokens=watching,
    )
    return streamed_rate(chosen)


def watching(scale: Scale, quantisation: str, acceptance: float) -> dict[str, Any]:
    """tok/s with panel, colours and sparkline / with none of them."""
    files = pairs.pair(pairs.EPS[acceptance], quantisation, scale.shape)
    rates: dict[str, list[float]] = {"off": [], "on": []}
    for _ in range(scale.runs + 1):
        for side in rates:
            command = [sys.executable, "-m", "benchmarks.seeing", "--side", side]
            command += [str(files.target), str(files.draft), str(scale.tokens * 2)]
            out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
            rates[side].append(float(out.splitlines()[-1]))
            time.sleep(0.5)
    paired = [on / off for off, on in zip(rates["off"], rates["on"], strict=True)]
    return {
        **{side: round(statistics.median(found), 2) for side, found in rates.items()},
        "ratio": round(statistics.median(rates["on"]) / statistics.median(rates["off"]), 3),
        "ratios": [round(ratio, 3) for ratio in paired],
    }


def main() -> None:
    """Measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--small", action="store_true", help="tiny models: figures mean nothing")
    parser.add_argument("--only", choices=("what_if", "watching"))
    parser.add_argument(
        "--side", nargs=4, metavar=("SIDE", "TARGET", "DRAFT", "TOKENS"), help=argparse.SUPPRESS
    )
    options = parser.parse_args()
    if options.side:
        side, target, draft, tokens = options.side
        print(window_rate(Path(target), Path(draft), int(tokens), watching=side == "on"))
        return
    scale = SMALL if options.small else Scale()
    os.environ["SLIPSTREAM_HOME"] = tempfile.mkdtemp()
    scale = dataclasses.replace(scale, tokens=min(scale.tokens, 96), runs=2)
    found: dict[str, Any] = {"tokens": scale.tokens, "runs": scale.runs}
    if options.only != "watching":
        found["what_if"] = [what_if(scale, kind, 0.9) for kind in ("Q4_0", "Q8_0")]
    if options.only != "what_if":
        found["watching"] = watching(scale, "Q4_0", 0.9)
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
