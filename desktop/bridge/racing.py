"""Races, seen from the GUI thread: ask for one, and listen. One at a time, on the engine thread.

Knows nothing of pages, settings, or where receipts are kept.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from desktop import paths
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.racework import Preparing, RaceWork, Steps
from desktop.contest.data import Began, Race
from desktop.contest.order import RaceOrder
from desktop.errors import BadInput, Cancelled, EngineFailed, UserError

__all__ = ["RaceOrder", "Racing"]


class Racing(QObject):
    """`watts`: of the processor, for the estimate of energy. `folder`: where models are kept."""

    preparing = Signal(str, float)
    """What is made ready, and how far that is, 0..1."""
    begun = Signal(int, str)
    """Run, counted from 1, and its lane."""
    stepped = Signal(str, object)
    """Lane, list of Steps: 30 times a second at most."""
    finished = Signal(object)
    """Race. Exactly one of these three ends every start."""
    failed = Signal(object)
    """UserError."""
    cancelled = Signal()

    def __init__(
        self,
        host: EngineHost,
        watts: Callable[[], float] = lambda: 0.0,
        folder: Callable[[], Path] = paths.models_dir,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self.words: dict[int, str] = {}
        """The text of all tokens met in the race so far."""
        self._host, self._watts, self._folder = host, watts, folder
        self._work: RaceWork | None = None
        host.work.told.connect(self._on_told)
        host.work.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        """A race is under way, or waits for its turn."""
        return self._work is not None

    def start(self, order: RaceOrder) -> None:
        """Race when the engine is free."""
        self._begin(RaceWork(order, watts=self._watts()))

    def repeat(self, receipt: Race) -> None:
        """The race of a receipt once more, with the files it names: at their paths, else found by hash."""
        self._begin(RaceWork(None, receipt, self._folder(), self._watts()))

    def cancel(self) -> None:
        """Noticed within one decode. Nothing of the race is kept."""
        if self._work is not None:
            self._host.work.cancel(self._work)

    def demonstration_size(self) -> int:
        """Bytes of the demonstration model; 0 = there is none now."""
        from desktop.engine.demonstration import NAME

        try:
            return (paths.demonstration_dir() / NAME).stat().st_size
        except OSError:
            return 0

    def delete_demonstration(self) -> None:
        """Delete it; fine when there is none.

        Raises: UserError.
        """
        from desktop.engine.demonstration import remove

        remove(paths.demonstration_dir())

    def _begin(self, work: RaceWork) -> None:
        if self._work is not None:
            self.failed.emit(BadInput("a race is under way already"))
            return
        if self._host.is_paused:  # work is done within the pause, and a race takes all the engine has
            self.failed.emit(BadInput("an answer waits to go on: end it before a race"))
            return
        self._work, self.words = work, {}
        self._host.work.start(work)

    @Slot(object, object)
    def _on_told(self, work: object, item: object) -> None:
        if work is not self._work:
            return
        if isinstance(item, Steps):
            self.words.update(item.words)
            self.stepped.emit(item.lane, item.steps)
        elif isinstance(item, Preparing):
            self.preparing.emit(item.words, item.fraction)
        elif isinstance(item, Began):
            self.begun.emit(item.number, item.lane)

    @Slot(object, object, object)
    def _on_ended(self, work: object, result: object, error: BaseException | None) -> None:
        if work is not self._work:
            return
        self._work = None
        if isinstance(error, Cancelled):
            self.cancelled.emit()
        elif isinstance(result, Race):
            self.finished.emit(result)
        else:
            self.failed.emit(error if isinstance(error, UserError) else EngineFailed("internal error"))
