"""Trying one way to draft on one prompt, and what belongs to it: done on the engine thread, one at a time.

An answer that the person asks for does not wait for a trial: it is broken off, and made again later. Knows
the engine and the meter. Must not know Qt, settings, what is made of the trials.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

from desktop import difference
from desktop.bridge.advice import LEAST_TOKENS, Trial, Way
from desktop.bridge.metering import Metering
from desktop.difference import Answered
from desktop.engine.types import Finished, Request, Round, Speculated, Step
from desktop.errors import Cancelled, EngineFailed, UserError

if TYPE_CHECKING:
    from desktop.engine.engine import Engine

Question = Callable[[], bool]
_DRAWS = ("rejection", "block")
"""Rules that keep the distribution, but not the text that a seed gives."""
_WARM_UP = 24
"""Tokens of an answer nobody times: it reads the weights from the disk, and the pace learns the pair."""


class PutOffError(UserError):
    """The person has asked for an answer: the work is to be done again after it."""


@dataclass(eq=False, slots=True)
class TryWay:
    """One answer, timed. `target`: the model it is meant for; `waits`: whether somebody waits for the engine.

    `warm`: nothing was answered yet, so an answer that is not timed goes before.
    """

    way: Way
    prompt: int
    request: Request
    target: Path
    metering: Metering
    waits: Question
    warm: bool = False

    def run(self, engine: Engine | None, tell: Callable[[object], None], cancelled: Question) -> Trial:
        """Raises: UserError of many kinds, PutOffError, Cancelled."""
        began = perf_counter()
        loaded = _checked(engine, self.target)

        def stop() -> bool:
            return cancelled() or self.waits()

        try:
            if self.waits():
                raise Cancelled
            warm = self._prepare(loaded, stop) or self.warm
            if warm:
                _answer(loaded, replace(self.request, max_tokens=_WARM_UP, ignore_eos=True), stop, None)
            loaded.forget()
            trial = _answer(loaded, self.request, stop, self.metering)
        except Cancelled:
            if cancelled():
                raise
            raise PutOffError("an answer comes first") from None
        return replace(trial, seconds=perf_counter() - began, problem=self._problem(trial))

    def _prepare(self, engine: Engine, stop: Question) -> bool:
        """Draft model and costs. Returns whether another draft model was loaded."""
        before = engine.draft.path if engine.draft is not None else None
        if self.way.draft:
            engine.use_draft(Path(self.way.draft), cancelled=stop)
        engine.measure(self.request.speculation, stop)
        return bool(self.way.draft) and before != Path(self.way.draft)

    def _problem(self, trial: _Timed) -> str:
        """A draft that was given up on the way says nothing about drafting."""
        did = trial.did
        return did.reason or "refused" if self.way.mode != "off" and did.state == "refused" else ""


@dataclass(frozen=True, slots=True)
class _Timed(Trial):
    did: Speculated = field(default_factory=Speculated)


@dataclass(frozen=True, slots=True)
class Parted:
    """Two answers to one request that are not the same, and should be."""

    key: tuple[int, str]
    request: Request
    plain: Answered
    other: Answered


@dataclass(eq=False, slots=True)
class Explain:
    """Whether rounding errors are enough to explain where answers part."""

    parted: Sequence[Parted]
    target: Path
    waits: Question

    def run(
        self, engine: Engine | None, tell: Callable[[object], None], cancelled: Question
    ) -> dict[tuple[int, str], bool | None]:
        """By prompt and way. Raises: EngineFailed, PutOffError, Cancelled."""
        loaded = _checked(engine, self.target)
        found: dict[tuple[int, str], bool | None] = {}
        for one in self.parted:
            if cancelled():
                raise Cancelled
            if self.waits():
                raise PutOffError("an answer comes first")
            difference_ = difference.find(loaded, one.request, one.plain, one.other)
            found[one.key] = difference_.tie if difference_ is not None else None
        return found


@dataclass(eq=False, slots=True)
class DraftInUse:
    """Which draft model there is; `Bring` brings it back."""

    def run(self, engine: Engine | None, tell: Callable[[object], None], cancelled: Question) -> Path | None:
        """Its file, None = none."""
        return engine.draft.path if engine is not None and engine.draft is not None else None


@dataclass(eq=False, slots=True)
class Bring:
    """Have this draft model (None = none) beside the target, as before. One that fails is told by the next
    answer.
    """

    draft: Path | None
    target: Path
    waits: Question

    def run(self, engine: Engine | None, tell: Callable[[object], None], cancelled: Question) -> None:
        """Raises: PutOffError, Cancelled."""
        if self.waits():
            raise PutOffError("an answer comes first")
        if engine is not None and engine.info.path == self.target:
            with suppress(UserError):
                engine.use_draft(self.draft, cancelled=cancelled)


def _checked(engine: Engine | None, target: Path) -> Engine:
    if engine is None or engine.info.path != target:
        raise EngineFailed("a model was loaded meanwhile")
    return engine


def _answer(engine: Engine, request: Request, stop: Question, metering: Metering | None) -> _Timed:
    """Write one answer, timed by the engine and, with `metering`, measured. Raises: UserError, Cancelled."""
    tokens: list[int] = []
    rounds: list[Round] = []
    end: Finished | None = None
    if metering is not None:
        metering.start()
    for event in engine.generate(request, stop):
        match event:
            case Step():
                tokens += event.tokens
                rounds.append(event.round)
                if metering is not None:
                    metering.tick(first=True)
            case Finished():
                end = event
    cards = engine.info.gpu and engine.info.n_gpu_layers != 0
    energy = metering.stop(cards=cards) if metering is not None else None
    if stop() or end is None:
        raise Cancelled
    answered = Answered(
        tokens, _probabilities(rounds)[: len(tokens)], end.stop_reason, end.prompt_tokens, end.seed
    )
    did = end.speculated
    return _Timed(
        answered=answered,
        rate=end.timings.decode_rate(len(tokens)) if len(tokens) >= LEAST_TOKENS else 0.0,
        drafted=did.drafted,
        accepted=did.accepted,
        draws=any(one.source == "draft" and one.drafted and one.rule in _DRAWS for one in rounds),
        energy=energy,
        did=did,
    )


def _probabilities(rounds: Sequence[Round]) -> list[float]:
    """How likely each token was by the target, as far as its rounds tell."""
    found: list[float] = []
    for one in rounds:
        found += [drafted.p for drafted in one.drafted[: one.accepted]]
        if one.added is not None:
            found.append(one.added.p)
    return found
