"""Child processes of our own modules, started so that the current folder plays no part."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[2]


def start(module: str, arguments: Sequence[str], *, takes_input: bool = False) -> subprocess.Popen[bytes]:
    """Run a module as a program with its output on a pipe, its input too if it takes any."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", module, *arguments],
        stdin=subprocess.PIPE if takes_input else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join((str(_ROOT), os.environ.get("PYTHONPATH", "")))},
    )


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it if it still runs, and close its pipes."""
    if process.poll() is None:
        process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None and not pipe.closed:
            try:
                pipe.close()
            except BrokenPipeError:
                continue  # closed all the same; what was still unsent has no reader
    process.wait()
