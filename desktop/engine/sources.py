"""What one engine drafts from, what decodes cost it, and what it has learned; outlives the answers.

Knows: sources, curves, acceptance. Must not know: when to draft, the target's context, files.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.engine.cost import Curve
from desktop.engine.draft import ModelDraft
from desktop.engine.lookup import Lookup
from desktop.engine.pace import Acceptance, Purse, lookup_acceptance, model_acceptance
from desktop.engine.types import Rule
from desktop.engine.verify import Verdict

_TRIAL_ROUNDS = 24
"""Rounds of block verification after which it is compared with plain rejection."""


@dataclass(slots=True)
class RuleTrial:
    """Which of the two p/q rules makes more tokens per millisecond for this pair, from the same drafts."""

    rounds: int = 0
    rejection: float = 0.0
    block: float = 0.0
    judge_ms: float = 0.0
    rejection_judge_ms: float = 0.0
    round_ms: float = 0.0

    @property
    def choice(self) -> Rule:
        """Block, until it is known not to be worth its price."""
        if self.rounds < _TRIAL_ROUNDS:
            return "block"
        one = (self.rounds + self.rejection) / (self.round_ms + self.rejection_judge_ms)
        other = (self.rounds + self.block) / (self.round_ms + self.judge_ms)
        return "block" if other >= one else "rejection"

    def add(self, verdict: Verdict, drafted: int, round_ms: float, judge_ms: float) -> None:
        """A round of block verification with at least two drafted tokens."""
        rejection, block = verdict.expected
        if not block:
            return
        self.rounds += 1
        self.rejection += rejection
        self.block += block
        self.judge_ms += judge_ms
        self.rejection_judge_ms += judge_ms * min((rejection + 1.0) / (drafted + 1.0), 1.0)
        self.round_ms += round_ms


@dataclass(slots=True)
class Sources:
    """What an engine drafts from, what decodes cost, and what was learned; outlives the answers."""

    curve: Curve = field(default_factory=Curve)
    lookup: Lookup = field(default_factory=Lookup)
    model: ModelDraft | None = None
    refused: str = ""
    """Why there is no draft model although one is wanted."""
    of_model: Acceptance = field(default_factory=model_acceptance)
    of_lookup: Acceptance = field(default_factory=lookup_acceptance)
    trial: RuleTrial = field(default_factory=RuleTrial)
    purse: Purse = field(default_factory=Purse)
    copy_purse: Purse = field(default_factory=Purse)
    looks: Purse = field(default_factory=lambda: Purse(allowance=1.0))
    """For looking at a paused draft: apart, or a draft that was unlucky at first would not be looked at."""
    judge_ms: float = 0.0
    """Around a decode of one token, besides the decode."""
    judge_more_ms: float = 0.0
    """For every drafted token, besides."""
    draft_more_ms: float = 0.0
    """For every step of the draft, besides its decode."""

    def new_pair(self) -> None:
        """Another draft model: what was learned of the old one says nothing."""
        self.of_model, self.trial, self.purse = model_acceptance(), RuleTrial(), Purse()
        self.looks, self.draft_more_ms = Purse(allowance=1.0), 0.0

    def plain_rate(self, position: int) -> float:
        """Tok/s without speculation, as last measured; 0 = never."""
        return 1000.0 / (self.curve.ms(1, position) + self.judge_ms) if self.curve.measured else 0.0
