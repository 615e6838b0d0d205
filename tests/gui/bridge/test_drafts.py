"""Draft models on the engine thread: brought in, refused, judged, measured, and never in an answer's way."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.bridge.engine_host import EngineHost
from desktop.engine.types import Finished, LoadOptions, Message, Request, Sampling, Speculation
from tests.tiny_gguf import Tiny, write_tiny

WAIT_MS = 20_000


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft for the tiny model: its vocabulary, half its layers."""
    return write_tiny(tmp_path_factory.mktemp("drafts") / "small.gguf", Tiny(layers=1, name="Small"))


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with other words."""
    path = tmp_path_factory.mktemp("drafts") / "foreign.gguf"
    return write_tiny(
        path, Tiny(layers=1, name="Foreign", controls=("<a>", "<b>", "<c>"), eos="<a>", mute=())
    )


def _use(host: EngineHost, speculation: Speculation, qtbot: QtBot) -> None:
    host.drafts.use(speculation)
    qtbot.waitUntil(lambda: host.drafts._job is None and not host.drafts._due, timeout=WAIT_MS)


def _request(speculation: Speculation) -> Request:
    greedy = Sampling(temperature=0.0)
    return Request((Message("user", "hello"),), sampling=greedy, max_tokens=30, speculation=speculation)


def _finished(host: EngineHost, request: Request, qtbot: QtBot) -> Finished:
    got: list[object] = []

    def keep(_run: int, events: list[object]) -> None:
        got.extend(events)

    host.events.connect(keep)
    with qtbot.waitSignal(host.ended, timeout=WAIT_MS):
        host.generate(request)
    host.events.disconnect(keep)
    assert isinstance(got[-1], Finished)
    return got[-1]


def test_a_draft_is_loaded_and_the_costs_are_measured(loaded: EngineHost, small: Path, qtbot: QtBot) -> None:
    states: list[tuple[bool, bool]] = []

    def note() -> None:
        states.append((loaded.drafts.info is not None, loaded.drafts.measuring))

    loaded.drafts.changed.connect(note)
    _use(loaded, Speculation("draft", small), qtbot)
    drafts = loaded.drafts
    assert drafts.info is not None
    assert drafts.info.loaded
    assert drafts.info.path == small
    assert drafts.error is None
    assert drafts.loading is None
    assert not drafts.measuring
    assert [width for width, _ in drafts.curve] == list(range(1, 17))
    assert all(ms > 0 for _, ms in drafts.curve)
    assert drafts.step_ms > 0
    assert (True, True) in states, "told before the measuring"


def test_one_that_does_not_fit_is_refused_with_the_reason(
    loaded: EngineHost, foreign: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    for path in (foreign, tmp_path / "absent.gguf"):
        _use(loaded, Speculation("draft", path), qtbot)
        assert loaded.drafts.info is None
        assert loaded.drafts.error is not None
        assert loaded.drafts.error.detail
    assert loaded.drafts.curve, "what decodes cost is known all the same"
    done = _finished(loaded, _request(Speculation("draft", foreign)), qtbot)
    assert done.speculated.state == "refused"
    assert done.output_tokens == 30


def test_no_draft_drops_the_one_before(loaded: EngineHost, small: Path, qtbot: QtBot) -> None:
    _use(loaded, Speculation("draft", small), qtbot)
    _use(loaded, Speculation("off"), qtbot)
    assert loaded.drafts.info is None
    assert loaded.drafts.error is None


def test_an_answer_goes_before_measuring_which_is_taken_up_again(
    loaded: EngineHost, small: Path, qtbot: QtBot
) -> None:
    asked: list[int] = []

    def ask() -> None:
        if loaded.drafts.measuring and not asked:
            asked.append(loaded.generate(_request(Speculation("off"))))

    loaded.drafts.changed.connect(ask)
    with qtbot.waitSignal(loaded.ended, timeout=WAIT_MS):
        loaded.drafts.use(Speculation("draft", small))
    assert asked
    qtbot.waitUntil(lambda: bool(loaded.drafts.curve) and loaded.drafts.step_ms > 0, timeout=WAIT_MS)


def test_files_are_judged_one_by_one(loaded: EngineHost, small: Path, foreign: Path, qtbot: QtBot) -> None:
    absent = small.with_name("absent.gguf")
    loaded.drafts.judge([small, foreign, absent])
    qtbot.waitUntil(lambda: not loaded.drafts.judging, timeout=WAIT_MS)
    good, bad, gone = (loaded.drafts.verdicts[path] for path in (small, foreign, absent))
    assert good.reason == ""
    assert good.memory is not None
    assert good.memory.needed > 0
    assert all(check.passed for check in good.checks)
    assert bad.reason
    assert any(not check.passed for check in bad.checks)
    assert gone.reason
    told: list[object] = []
    loaded.drafts.judged.connect(told.append)
    loaded.drafts.judge([small, foreign])
    assert not loaded.drafts.judging, "known already"
    assert not told


def test_another_target_forgets_what_was_known(
    loaded: EngineHost, tiny: Path, small: Path, qtbot: QtBot
) -> None:
    _use(loaded, Speculation("draft", small), qtbot)
    loaded.drafts.judge([small])
    qtbot.waitUntil(lambda: not loaded.drafts.judging, timeout=WAIT_MS)
    with qtbot.waitSignal(loaded.loaded, timeout=WAIT_MS):
        loaded.load(LoadOptions(tiny, n_ctx=256, n_threads=1, probe=False))
    assert loaded.drafts.info is None
    assert loaded.drafts.curve == []
    assert loaded.drafts.verdicts == {}


def test_a_load_given_up_leaves_the_draft_in_use(
    loaded: EngineHost, tiny: Path, small: Path, qtbot: QtBot
) -> None:
    """The old model comes back by itself; whoever wants a draft for it asks again, as after any load."""
    loaded.loaded.connect(lambda _info: loaded.drafts.use(Speculation("draft", small)))
    _use(loaded, Speculation("draft", small), qtbot)
    with qtbot.waitSignal(loaded.load_cancelled, timeout=WAIT_MS):
        loaded.load(LoadOptions(tiny, n_ctx=256, n_threads=1, probe=False))
        loaded.cancel_load()

    def back() -> bool:
        return loaded.drafts.info is not None and loaded.drafts.info.path == small

    qtbot.waitUntil(back, timeout=WAIT_MS)


@pytest.mark.parametrize("what", ["use", "judge"])
def test_shutdown_while_drafts_are_looked_at(what: str, tiny: Path, small: Path, qtbot: QtBot) -> None:
    host = EngineHost()
    with qtbot.waitSignal(host.loaded, timeout=WAIT_MS):
        host.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))
    act: dict[str, Callable[[], None]] = {
        "use": lambda: host.drafts.use(Speculation("draft", small)),
        "judge": lambda: host.drafts.judge([small]),
    }
    act[what]()
    host.shutdown()


def test_an_answer_that_loads_another_draft_is_noticed(loaded: EngineHost, small: Path, qtbot: QtBot) -> None:
    _use(loaded, Speculation("off"), qtbot)
    done = _finished(loaded, _request(Speculation("draft", small)), qtbot)
    assert done.speculated.state in ("active", "paused")
    assert loaded.drafts.info is not None
    assert loaded.drafts.info.path == small
