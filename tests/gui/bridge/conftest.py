"""A real engine on a tiny model, a real store, and the bridge between them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.engine.types import LoadOptions
from desktop.settings import Settings
from desktop.store.store import Store
from tests.tiny_gguf import Tiny, write_tiny

SETTINGS = Settings(temperature=0.0, max_tokens=24)


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that never ends by itself: its end tokens are muted."""
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf", Tiny())


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[EngineHost]:
    """The engine thread, ended after the test."""
    host = EngineHost()
    yield host
    host.shutdown()


@pytest.fixture
def loaded(host: EngineHost, tiny: Path, qtbot: QtBot) -> EngineHost:
    """The engine with the tiny model."""
    with qtbot.waitSignal(host.loaded, timeout=20_000):
        host.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))
    return host


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """An empty database."""
    with Store.open(tmp_path / "conversations.sqlite3") as store:
        yield store


@pytest.fixture
def chat(store: Store, loaded: EngineHost) -> Chat:
    """A chat on the tiny model: greedy, 24 tokens an answer."""
    return Chat(store, loaded, lambda: SETTINGS)
