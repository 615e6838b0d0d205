"""What a measuring of drafts tries: ways, prompts, their order, and the request of each answer. No Qt."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path

from desktop.bridge.advice import LOOKUP, MOST_DRAFTS, PLAIN, TOKENS, Draft, Way
from desktop.bridge.drafting import speculation
from desktop.bridge.request import make_request
from desktop.engine.types import Request
from desktop.settings import Settings
from desktop.store.types import Message

SEED = 7
"""Of answers where the person has fixed none: plain and drafted ones are to draw the same numbers."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to try. `settings`: as answers are made now; `own`: the prompts are the person's."""

    target: Path
    target_name: str
    drafts: tuple[Draft, ...]
    prompts: tuple[str, ...]
    own: bool
    settings: Settings

    @property
    def tried(self) -> tuple[Draft, ...]:
        """Those that can draft, the smallest first, not too many."""
        usable = sorted((draft for draft in self.drafts if not draft.reason), key=lambda draft: draft.memory)
        return tuple(usable[:MOST_DRAFTS])

    @property
    def ways(self) -> tuple[Way, ...]:
        """Plain, lookup, and every draft model by itself and with lookup."""
        return (PLAIN, LOOKUP, *(way for draft in self.tried for way in draft.ways))

    @property
    def answers(self) -> int:
        """How many are to be made."""
        return len(self.ways) * len(self.prompts)


def order(plan: Plan) -> list[tuple[int, Way]]:
    """Every prompt with every way; who goes first changes, so that none has the warmer computer. The two ways
    of a draft model stay together: it is loaded once for both.
    """
    groups: list[tuple[Way, ...]] = [(PLAIN,), (LOOKUP,), *(draft.ways for draft in plan.tried)]
    todo: list[tuple[int, Way]] = []
    for prompt in range(len(plan.prompts)):
        turn = prompt % len(groups)
        for group in (*groups[turn:], *groups[:turn]):
            todo += [(prompt, way) for way in (group if prompt % 2 == 0 else group[::-1])]
    return todo


def request_for(plan: Plan, prompt: int, way: Way) -> Request:
    """As the person's answers are made, but short and with a seed."""
    settings = plan.settings
    said = Message(1, 1, None, "user", plan.prompts[prompt])
    wanted = replace(
        speculation(settings, plan.target, way.mode), draft=Path(way.draft) if way.draft else None
    )
    fixed = settings.seed >= 0
    if wanted.rule == "auto" and not fixed and settings.temperature > 0:
        wanted = replace(wanted, rule="block")  # what answers begin with that have no seed
    request = make_request(
        (said, Message(2, 1, 1, "assistant", "")), settings, wanted, begun=time.time(), continue_last=False
    )
    sampling = request.sampling if fixed else replace(request.sampling, seed=SEED)
    return replace(request, sampling=sampling, max_tokens=TOKENS)
