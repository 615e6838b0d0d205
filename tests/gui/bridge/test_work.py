"""Work on the engine thread: in order, one at a time, after answers, cancelled, failed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from pytestqt.qtbot import QtBot

from desktop.bridge.engine_host import EngineHost
from desktop.bridge.work import Tell
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions
from desktop.errors import BadInput, Cancelled
from tests.gui.bridge.test_engine_host import _request

WAIT_MS = 20_000


@dataclass(frozen=True)
class Count:
    """Tokens of a text."""

    text: str

    def run(self, engine: Engine | None, tell: Tell, cancelled: Callable[[], bool]) -> object:
        """Counts."""
        tell("counting")
        return engine.count(self.text) if engine is not None else -1


class UntilCancelled:
    """Says that it has begun, then waits."""

    def __init__(self) -> None:
        self._never = Event()

    def run(self, engine: Engine | None, tell: Tell, cancelled: Callable[[], bool]) -> object:
        """Waits."""
        tell("begun")
        while not cancelled():
            self._never.wait(0.01)
        raise Cancelled


class Refuses:
    """Fails."""

    def run(self, engine: Engine | None, tell: Tell, cancelled: Callable[[], bool]) -> object:
        """Always."""
        raise BadInput("not like this")


def test_a_result_comes_back(loaded: EngineHost, qtbot: QtBot) -> None:
    work = Count("one two")
    with qtbot.waitSignals([loaded.work.told, loaded.work.ended], timeout=WAIT_MS):
        loaded.work.start(work)
        assert loaded.work.current is work
    assert loaded.work.current is None


def test_works_are_done_in_the_order_asked_for(loaded: EngineHost, qtbot: QtBot) -> None:
    done: list[object] = []

    def note(work: object, _result: object, _error: object) -> None:
        done.append(work)

    loaded.work.ended.connect(note)
    works = [Count(text) for text in ("a", "b", "c")]
    for work in works:
        loaded.work.start(work)
    qtbot.waitUntil(lambda: len(done) == 3, timeout=WAIT_MS)
    assert done == works


def test_a_work_waits_for_the_answer_before_it(loaded: EngineHost, qtbot: QtBot) -> None:
    order: list[str] = []

    def answered(_run: int, _error: object) -> None:
        order.append("answer")

    def worked(_work: object, _result: object, _error: object) -> None:
        order.append("work")

    loaded.ended.connect(answered)
    loaded.work.ended.connect(worked)
    loaded.generate(_request())
    loaded.work.start(Count("a"))
    assert not loaded.work.running
    qtbot.waitUntil(lambda: len(order) == 2, timeout=WAIT_MS)
    assert order == ["answer", "work"]


def test_one_can_be_given_up_running_or_waiting(loaded: EngineHost, qtbot: QtBot) -> None:
    first, second = UntilCancelled(), Count("a")
    ends: list[tuple[object, object]] = []

    def note(work: object, _result: object, error: object) -> None:
        ends.append((work, error))

    loaded.work.ended.connect(note)
    with qtbot.waitSignal(loaded.work.told, timeout=WAIT_MS):
        loaded.work.start(first)
        loaded.work.start(second)
    loaded.work.cancel()
    qtbot.waitUntil(lambda: len(ends) == 2, timeout=WAIT_MS)
    assert [work for work, _ in ends] == [second, first]
    assert all(isinstance(error, Cancelled) for _, error in ends)


def test_a_failure_is_told(loaded: EngineHost, qtbot: QtBot) -> None:
    with qtbot.waitSignal(loaded.work.ended, timeout=WAIT_MS) as ended:
        loaded.work.start(Refuses())
    assert ended.args is not None
    assert isinstance(ended.args[2], BadInput)


def test_without_a_model_work_is_told_so(host: EngineHost, qtbot: QtBot) -> None:
    with qtbot.waitSignal(host.work.ended, timeout=WAIT_MS) as ended:
        host.work.start(Count("a"))
    assert ended.args is not None
    assert ended.args[1] == -1


def test_loading_another_model_gives_work_up(loaded: EngineHost, tiny: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(loaded.work.told, timeout=WAIT_MS):
        loaded.work.start(UntilCancelled())
    with qtbot.waitSignals([loaded.work.ended, loaded.loaded], timeout=WAIT_MS):
        loaded.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))


def test_shutting_down_gives_work_up(loaded: EngineHost, qtbot: QtBot) -> None:
    with qtbot.waitSignal(loaded.work.told, timeout=WAIT_MS):
        loaded.work.start(UntilCancelled())
    ends: list[object] = []

    def note(work: object, _result: object, _error: object) -> None:
        ends.append(work)

    loaded.work.ended.connect(note)
    loaded.shutdown()
    assert not loaded._thread.isRunning()
    qtbot.wait(50)  # for what the engine thread has sent last
    assert ends == []  # whoever would be told may be gone
