"""Tries a model file in a child process before the program trusts it: a crash in native code kills the child only.

As a program (`python -m desktop.engine.probe FILE ...`): loads, tokenises every byte, decodes, prints one JSON line per file.
As a module: `ensure` runs that once per file (path, size, time, library version), `probe` always.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Any

import desktop.errors as errors
from desktop import paths
from desktop.engine.types import LoadOptions
from desktop.errors import Cancelled, ModelCrashed, ModelError, UserError

TIME_LIMIT_S = 180.0
_POLL_S = 0.05
_REMEMBERED = 500


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the child found: nothing wrong (`error` is None), or the error to raise; and llama.cpp's last lines."""

    error: UserError | None
    log_tail: tuple[str, ...] = ()


def ensure(options: LoadOptions, cancelled: Callable[[], bool]) -> None:
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
    child = subprocess.Popen(
        [sys.executable, "-m", "desktop.engine.probe", str(path), "--kv", options.kv_type],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(entry for entry in sys.path if entry)},
    )
    deadline = monotonic() + TIME_LIMIT_S
    try:
        while True:
            if cancelled():
                raise Cancelled
            try:
                output, _ = child.communicate(timeout=_POLL_S)
                break
            except subprocess.TimeoutExpired:
                if monotonic() > deadline:
                    return Verdict(ModelCrashed(f"no answer within {TIME_LIMIT_S:g} s", path=str(path)))
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()
    return _verdict(path, child.returncode, output)


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
    store = _store()
    try:
        store.parent.mkdir(parents=True, exist_ok=True)
        fresh = store.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps([*_passed(), key][-_REMEMBERED:]), "utf-8")
        fresh.replace(store)
    except OSError:
        return


def _try(path: Path, kv_type: str) -> dict[str, Any]:
    """In the child: load, and use every part that reads the file's own data."""
    from desktop.engine.binding import log
    from desktop.engine.engine import Engine
    from desktop.engine.types import Finished, Message, Request, Sampling

    options = LoadOptions(path, n_ctx=256, kv_type=kv_type, check_memory=False, probe=False)  # type: ignore[arg-type]
    text = bytes(range(1, 128)).decode() + "".join(map(chr, range(160, 256))) + " \u4f60\u597d \U0001f642"
    try:
        with Engine.load(options) as engine:
            engine.count(text)
            request = Request([Message("user", "Hi")], sampling=Sampling(seed=1), max_tokens=2, raw=True, ignore_eos=True)
            finished = [event for event in engine.generate(request) if isinstance(event, Finished)]
            return {"kind": None, "tokens": finished[0].output_tokens, "log": log.lines()[-40:]}
    except ModelError as error:
        return {"kind": error.kind, "detail": error.detail, "facts": error.facts, "log": log.lines()[-40:]}
    except UserError as error:
        facts = {"path": str(path)}
        return {"kind": "ModelUnreadable", "detail": error.detail, "facts": facts, "log": log.lines()[-40:]}


def main(arguments: list[str]) -> None:
    """Probe files, print a JSON line for each."""
    kv_type = "f16"
    if "--kv" in arguments:
        at = arguments.index("--kv")
        kv_type = arguments[at + 1]
        arguments = arguments[:at] + arguments[at + 2 :]
    for name in arguments:
        sys.stdout.write(json.dumps(_try(Path(name), kv_type)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
