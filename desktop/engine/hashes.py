"""Fingerprints of model files, computed once and remembered by size and time.

Must not know: what a model is.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from desktop import files, paths
from desktop.errors import ModelMissing

_REMEMBERED = 500


def sha256_16(path: Path) -> str:
    """First 16 hex digits of a file's SHA-256.

    Raises: ModelMissing.
    """
    try:
        state = path.stat()
        key = f"{path.resolve()}|{state.st_size}|{state.st_mtime_ns}"
        known = _known()
        if key in known:
            return known[key]
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()[:16]
    except OSError as error:
        raise ModelMissing(str(error), path=str(path)) from error
    _remember({**known, key: digest})
    return digest


def _store() -> Path:
    return paths.cache_dir() / "hashes.json"


def _known() -> dict[str, str]:
    try:
        found = json.loads(_store().read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {key: value for key, value in found.items() if isinstance(value, str) and len(value) == 16}


def _remember(known: dict[str, str]) -> None:
    """Best effort: without it the file is read again next time."""
    files.try_write(_store(), json.dumps(dict(list(known.items())[-_REMEMBERED:])))
