"""What the chat and the panel show of an answer, against its trace."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.engine.spans import counts, spans
from desktop.gui.numbers import three_digits
from tests.gui.presenters.conftest import answered

WAIT_MS = 20_000


@pytest.fixture
def drafting(app: App, guide: Path) -> App:
    """The model drafts for itself, three tokens a round."""
    app.preferences.update(speculation="draft", drafts={str(guide): str(guide)}, draft_length=3)
    return app


def shown(app: App, name: str) -> str:
    found = app.window.panel.findChild(QLabel, name)
    assert found is not None, name
    return found.text()


def described(app: App, name: str) -> str:
    found = app.window.panel.findChild(QWidget, name)
    assert found is not None, name
    return found.accessibleName()


def test_panel_receipt_and_trace_say_the_same(drafting: App, qtbot: QtBot) -> None:
    message = answered(drafting, qtbot)
    receipt = message.receipt
    rounds = drafting.chat.traces.rounds(message.id)
    made = counts(rounds)
    decoded = [one for one in rounds if one.source != "prompt"]
    did = receipt["speculation"]
    assert (did["rounds"], did["drafted"], did["accepted"]) == (len(decoded), made.drafted, made.accepted)
    assert (did["rejected"], did["dropped"]) == (made.rejected, made.dropped)

    rate = (receipt["output_tokens"] - 1) * 1000 / receipt["decode_ms"]
    drafting.window.panel.flush()
    assert shown(drafting, "speed") == three_digits(rate)
    assert shown(drafting, "acceptedCounts") == f"{made.accepted} of {made.drafted}"
    assert made.acceptance is not None
    assert shown(drafting, "acceptance") == f"{made.acceptance:.1%}"
    length = 1 + made.accepted / len(decoded)
    assert f"{length:.2f}" in shown(drafting, "meanLength")
    assert f"{receipt['output_tokens']}" in described(drafting, "answerTokens")


def test_an_answer_from_the_store_shows_the_same_numbers(drafting: App, qtbot: QtBot) -> None:
    answered(drafting, qtbot)
    names = ("speed", "acceptance", "acceptedCounts", "lostCounts")
    drafting.window.panel.flush()
    live = [shown(drafting, name) for name in names]
    conversation = drafting.chat.conversation
    drafting.chat.open(None)
    drafting.chat.open(conversation)
    assert [shown(drafting, name) for name in names] == live


def test_an_earlier_answer_is_shown_until_the_next_question(drafting: App, qtbot: QtBot) -> None:
    first = answered(drafting, qtbot)
    drafting.preferences.update(max_tokens=11)
    second = answered(drafting, qtbot, "and more")
    drafting.view.figures_requested.emit(first.id)
    assert shown(drafting, "panelTitle") == "Earlier answer"
    assert f"{first.receipt['output_tokens']}" in described(drafting, "answerTokens")
    drafting.view.figures_requested.emit(second.id)
    assert shown(drafting, "panelTitle") == "This answer"
    drafting.view.figures_requested.emit(first.id)
    answered(drafting, qtbot, "on")
    assert shown(drafting, "panelTitle") == "This answer"


def test_colours_are_those_of_the_trace(drafting: App, qtbot: QtBot) -> None:
    message = answered(drafting, qtbot)
    view, traces = drafting.view, drafting.chat.traces
    made = spans(traces.rounds(message.id), traces.pieces(message.id).__getitem__)
    accepted = {span.first for span in made if span.how == "accepted"}
    assert accepted
    drafting.preferences.update(show_tokens=False)
    assert not view.tokens_shown
    with qtbot.waitSignal(view.trace_wanted, timeout=WAIT_MS) as wanted:
        drafting.chat.open(None)
        drafting.chat.open(message.conversation_id)
        view.set_tokens_shown(True)
    assert wanted.args == [message.id]
    assert drafting.preferences.now.show_tokens


def test_nothing_is_asked_while_a_passage_has_the_model(
    drafting: App, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    answered(drafting, qtbot)
    monkeypatch.setattr(drafting.conversations, "held", lambda: "a race is being run")
    drafting.conversations.send("not now")
    assert not drafting.chat.busy
    assert drafting.window.composer.text() == "not now"
    assert drafting.window.error is not None


def test_a_token_of_the_chat_opens_on_the_page(drafting: App, qtbot: QtBot) -> None:
    message = answered(drafting, qtbot)
    drafting.view.token_activated.emit(message.id, 4)
    tokens = drafting.tokens
    assert tokens is not None
    assert drafting.window.view == "tokens"
    qtbot.waitUntil(lambda: tokens._view.current == 4, timeout=WAIT_MS)
