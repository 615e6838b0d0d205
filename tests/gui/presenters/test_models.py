"""Loading as the window shows it: nothing it says outlives what it spoke of."""

from __future__ import annotations

from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.errors import ModelUnreadable
from desktop.gui.presenters.model_words import options
from tests.gui.presenters.conftest import Start, composer_state
from tests.tiny_gguf import Tiny, write_tiny


def _write_without_end(app: App, qtbot: QtBot) -> None:
    app.preferences.update(max_tokens=0)
    with qtbot.waitSignal(app.chat.streamed, timeout=20_000):
        app.conversations.send("hello")


def _loaded(app: App, path: Path, qtbot: QtBot) -> None:
    qtbot.waitUntil(
        lambda: not app.host.is_loading and app.host.info is not None and app.host.info.path == path,
        timeout=20_000,
    )


def test_a_file_given_at_the_start_wins_over_the_last_model(
    start: Start, guide: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    mine = write_tiny(tmp_path / "mine.gguf", Tiny(seed=2, name="Mine"))
    app = start()
    app.show()
    app.models.open_files([str(mine)])
    _loaded(app, mine, qtbot)
    assert app.preferences.now.last_model == str(mine)


def test_a_bad_file_given_at_the_start_is_told_and_the_guide_comes(
    start: Start, guide: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"no model")
    app = start()
    app.show()
    app.models.open_files([str(bad)])
    _loaded(app, guide, qtbot)
    assert app.window.error is not None
    assert isinstance(app.window.error.error, ModelUnreadable)


def test_of_several_files_the_first_good_one_is_used_and_the_rest_is_listed(
    app: App, tmp_path: Path, qtbot: QtBot
) -> None:
    bad = tmp_path / "bad.gguf"
    bad.write_bytes(b"no model")
    one = write_tiny(tmp_path / "one.gguf", Tiny(seed=2, name="One"))
    two = write_tiny(tmp_path / "two.gguf", Tiny(seed=3, name="Two"))
    app.models.open_files([str(bad), str(one), str(two)])
    _loaded(app, one, qtbot)
    assert str(two) in app.preferences.now.recent_models
    assert app.window.error is not None


def test_without_a_guide_the_window_asks_for_a_model(start: Start, no_guide: None, qtbot: QtBot) -> None:
    app = start()
    app.show()
    qtbot.waitUntil(lambda: composer_state(app) == "no_model", timeout=20_000)
    app.conversations.send("keep this")
    assert app.window.composer.text() == "keep this"
    assert app.chat.conversation is None


def test_a_load_during_an_answer_leaves_stop_where_it_is(app: App, tmp_path: Path, qtbot: QtBot) -> None:
    other = write_tiny(tmp_path / "other.gguf", Tiny(seed=2, name="Other"))
    _write_without_end(app, qtbot)
    app.models.load(other)
    assert composer_state(app) == "generating"
    app.window.composer.stop_requested.emit()
    _loaded(app, other, qtbot)
    assert composer_state(app) == "ready"


def test_a_load_given_up_during_an_answer_is_forgotten_at_once(app: App, guide: Path, qtbot: QtBot) -> None:
    _write_without_end(app, qtbot)
    app.models.load(guide)
    app.host.cancel_load()
    assert not app.host.is_loading
    assert composer_state(app) == "generating"
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.chat.stop()
    assert composer_state(app) == "ready"


def test_a_setting_changed_while_loading_is_used_after_it(start: Start, guide: Path, qtbot: QtBot) -> None:
    app = start()
    app.show()
    with qtbot.waitSignal(app.host.loading, timeout=20_000):
        pass
    app.preferences.update(n_ctx=256)
    app.models.apply_settings()
    qtbot.waitUntil(lambda: app.host.info is not None and app.host.info.n_ctx == 256, timeout=20_000)


def test_a_setting_that_does_not_fit_is_tried_once(app: App, guide: Path, qtbot: QtBot) -> None:
    """The old model is put back, and the window does not go round in circles."""
    wide = write_tiny(guide.with_name("wide.gguf"), Tiny(n_ctx=2_000_000_000))
    app.models.load(wide)
    _loaded(app, wide, qtbot)
    attempts: list[object] = []
    app.host.loading.connect(attempts.append)
    app.preferences.update(n_ctx=2_000_000_000)
    with qtbot.waitSignal(app.host.load_failed, timeout=20_000):
        app.models.apply_settings()
    qtbot.waitUntil(lambda: composer_state(app) == "ready", timeout=20_000)
    app.models.apply_settings()
    assert len(attempts) == 1
    assert app.host.info is not None
    assert app.host.info.n_ctx == 512


def test_choosing_the_model_in_use_reloads_nothing(app: App, guide: Path) -> None:
    app.models.choose()
    picker = app.models._picker
    assert picker is not None
    picker.chosen.emit(guide)
    assert not app.host.is_loading


def test_the_guide_stands_in_when_no_model_can_come_back(
    app: App, guide: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    """The next start tries again what was chosen, not what stood in for it."""
    old = write_tiny(tmp_path / "old.gguf", Tiny(seed=2))
    wide = write_tiny(tmp_path / "wide.gguf", Tiny(n_ctx=2_000_000_000))
    app.models.load(old)
    _loaded(app, old, qtbot)
    old.unlink()
    app.preferences.update(n_ctx=2_000_000_000)
    with qtbot.waitSignal(app.host.load_failed, timeout=20_000):
        app.host.load(options(wide, app.preferences.now))
    _loaded(app, guide, qtbot)
    assert composer_state(app) == "ready"
    assert app.window.error is not None
    assert app.preferences.now.last_model == str(old)
