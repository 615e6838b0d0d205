"""A race on the engine thread: the engine it takes, what is made ready before, and what is told meanwhile.

Qt-free. Knows: engines, races. Must not know: who listens. It leaves the loaded model with the draft it had.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop import paths
from desktop.bridge.metering import Metering
from desktop.contest import again, finding
from desktop.contest.data import LANES, Began, Lane, ModelFile, Race
from desktop.contest.order import RaceOrder
from desktop.contest.packed import texts
from desktop.engine.types import LoadOptions, Round, Step
from desktop.errors import BadInput, Cancelled, EngineFailed, UserError

if TYPE_CHECKING:
    from desktop.engine.engine import Engine

Tell = Callable[[object], None]
Cancel = Callable[[], bool]
FLUSH_S = 1 / 30


@dataclass(frozen=True, slots=True)
class Preparing:
    """What is made ready before the first run, and how far that is, 0..1."""

    words: str
    fraction: float


@dataclass(frozen=True, slots=True)
class Steps:
    """Rounds of a run as they came, and the text of tokens not met before."""

    lane: Lane
    steps: list[Step]
    words: dict[int, str]


class RaceWork:
    """One race. `receipt`: the one to be repeated, its files found in `folder` or where they were; else
    `order` says what is raced. `watts`: of the processor, for the estimate.
    """

    def __init__(
        self,
        order: RaceOrder | None,
        receipt: Race | None = None,
        folder: Path | None = None,
        watts: float = 0.0,
    ) -> None:
        self._order, self._receipt = order, receipt
        self._folder = folder or paths.models_dir()
        self._meters = Metering()
        self._meters.watts = watts
        self._seen: set[int] = set()

    def run(self, engine: Engine | None, tell: Tell, cancelled: Cancel) -> Race:
        """Engine thread.

        Raises: UserError of many kinds, Cancelled.
        """
        order = self._order or self._found(tell)
        order.check()
        with _opened(engine, order, tell, cancelled) as target:
            before = target.draft.path if target.draft is not None else None
            try:
                _prepare(target, order, tell, cancelled)
                return self._race(target, order, tell, cancelled)
            finally:
                if target is engine:
                    with suppress(UserError, Cancelled):  # the next answer meets it, and says so
                        target.use_draft(before)

    def _race(self, target: Engine, order: RaceOrder, tell: Tell, cancelled: Cancel) -> Race:
        from desktop.contest import course

        batch: list[Step] = []
        lane: Lane = LANES[0]
        sent = 0.0
        for event in course.race(target, order, self._meters, cancelled):
            if isinstance(event, course.Stepped):
                batch.append(event.step)
                lane = event.lane
                if time.perf_counter() - sent < FLUSH_S:
                    continue
            if batch:
                tell(Steps(lane, batch, self._words(target, batch)))
                batch, sent = [], time.perf_counter()
            if isinstance(event, Began):
                tell(event)
            if isinstance(event, Race):
                return event
        raise Cancelled  # a race that does not end was cancelled

    def _words(self, target: Engine, steps: list[Step]) -> dict[int, str]:
        fresh = {token for step in steps for token in (*step.tokens, *_tokens(step.round))} - self._seen
        self._seen |= fresh
        return texts(target.pieces(fresh))

    def _found(self, tell: Tell) -> RaceOrder:
        receipt = self._receipt
        if receipt is None:
            raise BadInput("nothing is to be raced")
        tell(Preparing("Looking for the receipt's models", 0.0))
        asked = receipt.asked
        target = None if asked.demonstration else self._find(receipt.target)
        drafts = {one.path: self._find(one) for one in receipt.drafts}
        order = again.order_of(receipt, target, drafts)
        if order.model is None or target is None:
            return order
        return replace(order, model=again.reload_options(receipt, target, os.cpu_count() or 1))

    def _find(self, wanted: ModelFile | None) -> Path:
        path = finding.find(wanted, self._folder) if wanted is not None else None
        if path is None:
            which = finding.described(wanted) if wanted is not None else "the receipt's model"
            raise BadInput(f"{which} is not on this computer")
        return path


def _tokens(one: Round) -> list[int]:
    added = [one.added.token] if one.added is not None else []
    return [*(drafted.token for drafted in one.drafted), *added]


@contextmanager
def _opened(engine: Engine | None, order: RaceOrder, tell: Tell, cancelled: Cancel) -> Iterator[Engine]:
    """The engine to race: the loaded one, or one for this race only."""
    options = _demonstration(tell, cancelled) if order.demonstration else order.model
    if engine is not None and (options is None or _is_loaded(engine, options)):
        yield engine
        return
    if options is None:
        raise EngineFailed("no model is loaded")
    from desktop.engine.engine import Engine as Opened

    told = _Progress(tell, "Loading the model")
    with Opened.load(options, told, cancelled) as opened:
        yield opened


def _is_loaded(engine: Engine, options: LoadOptions) -> bool:
    """Another copy of the same weights would only cost memory."""
    return engine.info.path.resolve() == options.path.resolve()


def _demonstration(tell: Tell, cancelled: Cancel) -> LoadOptions:
    from desktop.engine.demonstration import demonstration

    told = _Progress(tell, "Making the demonstration model")
    path = demonstration(paths.demonstration_dir(), paths.guide_model(), cancelled, told)
    return LoadOptions(path, n_threads=1, probe=False)


def _prepare(target: Engine, order: RaceOrder, tell: Tell, cancelled: Cancel) -> None:
    """Whatever is not to be timed. A draft that cannot be used ends the race: nothing would be compared."""
    from desktop.contest import here

    for held in order.lanes:
        wanted = held.speculation
        if wanted.mode in ("auto", "draft") and wanted.draft is not None:
            target.use_draft(wanted.draft, _Progress(tell, "Loading the draft model"), cancelled)
        if wanted.mode != "off":
            tell(Preparing("Measuring what decodes cost here", 0.0))
            target.measure(wanted, cancelled)
    tell(Preparing("Reading the model's fingerprint", 0.0))
    here.model_file(target.info)
    if cancelled():
        raise Cancelled


class _Progress:
    """By the percent: every piece of a file would be too often."""

    def __init__(self, tell: Tell, words: str) -> None:
        self._tell, self._words, self._last = tell, words, -1.0

    def __call__(self, fraction: float) -> None:
        percent = round(min(max(fraction, 0.0), 1.0), 2)
        if percent != self._last:
            self._last = percent
            self._tell(Preparing(self._words, percent))
