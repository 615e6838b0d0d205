"""What llama.cpp's return codes and log lines mean, as errors. Strings and numbers only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from desktop.errors import (
    Cancelled,
    ContextFull,
    EngineFailed,
    ModelTooLarge,
    ModelUnreadable,
    ModelUnsupported,
)

_ARCHITECTURE = re.compile(r"unknown model architecture: '([^']*)'")
_UNKNOWN = re.compile(
    r"unknown (model architecture|pre-tokenizer|tokenizer)|unsupported|not supported", re.IGNORECASE
)
_NO_MEMORY = re.compile(r"failed to allocate|unable to allocate|out of memory|cannot allocate", re.IGNORECASE)


def decode_error(code: int, needed: int, n_ctx: int) -> BaseException:
    """A code other than 0 from `llama_decode`. `needed`: tokens the cache would have held."""
    if code == 1:
        return ContextFull("no room in the KV cache", needed=needed, n_ctx=n_ctx)
    if code == 2:
        return Cancelled()
    return EngineFailed(f"llama_decode returned {code}", code=code)


def load_error(path: Path, lines: Sequence[str]) -> BaseException:
    """Why a model did not load, from the log of the attempt."""
    detail, everything = _telling(lines), "\n".join(lines)
    if _UNKNOWN.search(everything):
        architecture = _ARCHITECTURE.search(everything)
        return ModelUnsupported(detail, path=str(path), architecture=architecture[1] if architecture else "")
    if _NO_MEMORY.search(everything):
        return ModelTooLarge(detail, path=str(path), needed=0, free=0, n_ctx=0, n_ctx_fits=0)
    return ModelUnreadable(detail, path=str(path))


def context_error(lines: Sequence[str]) -> BaseException:
    """Why a context was not made, from the log of the attempt."""
    detail = _telling(lines)
    if _NO_MEMORY.search("\n".join(lines)):
        return ModelTooLarge(detail, needed=0, free=0, n_ctx=0, n_ctx_fits=0)
    return EngineFailed(detail, code=0)


def _telling(lines: Sequence[str]) -> str:
    """The first line that names an error, else the last line."""
    errors = [line for line in lines if "error" in line.lower() or "failed" in line.lower()]
    return (errors or list(lines[-1:]) or ["no reason given"])[0].strip()
