"""Where an answer waits between two rounds while the person has paused it. Qt-free; used by two threads.

The GUI thread opens and closes it, the engine thread passes through it. What is to be done on the engine
thread meanwhile is handed in, for a queued signal cannot reach a slot that waits.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from threading import Condition
from time import perf_counter


class Gate:
    """Open at first. `clock` stands still while the answer waits here."""

    def __init__(self) -> None:
        self._changed = Condition()
        self._closed = False
        self._passes = 0
        self._jobs: deque[Callable[[], None]] = deque()
        self._waited = 0.0
        self.used = False
        """An answer has waited here: what else went on in its time is not its own."""

    def clock(self) -> float:
        """Seconds, those of waiting left out."""
        return perf_counter() - self._waited

    @property
    def closed(self) -> bool:
        """The answer is to wait after its present round."""
        return self._closed

    def close(self) -> None:
        """Pause."""
        with self._changed:
            self._closed = True

    def let_one(self) -> None:
        """One round more, then wait again."""
        with self._changed:
            self._passes += 1
            self._changed.notify_all()

    def open(self) -> None:
        """Go on. Also to be called when the answer is to stop, which wakes it."""
        with self._changed:
            self._closed, self._passes = False, 0
            self._changed.notify_all()

    def hand(self, job: Callable[[], None]) -> None:
        """Have something done on the engine thread while it waits here."""
        with self._changed:
            self._jobs.append(job)
            self._changed.notify_all()

    def wait(self) -> None:
        """Engine thread: wait until opened or let through, doing what is handed in."""
        began = perf_counter()
        self.used = True
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._jobs or self._passes or not self._closed)
                job = self._jobs.popleft() if self._jobs else None
                if job is None:
                    self._passes = max(self._passes - 1, 0)
                    break
            job()
        self._waited += perf_counter() - began
