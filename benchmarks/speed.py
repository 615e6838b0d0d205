"""Decode speed of the engine against a bare loop on the same file, and of the window against the engine.

`python -m benchmarks.speed [--runs N] [--quick]` prints one JSON object of ratios. The two sides take turns,
each in a process of its own with nothing else in it, and the medians are compared: the machine's moods hit
both alike.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psutil

from benchmarks import synthetic
from desktop import paths, settings
from desktop.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PROMPT = "Tell me how language models write text."
THREADS = psutil.cpu_count(logical=False) or 1


def bare_rate(path: Path, tokens: int) -> float:
    """Decode tok/s of `llama_decode` and argmax with nothing around them."""
    from benchmarks.bare import Bare

    bare = Bare(path, 1024, THREADS)
    prompt = bare.tokenize(PROMPT)
    bare.decode(prompt, 8)
    _, rate = bare.decode(prompt, tokens)
    bare.close()
    return rate


def engine_rate(path: Path, tokens: int) -> float:
    """Decode tok/s of the engine, greedy, as `slipstream ask --raw --ignore-eos` runs it."""
    from desktop.engine.engine import Engine
    from desktop.engine.types import Finished, LoadOptions, Message, Request, Sampling

    options = LoadOptions(path, n_ctx=1024, n_threads=THREADS, check_memory=False, probe=False)
    with Engine.load(options) as engine:
        rate = 0.0
        for count in (8, tokens):
            request = Request(
                (Message("user", PROMPT),),
                sampling=Sampling(temperature=0.0),
                max_tokens=count,
                raw=True,
                ignore_eos=True,
            )
            for event in engine.generate(request):
                if isinstance(event, Finished):
                    rate = event.timings.decode_rate(event.output_tokens)
        return rate


def window_rate(path: Path, tokens: int) -> float:
    """Decode tok/s of an answer that streams into the open window."""
    chosen = Settings(last_model=str(path), n_ctx=1024, n_threads=THREADS, max_tokens=tokens, temperature=0.0)
    return streamed_rate(chosen)


def streamed_rate(chosen: Settings) -> float:
    """Decode tok/s of an answer of `max_tokens` in the program with these settings. Once a process.

    With a draft model, it is loaded and measured before.
    """
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    os.environ["SLIPSTREAM_HOME"] = tempfile.mkdtemp()
    from PySide6.QtCore import QEventLoop, QTimer
    from PySide6.QtWidgets import QApplication

    from desktop import app as program

    settings.save(paths.settings_file(), chosen)
    sys.setswitchinterval(0.0005)
    app = program.build(QApplication([]))
    assert app is not None
    app.show()
    # Qt's own loop, as the program runs it: QTest.qWait sleeps holding Python's lock and starves the engine.
    loop = QEventLoop()

    def ready() -> None:
        if app.host.info is not None and (not chosen.drafts or app.host.drafts.step_ms):
            loop.quit()

    for changed in (app.host.loaded, app.host.drafts.changed):
        changed.connect(ready)
    loop.exec()
    for changed in (app.host.loaded, app.host.drafts.changed):
        changed.disconnect(ready)
    QTimer.singleShot(1000, loop.quit)  # a person takes longer to type than the window to warm up
    loop.exec()
    app.chat.finished.connect(loop.quit)
    app.chat.send(PROMPT)
    loop.exec()
    answer = app.conversations.last_answer()
    assert answer is not None
    app.window.close()
    written: int = answer.receipt["output_tokens"]
    if written < chosen.max_tokens // 2:
        raise SystemExit(f"the answer ended after {written} tokens: no measurement")
    decode_ms: float = answer.receipt["decode_ms"]
    return (written - 1) * 1000 / decode_ms


SIDES = {f.__name__: f for f in (bare_rate, engine_rate, window_rate)}


def in_turn(names: tuple[str, str], path: Path, tokens: int, runs: int) -> dict[str, Any]:
    """Both sides in turn, each run a fresh process; medians, ratio and the range of paired ratios."""
    rates: dict[str, list[float]] = {name: [] for name in names}
    for _ in range(runs):
        for name in names:
            command = [sys.executable, "-m", "benchmarks.speed", "--side", name, str(path), str(tokens)]
            out = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
            rates[name].append(float(out.splitlines()[-1]))
            time.sleep(0.5)
    first, second = (statistics.median(rates[name]) for name in names)
    paired = [b / a for a, b in zip(rates[names[0]], rates[names[1]], strict=True)]
    return {
        names[0]: round(first, 2),
        names[1]: round(second, 2),
        "ratio": round(second / first, 3),
        "ratios": [round(ratio, 3) for ratio in paired],
    }


def main() -> None:
    """Measure, print JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--side", nargs=3, metavar=("NAME", "FILE", "TOKENS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        name, path, tokens = options.side
        print(SIDES[name](Path(path), int(tokens)))
        return
    big, guide = synthetic.model(), paths.guide_model()
    result = {
        "engine / bare, synthetic": in_turn(("bare_rate", "engine_rate"), big, 128, options.runs),
        "engine / bare, guide": in_turn(("bare_rate", "engine_rate"), guide, 400, options.runs),
        "window / engine, synthetic": in_turn(("engine_rate", "window_rate"), big, 256, options.runs),
    }
    print(json.dumps({"synthetic": big.name, "threads": THREADS, **result}, indent=2))


if __name__ == "__main__":
    main()
