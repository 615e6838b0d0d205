"""The card about one token says what the trace says, and leaves out what there is not."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop.gui.theme import Theme
from desktop.gui.tokens_view import TokenFacts, TokensView


def test_it_follows_the_selection(view: TokensView, qtbot: QtBot, theme: Theme) -> None:
    facts = TokenFacts()
    qtbot.addWidget(facts)
    assert facts.accessibleName() == "No token selected"
    view.select(3)
    facts.show_token(view.answer, view.span)
    assert facts.accessibleName() == (
        "Token 4, Rejection here: Draft said “on”, p = .40; Target gave it p = .10, rank 4; "
        "Target took “by”, p = .55, rank 1; Round 3 of 4; Drafted, accepted 3, 1; Drafting 1.0 ms; "
        "Verifying 9.0 ms; Per token 5.0 ms, plain 8.5; Bytes 20 62 79"
    )


def test_the_first_token_has_no_cost_of_its_own(view: TokensView, qtbot: QtBot, theme: Theme) -> None:
    facts = TokenFacts()
    qtbot.addWidget(facts)
    view.select(0)
    facts.show_token(view.answer, view.span)
    assert facts.accessibleName() == (
        "Token 1, By the target: Target took “The”, p = .50, rank 1; Round 1 of 4; Bytes 54 68 65"
    )
    facts.show_token(view.answer, None)
    assert facts.accessibleName() == "No token selected"
