"""The engine on its own thread, seen from the GUI thread as one object with signals.

The worker is the sole owner of every llama pointer: it loads, generates and frees. Stopping sets a
`threading.Event` directly, since a queued signal cannot reach a slot that is busy generating. Every run has
an id; events of an old run are dropped by whoever listens. This is the one place with a broad `except`: what
is not a `UserError` is a bug, logged and reported.
"""

from __future__ import annotations

import logging
import threading
import time
import traceback
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QThread, Signal, Slot

from desktop.engine.types import Event, LoadOptions, ModelInfo, Request
from desktop.errors import Cancelled, EngineFailed, UserError
from desktop.gguf import read_header

if TYPE_CHECKING:
    from desktop.engine.engine import Engine  # loads llama.cpp: not before the window is on screen

log = logging.getLogger(__name__)
FLUSH_S = 1 / 60
SHUTDOWN_MS = 15_000


@dataclass(slots=True)
class _LoadJob:
    """`begun`: the worker has it in hand. `replaced`: another load follows, nothing is to be put back."""

    options: LoadOptions
    cancel: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    replaced: threading.Event = field(default_factory=threading.Event)


@dataclass(slots=True)
class _Run:
    id: int
    request: Request
    stop: threading.Event = field(default_factory=threading.Event)


class _Worker(QObject):
    """Lives on the engine thread. Every slot ends in exactly one outcome signal."""

    progress = Signal(float)
    loaded = Signal(object, object)
    load_failed = Signal(object, object)
    load_cancelled = Signal(object)
    putting_back = Signal(object)
    unloaded = Signal()
    events = Signal(int, object)
    ended = Signal(int, object)
    bug = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.ending = threading.Event()
        """Set by the GUI thread: nothing is put back any more, and what is being put back stops."""
        self._engine: Engine | None = None
        self._good: LoadOptions | None = None
        """What was loaded last."""

    @Slot(object)
    def load(self, job: _LoadJob) -> None:
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
    def generate(self, run: _Run) -> None:
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
        self.ended.emit(run.id, error)

    @Slot()
    def close(self) -> None:
        self._close()
        self.thread().quit()  # here, so that the model is freed before the event loop ends

    def _stream(self, engine: Engine, run: _Run) -> None:
        """Pass events on, collected to at most 60 signals a second."""
        batch: list[Event] = []
        sent = 0.0
        for event in engine.generate(run.request, run.stop.is_set):
            batch.append(event)
            now = time.perf_counter()
            if now - sent >= FLUSH_S:
                self.events.emit(run.id, batch)
                batch, sent = [], now
        if batch:
            self.events.emit(run.id, batch)

    def _open(self, job: _LoadJob) -> None:
        from desktop.engine.engine import Engine

        self._engine = Engine.load(job.options, self.progress.emit, job.cancel.is_set)
        self._good = job.options
        self.loaded.emit(job.options, self._engine.info)

    def _put_back(self) -> None:
        """Reload what worked before, unless it is still there or the program ends."""
        if self._engine is not None or self._good is None or self.ending.is_set():
            return
        good = replace(self._good, probe=False)
        self.putting_back.emit(good)
        try:
            self._open(_LoadJob(good, cancel=self.ending))
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


class EngineHost(QObject):
    """The engine, from the GUI thread: ask, and listen. At most one load and one run are wanted at a time."""

    progress = Signal(float)
    """Fraction of the current load, 0..1."""
    loading = Signal(object)
    """LoadOptions of a load that begins."""
    loaded = Signal(object)
    """ModelInfo; also when an old model was put back after a failure."""
    putting_back = Signal(object)
    """LoadOptions of the old model, which is loaded again; the outcome of the other load follows."""
    load_failed = Signal(object, object)
    """LoadOptions, UserError."""
    load_cancelled = Signal(object)
    """LoadOptions."""
    events = Signal(int, object)
    """Run id, list of engine events."""
    ended = Signal(int, object)
    """Run id, UserError or None. After it no event of that run follows."""
    bug = Signal(str)
    """Traceback of a fault of the program itself."""

    _load = Signal(object)
    _generate = Signal(object)
    _close = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.info: ModelInfo | None = None
        self._job: _LoadJob | None = None
        self._run: _Run | None = None
        self._runs = 0
        self._thread = QThread()
        self._thread.setObjectName("engine")
        self._worker = _Worker()
        self._worker.moveToThread(self._thread)
        self._load.connect(self._worker.load)
        self._generate.connect(self._worker.generate)
        self._close.connect(self._worker.close)
        self._worker.progress.connect(self.progress)
        self._worker.loaded.connect(self._on_loaded)
        self._worker.load_failed.connect(self._on_load_failed)
        self._worker.load_cancelled.connect(self._on_load_cancelled)
        self._worker.putting_back.connect(self.putting_back)
        self._worker.unloaded.connect(self._on_unloaded)
        self._worker.events.connect(self.events)
        self._worker.ended.connect(self._on_ended)
        self._worker.bug.connect(self.bug)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """An answer is being made, or waits for its turn."""
        return self._run is not None

    @property
    def has_gpu(self) -> bool:
        """This build of llama.cpp can put layers on a GPU. False until a model was loaded."""
        return self.info is not None and self.info.gpu

    @property
    def is_loading(self) -> bool:
        """A model is being loaded, or waits for its turn."""
        return self._job is not None

    def load(self, options: LoadOptions) -> None:
        """Load a model in place of the present one."""
        if self._job is not None:
            self._job.replaced.set()
            self._job.cancel.set()
        self._job = _LoadJob(options)
        self.loading.emit(options)
        self._load.emit(self._job)

    def cancel_load(self) -> None:
        """Give up the load under way; the old model is put back.

        One that still waits for an answer to end is given up at once.
        """
        job = self._job
        if job is not None:
            job.cancel.set()
            if not job.begun.is_set():
                self._on_load_cancelled(job.options)

    def generate(self, request: Request) -> int:
        """Start an answer after whatever the worker still does; returns the run id its events will carry."""
        self.stop()
        self._runs += 1
        self._run = _Run(self._runs, request)
        self._generate.emit(self._run)
        return self._run.id

    def stop(self) -> None:
        """Stop the answer under way: noticed within one decode step or 100 ms."""
        if self._run is not None:
            self._run.stop.set()

    def shutdown(self) -> None:
        """Stop everything, free the model, join the thread. A QThread alive at exit aborts the process."""
        self._worker.ending.set()
        self.stop()
        self.cancel_load()
        self._close.emit()
        if not self._thread.wait(SHUTDOWN_MS):
            log.error("the engine thread did not stop; ending it")
            self._thread.terminate()
            self._thread.wait()

    @Slot(object, object)
    def _on_loaded(self, options: LoadOptions, info: ModelInfo) -> None:
        self.info = info
        self._forget(options)
        self.loaded.emit(info)

    @Slot(object, object)
    def _on_load_failed(self, options: LoadOptions, error: UserError) -> None:
        self._forget(options)
        self.load_failed.emit(options, error)

    @Slot(object)
    def _on_load_cancelled(self, options: LoadOptions) -> None:
        self._forget(options)
        self.load_cancelled.emit(options)

    @Slot()
    def _on_unloaded(self) -> None:
        """The old model could not be put back: none is loaded now."""
        self.info = None

    def _forget(self, options: LoadOptions) -> None:
        if self._job is not None and self._job.options is options:
            self._job = None

    @Slot(int, object)
    def _on_ended(self, run_id: int, error: UserError | None) -> None:
        if self._run is not None and self._run.id == run_id:
            self._run = None
        self.ended.emit(run_id, error)
