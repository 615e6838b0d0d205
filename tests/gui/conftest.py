"""Shared by the window's tests: a test that leaves a thread running fails, whatever else it checked."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QThread


def _running_qthreads() -> list[QThread]:
    return [
        thread
        for thread in gc.get_objects()
        if isinstance(thread, QThread) and _alive(thread) and thread.isRunning() and not _is_main(thread)
    ]


def _alive(thread: QThread) -> bool:
    import shiboken6

    return bool(shiboken6.isValid(thread))


def _is_main(thread: QThread) -> bool:
    from PySide6.QtCore import QCoreApplication

    application = QCoreApplication.instance()
    return application is not None and thread == application.thread()


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """A QThread or Python thread still running after a test would abort the process at exit, or touch the next test."""
    before = set(threading.enumerate())
    yield
    left = [thread for thread in _running_qthreads() if not thread.wait(2000)]
    assert not left, f"QThreads still running: {left}"
    python_left = [t for t in threading.enumerate() if t not in before and t.is_alive() and not _is_dummy(t)]
    for thread in python_left:
        thread.join(2.0)
    assert not any(thread.is_alive() for thread in python_left), f"threads still running: {python_left}"


def _is_dummy(thread: threading.Thread) -> bool:
    # Python's stand-in for a thread Qt started; it has no end of its own.
    return isinstance(thread, threading._DummyThread)
