"""`slipstream race --repeat`: the race of a receipt once more, here, and what came out otherwise.

Knows: receipts, where models are. Must not know: options and their names in the parser, Qt.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from desktop import paths, race
from desktop.contest import again, finding, receipt
from desktop.contest.data import ModelFile, Race
from desktop.engine import demonstration
from desktop.engine.engine import never
from desktop.errors import BadInput
from desktop.options import Asked


@dataclass(frozen=True, slots=True)
class Repeat:
    """`model`, `draft`: files to use instead of what the receipt names. `unused`: options that do nothing."""

    file: Path
    model: Path | None = None
    draft: Path | None = None
    json: bool = False
    trace: Path | None = None
    receipt: Path | None = None
    unused: tuple[str, ...] = ()


def run(wanted: Repeat) -> int:
    """Repeat. Returns the exit code: that tokens differ is no failure.

    Raises: ReceiptUnreadable, BadInput (a model that is not here), and whatever a race raises.
    """
    made = receipt.read(wanted.file)
    target = _target(made, wanted.model)
    drafts = {one.path: wanted.draft or _found(one, "--draft") for one in made.drafts}
    order = again.order_of(made, target, drafts)
    asked = Asked(
        load=again.reload_options(made, target, os.cpu_count() or 1),
        request=order.request("speculative"),
        json=wanted.json,
        trace=wanted.trace,
        unused=wanted.unused,
        unused_with="--repeat",
    )
    return race.go(asked, order, race.Wishes(wanted.json, wanted.trace, wanted.receipt, made))


def _target(made: Race, given: Path | None) -> Path:
    if given is not None:
        return given
    if made.asked.demonstration:
        folder = paths.demonstration_dir()
        return demonstration.demonstration(folder, paths.guide_model(), never)
    if made.target is None:
        raise BadInput("the receipt does not say which model it is of: name one with --model")
    return _found(made.target, "--model")


def _found(wanted: ModelFile, option: str) -> Path:
    path = finding.find(wanted, paths.models_dir())
    if path is None:
        raise BadInput(f"{finding.described(wanted)} is not on this computer: name it with {option}")
    return path
