"""The engine on its own thread, seen from the GUI thread as one object with signals.

The worker is the sole owner of every llama pointer. Every run has an id; events of an old run are dropped by
whoever listens. What concerns draft models is in `drafts`: it makes way for loads and answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QThread, Signal, Slot

from desktop.bridge.draft_host import DraftHost
from desktop.bridge.engine_worker import LoadJob, Run, Worker
from desktop.bridge.work import WorkHost, WorkJob
from desktop.engine.types import LoadOptions, ModelInfo, Request
from desktop.errors import UserError

log = logging.getLogger(__name__)
SHUTDOWN_MS = 15_000


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
    metered = Signal(int, object)
    """Run id, the Energy of the answer; before its end. Not of one that was paused."""
    paused = Signal(int)
    """Run id of an answer that waits between two rounds now."""
    ended = Signal(int, object)
    """Run id, UserError or None. After it no event of that run follows."""
    bug = Signal(str)
    """Traceback of a fault of the program itself."""

    _load = Signal(object)
    _generate = Signal(object)
    _work = Signal(object)
    _close = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.info: ModelInfo | None = None
        self.pieces: dict[int, bytes] = {}
        """Bytes of every token the loaded model has written or was proposed."""
        self._job: LoadJob | None = None
        self._run: Run | None = None
        self._waits = False
        self._runs = 0
        self._thread = QThread()
        self._thread.setObjectName("engine")
        self._worker = Worker()
        self._worker.moveToThread(self._thread)
        self._load.connect(self._worker.load)
        self._generate.connect(self._worker.generate)
        self._work.connect(self._worker.work)
        self._close.connect(self._worker.close)
        self._worker.progress.connect(self.progress)
        self._worker.loaded.connect(self._on_loaded)
        self._worker.load_failed.connect(self._on_load_failed)
        self._worker.load_cancelled.connect(self._on_load_cancelled)
        self._worker.putting_back.connect(self.putting_back)
        self._worker.unloaded.connect(self._on_unloaded)
        self._worker.events.connect(self.events)
        self._worker.pieces.connect(self._on_pieces)
        self._worker.metered.connect(self.metered)
        self._worker.paused.connect(self._on_paused)
        self._worker.ended.connect(self._on_ended)
        self._worker.bug.connect(self.bug)
        self.drafts = DraftHost(self._worker, self._is_free, self)
        self.work = WorkHost(self._place, self)
        self._worker.told.connect(self.work.on_told)
        self._worker.worked.connect(self._on_worked)
        self._thread.start()

    @property
    def busy(self) -> bool:
        """An answer is being made, or waits for its turn."""
        return self._run is not None

    @property
    def is_paused(self) -> bool:
        """The answer under way waits between two rounds."""
        return self._run is not None and self._waits

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
        self.drafts.stop()
        self.work.cancel()
        self._job = LoadJob(options)
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
        if request.speculation.mode == "off":  # any other answer waits for the costs: it needs them itself
            self.drafts.make_way()
        self._runs += 1
        self._run = Run(self._runs, request)
        self._generate.emit(self._run)
        return self._run.id

    def stop(self) -> None:
        """Stop the answer under way: noticed within one decode step or 100 ms."""
        if self._run is not None:
            self._run.stop.set()
            self.resume()

    def pause(self) -> None:
        """Let the answer under way wait after its present round; `paused` says when it does."""
        if self._run is not None and not self._run.stop.is_set():
            self._run.gate.close()

    def step(self) -> None:
        """One round more of a paused answer."""
        if self._run is not None and self.is_paused:
            self._waits = False
            self._run.gate.let_one()

    def resume(self) -> None:
        """Go on with a paused answer."""
        if self._run is not None:
            self._waits = False
            self._run.gate.open()

    def set_watts(self, watts: float) -> None:
        """The processor's power at work, for estimates from the next answer on; 0 = a guess."""
        self._worker.metering.watts = watts

    def shutdown(self) -> None:
        """Stop everything, free the model, join the thread. A QThread alive at exit aborts the process."""
        self._worker.ending.set()
        self.stop()
        self.cancel_load()
        self.drafts.stop()
        self.work.cancel()
        self._close.emit()
        if not self._thread.wait(SHUTDOWN_MS):
            log.error("the engine thread did not stop; ending it")
            self._thread.terminate()
            self._thread.wait()
        for told in (self, self.drafts, self.work):  # what it has sent last is nobody's any more
            QCoreApplication.removePostedEvents(told, QEvent.Type.MetaCall.value)

    @Slot(object, object)
    def _on_loaded(self, options: LoadOptions, info: ModelInfo) -> None:
        self.info = info
        self.pieces = {}
        self._forget(options)
        self.drafts.clear()
        self.loaded.emit(info)
        self.work.go_on()

    @Slot(object, object)
    def _on_load_failed(self, options: LoadOptions, error: UserError) -> None:
        self._forget(options)
        self.load_failed.emit(options, error)
        self._go_on()

    @Slot(object)
    def _on_load_cancelled(self, options: LoadOptions) -> None:
        self._forget(options)
        self.load_cancelled.emit(options)
        self._go_on()

    @Slot()
    def _on_unloaded(self) -> None:
        """The old model could not be put back: none is loaded now."""
        self.info = None
        self.drafts.clear()

    def _is_free(self) -> bool:
        return not self.busy and not self.is_loading

    def _forget(self, options: LoadOptions) -> None:
        if self._job is not None and self._job.options is options:
            self._job = None

    @Slot(int, object)
    def _on_ended(self, run_id: int, error: UserError | None) -> None:
        if self._run is not None and self._run.id == run_id:
            self._run, self._waits = None, False
        self.ended.emit(run_id, error)
        self._go_on()

    @Slot(object)
    def _on_pieces(self, pieces: dict[int, bytes]) -> None:
        self.pieces.update(pieces)

    @Slot(int)
    def _on_paused(self, run_id: int) -> None:
        run = self._run
        if run is not None and run.id == run_id and run.gate.closed:
            self._waits = True
            self.paused.emit(run_id)
            self.work.go_on()

    @Slot(object, object, object)
    def _on_worked(self, job: WorkJob, result: object, error: BaseException | None) -> None:
        self.work.on_ended(job, result, error)
        self.drafts.go_on()

    def _go_on(self) -> None:
        self.work.go_on()
        self.drafts.go_on()

    def _place(self) -> Callable[[WorkJob], None] | None:
        """How work gets to the engine thread now."""
        if self._run is not None and self._waits:
            return self._hand
        if not self._is_free():
            return None
        self.drafts.make_way()
        return self._work.emit

    def _hand(self, job: WorkJob) -> None:
        if self._run is not None:
            self._run.gate.hand(partial(self._worker.work, job))
