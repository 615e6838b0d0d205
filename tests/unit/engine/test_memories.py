"""Memories that are no plain KV cache: reuse only where it is exact."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions
from tests.tiny_others import write_mamba, write_windowed
from tests.unit.engine.answers import ask

Write = Callable[[Path], Path]


@pytest.fixture(scope="module", params=[write_mamba, write_windowed])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    write: Write = request.param
    return write(tmp_path_factory.mktemp("models") / f"{write.__name__}.gguf")


def opened(model: Path) -> Engine:
    return Engine.load(LoadOptions(model, n_ctx=1024, n_threads=1, probe=False))


LONG = "the hello world and the stream of the system " * 3


def test_reusing_gives_what_a_fresh_start_gives(model: Path) -> None:
    with opened(model) as engine:
        first = ask(engine, LONG)
        assert len(set(first.tokens)) > 3
        for texts in ((LONG, first.text, "and then the world"), (LONG, first.text, "and the user"), (LONG,)):
            reusing = ask(engine, *texts)
            engine.forget()
            assert ask(engine, *texts).tokens == reusing.tokens


def test_a_growing_conversation_is_reused(model: Path) -> None:
    with opened(model) as engine:
        first = ask(engine, LONG)
        second = ask(engine, LONG, first.text, "and then")
    assert second.finished.reused_tokens == first.finished.context_used


def test_a_stopped_answer_leaves_a_right_state(model: Path) -> None:
    with opened(model) as engine:
        counts = iter(range(1000))
        ask(engine, LONG, cancelled=lambda: next(counts) > 8)
        after = ask(engine, LONG)
        engine.forget()
        assert ask(engine, LONG).tokens == after.tokens


def test_a_running_state_is_never_rolled_back(tmp_path: Path) -> None:
    model = write_mamba(tmp_path / "mamba.gguf")
    with opened(model) as engine:
        ask(engine, LONG)
        assert ask(engine, LONG).finished.reused_tokens == 0
