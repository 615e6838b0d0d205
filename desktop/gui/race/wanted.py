"""What a person asks a race for, and what a lane is called by what it holds. Pure, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from desktop.contest.data import Configuration
from desktop.engine.types import Mode, Speculation

_NAMES: dict[Mode, str] = {"off": "Off", "auto": "Auto", "draft": "Draft", "lookup": "Lookup"}


@dataclass(frozen=True, slots=True)
class LaneChoice:
    """`length` 0 = chosen for each round by what pays; `draft` None = no draft model."""

    mode: Mode
    length: int = 0
    draft: Path | None = None
    temperature: float = 0.7


@dataclass(frozen=True, slots=True)
class Wanted:
    """`in_conversation`: after what was said in the open one, else with nothing before it."""

    prompt: str
    repeats: int
    plain: LaneChoice
    speculative: LaneChoice
    max_tokens: int = 256
    in_conversation: bool = False


def speculation(choice: LaneChoice, base: Speculation) -> Speculation:
    """How a lane drafts; what it does not choose is as in `base`, the settings'."""
    longest = max(base.longest, choice.length)
    return replace(base, mode=choice.mode, draft=choice.draft, length=choice.length, longest=longest)


def configurations(wanted: Wanted, base: Speculation, *, model: str, draft: str) -> list[Configuration]:
    """Both lanes. `draft`: what the draft model is called; files other than that go by their own names."""
    lanes = wanted.plain, wanted.speculative
    warm = lanes[0].temperature != lanes[1].temperature
    usual = lanes[0].mode == "off" != lanes[1].mode  # then they are not called by what they hold
    files = {one.draft for one in lanes} - {None}
    made = []
    for key, one in zip(("first", "second"), lanes, strict=True):
        by = "" if one.draft is None else draft if len(files) == 1 else one.draft.stem
        name = _name(one, by if len(files) > 1 else "", warm=warm)
        detail = _detail(one, model, by, warm=warm and usual)
        made.append(Configuration(key, name, detail, speculation(one, base), one.temperature))
    return made


def _name(one: LaneChoice, drafter: str, *, warm: bool) -> str:
    """Short, and enough to tell two lanes apart."""
    name = _NAMES[one.mode] + (f" of {one.length}" if one.length else "")
    name += f", {drafter}" if drafter else ""
    return name + (f", temperature {one.temperature:g}" if warm else "")


def _detail(one: LaneChoice, model: str, drafter: str, *, warm: bool) -> str:
    """The line beside the name."""
    if one.mode == "off":
        told = f"{model} alone" if model else "alone"
    else:
        by = {"auto": f"{drafter} and lookup" if drafter else "lookup", "draft": drafter, "lookup": "lookup"}
        told = f"with {by[one.mode]}" + (f", {one.length} at a time" if one.length else "")
    return told + (f", temperature {one.temperature:g}" if warm else "")
