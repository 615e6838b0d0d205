"""The engine's side of the thread: sole owner of every llama pointer. It loads, drafts, generates and frees.

What the GUI thread wants to happen at once (stop, cancel, make way) are `threading.Event`s in the jobs, since
a queued signal cannot reach a slot that is busy. This is the one place with a broad `except`: what is not a
`UserError` is a bug, logged and reported.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.gate import Gate
from desktop.bridge.metering import Metering
from desktop.bridge.work import WorkJob
from desktop.engine.trace import tokens_of
from desktop.engine.types import DraftInfo, Event, LoadOptions, Request, Speculation, Step
from desktop.errors import Cancelled, EngineFailed, UserError
from desktop.gguf import read_header

if TYPE_CHECKING:
    from desktop.engine.engine import Engine  # loads llama.cpp: not before the window is on screen

log = logging.getLogger(__name__)
FLUSH_S = 1 / 60


@dataclass(slots=True)
class LoadJob:
    """`begun`: the worker has it in hand. `replaced`: another load follows, nothing is to be put back."""

    options: LoadOptions
    cancel: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    replaced: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class Run:
    id: int
    request: Request
    stop: threading.Event = field(default_factory=threading.Event)
    gate: Gate = field(default_factory=Gate)


@dataclass(slots=True)
class DraftJob:
    """Load this draft model beside the target, then measure. `cancel` ends all of it, `way` the measuring."""

    speculation: Speculation
    cancel: threading.Event = field(default_factory=threading.Event)
    way: threading.Event = field(default_factory=threading.Event)

    def must_end(self) -> bool:
        """No more measuring: it was cancelled, or an answer waits."""
        return self.cancel.is_set() or self.way.is_set()


@dataclass(slots=True)
class JudgeJob:
    """One file to be judged as a draft for the target."""

    path: Path


@dataclass(frozen=True, slots=True)
class Known:
    """What the engine knows of drafting now. `curve`: (width, ms) of a decode; `step_ms`: of one drafted
    token, 0 = not measured.
    """

    draft: DraftInfo | None
    curve: list[tuple[int, float]]
    step_ms: float


class Worker(QObject):
    """Lives on the engine thread. Every slot ends in exactly one outcome signal."""

    progress = Signal(float)
    loaded = Signal(object, object)
    load_failed = Signal(object, object)
    load_cancelled = Signal(object)
    putting_back = Signal(object)
    unloaded = Signal()
    events = Signal(int, object)
    pieces = Signal(object)
    metered = Signal(int, object)
    paused = Signal(int)
    ended = Signal(int, object)
    told = Signal(object, object)
    worked = Signal(object, object, object)
    draft_progress = Signal(float)
    drafted = Signal(object, object, object)
    prepared = Signal(object)
    judged = Signal(object, object)
    known = Signal(object)
    bug = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.ending = threading.Event()
        """Set by the GUI thread: nothing is put back any more, and what is being put back stops."""
        self._engine: Engine | None = None
        self._good: LoadOptions | None = None
        """What was loaded last."""
        self._known: set[int] = set()
        """Tokens whose bytes were sent on."""
        self.metering = Metering()

    @Slot(object)
    def load(self, job: LoadJob) -> None:
        job.begun.set()
        if job.cancel.is_set():
            if not job.replaced.is_set():
                self._put_back()  # the load this one replaced may have left nothing behind
            self.load_cancelled.emit(job.options)
            return
        try:
            read_header(job.options.path)  # a hopeless file must not cost the model that works
            self._close()
            self._open(job)
        except Cancelled:
            if not job.replaced.is_set():
                self._put_back()
            self.load_cancelled.emit(job.options)
        except UserError as error:
            error.facts.setdefault("log", "\n".join(_log_tail()))
            self._put_back()
            self.load_failed.emit(job.options, error)
        except Exception:
            self._report_bug()
            self._put_back()
            self.load_failed.emit(job.options, EngineFailed("internal error while loading"))

    @Slot(object)
    def generate(self, run: Run) -> None:
        error: UserError | None = None
        try:
            self._put_back()  # a load that was replaced left it out
            if self._engine is None:
                raise EngineFailed("no model is loaded")
            self._stream(self._engine, run)
        except Cancelled:
            pass  # stopped before anything could be counted
        except UserError as failure:
            error = failure
        except Exception:
            self._report_bug()
            error = EngineFailed("internal error while generating")
        self._tell_known()
        self.ended.emit(run.id, error)

    @Slot(object)
    def work(self, job: WorkJob) -> None:
        """Do one work; also called while an answer waits at its gate."""
        result: object = None
        error: BaseException | None = None
        try:
            if job.cancel.is_set():
                raise Cancelled
            result = job.work.run(self._engine, partial(self.told.emit, job), job.cancel.is_set)
        except (UserError, Cancelled) as failure:
            error = failure
        except Exception:
            self._report_bug()
            error = EngineFailed("internal error")
        self._tell_known()
        self.worked.emit(job, result, error)

    @Slot(object)
    def prepare(self, job: DraftJob) -> None:
        """Bring the draft model in or out and say so, then see to the costs."""
        engine = self._engine
        try:
            if engine is not None and not job.cancel.is_set():
                self._draft(engine, job)
                if not job.must_end():
                    engine.measure(job.speculation, job.must_end)
        except Cancelled:
            pass
        except UserError as error:  # the next answer meets it, and says so
            log.warning("the costs could not be measured: %s", error.detail)
        except Exception:
            self._report_bug()
            job.cancel.set()  # not again
        self._tell_known()
        self.prepared.emit(job)

    @Slot(object)
    def judge(self, job: JudgeJob) -> None:
        """How a file would do as the draft; None when nothing can be said."""
        info: DraftInfo | None = None
        try:
            if self._engine is not None:
                info = self._engine.judge_draft(job.path)
        except Exception:
            self._report_bug()
        self.judged.emit(job, info)

    def _draft(self, engine: Engine, job: DraftJob) -> None:
        """Raises only `Cancelled`, or a bug."""
        try:
            draft = engine.use_draft(job.speculation.draft, self.draft_progress.emit, job.cancel.is_set)
        except UserError as error:
            self.drafted.emit(job, None, error)
        else:
            self.drafted.emit(job, draft, None)

    def _tell_known(self) -> None:
        engine = self._engine
        if engine is not None:
            self.known.emit(Known(engine.draft, engine.curve(), engine.draft_step_ms()))

    @Slot()
    def close(self) -> None:
        self._close()
        self.thread().quit()  # here, so that the model is freed before the event loop ends

    def _stream(self, engine: Engine, run: Run) -> None:
        """Pass events on, collected to at most 60 signals a second."""
        batch: list[Event] = []
        sent = 0.0
        self.metering.start()
        for event in engine.generate(run.request, run.stop.is_set, run.gate.clock):
            batch.append(event)
            waits = isinstance(event, Step) and run.gate.closed and not run.stop.is_set()
            now = time.perf_counter()
            if waits or now - sent >= FLUSH_S:
                self.metering.tick(first=any(isinstance(event, Step) for event in batch))
                self._send(engine, run, batch)
                batch, sent = [], now
            if waits:
                self.paused.emit(run.id)
                run.gate.wait()
        energy = self.metering.stop(cards=engine.info.gpu and engine.info.n_gpu_layers != 0)
        if not run.gate.used:
            self.metered.emit(run.id, energy)
        if batch:
            self._send(engine, run, batch)

    def _send(self, engine: Engine, run: Run, batch: list[Event]) -> None:
        """Events, and before them the bytes of tokens that come up for the first time."""
        rounds = [event.round for event in batch if isinstance(event, Step)]
        new = tokens_of(rounds) - self._known
        if new:
            self._known |= new
            self.pieces.emit(engine.pieces(new))
        self.events.emit(run.id, batch)

    def _open(self, job: LoadJob) -> None:
        from desktop.engine.engine import Engine

        self._engine = Engine.load(job.options, self.progress.emit, job.cancel.is_set)
        self._known = set()
        self._good = job.options
        self.loaded.emit(job.options, self._engine.info)

    def _put_back(self) -> None:
        """Reload what worked before, unless it is still there or the program ends."""
        if self._engine is not None or self._good is None or self.ending.is_set():
            return
        good = replace(self._good, probe=False)
        self.putting_back.emit(good)
        try:
            self._open(LoadJob(good, cancel=self.ending))
        except Cancelled:
            return
        except UserError as error:
            log.warning("could not put the old model back: %s", error.detail)
        except Exception:
            self._report_bug()
        if self._engine is None:
            self._good = None
            self.unloaded.emit()

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.close()
        self._engine = None

    def _report_bug(self) -> None:
        log.exception("bug in the engine thread")
        self.bug.emit(traceback.format_exc())


def _log_tail() -> list[str]:
    from desktop.engine.engine import Engine

    return Engine.log_tail()
