"""Spans: the text of the answer, what was proposed for it, and figures that add up to the trace."""

from __future__ import annotations

import pytest

from desktop.engine.spans import (
    Growing,
    along,
    by_position,
    counts,
    cut,
    length,
    spans,
    thinking_and_answer,
    tokens,
)
from desktop.engine.types import Added, Drafted, Round

FIRST = Round("prompt", 1, 0.0, 0.0, added=Added(1, 0.5, 0, "first"))
PLAIN = Round("plain", 1, 0.0, 8.0, added=Added(2, 0.25, 1, "plain"))
REJECTED = Round(
    "draft", 4, 1.0, 9.0,
    (Drafted(3, 0.9, 0.8, 0, "accepted"), Drafted(4, 0.4, 0.1, 3, "rejected"), Drafted(5, 0.7)),
    Added(6, 0.55, 0, "replaced"), accepted=1, rule="rejection",
)  # fmt: skip
BONUS = Round(
    "lookup", 3, 0.1, 9.5,
    (Drafted(7, 1.0, 0.9, 0, "accepted"), Drafted(8, 1.0, 0.6, 0, "accepted")),
    Added(9, 0.7, 0, "bonus"), accepted=2, rule="equal",
)  # fmt: skip
ROUNDS = (FIRST, PLAIN, REJECTED, BONUS)
WORDS = {1: "The", 2: " cat", 3: " sat", 4: " on", 5: " a", 6: " by", 7: " the", 8: " door", 9: "."}
EURO = {1: b"\xe2", 2: b"\x82", 3: b"\xac", 6: b"!"}


def test_the_spans_are_the_text_in_order() -> None:
    made = spans(ROUNDS, WORDS.__getitem__)
    assert "".join(span.text for span in made) == "The cat sat by the door."
    assert [span.how for span in made] == [
        "first", "plain", "accepted", "replaced", "accepted", "accepted", "bonus",
    ]  # fmt: skip
    assert [span.judged.source for span in made] == [
        "target", "target", "draft", "target", "lookup", "lookup", "target",
    ]  # fmt: skip
    assert [span.first for span in made] == list(range(7))


def test_a_span_knows_where_it_comes_from() -> None:
    accepted, replaced = spans(ROUNDS, WORDS.__getitem__)[2:4]
    told = accepted.judged
    assert (told.p, told.q, told.rank, told.round, told.position) == (0.8, 0.9, 0, 2, 0)
    told = replaced.judged
    assert (told.p, told.q, told.rank, told.position, told.rule) == (0.55, None, 0, 1, "rejection")


def test_what_was_proposed_in_vain_stands_before_what_replaced_it() -> None:
    made = spans(ROUNDS, WORDS.__getitem__)
    rejected, dropped = made[3].before
    assert (rejected.text, rejected.outcome, rejected.p, rejected.q, rejected.rank) == (
        " on", "rejected", 0.1, 0.4, 3,
    )  # fmt: skip
    assert (dropped.text, dropped.outcome, dropped.position) == (" a", "dropped", 2)
    assert not any(span.before for span in made if span is not made[3])


def test_tokens_of_one_character_are_one_span_shown_by_what_the_target_wrote() -> None:
    euro, mark = spans((FIRST, PLAIN, REJECTED), lambda token: EURO.get(token, b"?"))
    assert (euro.text, euro.first, len(euro.tokens)) == ("€", 0, 3)
    assert euro.how == "first"
    assert euro.round == 2
    assert (mark.text, mark.first, mark.how) == ("!", 3, "replaced")


def test_a_character_that_never_ends_is_still_shown() -> None:
    (lone,) = spans((FIRST,), EURO.__getitem__)
    assert lone.text == "\N{REPLACEMENT CHARACTER}"


def test_a_rejected_part_of_a_character_does_not_fail() -> None:
    bytes_of = {3: b"x", 4: b"\xe2", 5: b"\x82", 6: b"y"}
    assert [one.text for one in spans((REJECTED,), bytes_of.__getitem__)[1].before] == ["\ufffd", "\ufffd"]


@pytest.mark.parametrize("limit", range(9))
def test_the_answer_may_end_inside_its_last_round(limit: int) -> None:
    assert [one.token for one in tokens(ROUNDS, WORDS.__getitem__, limit)] == [1, 2, 3, 6, 7, 8, 9][:limit]


def test_the_counts_are_those_of_the_trace() -> None:
    told = counts(ROUNDS)
    assert (told.tokens, told.drafted, told.accepted, told.rejected, told.dropped) == (7, 5, 3, 1, 1)
    assert told.acceptance == pytest.approx(3 / 5)
    assert counts((FIRST,)).acceptance is None


def test_acceptance_by_position_tells_judged_from_dropped() -> None:
    one, two, three = by_position(ROUNDS)
    assert (one.drafted, one.judged, one.accepted, one.conditional) == (2, 2, 2, 1.0)
    assert (two.drafted, two.judged, two.accepted, two.unconditional) == (2, 2, 1, 0.5)
    assert (three.drafted, three.judged, three.conditional, three.unconditional) == (1, 0, None, 0.0)
    assert by_position((FIRST, PLAIN)) == []


@pytest.mark.parametrize("bins", [1, 2, 3, 7, 50])
def test_bins_along_the_text_add_up(bins: int) -> None:
    made = along(spans(ROUNDS, WORDS.__getitem__), bins)
    assert len(made) <= bins
    assert sum(made[1:], made[0]) == counts(ROUNDS)
    assert along([], bins) == []


def test_thinking_and_answer_are_counted_apart() -> None:
    made = spans(ROUNDS, WORDS.__getitem__)
    thinking, answer = thinking_and_answer(made, 3)
    assert (thinking.tokens, thinking.accepted, thinking.drafted) == (3, 1, 1)
    assert (answer.tokens, answer.accepted, answer.rejected, answer.dropped) == (4, 2, 1, 1)
    assert thinking_and_answer(made, 0)[0].tokens == 0


def test_rounds_are_cut_where_a_token_ends() -> None:
    whole = [one.token for one in tokens(ROUNDS, WORDS.__getitem__)]
    for limit in range(len(whole) + 2):
        kept = cut(ROUNDS, limit)
        assert [one.token for one in tokens(kept, WORDS.__getitem__)] == whole[:limit]
        assert all(one.width == len(one.drafted) + 1 for one in kept[2:3] if limit == 3)
    assert cut(ROUNDS, 7) == list(ROUNDS)
    assert cut(ROUNDS, 3)[2].added is None


def test_an_answer_of_several_runs_is_as_long_as_all_of_them() -> None:
    assert length(ROUNDS, 7) == 7
    assert length(ROUNDS, 5) == 5
    assert length((*ROUNDS, *ROUNDS), 5) == 12
    chosen = Round("prompt", 1, 0.0, 0.0, added=Added(5, 0.1, 2, "chosen"))
    assert length((*cut(ROUNDS, 3), chosen, *ROUNDS), 6) == 10
    assert length((*cut(ROUNDS, 3), chosen), 0) == 4  # what was chosen has ended it


def test_growing_gives_what_there_is_at_every_token() -> None:
    pieces = {**EURO, 4: b" on"}
    rounds = [Round("plain", 1, 0.0, 1.0, added=Added(token, 0.5, 0, "plain")) for token in (4, 1, 2, 3, 6)]
    grown = Growing(pieces.__getitem__)
    for number, one in enumerate(rounds, 1):
        grown.add(one)
        assert grown.upto(None) == spans(rounds[:number], pieces.__getitem__)
    assert (grown.total, grown.rounds) == (5, 5)
    for limit in range(7):
        assert grown.upto(limit) == spans(rounds, pieces.__getitem__, limit)
    assert [span.text for span in grown.upto(3)] == [" on", "\ufffd"]
    assert grown.upto(None)[0] is grown.upto(None)[0]
