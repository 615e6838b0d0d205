"""What was measured of drafts, kept for the next time: one JSON file, an entry for a model and its settings.

Holds numbers and the names of draft files, never a prompt. A file or an entry that is damaged counts as none.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args

from desktop import files, paths
from desktop.bridge.advice import Advice, Row, Same, Way
from desktop.engine.cost import fingerprint
from desktop.engine.types import MODES
from desktop.errors import UserError
from desktop.settings import Settings

_MATTER = (
    "temperature", "top_k", "top_p", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty",
    "n_ctx", "n_threads", "n_gpu_layers", "kv_type", "draft_length", "draft_longest", "draft_rule",
    "draft_pause",
)  # fmt: skip
_REMEMBERED = 50
_LARGEST = 4 << 20
_TEXT, _ROWS = 4096, 200


def advice_file() -> Path:
    """Where it is kept."""
    return paths.data_dir() / "advice.json"


def key_of(target: Path, settings: Settings) -> str:
    """Tells models and the settings that change speeds apart. Raises: OSError when its file is gone."""
    values = json.dumps([[name, getattr(settings, name)] for name in _MATTER])
    return f"{fingerprint(target)}|{hashlib.sha256(values.encode()).hexdigest()[:12]}"


def read(key: str, path: Path | None = None) -> Advice | None:
    """What is kept under a key; None = nothing, or nothing that can be used."""
    try:
        return _advice(_book(path or advice_file()).get(key))
    except (ValueError, TypeError, KeyError, OverflowError):
        return None


def keep(key: str, advice: Advice, path: Path | None = None) -> None:
    """Write, so that a crash leaves the old file or the new one.

    Raises: UserError when the folder or the file cannot be written; the old file is untouched.
    """
    target = path or advice_file()
    book = _book(target)
    book.pop(key, None)
    book[key] = asdict(advice)
    text = json.dumps(dict(list(book.items())[-_REMEMBERED:]))
    try:
        files.write(target, text)
    except OSError as error:
        raise UserError(f"{target.name} could not be written: {error.strerror or error}") from error


def _book(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > _LARGEST:
            return {}
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _advice(found: object) -> Advice | None:
    if not isinstance(found, Mapping) or not isinstance(found["rows"], list):
        return None
    rows = tuple(_row(entry) for entry in found["rows"][:_ROWS])
    return Advice(
        target=_text(found["target"]),
        rows=rows,
        when=_number(found["when"], 0.0, 2.0**33),
        own=bool(found["own"]),
        prompts=int(_number(found["prompts"], 0, 1000)),
        skipped=int(_number(found["skipped"], 0, 1000)),
    )


def _row(entry: Mapping[str, Any]) -> Row:
    """Raises: ValueError, TypeError, KeyError for anything that `keep` would not have written."""
    way, energy, same = entry["way"], entry["energy"], entry["same"]
    if way["mode"] not in MODES or same not in get_args(Same):
        raise ValueError
    return Row(
        way=Way(
            way["mode"], _text(way["name"]), _text(way["draft"]), int(_number(way["memory"], 0, 2.0**53))
        ),
        rates=tuple(_number(rate, 1e-6, 1e9) for rate in entry["rates"][:_ROWS]),
        speedups=tuple(
            (int(_number(prompt, 0, 1000)), _number(ratio, 1e-6, 1e6))
            for prompt, ratio in entry["speedups"][:_ROWS]
        ),
        drafted=int(_number(entry["drafted"], 0, 2.0**53)),
        accepted=int(_number(entry["accepted"], 0, 2.0**53)),
        energy=None if energy is None else _number(energy, 1e-9, 1e9),
        measured=bool(entry["measured"]),
        same=same,
        at=int(_number(entry["at"], 0, 2.0**53)),
        problem=_text(entry["problem"]),
    )


def _number(value: object, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value[:_TEXT]
