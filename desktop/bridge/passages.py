"""Changing a passage of an answer, from the GUI thread: one at a time, as work of the engine thread.

Knows settings, the engine host and the form. Must not know: widgets, the store. Nothing is kept here: whoever
listens stores what comes of it, or not.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.drafting import speculation
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.metering import Metering
from desktop.bridge.passage import Passage
from desktop.bridge.passage_form import drafting, marks_for, passage_request
from desktop.bridge.passage_work import PassageWork, Rewritten, Written
from desktop.engine.types import Prefill
from desktop.errors import BadInput, Cancelled
from desktop.settings import Settings
from desktop.store.types import Message


class Passages(QObject):
    """`start` ends in exactly one of `rewritten`, `failed` and `cancelled`."""

    reading = Signal(object)
    """Prefill."""
    written = Signal(object)
    """Written."""
    rewritten = Signal(object)
    """Rewritten, whether or not the form was kept."""
    failed = Signal(object)
    """UserError."""
    cancelled = Signal()
    busy_changed = Signal(bool)

    def __init__(
        self, host: EngineHost, settings: Callable[[], Settings], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._host, self._settings = host, settings
        self._work: PassageWork | None = None
        self._metering = Metering()
        host.work.told.connect(self._on_told)
        host.work.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        """A passage is being written, or waits for its turn."""
        return self._work is not None

    def start(self, path: Sequence[Message], passage: Passage, instruction: str) -> None:
        """Write it anew. `path`: the conversation up to and including the answer.

        Raises: BadInput when nothing is asked for, or one is being written.
        """
        if not instruction.strip():
            raise BadInput("nothing was asked for")
        if self.busy:
            raise BadInput("a passage is being changed already")
        settings, info = self._settings(), self._host.info
        drafts = drafting(
            speculation(settings, info.path if info else None), has_draft=self._host.drafts.info is not None
        )
        marks = marks_for(passage.core, instruction)
        request = passage_request(path, passage, instruction, marks, settings, drafts)
        self._metering.watts = settings.watts
        self._work = PassageWork(request, passage, instruction, marks, self._metering)
        self.busy_changed.emit(True)
        self._host.work.start(self._work)

    def cancel(self) -> None:
        """Give up; nothing is kept."""
        if self._work is not None:
            self._host.work.cancel(self._work)

    @Slot(object, object)
    def _on_told(self, work: object, item: object) -> None:
        if work is not self._work:
            return
        if isinstance(item, Prefill):
            self.reading.emit(item)
        elif isinstance(item, Written):
            self.written.emit(item)

    @Slot(object, object, object)
    def _on_ended(self, work: object, result: object, error: BaseException | None) -> None:
        if work is not self._work:
            return
        self._work = None
        self.busy_changed.emit(False)
        if isinstance(result, Rewritten):
            self.rewritten.emit(result)
        elif error is None or isinstance(error, Cancelled):
            self.cancelled.emit()
        else:
            self.failed.emit(error)
