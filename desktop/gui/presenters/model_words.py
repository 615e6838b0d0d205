"""From settings to how a model is loaded, and what a model is called on the card. No widgets."""

from __future__ import annotations

import os
from pathlib import Path

from desktop import paths
from desktop.bridge.draft_host import DraftHost
from desktop.bridge.naming import GUIDE, is_guide
from desktop.engine.types import LoadOptions, ModelInfo
from desktop.gui.numbers import size
from desktop.settings import Settings


def options(path: Path, settings: Settings) -> LoadOptions:
    """How to load a file with these settings."""
    return LoadOptions(
        path=path,
        n_ctx=settings.n_ctx,
        n_threads=settings.n_threads,
        n_gpu_layers=settings.n_gpu_layers,
        kv_type=settings.kv_type,
    )


def total_memory() -> int:
    """Bytes of memory this computer has."""
    import psutil  # here: not needed before the picker opens

    return int(psutil.virtual_memory().total)


def models_folder(settings: Settings) -> Path:
    """Where the person keeps models."""
    return Path(settings.models_dir) if settings.models_dir else paths.models_dir()


def file_title(path: Path) -> str:
    """What a file is called before it is loaded."""
    return GUIDE if is_guide(path) else path.stem


def card_detail(info: ModelInfo, drafts: DraftHost) -> str:
    """The second line of the model card: what it is, and how far drafting with it is."""
    if drafts.loading is not None:
        return f"Loading the draft model {drafts.loading:.0%}"
    if drafts.measuring:
        return "Measuring what drafting costs"
    first = "Built in" if is_guide(info.path) else info.quantisation
    known = " · ".join(part for part in (first, size(_file_size(info))) if part)
    return f"{known} + draft" if drafts.info is not None else known


def _file_size(info: ModelInfo) -> int:
    """Of the file, as the picker says; of the weights alone when the file is gone."""
    try:
        return os.path.getsize(info.path)
    except OSError:
        return info.size
