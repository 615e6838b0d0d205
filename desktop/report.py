"""One answer as the command line reports it: one JSON object.

Knows: the names and units of the documented object. Must not know: options, streams, the engine itself.
"""

from __future__ import annotations

from typing import Any

from desktop.contest import figures
from desktop.contest.collected import Collected
from desktop.contest.data import ModelFile
from desktop.meter.types import Energy


def report(
    collected: Collected, model: ModelFile, draft: ModelFile | None, energy: Energy | None = None
) -> dict[str, Any]:
    """The object of `ask --json`. `draft`: the model that drafted, None when none did."""
    return {
        "text": collected.text,
        "thinking": "".join(collected.thinking),
        "tokens": collected.tokens,
        **figures.counts(collected.finished),
        "speculation": figures.speculation(collected.finished),
        "energy": figures.energy(energy),
        "model": figures.file(model),
        "draft": figures.file(draft),
    }
