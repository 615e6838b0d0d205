"""What a model is called in the window, on every card, message and receipt alike. No Qt."""

from __future__ import annotations

from pathlib import Path

from desktop import paths
from desktop.engine.types import DraftInfo, ModelInfo

GUIDE = "Guide"
GUIDE_DRAFT = "Guide draft"


def is_guide(path: Path) -> bool:
    """Whether this is the built-in model."""
    return path == paths.guide_model()


def model_name(info: ModelInfo | None) -> str:
    """The built-in model's short name, or what the file says of itself; "" for none."""
    if info is None:
        return ""
    return GUIDE if is_guide(info.path) else info.name


def draft_name(draft: DraftInfo | None) -> str:
    """The same of a draft model; "" for none."""
    if draft is None:
        return ""
    return GUIDE_DRAFT if draft.path == paths.guide_draft() else draft.name or draft.path.stem
