"""Draft models, seen from the GUI thread: which one is in use, why not, what it costs, what others would be.

All of it is done on the engine's thread while that has nothing better to do: one thing at a time, cut short
or put off by a load or an answer, and taken up again afterwards. Knows nothing of settings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.engine_worker import DraftJob, JudgeJob, Known, Worker
from desktop.engine.types import DraftInfo, Speculation
from desktop.errors import UserError


class DraftHost(QObject):
    """Belongs to the engine host; `free` says whether the engine has nothing else to do."""

    changed = Signal()
    """The draft in use, its loading, the measuring, or the measured costs."""
    judged = Signal(object)
    """DraftInfo of one more file."""

    _prepare = Signal(object)
    _judge = Signal(object)

    def __init__(self, worker: Worker, free: Callable[[], bool], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.info: DraftInfo | None = None
        """The draft model in use."""
        self.error: UserError | None = None
        """Why the one that is wanted is not."""
        self.curve: list[tuple[int, float]] = []
        """Measured costs: tokens in one decode of the target, milliseconds. Empty = not measured yet."""
        self.step_ms = 0.0
        """Measured cost of one drafted token; 0 = not measured."""
        self.verdicts: dict[Path, DraftInfo] = {}
        """What is known of files as drafts for the loaded target."""
        self._free = free
        self._wanted: Speculation | None = None
        self._due = False
        self._job: DraftJob | None = None
        self._fraction: float | None = None
        self._measuring = False
        self._to_judge: list[Path] = []
        self._judging: JudgeJob | None = None
        self._prepare.connect(worker.prepare)
        self._judge.connect(worker.judge)
        worker.draft_progress.connect(self._on_progress)
        worker.drafted.connect(self._on_drafted)
        worker.prepared.connect(self._on_prepared)
        worker.judged.connect(self._on_judged)
        worker.known.connect(self._on_known)

    @property
    def wanted(self) -> Path | None:
        """The draft model that is, or should be, in use."""
        return self._wanted.draft if self._wanted is not None else None

    @property
    def loading(self) -> float | None:
        """How far the draft model is loaded, 0..1; None when none is being loaded."""
        return self._fraction

    @property
    def measuring(self) -> bool:
        """Whether the costs are being measured."""
        return self._measuring

    @property
    def judging(self) -> bool:
        """Whether files still wait to be judged."""
        return self._judging is not None or bool(self._to_judge)

    def use(self, speculation: Speculation) -> None:
        """Have this draft model (or none) beside the target from here on, and the costs measured."""
        if self.wanted != speculation.draft:
            self.info, self.error = None, None
            self._cut_short()
        elif self._job is not None:
            self._job.way.set()
        self._wanted, self._due = speculation, True
        self.go_on()
        self.changed.emit()

    def measure_again(self) -> None:
        """Measure with what is in use."""
        if self._wanted is not None:
            self.use(self._wanted)

    def judge(self, paths: Iterable[Path]) -> None:
        """Find out how these files would do; those that are known already are not read again."""
        busy_with = self._judging.path if self._judging is not None else None
        self._to_judge = [path for path in paths if path not in self.verdicts and path != busy_with]
        self.go_on()

    def make_way(self) -> None:
        """An answer is asked for that does not need the costs: it goes before measuring."""
        if self._job is not None:
            self._job.way.set()

    def stop(self) -> None:
        """Another target is to be loaded, or the program ends."""
        self._cut_short()
        self._due = self._wanted is not None
        self._to_judge = []

    def clear(self) -> None:
        """There is another target, or none: nothing known here holds for it."""
        self.stop()
        self._wanted, self._due, self._judging = None, False, None
        self.info, self.error = None, None
        self.curve, self.step_ms, self.verdicts = [], 0.0, {}
        self._fraction, self._measuring = None, False
        self.changed.emit()

    @Slot()
    def go_on(self) -> None:
        """Do the next thing, if the engine is free."""
        if self._job is not None or self._judging is not None or not self._free():
            return
        if self._due and self._wanted is not None:
            self._due, self._job = False, DraftJob(self._wanted)
            self._prepare.emit(self._job)
        elif self._to_judge:
            self._judging = JudgeJob(self._to_judge.pop(0))
            self._judge.emit(self._judging)

    def _cut_short(self) -> None:
        if self._job is not None:
            self._job.cancel.set()

    def _is_current(self, job: DraftJob) -> bool:
        return job is self._job and not job.cancel.is_set()

    @Slot(float)
    def _on_progress(self, fraction: float) -> None:
        """By the percent: llama.cpp reports every tensor."""
        percent = round(fraction, 2)
        if self._job is not None and self._is_current(self._job) and percent != self._fraction:
            self._fraction = percent
            self.changed.emit()

    @Slot(object, object, object)
    def _on_drafted(self, job: DraftJob, info: DraftInfo | None, error: UserError | None) -> None:
        if self._is_current(job):
            self.info, self.error = info, error
            self._fraction, self._measuring = None, True
            self.changed.emit()

    @Slot(object)
    def _on_prepared(self, job: DraftJob) -> None:
        if job is self._job:
            self._job = None
            self._due = self._due or (job.way.is_set() and not job.cancel.is_set())
        self._fraction, self._measuring = None, False
        self.changed.emit()
        self.go_on()

    @Slot(object, object)
    def _on_judged(self, job: JudgeJob, info: DraftInfo | None) -> None:
        if job is self._judging:
            self._judging = None
            if info is not None:
                self.verdicts[job.path] = info
                self.judged.emit(info)
        self.go_on()

    @Slot(object)
    def _on_known(self, known: Known) -> None:
        """An answer may have loaded another draft model, and has refined the costs."""
        self.curve, self.step_ms = known.curve, known.step_ms
        if known.draft is not None or self.error is None:
            self.info = known.draft
        self.changed.emit()
