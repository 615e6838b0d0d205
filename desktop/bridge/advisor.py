"""Measuring drafts for the loaded model, in the background: which answers are made in which order, how far it
is, what came of it. Works on the GUI thread; each answer is one work for the engine's.

The draft model that was in use is in use again afterwards, however it ends. Knows nothing of settings files
and prompts' origins; keeps no prompt.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.advice import PLAIN, Advice, Row, Trial, Way, parting, row_of
from desktop.bridge.advice_plan import Plan, order, request_for
from desktop.bridge.advice_work import Bring, DraftInUse, Explain, Parted, PutOffError, TryWay
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.metering import Metering
from desktop.errors import Cancelled, ContextFull, UserError

_RELOADED = "a model was loaded meanwhile"
Step = DraftInUse | TryWay | Explain | Bring


@dataclass(frozen=True, slots=True)
class Progress:
    """`done` of `total` answers; `way`: what is tried now; `seconds`: left, by those made so far, None = not
    known yet; `waits`: an answer of the person's goes first.
    """

    done: int
    total: int
    way: Way
    seconds: float | None
    waits: bool


class Advisor(QObject):
    """One measuring at a time. `rows` fill in while it goes on."""

    changed = Signal()
    """Progress, or rows."""
    finished = Signal(object)
    """Advice: all is measured, and the draft that was in use is back."""
    stopped = Signal(object)
    """UserError: why it ended early; None = the person said so. The draft that was in use is back."""

    def __init__(self, host: EngineHost, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._host = host
        self._plan: Plan | None = None
        self._work: Step | None = None
        self._metering = Metering()
        self._reset()
        host.work.ended.connect(self._on_ended)
        host.ended.connect(self._go_on)
        host.loaded.connect(self._go_on)
        host.load_failed.connect(self._go_on)
        host.load_cancelled.connect(self._go_on)

    def _reset(self) -> None:
        self._todo: list[tuple[int, Way]] = []
        self._trials: dict[str, dict[int, Trial]] = {}
        self._problems: dict[str, str] = {}
        self._ties: dict[tuple[int, str], bool | None] | None = None
        self._skipped: set[int] = set()
        self._done = 0
        self._seconds: list[float] = []
        self._before: Path | None = None
        self._wanted: Path | None = None
        self._why: UserError | None = None
        self._giving_up = False
        self._asked = False
        """Which draft was in use is known: it can be brought back."""

    @property
    def plan(self) -> Plan | None:
        """What is being measured, None = nothing is."""
        return self._plan

    @property
    def ending(self) -> bool:
        """It was given up; the draft that was in use is being brought back."""
        return self._plan is not None and self._giving_up

    @property
    def progress(self) -> Progress | None:
        """None when nothing is measured."""
        if self._plan is None:
            return None
        left, known = len(self._todo), self._seconds
        seconds = left * sum(known) / len(known) if known and left else None
        way = self._todo[0][1] if self._todo else PLAIN
        return Progress(self._done, self._done + left, way, seconds, self._host.busy)

    @property
    def rows(self) -> tuple[Row, ...]:
        """What is known by now, in the order of the plan; files that cannot draft come last."""
        plan = self._plan
        if plan is None:
            return ()
        plain, failed = self._trials.get(PLAIN.key, {}), self._problems
        measured = [
            row_of(way, self._trials.get(way.key, {}), plain, self._ties, failed.get(way.key, ""))
            for way in plan.ways
            if way.mode != "auto" or way.key not in failed  # said once for each draft model
        ]
        refused = [
            Row(Way("draft", one.name, str(one.path), one.memory), problem=one.reason)
            for one in plan.drafts
            if one.reason
        ]
        return (*measured, *refused)

    def start(self, plan: Plan) -> None:
        """Begin, unless something is being measured already."""
        if self._plan is not None or not plan.prompts:
            return
        self._reset()
        self._plan = plan
        self._metering.watts = plan.settings.watts
        self._todo = order(plan)
        self._wanted = self._host.drafts.wanted
        self._work = DraftInUse()
        self._host.work.start(self._work)
        self.changed.emit()

    def cancel(self) -> None:
        """Stop; what was measured is dropped."""
        if self._plan is None or self._giving_up:
            return
        self._abandon(None)
        if self._work is None:
            self._go_on()
        elif not isinstance(self._work, Bring):
            self._host.work.cancel(self._work)
        self.changed.emit()

    def _abandon(self, why: UserError | None) -> None:
        """Nothing more is tried; what was first said of why holds."""
        if not self._giving_up:
            self._giving_up, self._why, self._todo = True, why, []

    @Slot()
    def _go_on(self) -> None:
        """The next thing, when nothing is under way and nobody waits."""
        plan = self._plan
        if plan is None or self._work is not None:
            return
        if not self._giving_up and self._host.info is not None and self._host.info.path != plan.target:
            self._abandon(UserError(_RELOADED))
        if self._giving_up and not self._asked:  # nothing was changed, nothing is to be brought back
            self._end()
            return
        if self._host.busy or self._host.is_loading:
            self.changed.emit()
            return
        self._work = self._next(plan)
        self._host.work.start(self._work)
        self.changed.emit()

    def _next(self, plan: Plan) -> Step:
        waits = self._waits
        if self._todo:
            prompt, way = self._todo[0]
            request = request_for(plan, prompt, way)
            warm = not self._seconds
            return TryWay(way, prompt, request, plan.target, self._metering, waits, warm=warm)
        if self._ties is None and not self._giving_up:
            self._ties = {}
            parted = self._parted(plan)
            if parted:
                return Explain(parted, plan.target, waits)
        wanted = self._host.drafts.wanted
        return Bring(self._before if wanted == self._wanted else wanted, plan.target, waits)

    def _waits(self) -> bool:
        """Engine thread. Somebody waits for the engine; also while an answer is paused, whose cache it is."""
        return self._host.busy or self._host.is_loading

    def _parted(self, plan: Plan) -> list[Parted]:
        plain = self._trials.get(PLAIN.key, {})
        return [
            Parted(
                (prompt, way.key), request_for(plan, prompt, PLAIN), plain[prompt].answered, trial.answered
            )
            for way in plan.ways
            for prompt, trial in self._trials.get(way.key, {}).items()
            if not trial.draws and parting(trial, plain.get(prompt)) is not None
        ]

    @Slot(object, object, object)
    def _on_ended(self, work: object, result: object, error: BaseException | None) -> None:
        if work is not self._work or self._work is None:
            return
        done, self._work = self._work, None
        if isinstance(done, Bring) and not isinstance(error, PutOffError):
            self._end()
            return
        if isinstance(error, PutOffError):
            self._ties = None if isinstance(done, Explain) else self._ties  # again, after the answer
        elif isinstance(error, Cancelled):
            self._abandon(UserError(_RELOADED))  # unless the person gave it up
        elif isinstance(done, TryWay):
            self._take(done, result, error)
        elif isinstance(error, UserError) and not isinstance(done, Explain):  # what was measured stands
            self._abandon(error)
        elif isinstance(done, DraftInUse):
            self._asked, self._before = True, result if isinstance(result, Path) else None
        elif isinstance(result, dict):
            self._ties = result
        self._go_on()

    def _take(self, done: TryWay, result: object, error: BaseException | None) -> None:
        """One answer was made, or failed."""
        if self._giving_up:
            return
        if isinstance(error, ContextFull):
            self._skip(done.prompt)
            if len(self._skipped) == len(self._plan.prompts if self._plan is not None else ()):
                self._abandon(error)
        elif isinstance(error, UserError) and done.way.mode == "off":
            self._abandon(error)
        elif isinstance(error, UserError):
            self._drop(done.way, (error.detail.splitlines() or [""])[0] or "it could not be tried")
        elif isinstance(result, Trial):
            self._done += 1
            self._seconds.append(result.seconds)
            self._todo = [one for one in self._todo if one != (done.prompt, done.way)]
            if result.problem:
                self._problems[done.way.key] = result.problem
                self._todo = [one for one in self._todo if one[1] != done.way]
            else:
                self._trials.setdefault(done.way.key, {})[done.prompt] = result

    def _skip(self, prompt: int) -> None:
        """A prompt that does not fit is none for any way."""
        self._skipped.add(prompt)
        self._todo = [one for one in self._todo if one[0] != prompt]
        for trials in self._trials.values():
            trials.pop(prompt, None)

    def _drop(self, way: Way, reason: str) -> None:
        """No more of a way, nor of the other one with its draft model."""
        plan = self._plan
        for other in plan.ways if plan is not None else ():
            if other == way or (way.draft and other.draft == way.draft):
                self._problems[other.key] = reason
        self._todo = [one for one in self._todo if one[1].key not in self._problems]

    def _end(self) -> None:
        plan, rows, why = self._plan, self.rows, self._why
        if plan is None:
            return
        given_up, skipped = self._giving_up, len(self._skipped)
        self._plan = None
        self._host.drafts.go_on()
        if given_up:
            self.stopped.emit(why)
        else:
            used = len(plan.prompts) - skipped
            self.finished.emit(Advice(plan.target_name, rows, time.time(), plan.own, used, skipped))
        self.changed.emit()
