"""The engine thread: loads, streams, stops, survives bad files, and is gone at the end."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.bridge.engine_host import EngineHost
from desktop.engine.types import Event, Finished, LoadOptions, Message, Prefill, Request, Sampling, Step
from desktop.errors import EngineFailed, ModelMissing, ModelTooLarge, ModelUnreadable
from tests.tiny_gguf import Tiny, write_tiny


def _request(max_tokens: int = 40) -> Request:
    return Request(
        (Message("user", "hello world"),), sampling=Sampling(temperature=0.0), max_tokens=max_tokens
    )


def _run(host: EngineHost, request: Request, qtbot: QtBot) -> list[Event]:
    got: list[Event] = []

    def keep(_run: int, events: list[Event]) -> None:
        got.extend(events)

    host.events.connect(keep)
    with qtbot.waitSignal(host.ended, timeout=20_000) as ended:
        host.generate(request)
    host.events.disconnect(keep)
    assert ended.args is not None
    assert ended.args[1] is None
    return got


def test_an_answer_arrives_whole_and_in_order(loaded: EngineHost, qtbot: QtBot) -> None:
    events = _run(loaded, _request(), qtbot)
    kinds = [type(event) for event in events]
    assert kinds == sorted(kinds, key=[Prefill, Step, Finished].index)
    steps = [event for event in events if isinstance(event, Step)]
    finished = events[-1]
    assert isinstance(finished, Finished)
    assert finished.output_tokens == sum(len(step.tokens) for step in steps) == 40
    assert [step.at_ms for step in steps] == sorted(step.at_ms for step in steps)


def test_a_second_run_reuses_the_first(loaded: EngineHost, qtbot: QtBot) -> None:
    first = _run(loaded, _request(), qtbot)[-1]
    again = _run(loaded, _request(), qtbot)[-1]
    assert isinstance(first, Finished)
    assert isinstance(again, Finished)
    assert first.reused_tokens == 0
    assert again.reused_tokens == again.prompt_tokens - 1


def test_stop_ends_a_run_with_what_was_written(loaded: EngineHost, qtbot: QtBot) -> None:
    got: list[Event] = []

    def stop_at_once(_run: int, events: list[Event]) -> None:
        got.extend(events)
        loaded.stop()

    loaded.events.connect(stop_at_once)
    with qtbot.waitSignal(loaded.ended, timeout=20_000):
        loaded.generate(_request(0))
    finished = got[-1]
    assert isinstance(finished, Finished)
    assert finished.stop_reason == "cancelled"
    assert not loaded.busy


def test_generating_without_a_model_says_so(host: EngineHost, qtbot: QtBot) -> None:
    with qtbot.waitSignal(host.ended, timeout=20_000) as ended:
        host.generate(_request())
    assert ended.args is not None
    assert isinstance(ended.args[1], EngineFailed)


def test_a_bad_file_leaves_the_working_model_in_place(
    loaded: EngineHost, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"GGUF" + bytes(60))
    for path, kind in ((bad, ModelUnreadable), (tmp_path / "absent.gguf", ModelMissing)):
        with qtbot.waitSignal(loaded.load_failed, timeout=20_000) as failed:
            loaded.load(LoadOptions(path))
        assert failed.args is not None
        assert isinstance(failed.args[1], kind)
        assert not loaded.is_loading
    assert _run(loaded, _request(), qtbot)


def test_what_fails_while_loading_puts_the_old_model_back(
    loaded: EngineHost, tmp_path: Path, qtbot: QtBot
) -> None:
    """The header is sound, the memory is not there: the old model was closed for it, so it must come back."""
    wide = write_tiny(tmp_path / "wide.gguf", Tiny(n_ctx=2_000_000_000))
    before = loaded.info
    returned: list[object] = []
    loaded.loaded.connect(returned.append)
    with qtbot.waitSignal(loaded.load_failed, timeout=20_000) as failed:
        loaded.load(LoadOptions(wide, n_ctx=2_000_000_000, n_threads=1, probe=False))
    assert failed.args is not None
    assert isinstance(failed.args[1], ModelTooLarge)
    assert len(returned) == 1, "the old model came back"
    assert loaded.info is not None
    assert before is not None
    assert loaded.info.path == before.path
    assert _run(loaded, _request(), qtbot)


def test_a_cancelled_load_is_no_failure(loaded: EngineHost, tiny: Path, qtbot: QtBot) -> None:
    with qtbot.waitSignal(loaded.load_cancelled, timeout=20_000):
        loaded.load(LoadOptions(tiny, n_ctx=256, n_threads=1, probe=False))
        loaded.cancel_load()
    assert not loaded.is_loading
    assert _run(loaded, _request(), qtbot)


def test_shutdown_in_the_middle_of_an_answer_returns(tiny: Path, qtbot: QtBot) -> None:
    host = EngineHost()
    with qtbot.waitSignal(host.loaded, timeout=20_000):
        host.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))
    with qtbot.waitSignal(host.events, timeout=20_000):
        host.generate(_request(0))
    host.shutdown()


def test_a_load_that_waits_for_an_answer_is_given_up_at_once(
    loaded: EngineHost, tiny: Path, qtbot: QtBot
) -> None:
    with qtbot.waitSignal(loaded.events, timeout=20_000):
        loaded.generate(_request(0))
    with qtbot.waitSignal(loaded.load_cancelled, timeout=20_000):
        loaded.load(LoadOptions(tiny, n_ctx=256, n_threads=1, probe=False))
        loaded.cancel_load()
        assert not loaded.is_loading
    with qtbot.waitSignal(loaded.ended, timeout=20_000):
        loaded.stop()
    assert loaded.info is not None
    assert loaded.info.n_ctx == 512


def test_a_replaced_load_does_not_bring_the_old_model_back_first(
    loaded: EngineHost, tiny: Path, qtbot: QtBot
) -> None:
    back: list[object] = []
    loaded.putting_back.connect(back.append)
    with qtbot.waitSignal(loaded.loaded, check_params_cb=lambda info: info.n_ctx == 300, timeout=20_000):
        loaded.load(LoadOptions(tiny, n_ctx=256, n_threads=1, probe=False))
        loaded.load(LoadOptions(tiny, n_ctx=300, n_threads=1, probe=False))
    assert not back
    assert loaded.info is not None
    assert loaded.info.n_ctx == 300
    assert not loaded.is_loading


def test_an_old_model_that_cannot_come_back_is_gone(tmp_path: Path, host: EngineHost, qtbot: QtBot) -> None:
    """Its file was deleted while it was loaded: the window must not go on naming it."""
    old = write_tiny(tmp_path / "old.gguf", Tiny())
    wide = write_tiny(tmp_path / "wide.gguf", Tiny(n_ctx=2_000_000_000))
    with qtbot.waitSignal(host.loaded, timeout=20_000):
        host.load(LoadOptions(old, n_ctx=512, n_threads=1, probe=False))
    old.unlink()
    with qtbot.waitSignal(host.load_failed, timeout=20_000):
        host.load(LoadOptions(wide, n_ctx=2_000_000_000, n_threads=1, probe=False))
    assert host.info is None
    assert not host.is_loading
