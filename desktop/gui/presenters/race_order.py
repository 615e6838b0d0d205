"""From what the person asked, or from a receipt, to the order of a race: conversation, settings, files here.

No widgets, no signals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from desktop import paths
from desktop.bridge.drafting import chosen_draft, speculation
from desktop.bridge.naming import GUIDE, GUIDE_DRAFT
from desktop.bridge.request import make_request
from desktop.contest.again import order_of
from desktop.contest.data import Configuration, Race
from desktop.contest.order import RaceOrder
from desktop.engine import types as engine
from desktop.gui.race.suggestions import DEMONSTRATION
from desktop.gui.race.wanted import LaneChoice, Wanted, configurations
from desktop.settings import Settings
from desktop.store.types import Message

REPEATS, LONGEST = 3, 256


def last_question(messages: Sequence[Message]) -> tuple[str, list[engine.Message]]:
    """The last message of the person, and what was said before it; ("", []) when there is none."""
    at = next((n for n in range(len(messages) - 1, -1, -1) if messages[n].role == "user"), None)
    if at is None:
        return "", []
    before = [m for m in messages[:at] if m.role == "user" or m.text.strip()]
    return messages[at].text, [engine.Message(m.role, m.text) for m in before]


def usual_lanes(settings: Settings, target: Path | None) -> tuple[LaneChoice, LaneChoice]:
    """Off, and on as the settings have it; auto where they have it off."""
    mode: engine.Mode = settings.speculation if settings.speculation != "off" else "auto"
    draft = chosen_draft(settings, target) if target is not None and mode in ("auto", "draft") else None
    warmth = settings.temperature
    return LaneChoice("off", temperature=warmth), LaneChoice(mode, settings.draft_length, draft, warmth)


def order(
    wanted: Wanted,
    settings: Settings,
    before: Sequence[engine.Message],
    *,
    target: Path | None,
    model: str,
    draft: str,
) -> RaceOrder:
    """What was asked for on the page. `model`, `draft`: what they are called."""
    base = speculation(settings, target)
    first, second = configurations(wanted, base, model=model, draft=draft)
    usual = make_request((), settings, base, begun=0.0, continue_last=False)
    return RaceOrder(
        prompt=wanted.prompt,
        lanes=(first, second),
        repeats=wanted.repeats,
        history=tuple(before) if wanted.in_conversation else (),
        system=usual.system,
        sampling=usual.sampling,
        max_tokens=wanted.max_tokens,
        seed=settings.seed,
        stop=usual.stop,
    )


def demonstration(settings: Settings) -> RaceOrder:
    """The race that needs nothing: the padded guide, with the guide's own draft."""
    base = speculation(settings, paths.guide_model())
    choices = LaneChoice("off", temperature=0.0), LaneChoice("auto", 0, paths.guide_draft(), 0.0)
    wanted = Wanted(DEMONSTRATION, REPEATS, *choices, LONGEST)
    first, second = configurations(wanted, base, model=f"{GUIDE}, padded,", draft=GUIDE_DRAFT)
    return RaceOrder(
        prompt=DEMONSTRATION,
        lanes=(first, second),
        repeats=REPEATS,
        sampling=engine.Sampling(temperature=0.0),
        max_tokens=LONGEST,
        demonstration=True,
    )


def with_loaded(receipt: Race, target: Path, draft: Path | None) -> RaceOrder:
    """The race of a receipt with the model in use, and its draft, in place of the receipt's own.

    A receipt's paths are not opened.
    """
    made = order_of(receipt, target, {})
    first, second = (_with_draft(lane, draft) for lane in made.lanes)
    return replace(made, lanes=(first, second), demonstration=False, model=None)


def _with_draft(lane: Configuration, draft: Path | None) -> Configuration:
    if lane.speculation.draft is None:
        return lane
    return replace(lane, speculation=replace(lane.speculation, draft=draft))
