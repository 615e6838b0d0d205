"""Garbage is collected on the main thread, and only there."""

from __future__ import annotations

import gc
import threading
import weakref
from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from desktop.bridge import garbage
from desktop.bridge.garbage import Garbage


class Knot:
    """In a cycle with itself."""

    def __init__(self) -> None:
        self.me = self


def forget() -> weakref.ref[Knot]:
    return weakref.ref(Knot())


def churn() -> None:
    """Enough to make Python collect, were it allowed to."""
    for _ in range(200):
        [Knot() for _ in range(1000)]


@pytest.fixture
def collector(qtbot: QtBot) -> Iterator[Garbage]:
    made = Garbage(lambda: True)
    made.start()
    yield made
    made.stop()


def test_another_thread_frees_no_cycle(collector: Garbage) -> None:
    gone = forget()
    thread = threading.Thread(target=churn)
    thread.start()
    thread.join()
    assert gone() is not None


def test_the_main_thread_does(collector: Garbage, qtbot: QtBot) -> None:
    gone = forget()
    churn()
    qtbot.waitUntil(lambda: gone() is None)


def test_everything_waits_for_a_quiet_moment(monkeypatch: pytest.MonkeyPatch, qtbot: QtBot) -> None:
    monkeypatch.setattr(garbage, "_FULL_EVERY", 1)
    quiet: list[bool] = []
    made = Garbage(lambda: bool(quiet))
    old = Knot()
    gone = weakref.ref(old)
    gc.collect()  # it is of the oldest now
    made.start()
    gc.unfreeze()
    try:
        del old
        made._collect()
        assert gone() is not None
        quiet.append(True)
        made._collect()
        assert gone() is None
    finally:
        made.stop()


def test_python_collects_again_afterwards(qtbot: QtBot) -> None:
    gc.enable()
    made = Garbage(lambda: True)
    made.start()
    assert not gc.isenabled()
    made.stop()
    assert gc.isenabled()
