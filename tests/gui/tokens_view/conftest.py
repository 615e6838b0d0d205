"""An answer of four kinds of round, and the view that shows it."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.engine.spans import Span, spans
from desktop.engine.types import Added, Drafted, Round
from desktop.gui.theme import Theme
from desktop.gui.tokens_view import TokensView

WORDS = {
    1: "The", 2: " cat", 3: " sat", 4: " on", 5: " a", 6: " by", 7: " the", 8: " door", 9: ".\n\n", 10: " \n",
}  # fmt: skip
ROUNDS = (
    Round("prompt", 1, 0.0, 0.0, added=Added(1, 0.5, 0, "first")),
    Round("plain", 1, 0.0, 8.0, added=Added(2, 0.25, 1, "plain"), state="paused", reason="it does not pay"),
    Round(
        "draft", 4, 1.0, 9.0,
        (Drafted(3, 0.9, 0.8, 0, "accepted"), Drafted(4, 0.4, 0.1, 3, "rejected"), Drafted(5, 0.7)),
        Added(6, 0.55, 0, "replaced"), accepted=1, rule="rejection", state="active",
    ),
    Round(
        "lookup", 3, 0.1, 9.5,
        (Drafted(7, 1.0, 0.9, 0, "accepted"), Drafted(8, 1.0, 0.6, 0, "accepted")),
        Added(9, 0.7, 0, "bonus"), accepted=2, rule="equal", state="active",
    ),
)  # fmt: skip
SIZE = (920, 744)


def long_answer(times: int) -> tuple[list[Span], list[Round]]:
    """The four rounds over and over."""
    rounds = [*ROUNDS, *ROUNDS[1:] * times]
    return spans(rounds, WORDS.__getitem__), rounds


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> TokensView:
    """The answer, paused."""
    made = TokensView(theme)
    qtbot.addWidget(made)
    made.resize(*SIZE)
    made.show()
    qtbot.waitExposed(made)
    made.show_answer(spans(ROUNDS, WORDS.__getitem__), ROUNDS, 8.5)
    made.show_progress("paused")
    return made
