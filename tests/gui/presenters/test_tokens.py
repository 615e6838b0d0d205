"""The Tokens page in the whole program, on the guide pair: steps, what might have stood there, branches."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.engine.spans import length, tokens
from desktop.gui.presenters.tokens import TokensPresenter
from desktop.gui.tokens_view import TokensView
from desktop.store.types import Message
from tests.gui.pages.conftest import assert_named_and_reachable
from tests.gui.presenters.conftest import Start

WAIT_MS = 30_000
PROMPT = "What is speculative decoding?"


@pytest.fixture
def app(start: Start, qtbot: QtBot) -> App:
    """The window with the guide pair, two tokens drafted a round, greedy."""
    app = start()
    app.preferences.update(max_tokens=120, n_ctx=1024, speculation="draft", draft_length=2)
    with qtbot.waitSignal(app.host.loaded, timeout=WAIT_MS):
        app.show()
    qtbot.waitUntil(lambda: app.tokens is not None)
    app.window.resize(1280, 800)
    return app


def _page(app: App) -> tuple[TokensPresenter, TokensView]:
    view = _find(app, TokensView, "tokensView")
    assert app.tokens is not None
    assert isinstance(view, TokensView)
    return app.tokens, view


def _find(app: App, kind: type[QWidget], name: str) -> QWidget:
    found = app.window.findChild(kind, name)
    assert isinstance(found, QWidget), name
    return found


def _answer(app: App, qtbot: QtBot, text: str = PROMPT) -> Message:
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS) as finished:
        app.chat.send(text)
    assert finished.args is not None
    return finished.args[0]  # type: ignore[no-any-return]


def _paused(app: App, qtbot: QtBot, text: str = PROMPT, again: int = 0) -> None:
    """Ask, or continue an answer, and pause before the guide, which is quick, has come far."""

    def pause(busy: bool) -> None:
        if busy:
            app.chat.pause()

    app.chat.busy_changed.connect(pause)
    with qtbot.waitSignal(app.chat.paused, timeout=WAIT_MS):
        if again:
            app.chat.continue_(again)
        else:
            app.chat.send(text)
    app.chat.busy_changed.disconnect(pause)


def _shown(app: App) -> int:
    """The answer on the page."""
    assert app.tokens is not None
    assert app.tokens.shown is not None
    return app.tokens.shown.message.id


def _until(view: TokensView, total: int, qtbot: QtBot, app: App | None = None) -> None:
    """Wait for so many tokens, or with `app` for the end of the answer."""
    qtbot.waitUntil(
        lambda: view.answer.total >= total or (app is not None and not app.chat.busy), timeout=WAIT_MS
    )


def _ids(app: App, message: Message) -> list[int]:
    rounds = app.chat.traces.rounds(message.id)
    limit = length(rounds, message.receipt["output_tokens"])
    return [one.token for one in tokens(rounds, lambda token: b"", limit)]


def _texts(view: TokensView) -> str:
    return "".join(span.text for span in view.answer.spans)


def test_without_an_answer_it_says_what_will_be_here(app: App) -> None:
    _, view = _page(app)
    app.window.show_view("tokens")
    title = _find(app, QWidget, "noTokens")
    assert title.isVisible()
    assert not any(
        _find(app, QPushButton, name).isEnabled() for name in ("pauseTokens", "nextToken", "nextRound")
    )
    assert not view.answer.spans
    QTest.mouseClick(_find(app, QPushButton, "tokensToChat"), Qt.MouseButton.LeftButton)
    assert app.window.view == "chat"


def test_token_by_token_round_by_round_and_on(app: App, qtbot: QtBot) -> None:
    plain = _answer(app, qtbot)
    app.chat.open(None)
    _, view = _page(app)
    app.window.show_view("tokens")
    _paused(app, qtbot)
    begun = view.answer.total
    assert begun == sum(one.accepted + 1 for one in app.chat.live_rounds(_shown(app)))
    for total in range(begun + 1, begun + 8):  # a round gives up to three
        view.next_requested.emit()
        _until(view, total, qtbot)
        assert view.current == total - 1
        assert app.host.is_paused
    view.round_requested.emit()
    qtbot.waitUntil(lambda: view.answer.total > begun + 7 and app.host.is_paused, timeout=WAIT_MS)
    rounds = app.chat.live_rounds(_shown(app))
    assert view.answer.total == sum(one.accepted + 1 for one in rounds)
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS) as finished:
        view.continue_requested.emit()
    assert finished.args is not None
    message: Message = finished.args[0]
    assert message.text == plain.text
    assert _ids(app, message) == _ids(app, plain)
    qtbot.waitUntil(lambda: view.answer.total == len(_ids(app, message)))
    assert _texts(view).strip() == message.text.strip()


def test_an_answer_can_be_stepped_through_to_its_end(app: App, qtbot: QtBot) -> None:
    _, view = _page(app)
    app.window.show_view("tokens")
    _paused(app, qtbot, "Hello")
    for _ in range(60):
        if not app.chat.busy:
            break
        before = view.answer.total
        view.next_requested.emit()
        _until(view, before + 1, qtbot, app)
        assert view.answer.total - before <= 1
    assert not app.chat.busy
    kept = app.tokens.shown  # type: ignore[union-attr]
    assert kept is not None
    assert kept.message.state in ("done", "cut")
    assert view.answer.total == len(_ids(app, kept.message))


def test_the_ten_likeliest_of_a_finished_answer(app: App, qtbot: QtBot) -> None:
    message = _answer(app, qtbot)
    presenter, view = _page(app)
    presenter.open(message.id, 5)
    qtbot.waitUntil(lambda: presenter.looks.now is not None, timeout=WAIT_MS)
    assert view.current == 5
    here = [row for row in view.table.rows if row.here]
    assert [row.token for row in here] == [_ids(app, message)[5]]
    assert [row.rank for row in view.table.rows[:10]] == list(range(10))
    assert all(row.q is not None for row in view.table.rows)
    assert "bits" in presenter.side.facts.accessibleName() or presenter.looks.now is not None
    assert len(presenter.side.branch.words) == 3


def test_what_cannot_be_asked_is_told(app: App, qtbot: QtBot) -> None:
    message = _answer(app, qtbot)
    presenter, _ = _page(app)
    presenter.open(message.id, 3)
    app.chat.send("And why?")
    qtbot.waitUntil(lambda: app.chat.busy)
    assert presenter.looks.why_not() == "Pause the answer to see the ten likeliest"
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS):
        pass


def test_a_branch_is_another_version_and_the_old_one_stays(app: App, qtbot: QtBot) -> None:
    old = _answer(app, qtbot)
    presenter, view = _page(app)
    presenter.open(old.id, 6)
    qtbot.waitUntil(lambda: len(presenter.side.branch.words) == 3, timeout=WAIT_MS)
    word = presenter.side.branch.words[1]
    kept = "".join(span.text for span in view.answer.spans[:6])
    QTest.mouseClick(_find(app, QPushButton, "branchChoice1"), Qt.MouseButton.LeftButton)
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS) as finished:
        QTest.mouseClick(_find(app, QPushButton, "branchHere"), Qt.MouseButton.LeftButton)
    assert finished.args is not None
    new: Message = finished.args[0]
    assert new.text.startswith(kept + word)
    assert new.parent_id == old.parent_id
    qtbot.waitUntil(lambda: presenter.shown is not None and presenter.shown.message.id == new.id)
    qtbot.waitUntil(lambda: _texts(view).strip() == new.text.strip(), timeout=WAIT_MS)
    assert view.answer.spans[6].how == "chosen"
    app.chat.step_version(new.id, -1)
    qtbot.waitUntil(lambda: _texts(view).strip() == old.text.strip(), timeout=WAIT_MS)


def test_a_row_of_the_table_can_be_branched_with(app: App, qtbot: QtBot) -> None:
    old = _answer(app, qtbot)
    presenter, view = _page(app)
    presenter.open(old.id, 4)
    qtbot.waitUntil(lambda: presenter.looks.now is not None, timeout=WAIT_MS)
    row = view.table.rows[8]
    view.table.picked.emit(row.token)
    assert presenter.side.branch.words[2] == row.text.replace("·", " ")
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS) as finished:
        QTest.mouseClick(_find(app, QPushButton, "branchHere"), Qt.MouseButton.LeftButton)
    assert finished.args is not None
    assert _ids(app, finished.args[0])[4] == row.token


def test_hidden_it_asks_nothing_of_the_engine(app: App, qtbot: QtBot) -> None:
    old = _answer(app, qtbot)
    presenter, _ = _page(app)
    presenter.open(old.id, 4)
    qtbot.waitUntil(lambda: presenter.looks.now is not None, timeout=WAIT_MS)
    app.window.show_view("chat")
    _answer(app, qtbot, "And why?")
    assert not presenter.looks._timer.isActive()
    assert app.host.work.current is None


def test_any_word_can_be_put_in_a_paused_answer(app: App, qtbot: QtBot) -> None:
    presenter, view = _page(app)
    app.window.show_view("tokens")
    _paused(app, qtbot)
    for _ in range(3):
        with qtbot.waitSignal(app.chat.paused, timeout=WAIT_MS):
            view.round_requested.emit()
    paused = presenter.shown
    assert paused is not None
    at = next(span.first for span in view.answer.spans if span.text.startswith(" "))
    view.select(at)
    qtbot.waitUntil(lambda: presenter.looks.now is not None, timeout=WAIT_MS)
    kept = "".join(span.text for span in view.answer.spans[:at])
    QTest.keyClick(view, Qt.Key.Key_B)
    QTest.mouseClick(_find(app, QWidget, "branchOther"), Qt.MouseButton.LeftButton)
    field = _find(app, QLineEdit, "branchWord")
    QTest.keyClicks(field, "wonderfully")
    finished: list[Message] = []
    app.chat.finished.connect(lambda message, _: finished.append(message))
    QTest.keyClick(field, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: len(finished) == 2, timeout=WAIT_MS)
    stopped, new = finished
    assert (stopped.id, stopped.state) == (paused.message.id, "stopped")
    assert new.text.startswith(kept + " wonderfully")


def test_by_keyboard_alone(app: App, qtbot: QtBot) -> None:
    presenter, view = _page(app)
    app.window.shortcuts["view_tokens"].trigger()
    assert app.window.view == "tokens"
    _paused(app, qtbot)
    view.chips.setFocus()
    begun = view.answer.total
    QTest.keyClick(view.chips, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: view.answer.total == begun + 1, timeout=WAIT_MS)
    QTest.keyClick(view.chips, Qt.Key.Key_Left)
    assert view.current == begun - 1
    QTest.keyClick(presenter.side, Qt.Key.Key_Right)
    assert view.current == begun
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS):
        QTest.keyClick(view.chips, Qt.Key.Key_C)
    view.select(4)
    qtbot.waitUntil(lambda: presenter.side.branch.words != [], timeout=WAIT_MS)
    qtbot.waitUntil(lambda: presenter.looks.now is not None, timeout=WAIT_MS)
    QTest.keyClick(view.chips, Qt.Key.Key_B)
    go = _find(app, QPushButton, "branchHere")
    assert go.isEnabled()
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS):
        QTest.keyClick(go, Qt.Key.Key_Space)
    assert_named_and_reachable(view)
    assert_named_and_reachable(presenter.side)


def test_an_answer_is_followed_while_it_is_written(app: App, qtbot: QtBot) -> None:
    _, view = _page(app)
    app.window.show_view("tokens")
    message = _answer(app, qtbot)
    qtbot.waitUntil(lambda: _texts(view).strip() == message.text.strip(), timeout=WAIT_MS)
    assert view.strip.accessibleName().count("plain") == 1  # the measured cost without drafting
    app.chat.open(None)
    assert _find(app, QWidget, "noTokens").isVisible()
    QApplication.processEvents()


def test_a_continued_answer_is_shown_from_its_beginning(app: App, qtbot: QtBot) -> None:
    app.preferences.update(max_tokens=8)
    presenter, view = _page(app)
    app.window.show_view("tokens")
    cut = _answer(app, qtbot)
    assert cut.state == "cut"
    qtbot.waitUntil(lambda: view.answer.total == 8)
    app.preferences.update(max_tokens=120)
    _paused(app, qtbot, again=cut.id)
    assert _texts(view).startswith(cut.text)
    assert view.answer.total > 8
    with qtbot.waitSignal(app.chat.finished, timeout=WAIT_MS) as finished:
        app.chat.resume()
    assert finished.args is not None
    whole: Message = finished.args[0]
    assert presenter.shown is not None
    qtbot.waitUntil(lambda: _texts(view).strip() == whole.text.strip(), timeout=WAIT_MS)
