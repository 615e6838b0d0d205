"""A real answer of the guide pair, drafted and judged: streamed with its rounds, then shown at once."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Message, Request, Sampling, Speculation, Step
from desktop.gui.chat_view import ChatView
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.test_traced import covered
from tests.gui.chat_view.tokens_shown import letters, tinted

Steps = tuple[list[Step], dict[int, bytes]]


@pytest.fixture(scope="module")
def steps() -> Steps:
    """Some hundred tokens, with at most three drafted in a round; and what their tokens say."""
    draft = paths.guide_draft()
    options = LoadOptions(paths.guide_model(), n_ctx=512, n_threads=1, probe=False)
    with Engine.load(options) as engine:
        engine.use_draft(draft)
        request = Request(
            [Message("user", "What is speculative decoding?")],
            sampling=Sampling(temperature=0.0),
            max_tokens=120,
            speculation=Speculation("draft", draft, length=3),
        )
        made = [event for event in engine.generate(request) if isinstance(event, Step)]
        tokens = {t.token for step in made for t in step.round.drafted}
        tokens |= {step.round.added.token for step in made if step.round.added is not None}
        return made, engine.pieces(tokens)


def test_a_real_answer_is_tinted_as_it_was_judged(view: ChatView, qtbot: QtBot, steps: Steps) -> None:
    made, pieces = steps
    text = "".join(part.text for step in made for part in step.parts if part.kind == "answer")
    assert any(step.round.accepted for step in made)
    view.set_tokens_shown(True)
    view.set_thread([message(1, "user", "What?"), message(2, "assistant", "", state="streaming")])
    for step in made:
        view.stream(2, step.parts)
        view.add_rounds(2, [step.round], pieces)
        view._render()
    view.finish(message(2, "assistant", text))
    qtbot.waitUntil(lambda: view._layer.settled)
    streamed = tinted(view, "accepted")
    traced = view.colours.trace(2)
    assert traced is not None
    assert all(part == said for part, said in covered(traced, text))
    assert "".join(part for part, _ in covered(traced, text)) == text
    parts = traced.between(0, len(text))
    accepted = "".join(text[start:end] for n, start, end in parts if traced.hows[n] == "accepted")
    assert letters("".join(streamed)) == letters(accepted)
    view.set_thread([])
    view.set_thread([message(1, "user", "What?"), message(2, "assistant", text)])
    view.set_trace(2, [step.round for step in made], pieces)
    qtbot.waitUntil(lambda: view._layer.settled and tinted(view, "accepted") == streamed)
