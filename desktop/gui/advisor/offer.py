"""What the advisor's sheet is told: what could be tried, and how far a measuring is. No Qt."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.bridge.advice import Row
from desktop.bridge.advisor import Progress
from desktop.gui.settings_page.draft_facts import Candidate


@dataclass(frozen=True, slots=True)
class Offer:
    """`target` "" = no model is loaded. `candidates`: the files that were looked at; without a verdict they
    are still being judged. `own`: how many of the person's last prompts there are; `kinds`: of the built-in
    ones. `token_ms`: of one plain token here, 0 = not measured. `writing`: an answer is being written;
    `ending`: the last measuring is not put away yet. `problem`: why there is no result.
    """

    target: str = ""
    candidates: tuple[Candidate, ...] = ()
    own: int = 0
    kinds: tuple[str, ...] = ()
    token_ms: float = 0.0
    writing: bool = False
    ending: bool = False
    problem: str = ""

    @property
    def usable(self) -> int:
        """How many files can draft."""
        return sum(one.verdict is not None and not one.verdict.reason for one in self.candidates)

    @property
    def judging(self) -> bool:
        """Whether some files are still being looked at."""
        return any(one.verdict is None for one in self.candidates)


@dataclass(frozen=True, slots=True)
class Running:
    """A measuring under way."""

    target: str
    progress: Progress
    rows: tuple[Row, ...]
    ending: bool = False
