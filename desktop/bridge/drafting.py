"""From settings to how an answer is drafted: the mode, and which draft goes with which target. No Qt."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from desktop import paths
from desktop.bridge.naming import is_guide
from desktop.engine.types import MODES, Mode, Speculation
from desktop.settings import Settings


def automatic_draft(target: Path) -> Path | None:
    """What drafts for a target when nothing was chosen: the guide has a draft of its own, others none."""
    draft = paths.guide_draft()
    return draft if is_guide(target) and os.path.isfile(draft) else None


def chosen_draft(settings: Settings, target: Path) -> Path | None:
    """The draft model that goes with a target: the person's choice, else the automatic one."""
    choice = settings.drafts.get(str(target))
    if choice is None:
        return automatic_draft(target)
    return Path(choice) if choice else None


def with_choice(drafts: Mapping[str, str], target: Path, choice: str | None) -> dict[str, str]:
    """The settings' `drafts` with another choice for a target: a file, "" = none, None = automatic."""
    made = {key: value for key, value in drafts.items() if key != str(target)}
    return made if choice is None else {**made, str(target): choice}


def mode_of(text: str) -> Mode | None:
    """A mode by its name; None for "" and for what a newer version may have written."""
    return next((mode for mode in MODES if mode == text), None)


def speculation(settings: Settings, target: Path | None, mode: Mode | None = None) -> Speculation:
    """How to draft; `mode` None = as the settings say.

    The draft model is named in every mode: what is loaded stays loaded while single answers do without.
    """
    return Speculation(
        mode=mode or settings.speculation,
        draft=chosen_draft(settings, target) if target is not None else None,
        length=settings.draft_length,
        longest=settings.draft_longest,
        rule=settings.draft_rule,
        pause=settings.draft_pause,
    )


def prepared(settings: Settings, target: Path) -> Speculation:
    """What to have ready between answers: with drafting off, or from the chat alone, no draft model."""
    made = speculation(settings, target)
    return replace(made, draft=None) if made.mode in ("off", "lookup") else made
