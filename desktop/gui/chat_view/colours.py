"""Which answers show their tokens, and the traces of those that do: read a few milliseconds at a time.

Knows rounds and switches, nothing of widgets. Traces are kept while their answers are in the conversation.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.engine.types import Round
from desktop.gui.chat_view.traced import Traced

_SLICE = 0.006  # seconds of one turn
_ROUNDS, _SPANS = 32, 400  # worked on between two looks at the clock


class _Job:
    """Rounds still to be read, then spans still to be placed."""

    def __init__(self, rounds: Iterable[Round], pieces: Mapping[int, bytes], limit: int | None) -> None:
        self.rounds: Iterator[Round] | None = iter(rounds)
        self.pieces, self.traced = pieces, Traced(limit)
        self._placed = False

    def step(self, text: str, thinking: str) -> bool:
        """Some of it; true when it is done."""
        if self.rounds is not None:
            some = list(islice(self.rounds, _ROUNDS))
            last = len(some) < _ROUNDS
            self.traced.add(some, lambda token: self.pieces.get(token, b""), final=last)
            self.rounds = None if last else self.rounds
            return False
        if not self._placed:
            self._placed = self.traced.follow(text, thinking, final=True, most=_SPANS)
            return False
        self.traced.along()  # kept there: the row under the answer has it at once
        return True


class Colours(QObject):
    """Asked by message id. `changed(id)`: what an answer shows of its tokens is another; -1 = of all."""

    shown_changed = Signal(bool)  # the switch of all answers
    rejected_changed = Signal(bool)
    wanted = Signal(int)  # a finished answer's rounds
    changed = Signal(int)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._shown, self._rejected = False, False
        self._one: dict[int, bool] = {}
        self._traces: dict[int, Traced] = {}
        self._texts: dict[int, tuple[str, str]] = {}  # of answers whose rounds are awaited or read
        self._asked: set[int] = set()
        self._jobs: dict[int, _Job] = {}
        self._timer = QTimer(self, singleShot=True, interval=0)
        self._timer.timeout.connect(self._work)
        self._asking: list[int] = []
        self._ask = QTimer(self, singleShot=True, interval=0)
        self._ask.timeout.connect(self._ask_now)

    # -- switches --------------------------------------------------------------------------------------

    @property
    def tokens_shown(self) -> bool:
        """Whether answers show their tokens that were not switched one by one."""
        return self._shown

    @property
    def rejected_shown(self) -> bool:
        """Whether rejected proposals are shown, struck."""
        return self._rejected

    def set_shown(self, shown: bool) -> None:
        """For all answers; those switched one by one follow again, when it is another."""
        if shown != self._shown:
            self._shown = shown
            self._one.clear()
            self.changed.emit(-1)
            self.shown_changed.emit(shown)

    def set_rejected(self, shown: bool) -> None:
        """For all answers."""
        if shown != self._rejected:
            self._rejected = shown
            self.changed.emit(-1)
            self.rejected_changed.emit(shown)

    def set_one(self, message_id: int, shown: bool) -> None:
        """For one answer, while its conversation is open."""
        if shown != self.shown(message_id):
            self._one[message_id] = shown
            self.changed.emit(message_id)

    def shown(self, message_id: int) -> bool:
        """Whether an answer shows its tokens."""
        return self._one.get(message_id, self._shown)

    def chosen(self, message_id: int) -> bool:
        """Whether somebody wanted just this answer to show its tokens."""
        return self._one.get(message_id, False)

    # -- traces ----------------------------------------------------------------------------------------

    def trace(self, message_id: int) -> Traced | None:
        """The rounds of an answer beside its text, if they are known."""
        return self._traces.get(message_id)

    def want(self, message_id: int, text: str, thinking: str) -> None:
        """Asks for the rounds of a finished answer, once."""
        if message_id in self._asked or message_id in self._traces:
            return
        self._asked.add(message_id)
        self._texts[message_id] = (text, thinking)
        self._asking.append(message_id)
        self._ask.start()

    @Slot()
    def _ask_now(self) -> None:
        asking, self._asking = self._asking, []
        for message_id in asking:
            self.wanted.emit(message_id)

    def read(
        self, message_id: int, text: str, thinking: str, rounds: Iterable[Round], pieces: Mapping[int, bytes],
        limit: int | None,
    ) -> None:  # fmt: skip
        """The rounds of a finished answer; taken from the iterable bit by bit."""
        self._asked.add(message_id)
        self._texts[message_id] = (text, thinking)
        self._jobs[message_id] = _Job(rounds, pieces, limit)
        self._timer.start()

    @Slot()
    def _work(self) -> None:
        deadline = time.perf_counter() + _SLICE
        while self._jobs:
            message_id, job = next(iter(self._jobs.items()))
            if job.step(*self._texts.get(message_id, ("", ""))):
                del self._jobs[message_id]
                self._traces[message_id] = job.traced
                self._texts.pop(message_id, None)
                self.changed.emit(message_id)
                break  # what is shown of it costs time, too
            if time.perf_counter() > deadline:
                break
        if self._jobs:
            self._timer.start()

    def grow(self, message_id: int, rounds: Iterable[Round], pieces: Mapping[int, bytes]) -> None:
        """Rounds of an answer that is being written."""
        traced = self._traces.setdefault(message_id, Traced())
        traced.add(list(rounds), lambda token: pieces.get(token, b""))

    def follow(self, message_id: int, text: str, thinking: str, *, final: bool) -> None:
        """The text has grown."""
        traced = self._traces.get(message_id)
        if traced is None:
            return
        if final:
            traced.end()
        traced.follow(text, thinking, final=final)
        if final and not traced.whole:  # an answer that went on: the rounds of its beginning are elsewhere
            self.forget(message_id)

    def forget(self, message_id: int) -> None:
        """What is known of an answer's rounds; they are asked for again when they are wanted."""
        self._traces.pop(message_id, None)
        self._jobs.pop(message_id, None)
        self._asked.discard(message_id)

    def keep_only(self, ids: set[int]) -> None:
        """Another conversation is shown."""
        for message_id in [*self._traces, *self._jobs, *self._asked, *self._one]:
            if message_id not in ids:
                self.forget(message_id)
                self._one.pop(message_id, None)
                self._texts.pop(message_id, None)
