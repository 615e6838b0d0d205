"""Draft model files: may this one draft for the target, does it fit beside it, and loading it.

Knows: checks and their order (file, probe, vocabulary, memory). Must not know: answers, pace, Qt.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from desktop import gguf, paths
from desktop.engine import memory
from desktop.engine.binding import Context, Model
from desktop.engine.compat import compare, refusal
from desktop.engine.draft import ModelDraft
from desktop.engine.probe import ensure_probed
from desktop.engine.types import Check, DraftInfo, LoadOptions, Memory, ModelInfo
from desktop.errors import DraftRefused, ModelTooLarge, UserError

Cancel = Callable[[], bool]


def judge(path: Path, target: Model, info: ModelInfo, cancelled: Cancel) -> DraftInfo:
    """Whether a file can draft for the target, and what it needs; why not is told in `reason`.

    Raises: Cancelled.
    """
    found = DraftInfo(path, gguf.name_from(path.stem) or path.name, 0, (), None)
    try:
        header = _readable(path, info, cancelled)
        found = replace(found, name=header.name or found.name, parameters=header.parameters)
        found = replace(found, checks=_compared(path, target), memory=_needed(path, header, info))
        _allow(found, info)
    except UserError as error:
        return replace(found, reason=(error.detail.splitlines() or ["the file cannot be read"])[0])
    return found


def open_draft(
    path: Path, target: Model, info: ModelInfo, progress: Callable[[float], None], cancelled: Cancel
) -> ModelDraft:
    """Load a draft model; its context is as long as the target's, or what it was trained for.

    Raises: DraftRefused, ModelTooLarge, ModelError of another kind, EngineFailed, Cancelled.
    """
    header = _readable(path, info, cancelled)
    found = DraftInfo(
        path,
        header.name or gguf.name_from(path.stem) or path.name,
        header.parameters,
        _compared(path, target),
        _needed(path, header, info),
        loaded=True,
    )
    _allow(found, info)
    model = Model(path, info.n_gpu_layers, progress, cancelled)
    try:
        context = Context(model, _context(info, header), info.n_threads, info.kv_type)
    except BaseException:
        model.close()
        raise
    return ModelDraft(model, context, found, target.n_vocab)


def _readable(path: Path, info: ModelInfo, cancelled: Cancel) -> gguf.GgufHeader:
    header = gguf.read_header(path)
    if path.resolve() not in (paths.guide_model().resolve(), paths.guide_draft().resolve()):
        ensure_probed(_options(path, info), cancelled)
    return header


def _compared(path: Path, target: Model) -> tuple[Check, ...]:
    vocabulary = Model(path, vocabulary=True)
    try:
        return compare(target, vocabulary)
    finally:
        vocabulary.close()


def _needed(path: Path, header: gguf.GgufHeader, info: ModelInfo) -> Memory:
    return memory.estimate(_options(path, info), header, _context(info, header))


def _allow(found: DraftInfo, info: ModelInfo) -> None:
    """One budget for both models: what was free before the target came, less what the target takes."""
    reason = refusal(found.checks)
    if reason:
        raise DraftRefused(reason, path=str(found.path), target=info.name)
    if found.parameters > info.parameters > 0:
        raise DraftRefused("draft is larger than the target", path=str(found.path), target=info.name)
    if found.memory is None or info.n_gpu_layers:
        return
    free = min(memory.free_bytes(), info.memory.free - info.memory.needed)
    if found.memory.needed + memory.MARGIN > free:
        raise ModelTooLarge(
            f"not enough memory for the draft: needs {_mib(found.memory.needed)}, free {_mib(free)}",
            path=str(found.path),
            needed=found.memory.needed,
            free=max(free, 0),
            n_ctx=info.n_ctx,
            n_ctx_fits=0,
        )


def _mib(size: int) -> str:
    return f"{max(size, 0) / 2**20:,.0f} MiB"


def _options(path: Path, info: ModelInfo) -> LoadOptions:
    return LoadOptions(path, info.n_ctx, info.n_threads, info.n_gpu_layers, info.kv_type, check_memory=False)


def _context(info: ModelInfo, header: gguf.GgufHeader) -> int:
    return memory.context_length(info.n_ctx, header.n_ctx_train)
