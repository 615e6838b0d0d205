"""Repeating a receipt: the order it asks for, what differs here, and whether the tokens came out the same.

Knows: races. Must not know: where models are kept, engines, Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from desktop.contest.data import LANES, Configuration, Lane, Machine, ModelFile, Race, path_text
from desktop.contest.order import RaceOrder
from desktop.difference import first_position
from desktop.engine.types import LoadOptions


@dataclass(frozen=True, slots=True)
class Here:
    """What a receipt is to be repeated with. `drafts`: by the path the receipt has."""

    target: ModelFile
    drafts: dict[str, ModelFile]
    machine: Machine
    n_threads: int = 0
    n_ctx: int = 0


@dataclass(frozen=True, slots=True)
class Repeated:
    """How a repetition came out. `positions`: per lane, the first token that is another; None = none is."""

    race: Race
    differs: tuple[str, ...]
    positions: dict[Lane, int | None]

    @property
    def same_tokens(self) -> dict[Lane, bool]:
        """Per lane."""
        return {lane: at is None for lane, at in self.positions.items()}

    def told(self) -> dict[str, Any]:
        """For JSON. Positions count from 0, as in a first difference."""
        return {
            "same_tokens": self.same_tokens,
            "first_difference": dict(self.positions),
            "differs": list(self.differs),
        }

    def sentences(self) -> list[str]:
        """One a lane, plain."""
        names = dict(zip(LANES, self.race.names, strict=True))
        return [
            f"{names[lane]}: the same tokens as in the receipt."
            if at is None
            else f"{names[lane]}: other tokens than in the receipt, from token {at + 1:,} on."
            for lane, at in self.positions.items()
        ]


def order_of(receipt: Race, target: Path | None = None, drafts: dict[str, Path] | None = None) -> RaceOrder:
    """The same race once more. `target`, `drafts`: where the files are here, by the receipt's paths."""
    asked, pair, found = receipt.asked, receipt.pairs[0], drafts or {}
    load = replace(asked.load, path=target or asked.load.path)
    return RaceOrder(
        prompt=receipt.prompt,
        lanes=(_moved(pair.plain.config, found), _moved(pair.speculative.config, found)),
        repeats=len(receipt.pairs),
        history=asked.history,
        system=asked.system,
        sampling=asked.sampling,
        max_tokens=asked.max_tokens,
        seed=receipt.seed if receipt.seed is not None else asked.sampling.seed,
        demonstration=asked.demonstration,
        model=None if asked.demonstration else load,
        raw=asked.raw,
        ignore_eos=asked.ignore_eos,
        stop=asked.stop,
        day=date.fromisoformat(asked.day) if asked.day else None,
    )


def differences(receipt: Race, here: Here) -> list[str]:
    """What is not as it was, as sentences; none where nothing is known to differ."""
    found: list[str] = []
    if receipt.target is not None:
        found += _files("The model", receipt.target, here.target)
    for draft in receipt.drafts:
        other = here.drafts.get(draft.path)
        if other is not None:
            found += _files("The draft model", draft, other)
    then, now = receipt.machine, here.machine
    told = (
        ("llama-cpp-python", then.library, now.library),
        ("Slipstream", then.slipstream, now.slipstream),
        ("Python", then.python, now.python),
        ("The processor", then.cpu, now.cpu),
        ("The number of cores", then.cores, now.cores),
        ("The number of hardware threads", then.threads, now.threads),
        ("The system", then.os, now.os),
        ("The number of threads used", receipt.asked.load.n_threads, here.n_threads),
        ("The context size", receipt.asked.load.n_ctx, here.n_ctx),
    )
    for what, before, after in told:
        if before and after and before != after:
            verb = "was" if what.startswith("The") else "was version"
            found.append(f"{what} {verb} {_plain(before)}; here it is {_plain(after)}.")
    return found


def here_of(again: Race, receipt: Race) -> Here:
    """What a repetition ran with, from its record."""
    load, nothing = again.asked.load, ModelFile("", "", "")
    drafts = _drafts_by_lane(receipt, again)
    return Here(again.target or nothing, drafts, again.machine, load.n_threads, load.n_ctx)


def compare(receipt: Race, again: Race) -> Repeated:
    """A receipt, and its repetition."""
    differs = differences(receipt, here_of(again, receipt))
    positions: dict[Lane, int | None] = {}
    for lane in LANES:
        pairs = zip(receipt.pairs, again.pairs, strict=False)
        parted = (first_position(one.run(lane).tokens, other.run(lane).tokens) for one, other in pairs)
        positions[lane] = next((at for at in parted if at is not None), None)
    return Repeated(again, tuple(differs), positions)


def _drafts_by_lane(receipt: Race, again: Race) -> dict[str, ModelFile]:
    """The receipt's draft paths -> what the same lane drafted with this time."""
    used = {one.path: one for one in again.drafts}
    found: dict[str, ModelFile] = {}
    for lane in LANES:
        then, now = (race.pairs[0].run(lane).config.speculation.draft for race in (receipt, again))
        if then is not None and now is not None and path_text(now) in used:
            found[path_text(then)] = used[path_text(now)]
    return found


def _moved(held: Configuration, found: dict[str, Path]) -> Configuration:
    draft = held.speculation.draft
    if draft is None or path_text(draft) not in found:
        return held
    return replace(held, speculation=replace(held.speculation, draft=found[path_text(draft)]))


def _files(what: str, then: ModelFile, now: ModelFile) -> list[str]:
    if not then.sha256_16 or not now.sha256_16 or then.sha256_16 == now.sha256_16:
        return []
    name = f"{_plain(then.name)} ({then.sha256_16})"
    other = f"{_plain(now.name)} ({now.sha256_16})"
    return [f"{what} is another file: it was {name}; here it is {other}."]


def _plain(value: str | int) -> str:
    """As one short line: receipts come from strangers."""
    text = f"{value:,}" if isinstance(value, int) else " ".join(value.split())
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text)
    return shown if len(shown) <= 80 else shown[:79] + "…"


def reload_options(receipt: Race, target: Path, most_threads: int) -> LoadOptions:
    """How to load the target as it was; never with more threads than there are here."""
    load = receipt.asked.load
    threads = load.n_threads if load.n_threads <= most_threads else 0
    return replace(load, path=target, n_threads=threads)
