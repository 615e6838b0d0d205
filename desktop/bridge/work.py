"""Work for the engine thread that is no answer and no load: races, measurements, a look at one token.

One at a time, in the order asked for, whenever no model is being loaded and no answer is being written; also
while an answer is paused. Knows nothing of what is done.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal, Slot

from desktop.errors import Cancelled

if TYPE_CHECKING:
    from desktop.engine.engine import Engine

Tell = Callable[[object], None]


class Work(Protocol):
    """Something to be done with the engine that is loaded, if one is. It must not keep it."""

    def run(self, engine: Engine | None, tell: Tell, cancelled: Callable[[], bool]) -> object:
        """Engine thread. `tell` hands on what others are to know meanwhile.

        Raises: UserError, Cancelled.
        """


@dataclass(frozen=True, slots=True)
class WorkJob:
    """One work under way."""

    work: Work
    cancel: Event = field(default_factory=Event)


class WorkHost(QObject):
    """Belongs to the engine host. `place`: how a job gets to the engine thread now; None = not now."""

    told = Signal(object, object)
    """Work, what it tells."""
    ended = Signal(object, object, object)
    """Work, its result or None, and why there is none: UserError, Cancelled, else None."""

    def __init__(
        self, place: Callable[[], Callable[[WorkJob], None] | None], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._place = place
        self._waiting: deque[WorkJob] = deque()
        self._job: WorkJob | None = None

    @property
    def current(self) -> Work | None:
        """What is being done, or else is next."""
        job = self._job or (self._waiting[0] if self._waiting else None)
        return job.work if job is not None else None

    @property
    def running(self) -> bool:
        """The engine thread has one in hand."""
        return self._job is not None

    def start(self, work: Work) -> None:
        """Do it when its turn comes."""
        self._waiting.append(WorkJob(work))
        self.go_on()

    def cancel(self, work: Work | None = None) -> None:
        """Give up a work, or all of them; each ends with `Cancelled`."""
        for job in [job for job in self._waiting if work is None or job.work is work]:
            self._waiting.remove(job)
            self.ended.emit(job.work, None, Cancelled())
        if self._job is not None and (work is None or self._job.work is work):
            self._job.cancel.set()

    def go_on(self) -> None:
        """Hand over the next one, if the engine thread takes it now."""
        place = self._place() if self._job is None and self._waiting else None
        if place is not None:
            self._job = self._waiting.popleft()
            place(self._job)

    @Slot(object, object)
    def on_told(self, job: WorkJob, item: object) -> None:
        """The engine thread tells."""
        self.told.emit(job.work, item)

    @Slot(object, object, object)
    def on_ended(self, job: WorkJob, result: object, error: BaseException | None) -> None:
        """The engine thread is done with it."""
        if self._job is job:
            self._job = None
        self.ended.emit(job.work, result, error)
        self.go_on()
