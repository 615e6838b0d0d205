"""`make bench`: everything in turn, written to docs/benchmarks.md, docs/benchmarks.json and docs/plots."""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
PARTS = ("speed", "start", "render", "speculation", "seeing", "exact")
NOTE = """The window shares the cores with the model. On two cores, with both given to llama.cpp, whatever the
window draws stalls both of the engine's threads, which wait for each other after every operation. For the
same reason a tiny model runs on one thread by default: with another program busy on one of two cores, the
guide made 1,011 to 1,153 tok/s with one thread and 14 to 29 with two (2026-11-22).
"""


def measured(module: str) -> dict[str, Any]:
    """Run one benchmark in a process of its own."""
    print(f"{module} ...", file=sys.stderr, flush=True)
    done = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def machine() -> str:
    """Processor, cores and memory."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else ():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    cores = psutil.cpu_count(logical=False)
    memory = psutil.virtual_memory().total / 2**30
    return (
        f"{model}, {cores} cores, {memory:.0f} GiB, {platform.system()}, Python {platform.python_version()}"
    )


def rows(speed: dict[str, Any], start: dict[str, Any], render: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What was promised, what was measured."""
    stream = render["stream_10k_500"]
    fast, guide, window = (speed[key] for key in list(speed)[2:5])
    return [
        ("Engine / bare loop, 500M+ model", "≥ 0.97", f"{fast['ratio']} ({fast['bare_rate']} tok/s bare)"),
        ("Engine / bare loop, guide", "≥ 0.85", f"{guide['ratio']} ({guide['bare_rate']} tok/s bare)"),
        ("Window streaming / headless", "≥ 0.95", f"{window['ratio']}"),
        ("Longest event-loop gap, 10k tokens at 500 tok/s", "≤ 100 ms", f"{stream['longest_gap_ms']} ms"),
        ("Render cost at 10k / at 1k tokens", "≤ 3", f"{render['flush_10k_over_1k']}"),
        ("Opening 500 messages / 20", "≤ 3", f"{render['open_500_over_20']}"),
        ("Start to first paint / bare window", "≤ 2.5", f"{start['ratio']} ({start['slipstream_s']} s)"),
        ("Memory besides the model file", "≤ 250 MB", f"{start['memory']['besides_model_mb']} MB"),
    ]


def write(found: dict[str, Any]) -> None:
    """docs/benchmarks.json, docs/benchmarks.md and docs/plots/, from what was measured."""
    speed, start, render = found["speed"], found["start"], found["render"]
    lines = [
        "# Benchmarks",
        "",
        f"Measured {found['when']} on {found['machine']};",
        f"{speed['threads']} threads. `make bench` repeats it; run it with nothing else on the machine,",
        "for llama.cpp's threads spin and company slows them several times over. Ratios are of medians of",
        "runs taken in turn. Details are in `benchmarks.json`.",
        "",
        *report.table(("what", "wanted", "measured"), rows(speed, start, render)),
        NOTE,
        *(report.speculation(found["speculation"]) if "speculation" in found else []),
        *(report.exact(found["exact"]) if "exact" in found else []),
        *(report.seeing(found["seeing"]) if "seeing" in found else []),
    ]
    report.plots(found.get("speculation", {}), DOCS / "plots")
    (DOCS / "benchmarks.md").write_text("\n".join(lines).rstrip("\n") + "\n", "utf-8")
    (DOCS / "benchmarks.json").write_text(json.dumps(found, indent=2) + "\n", "utf-8")
    print("\n".join(lines))


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, metavar="PART", help=f"keep the other figures: {', '.join(PARTS)}"
    )
    parser.add_argument("--report", action="store_true", help="measure nothing, write the documents again")
    options = parser.parse_args()
    kept = DOCS / "benchmarks.json"
    found: dict[str, Any] = json.loads(kept.read_text("utf-8")) if options.only or options.report else {}
    for name in () if options.report else options.only or PARTS:
        found[name] = measured(f"benchmarks.{name}")
        # Speculation takes most of the time and may be measured alone: it has a date of its own.
        dated = found[name] if name == "speculation" else found
        dated["when"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        found["machine"] = machine()
    write(found)


if __name__ == "__main__":
    main()
