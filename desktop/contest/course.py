"""A race being run: the same request in both lanes, in turn, and everything the engine said of it.

Every run begins with empty KV caches; who goes first alternates, so that neither lane has the warmer
computer; and every pair gives one ratio of decode tok/s: what else the computer does meanwhile meets both.
Knows: the engine at work. Must not know: threads, Qt, files, what is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from desktop import difference
from desktop.contest import here
from desktop.contest.collected import Collected
from desktop.contest.data import (
    DRAWS_ITS_OWN,
    LANES,
    Began,
    Candidate,
    Configuration,
    Energy,
    Lane,
    ModelFile,
    Pair,
    Parting,
    Race,
    Run,
)
from desktop.contest.order import RaceOrder
from desktop.contest.packed import Packed, texts, unpacked
from desktop.difference import Answered
from desktop.engine.types import (
    Event,
    Finished,
    LoadOptions,
    Message,
    ModelInfo,
    Request,
    Round,
    Step,
    Timings,
)
from desktop.errors import Cancelled, UserError
from desktop.meter.types import Energy as Metered

if TYPE_CHECKING:
    from desktop.engine.engine import Engine

_WARM_UP = Request([Message("user", "Hello")], raw=True, ignore_eos=True, max_tokens=16)
"""Or whoever goes first would read the weights from the disk for both."""


class Meters(Protocol):
    """Energy of one answer after the other: `Metering` of the bridge is one."""

    def start(self) -> None: ...
    def tick(self, *, first: bool) -> None: ...
    def stop(self, *, cards: bool) -> Metered | None: ...


@dataclass(frozen=True, slots=True)
class Stepped:
    """A round of it."""

    lane: Lane
    step: Step


@dataclass(frozen=True, slots=True)
class _Parted:
    """The first pair whose answers differ."""

    index: int
    plain: Answered
    speculative: Answered


RaceEvent = Began | Stepped | Pair | Race


def race(
    engine: Engine, order: RaceOrder, meters: Meters | None, cancelled: Callable[[], bool]
) -> Iterator[RaceEvent]:
    """Run it: what happens meanwhile, every pair when it is complete, and the race at the end.

    A draft that cannot be used is no failure: its lane is written plainly, and its runs say so. Leaves the KV
    cache used, and the draft model of the last lane beside the target.
    Raises: BadInput, ContextFull, TemplateFailed, EngineFailed, Cancelled.
    """
    order.check()
    course = _Course(engine, order.settled(), meters, cancelled)
    Collected.of(engine.generate(_WARM_UP, cancelled))
    for number in range(order.repeats):
        yield from course.pair(number)
    yield course.finish()


def metered(events: Iterable[Event], meters: Meters, *, cards: bool) -> Iterator[Event | Metered]:
    """The events of one answer as they come, and at the end what it used, where anybody knows."""
    meters.start()
    for event in events:
        meters.tick(first=isinstance(event, Step) and bool(event.tokens))
        yield event
    used = meters.stop(cards=cards)
    if used is not None:
        yield used


def on_card(info: ModelInfo) -> bool:
    """Whether a graphics card does part of the work."""
    return info.gpu and info.n_gpu_layers != 0


class _Course:
    def __init__(
        self, engine: Engine, order: RaceOrder, meters: Meters | None, cancelled: Callable[[], bool]
    ) -> None:
        self._engine, self._order, self._meters, self._cancelled = engine, order, meters, cancelled
        self._pairs: list[Pair] = []
        self._parted: _Parted | None = None
        self._seen: set[int] = set()
        self._drafts: dict[str, ModelFile] = {}
        self._costs: tuple[tuple[tuple[int, float], ...], float] = (), 0.0
        self._expected_identical = True
        self._began = datetime.now(UTC)

    def pair(self, number: int) -> Iterator[RaceEvent]:
        """Both lanes once."""
        plain_first = number % 2 == 0
        runs: dict[Lane, Run] = {}
        answers: dict[Lane, Collected] = {}
        for at, lane in enumerate(LANES if plain_first else reversed(LANES)):
            yield Began(2 * number + at + 1, lane)
            answers[lane] = collected = Collected()
            runs[lane] = yield from self._run(lane, collected)
        self._compare(number, answers["plain"], answers["speculative"])
        pair = Pair(runs["plain"], runs["speculative"], plain_first)
        self._pairs.append(pair)
        yield pair

    def _run(self, lane: Lane, collected: Collected) -> Generator[RaceEvent, None, Run]:
        held = self._order.lanes[LANES.index(lane)]
        self._make_ready(held)
        used: Metered | None = None
        for event in self._answer(lane):
            if isinstance(event, Metered):
                used = event
                continue
            collected.add(event)
            if isinstance(event, Step):
                yield Stepped(lane, event)
        if collected.finished.stop_reason == "cancelled":
            raise Cancelled
        self._note(held, collected)
        energy = None if used is None else Energy.of(used)
        return Run(
            held.detail or held.name, held, Packed.of(collected.steps), _settled(collected.finished), energy
        )

    def _answer(self, lane: Lane) -> Iterator[Event | Metered]:
        self._engine.forget()
        if self._meters is None:
            return self._engine.generate(self._order.request(lane), self._cancelled)
        events = self._engine.generate(self._order.request(lane), self._cancelled)
        return metered(events, self._meters, cards=on_card(self._engine.info))

    def _make_ready(self, held: Configuration) -> None:
        """The lane's draft beside the target, and costs measured: neither is to be timed."""
        wanted = held.speculation
        if wanted.mode in ("auto", "draft"):
            with suppress(UserError):  # the run says so
                self._engine.use_draft(wanted.draft, cancelled=self._cancelled)
        self._engine.measure(wanted, self._cancelled)

    def _note(self, held: Configuration, collected: Collected) -> None:
        """Whatever is asked for once the race is over, while its rounds are at hand."""
        for step in collected.steps:
            self._seen.update(step.tokens)
            self._seen.update(drafted.token for drafted in step.round.drafted)
            if step.round.added is not None:
                self._seen.add(step.round.added.token)
        if held.speculation.mode == "off":
            return
        self._costs = tuple(self._engine.curve()), self._engine.draft_step_ms()
        draft = self._engine.draft
        if held.speculation.mode != "lookup" and draft is not None:
            self._drafts.setdefault(str(draft.path), here.model_file(draft))

    def _compare(self, number: int, plain: Collected, speculative: Collected) -> None:
        warmth, other = (self._order.request(lane).sampling.temperature for lane in LANES)
        own = warmth > 0 and any(_draws_its_own(answer.rounds) for answer in (plain, speculative))
        self._expected_identical &= warmth == other and not own
        if self._parted is None and plain.tokens != speculative.tokens:
            self._parted = _Parted(number, plain.answered, speculative.answered)

    def finish(self) -> Race:
        """Everything put together; the pair to be shown unpacked."""
        engine, order, info = self._engine, self._order, self._engine.info
        parting = self._parting()
        pieces = engine.pieces(sorted(self._seen))
        words = texts(pieces)
        pairs = [_worded(pair, words) for pair in self._pairs]
        load = LoadOptions(info.path, info.n_ctx, info.n_threads, info.n_gpu_layers, info.kv_type)
        drafts = tuple(self._drafts.values())
        made = Race(
            prompt=order.prompt,
            pairs=tuple(pairs),
            model=info.name,
            draft=", ".join(draft.name for draft in drafts),
            seed=order.seed,
            parting=parting,
            curve=tuple((width, round(ms, 4)) for width, ms in self._costs[0]),
            step_ms=round(self._costs[1], 4),
            asked=order.asked(load),
            target=here.model_file(info),
            drafts=drafts,
            machine=here.machine(),
            date=self._began.isoformat(timespec="seconds"),
            expected_identical=self._expected_identical,
            pieces=pieces,
        )
        return unpacked(made)

    def _parting(self) -> Parting | None:
        parted = self._parted
        if parted is None:
            return None
        found = difference.find(self._engine, self._order.request("plain"), parted.plain, parted.speculative)
        if found is None:
            return None
        plain, speculative = (
            Candidate(None if token is None else self._engine.detokenize([token]), round(logit, 6), token)
            for token, logit in zip(found.tokens, found.logits, strict=True)
        )
        noise, expected = round(found.noise, 6), not self._expected_identical
        return Parting(parted.index, found.position, plain, speculative, found.tie, expected, noise)


def _settled(finished: Finished) -> Finished:
    """Times to the microsecond, as they are written down: whoever reads a receipt has the very figures."""
    timings, did = finished.timings, finished.speculated
    ms = (round(one, 3) for one in (timings.ttft_ms, timings.prefill_ms, timings.decode_ms))
    return replace(
        finished, timings=Timings(*ms), speculated=replace(did, plain_rate=round(did.plain_rate, 3))
    )


def _worded(pair: Pair, words: dict[int, str]) -> Pair:
    plain, speculative = (replace(run, words=words) for run in (pair.plain, pair.speculative))
    return replace(pair, plain=plain, speculative=speculative)


def _draws_its_own(rounds: Sequence[Round]) -> bool:
    return any(one.source == "draft" and one.drafted and one.rule in DRAWS_ITS_OWN for one in rounds)
