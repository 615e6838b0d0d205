"""The whole program in this process: window, presenters, engine thread and store, on a tiny model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.app import App, build
from desktop.store.types import Message
from tests.tiny_gguf import Tiny, write_tiny

Start = Callable[[], App]


def composer_state(app: App) -> str:
    """What the message box is ready for. A call, so that the type checker does not take it for constant."""
    return app.window.composer.state


def answered(app: App, qtbot: QtBot, text: str = "hello world") -> Message:
    """Ask, and wait for the end."""
    with qtbot.waitSignal(app.chat.finished, timeout=20_000) as finished:
        app.conversations.send(text)
    assert finished.args is not None
    message = finished.args[0]
    assert isinstance(message, Message)
    return message


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that never ends by itself: its end tokens are muted."""
    return write_tiny(tmp_path_factory.mktemp("models") / "tiny.gguf", Tiny())


@pytest.fixture
def guide(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The tiny model in place of the built-in guide: it is loaded without a probe."""
    monkeypatch.setattr(paths, "guide_model", lambda: tiny)
    return tiny


@pytest.fixture
def no_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation without the built-in model."""
    monkeypatch.setattr(paths, "guide_model", lambda: tmp_path / "absent.gguf")


@pytest.fixture
def start(qapp: QApplication, qtbot: QtBot) -> Iterator[Start]:
    """Build the program; it is closed after the test."""
    made: list[App] = []

    def make() -> App:
        app = build(qapp)
        assert app is not None
        app.preferences.update(temperature=0.0, max_tokens=24, n_threads=1, n_ctx=512)
        made.append(app)
        return app

    yield make
    for app in made:
        app.window.close()
        app.close()
        app.window.deleteLater()
        app.deleteLater()


@pytest.fixture
def app(start: Start, guide: Path, qtbot: QtBot) -> App:
    """The window with its model loaded."""
    app = start()
    with qtbot.waitSignal(app.host.loaded, timeout=20_000):
        app.show()
    qtbot.waitUntil(lambda: app.tokens is not None)
    return app
