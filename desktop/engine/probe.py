"""Tries a model file in a child process before it is trusted: a crash in native code kills the child only.

As a program: loads, tokenises every byte, decodes, prints one JSON line per file. As a module:
`ensure_probed` runs that once per file (path, size, time, library version), `probe` always.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

import desktop.errors as errors
from desktop import files, paths
from desktop.engine import child
from desktop.engine.types import LoadOptions
from desktop.errors import Cancelled, ModelCrashed, ModelError, UserError

TIME_LIMIT_S = 180.0
_POLL_S = 0.05
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the child found: the error to raise, or None; and llama.cpp's last lines."""

    error: UserError | None
    log_tail: tuple[str, ...] = ()


def ensure_probed(options: LoadOptions, cancelled: Callable[[], bool]) -> None:
    """Probe the file unless it has passed before.

    Raises: the error found (ModelCrashed when the child died), Cancelled.
    """
    key = _key(options.path)
    if key in _passed():
        return
    verdict = probe(options.path, options, cancelled)
    if verdict.error is not None:
        raise verdict.error
    _remember(key)


def probe(path: Path, options: LoadOptions, cancelled: Callable[[], bool]) -> Verdict:
    """Try one file in a child process; the child is killed when cancelled or out of time."""
    order = {"path": os.fspath(path), "n_ctx": options.n_ctx, "kv_type": options.kv_type}
    order |= {"check_memory": options.check_memory, "n_gpu_layers": options.n_gpu_layers}
    process = child.start("desktop.engine.probe", [json.dumps(order)])
    deadline = monotonic() + TIME_LIMIT_S
    try:
        while True:
            if cancelled():
                raise Cancelled
            try:
                output, _ = process.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                if monotonic() > deadline:
                    return Verdict(ModelCrashed(f"no answer within {TIME_LIMIT_S:g} s", path=str(path)))
    finally:
        child.end(process)
    return _verdict(path, process.returncode, output)


def _verdict(path: Path, code: int, output: bytes) -> Verdict:
    try:
        found: dict[str, Any] = json.loads(output)
    except ValueError:
        why = f"killed by signal {-code}" if code < 0 else f"ended with code {code}"
        return Verdict(ModelCrashed(why, path=str(path)))
    tail = tuple(str(line) for line in found.get("log", ()))
    kind = found.get("kind")
    if kind is None:
        return Verdict(None, tail)
    return Verdict(getattr(errors, kind)(found["detail"], **found["facts"]), tail)


def _key(path: Path) -> str:
    from desktop.engine.binding import version

    state = path.stat()
    return f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}|{version()}"


def _store() -> Path:
    return paths.cache_dir() / "probed.json"


def _passed() -> list[str]:
    try:
        found = json.loads(_store().read_text("utf-8"))
    except (OSError, ValueError):
        return []
    return [entry for entry in found if isinstance(entry, str)] if isinstance(found, list) else []


def _remember(key: str) -> None:
    """Best effort: without it the file is probed again next time."""
    files.try_write(_store(), json.dumps([*_passed(), key][-_REMEMBERED:]))


def _try(options: LoadOptions) -> dict[str, Any]:
    """In the child: load, and use every part that reads the file's own data."""
    from desktop.engine import memory
    from desktop.engine.binding import log
    from desktop.engine.engine import Engine
    from desktop.engine.types import Finished, Message, Request, Sampling
    from desktop.gguf import read_header

    text = bytes(range(1, 128)).decode() + "".join(map(chr, range(160, 256))) + " \u4f60\u597d \U0001f642"
    request = Request(
        [Message("user", text)], sampling=Sampling(seed=1), max_tokens=2, raw=True, ignore_eos=True
    )
    try:
        if options.check_memory:
            memory.measure(options, read_header(options.path))
        with Engine.load(replace(options, n_ctx=1024, check_memory=False, probe=False)) as engine:
            engine.count(text)
            ends = [event for event in engine.generate(request) if isinstance(event, Finished)]
            return {"kind": None, "tokens": ends[0].output_tokens, "log": log.lines()[-40:]}
    except UserError as error:
        # A file that loads and then cannot compute is as unreadable as one that does not load.
        kind = error.kind if isinstance(error, ModelError) else "ModelUnreadable"
        facts = {"path": os.fspath(options.path), **error.facts}
        return {"kind": kind, "detail": error.detail, "facts": facts, "log": log.lines()[-40:]}


def main(arguments: list[str]) -> None:
    """Probe files, given as JSON orders; print a JSON line for each."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    for argument in arguments:
        order = json.loads(argument)
        options = LoadOptions(**{**order, "path": Path(order["path"])})
        sys.stdout.write(json.dumps(_try(options)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
