"""When drafting pays: the arithmetic, at its ends and against a simulation by hand."""

from __future__ import annotations

import pytest

from desktop.gui.break_even import break_even, expected_tokens, in_words

FLAT = [(n, 10.0) for n in range(1, 17)]  # checking many costs what one costs
LINE = [(n, 10.0 * n) for n in range(1, 17)]  # it costs as much as making them
STAIRS = [(1, 10.0), (2, 16.7), (3, 20.1), (4, 14.2), (5, 20.3)]  # as measured for a Q4_0 model


def test_expected_tokens() -> None:
    assert expected_tokens(0.0, 5) == 1.0
    assert expected_tokens(1.0, 5) == 6.0
    assert expected_tokens(0.5, 2) == pytest.approx(1.75)


def test_at_the_break_even_both_ways_cost_the_same() -> None:
    chance = break_even(STAIRS, 1.0, 3)
    assert chance is not None
    assert expected_tokens(chance, 3) * 10.0 == pytest.approx(14.2 + 3 * 1.0, rel=1e-4)


def test_free_checking_always_pays_and_dear_checking_never() -> None:
    assert break_even(FLAT, 0.0, 4) == pytest.approx(0.0, abs=1e-6)
    assert break_even(LINE, 1.0, 4) is None
    assert break_even(LINE, 0.0, 4) == pytest.approx(1.0, abs=1e-6)


def test_what_was_not_measured_has_no_break_even() -> None:
    assert break_even(STAIRS, 0.0, 9) is None
    assert break_even([], 0.0, 1) is None


def test_the_easiest_length_is_named_not_the_shortest() -> None:
    """On these stairs three tokens are cheaper to check than two."""
    told = in_words(STAIRS, 1.0, 4, "the draft")
    assert told.startswith("With the draft, a draft of 3 tokens pays once each guess is right ")
    assert "; a draft of 4 tokens needs " in told
    assert in_words(STAIRS, 1.0, 3, "the draft").count("pays") == 1


def test_where_nothing_pays_the_price_is_said() -> None:
    assert in_words(LINE, 1.0, 8, "lookup") == (
        "Here lookup does not pay: checking 2 tokens takes 2.0 times as long as writing one."
    )
