"""Real engines on tiny files. One thread each: the test machine may be busy, and llama.cpp's threads spin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions
from tests.tiny_gguf import Tiny, write_tiny

Load = Callable[..., Engine]


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Tiny], Path]:
    """Files by description, each written once."""
    folder = tmp_path_factory.mktemp("models")
    written: dict[Tiny, Path] = {}

    def model(tiny: Tiny) -> Path:
        if tiny not in written:
            written[tiny] = write_tiny(folder / f"tiny{len(written)}.gguf", tiny)
        return written[tiny]

    return model


@pytest.fixture
def load(models: Callable[[Tiny], Path]) -> Iterator[Load]:
    """Loads engines and closes them after the test."""
    engines: list[Engine] = []

    def loader(tiny: Tiny | None = None, **options: object) -> Engine:
        plain = LoadOptions(models(tiny or Tiny()), n_ctx=512, n_threads=1, probe=False)
        engines.append(Engine.load(replace(plain, **options)))  # type: ignore[arg-type]
        return engines[-1]

    yield loader
    for engine in engines:
        engine.close()
