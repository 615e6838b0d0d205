"""What a person does in the window, in odd moments: nothing typed is lost, nothing is stuck."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.errors import EngineFailed, StoreFull
from desktop.gui.parts import Elided
from desktop.store.types import Message
from tests.gui.presenters.conftest import Start, composer_state


def _send(app: App, text: str, qtbot: QtBot) -> Message:
    with qtbot.waitSignal(app.chat.finished, timeout=20_000) as finished:
        app.conversations.send(text)
    assert finished.args is not None
    message = finished.args[0]
    assert isinstance(message, Message)
    return message


def _write_without_end(app: App, qtbot: QtBot) -> None:
    app.preferences.update(max_tokens=0)
    with qtbot.waitSignal(app.chat.streamed, timeout=20_000):
        app.conversations.send("hello")


def _hint(app: App) -> str:
    hint = app.window.findChild(Elided, "composerHint")
    assert hint is not None
    return hint.full_text()


def _refuse_writes(app: App, refuse: bool) -> None:
    app._store._db.execute(f"PRAGMA query_only = {'ON' if refuse else 'OFF'}")


def test_an_answer_in_another_conversation_can_be_stopped_from_here(app: App, qtbot: QtBot) -> None:
    _write_without_end(app, qtbot)
    assert _hint(app) == "Esc to stop"
    app.conversations.new()
    assert composer_state(app) == "generating"
    assert _hint(app) == "Another conversation is being answered"
    app.conversations.send("typed meanwhile")
    assert app.window.composer.text() == "typed meanwhile"
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.window.composer.stop_requested.emit()
    assert composer_state(app) == "ready"
    assert app.window.composer.text() == "typed meanwhile"


def test_the_panel_counts_on_after_a_visit_elsewhere(app: App, qtbot: QtBot) -> None:
    _write_without_end(app, qtbot)
    here = app.chat.conversation
    counted = app.window.panel._answer
    first, tokens = counted.first_ms, counted.output_tokens
    app.conversations.new()
    app.conversations._open(here)
    again = app.window.panel._answer
    assert again is not counted
    assert again.first_ms == first
    assert again.output_tokens >= tokens
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.chat.stop()


def test_an_edit_the_disk_refuses_comes_to_the_composer(app: App, qtbot: QtBot) -> None:
    _send(app, "hello", qtbot)
    user = app.conversations._shown[0]
    _refuse_writes(app, True)
    app.view.edit_submitted.emit(user.id, "a better question")
    _refuse_writes(app, False)
    assert app.window.composer.text() == "a better question"
    assert app.window.error is not None
    assert isinstance(app.window.error.error, StoreFull)


def test_an_edit_sent_while_an_answer_is_written_is_not_lost(app: App, qtbot: QtBot) -> None:
    _send(app, "hello", qtbot)
    user = app.conversations._shown[0]
    _write_without_end(app, qtbot)
    app.window.composer.set_text("half a thought")
    app.view.edit_submitted.emit(user.id, "an edit")
    assert app.window.composer.text() == "half a thought\n\nan edit"
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.chat.stop()


def test_an_answer_the_disk_refused_can_be_saved_again(app: App, qtbot: QtBot) -> None:
    app.chat.appended.connect(lambda message: _refuse_writes(app, message.role == "assistant"))
    answer = _send(app, "hello", qtbot)
    assert composer_state(app) == "ready"
    card = app.window.error
    assert card is not None
    assert isinstance(card.error, StoreFull)
    card.action_chosen.emit("retry")
    assert app.window.error is not None, "still full: told again"
    _refuse_writes(app, False)
    app.window.error.action_chosen.emit("retry")
    assert app.window.error is None
    assert app._store.message(answer.id).text == answer.text


def test_answer_again_on_the_error_card_answers_again(app: App, qtbot: QtBot) -> None:
    answer = _send(app, "hello", qtbot)
    app.chat.failed.emit(answer, EngineFailed("out of luck"))
    card = app.window.error
    assert card is not None
    with qtbot.waitSignal(app.chat.finished, timeout=20_000) as finished:
        card.action_chosen.emit("retry")
    assert finished.args is not None
    assert finished.args[0].versions == 2
    assert app.window.error is None


def test_answering_again_without_a_model_says_why(start: Start, guide: Path, qtbot: QtBot) -> None:
    app = start()
    conversation, user = app._store.begin("hello")
    answer = app._store.start_answer(conversation.id, user.id, "")
    app._store.finish(answer.id, "hi", "", "done", {})
    app.conversations._open(conversation.id)
    app.view.regenerate_requested.emit(answer.id)
    assert app.window.error is not None
    assert len(app._store.siblings(answer.id)) == 1


def test_continue_on_an_answer_interrupted_while_thinking_answers_again(app: App, qtbot: QtBot) -> None:
    conversation, user = app._store.begin("hello")
    answer = app._store.start_answer(conversation.id, user.id, "")
    app._store.finish(answer.id, "", "let me see", "interrupted", {})
    app.conversations._open(conversation.id)
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.view.continue_requested.emit(answer.id)
    assert app._store.message(answer.id).thinking == "let me see"
    assert app.conversations._shown[-1].versions == 2


def test_editing_in_the_middle_leaves_what_followed_in_the_other_version(app: App, qtbot: QtBot) -> None:
    for text in ("one", "two", "three"):
        _send(app, text, qtbot)
    second = app.conversations._shown[2]
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.view.edit_submitted.emit(second.id, "another two")
    assert [m.text for m in app.conversations._shown if m.role == "user"] == ["one", "another two"]
    app.view.version_requested.emit(app.conversations._shown[2].id, -1)
    assert [m.text for m in app.conversations._shown if m.role == "user"] == ["one", "two", "three"]


def test_undo_after_everything_was_deleted_is_harmless(app: App, qtbot: QtBot) -> None:
    _send(app, "hello", qtbot)
    app.conversations.commands["delete"]()
    app.settings._delete_all()
    assert not app.window.undo_bar.isVisible()
    app.window.undo_bar.undone.emit()
    assert app.chat.conversation is None


def test_everything_can_be_deleted_while_a_conversation_is_open(app: App, qtbot: QtBot) -> None:
    _write_without_end(app, qtbot)
    app.settings.open()
    app.settings._delete_all()
    assert app.chat.conversation is None
    assert not app._store.conversations()
    assert not app.conversations._shown


def test_a_deleted_conversation_leaves_the_search_results(app: App, qtbot: QtBot) -> None:
    _send(app, "hello", qtbot)
    app.window.sidebar.search.setText("hello")
    assert len(app.window.sidebar.list.rows.ids()) == 1
    app.conversations.commands["delete"]()
    assert not app.window.sidebar.list.rows.ids()


def test_copying_the_last_answer_while_it_is_written_copies_what_there_is(app: App, qtbot: QtBot) -> None:
    QGuiApplication.clipboard().setText("before")
    app.conversations.commands["copy_last"]()
    assert QGuiApplication.clipboard().text() == "before"
    _write_without_end(app, qtbot)
    app.conversations.commands["copy_last"]()
    copied = QGuiApplication.clipboard().text()
    assert copied != "before"
    with qtbot.waitSignal(app.chat.finished, timeout=20_000) as finished:
        app.chat.stop()
    assert finished.args is not None
    assert finished.args[0].text.startswith(copied)


def test_closing_with_a_full_disk_ends_the_engine(app: App, qtbot: QtBot) -> None:
    _write_without_end(app, qtbot)
    _refuse_writes(app, True)
    app.window.close()
    assert not app.host._thread.isRunning()


@pytest.mark.qt_log_ignore("does not support raise")
def test_a_second_start_leaves_a_maximised_window_maximised(app: App) -> None:
    app.window.setWindowState(Qt.WindowState.WindowMaximized | Qt.WindowState.WindowMinimized)
    app.raise_window()
    assert app.window.windowState() & Qt.WindowState.WindowMaximized
    assert not app.window.windowState() & Qt.WindowState.WindowMinimized
