"""Shared by the window's tests: a test that leaves a thread running fails, whatever else it checked."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from itertools import count

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QThread
from PySide6.QtWidgets import QApplication

from desktop.gui.theme import Theme

_PATIENCE_MS = 2000


def _running_qthreads() -> list[QThread]:
    application = QCoreApplication.instance()
    main = application.thread() if application is not None else None
    threads = [thing for thing in gc.get_objects() if isinstance(thing, QThread) and shiboken6.isValid(thing)]
    return [thread for thread in threads if thread.isRunning() and thread != main]


def _own_threads() -> set[threading.Thread]:
    # A _DummyThread stands for a thread Qt started: it has no end Python knows of.
    return {thread for thread in threading.enumerate() if not isinstance(thread, threading._DummyThread)}


_FULL_EVERY = 20
_tests = count(1)


@pytest.fixture(autouse=True)
def garbage_is_main_threads() -> Iterator[None]:
    """As in the program (bridge/garbage.py): no widget of a test before is freed on an engine thread."""
    gc.disable()
    yield
    gc.collect(1 if next(_tests) % _FULL_EVERY else 2)
    gc.enable()


@pytest.fixture(autouse=True)
def no_dangling_threads() -> Iterator[None]:
    """A thread still running after a test would abort the process at exit, or disturb the next test."""
    before = _own_threads()
    yield
    qthreads = [thread for thread in _running_qthreads() if not thread.wait(_PATIENCE_MS)]
    assert not qthreads, f"QThreads still running: {qthreads}"
    threads = _own_threads() - before
    for thread in threads:
        thread.join(_PATIENCE_MS / 1000)
    alive = [thread for thread in threads if thread.is_alive()]
    assert not alive, f"threads still running: {alive}"


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    """Dark, gone after the test: a theme that stays would style the widgets of all later ones."""
    made = Theme(qapp, "dark")
    yield made
    shiboken6.delete(made)
