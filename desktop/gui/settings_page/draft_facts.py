"""What the Speculation section is told: which files could draft, what is in use, what was measured. No Qt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from desktop.engine.types import DraftInfo


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that could draft for the target. `verdict` None = not judged yet; `size` of the file, bytes."""

    path: Path
    name: str
    quantisation: str = ""
    size: int = 0
    verdict: DraftInfo | None = None


@dataclass(frozen=True, slots=True)
class DraftFacts:
    """`target` None = no model loaded. Bytes: `target_needs` with its context, `free` now.

    `automatic`: the draft that comes with the target, None = none does. `problem`: why the one that is
    wanted is not in use. `curve`: (tokens in one decode, ms), empty = not measured; `step_ms`: of one drafted
    token, 0 = not measured or no draft.
    """

    target: Path | None = None
    target_name: str = ""
    target_needs: int = 0
    free: int = 0
    candidates: tuple[Candidate, ...] = ()
    automatic: Candidate | None = None
    in_use: str = ""
    problem: str = ""
    loading: float | None = None
    measuring: bool = False
    curve: tuple[tuple[int, float], ...] = ()
    step_ms: float = 0.0
