"""Prompt lookup against a slow search, and where an index goes wrong: edits, ends, repetition."""

from __future__ import annotations

import random
import tracemalloc
from collections.abc import Sequence
from time import process_time

import pytest

from desktop.engine.lookup import CANDIDATES, LONGEST, SIZES, Lookup, Match

SHORTEST = min(SIZES)


def lookup(tokens: Sequence[int], reference: Sequence[int] = ()) -> Lookup:
    made = Lookup(reference)
    made.sync(tokens)
    return made


def places(tokens: Sequence[int], size: int) -> int:
    """How many earlier places end with the run of `size` tokens that ends the sequence."""
    end = len(tokens)
    if end < size:
        return 0
    return sum(tokens[p - size : p] == tokens[end - size :] for p in range(size, end))


def slow(tokens: Sequence[int], limit: int) -> Match | None:
    """The longest, then most recent, of all earlier places, one token at a time."""
    end = len(tokens)
    agreed: dict[int, int] = {}
    for place in range(end - 1, 0, -1):
        length = 0
        while length < min(place, LONGEST) and tokens[place - 1 - length] == tokens[end - 1 - length]:
            length += 1
        agreed[place] = length
    longest = max(agreed.values(), default=0)
    if longest < SHORTEST:
        return None
    best = [place for place, length in agreed.items() if length == longest]
    copied = list(tokens)
    for ahead in range(limit):
        copied.append(copied[best[0] + ahead])
    support = sum(tokens[place] == tokens[best[0]] for place in best)
    return Match(tuple(copied[end:]), longest, support, len(best) - support)


def wandering(rng: random.Random, words: int, length: int) -> list[int]:
    """Tokens of which many are copies of earlier ones, as in an edited text."""
    tokens: list[int] = []
    while len(tokens) < length:
        if tokens and rng.random() < 0.3:
            start = rng.randrange(len(tokens))
            tokens += tokens[start : start + rng.randrange(1, 50)]
        else:
            tokens.append(rng.randrange(words))
    return tokens[:length]


def test_nothing_is_found_without_an_earlier_place_like_the_end() -> None:
    for tokens in ([], [1], [1, 1], [1, 2], [1, 2, 1], [1, 2, 3, 1], [1, 2, 3, 4, 3, 2]):
        assert lookup(tokens).find(4) is None, tokens
    assert Lookup().find(4) is None


def test_two_tokens_seen_before_are_a_match() -> None:
    assert lookup([1, 2, 3, 4, 1, 2]).find(2) == Match((3, 4), length=2, support=1)


def test_the_longest_match_wins_over_newer_ones() -> None:
    tokens = [9, 1, 2, 5, 5, 8, 1, 2, 6, 6, 7, 1, 2, 7, 7, 9, 1, 2]
    assert lookup(tokens).find(2) == Match((5, 5), length=3, support=1)


def test_the_most_recent_of_equals_wins_and_tells_of_the_others() -> None:
    tokens = [1, 2, 5, 0, 1, 2, 6, 3, 1, 2, 5, 4, 1, 2]
    assert lookup(tokens).find(1) == Match((5,), length=2, support=2, rivals=1)
    assert lookup([*tokens, 6, 7, 1, 2]).find(1) == Match((6,), length=2, support=2, rivals=2)


def test_a_copy_runs_over_the_end_into_itself() -> None:
    assert lookup([1, 2, 1, 2, 1, 2]).find(5) == Match((1, 2, 1, 2, 1), length=4, support=1, rivals=0)
    assert lookup([7, 7, 7]).find(3) == Match((7, 7, 7), length=2, support=1)


def test_the_limit_is_the_length_of_what_is_proposed() -> None:
    index = lookup([1, 2, 3, 4, 1, 2])
    for limit in range(1, 12):
        match = index.find(limit)
        assert match is not None
        assert match.tokens == tuple([3, 4, 1, 2] * 3)[:limit]
    assert index.find(0) is None


@pytest.mark.parametrize("words", [2, 5, 40, 300])
def test_growing_sequences_agree_with_a_slow_search(words: int) -> None:
    rng = random.Random(words)
    compared = found = 0
    for _ in range(12):
        tokens = wandering(rng, words, 200)
        index, length = Lookup(), 0
        while length < len(tokens):
            grown = min(length + rng.randrange(1, 6), len(tokens))
            index.sync(tokens[:grown], kept=length)
            length = grown
            now = tokens[:length]
            expected, match = slow(now, 5), index.find(5)
            found += match is not None
            few = any(0 < places(now, size) <= CANDIDATES for size in SIZES)
            if few or expected is None:  # else the newest candidates only are looked at
                compared += 1
                assert match == expected, now
            else:
                assert match is not None
                assert SHORTEST <= match.length <= expected.length
                assert match.support + match.rivals <= CANDIDATES
    assert compared > 100
    assert found > 100


def test_a_long_match_is_not_crowded_out_by_newer_short_ones() -> None:
    tokens = [10, 11, 12, 13, 1, 2, 99, 98]
    for other in range(20, 20 + 3 * CANDIDATES):
        tokens += [other, 1, 2, other]
    match = lookup([*tokens, 10, 11, 12, 13, 1, 2]).find(2)
    assert match == Match((99, 98), length=6, support=1)


def test_at_most_the_newest_candidates_are_counted() -> None:
    tokens: list[int] = []
    for other in range(20, 20 + 3 * CANDIDATES):
        tokens += [other, 1, 2, 5]
    assert lookup([*tokens, 3, 1, 2]).find(1) == Match((5,), length=2, support=CANDIDATES)


def test_agreement_is_counted_up_to_a_limit_and_ties_beyond_it_go_to_the_most_recent() -> None:
    run = list(range(100, 100 + LONGEST + 20))
    match = lookup([*run, 1, 0, *run[15:], 2, 0, *run]).find(1)
    assert match == Match((2,), length=LONGEST, support=1, rivals=1)


def test_any_edit_leaves_the_index_as_if_it_had_been_built_anew() -> None:
    rng = random.Random(4)
    index, before = Lookup(), list[int]()
    for step in range(400):
        kept = rng.randrange(len(before) + 1)
        now = before[:kept] + wandering(rng, 6, rng.randrange(40))
        index.sync(now, kept=None if step % 2 else kept)
        anew = lookup(now)
        for _ in range(4):  # and it goes on like one built anew
            assert index.find(6) == anew.find(6), (step, now)
            now = [*now, rng.randrange(6)]
            index.sync(now, kept=len(now) - 1)
            anew.sync(now, kept=len(now) - 1)
        before = now


def test_cutting_back_finds_again_what_newer_places_had_hidden() -> None:
    old = [1, 2, 3, 4, 1, 2]
    index = lookup(old)
    index.sync(old + [5, 1, 2] * (2 * CANDIDATES))
    index.sync(old)
    assert index.find(2) == Match((3, 4), length=2, support=1)
    index.sync([])
    assert index.find(2) is None
    index.sync(old)
    assert index.find(2) == Match((3, 4), length=2, support=1)


@pytest.mark.parametrize("at", [0, 1, 1023, 1024, 1025, 2999, 3000])
def test_the_common_front_is_found_wherever_it_ends(at: int) -> None:
    one, other = list(range(3000)), [*range(at), *range(10_000, 12_000)]
    index = lookup(one)
    index.sync(tuple(other))
    for start in (0, max(at - 1, 0), at, at + 7):  # before, across and after the place where they part
        now = [*other, 70_000, *other[start : start + 2]]
        index.sync(now)
        assert index.find(3) == Match(tuple(other[start + 2 : start + 5]), length=2, support=1)


def test_a_promise_may_be_larger_than_what_there_is() -> None:
    index = Lookup()
    index.sync([1, 2, 3, 1, 2], kept=5)
    assert index.find(1) == Match((3,), length=2, support=1)
    index.sync([1, 2, 3], kept=5)
    assert index.find(1) is None


def test_the_callers_list_is_not_held_and_not_changed() -> None:
    tokens = [1, 2, 3, 1, 2]
    index = lookup(tokens)
    assert index.find(3) is not None
    assert tokens == [1, 2, 3, 1, 2]
    tokens.clear()
    assert index.find(1) == Match((3,), length=2, support=1)


def test_a_reference_is_copied_from_to_its_end_and_no_further() -> None:
    index = lookup([8, 9, 2, 3], reference=[1, 2, 3, 4, 5])
    assert index.find(9) == Match((4, 5), length=2, support=1)
    index.sync([8, 9, 4, 5])
    assert index.find(9) is None
    assert lookup([], reference=[1, 2, 3, 1, 2]).find(1) is None
    assert lookup([2], reference=[1, 2, 3, 1, 2]).find(1) is None


def test_no_match_reaches_from_the_conversation_into_the_reference() -> None:
    index = lookup([2, 3, 6, 2, 3], reference=[1, 2, 3, 7])
    assert index.find(3) == Match((6, 2, 3), length=2, support=1, rivals=1)
    assert lookup([2, 3], reference=[0, 1, 2, 3, 7, 0, 1]).find(1) == Match((7,), length=2, support=1)


def test_a_longer_match_in_the_reference_wins_and_cutting_back_keeps_it() -> None:
    text = list(range(50, 80))
    index = lookup([55, 1, 56, 57, 2, 54, 55, 56, 57], reference=text)
    assert index.find(2) == Match((58, 59), length=4, support=1)
    index.sync([])
    index.sync([56, 57])
    assert index.find(2) == Match((58, 59), length=2, support=1)


def test_repeating_a_text_with_one_word_changed_is_a_copy_but_for_that_word() -> None:
    rng = random.Random(6)
    text = [min(int(rng.paretovariate(0.7)), 5000) for _ in range(400)]
    answer = [*text[:200], 6000, 6001, *text[201:]]
    index, tokens, rounds = Lookup(), [*text, 7000], 0
    index.sync(tokens)
    done = 0
    while done < len(answer):
        match = index.find(8)
        drafted = match.tokens if match else ()
        accepted = 0
        while (
            accepted < min(len(drafted), len(answer) - done) and drafted[accepted] == answer[done + accepted]
        ):
            accepted += 1
        new = answer[done : done + accepted + 1]
        tokens += new
        index.sync(tokens, kept=len(tokens) - len(new))
        done += len(new)
        rounds += 1
    assert rounds < len(answer) / 6


HOSTILE = {
    "one token": [7] * 100_000,
    "a pair": [7, 8] * 50_000,
    "a pair among others": [token for other in range(25_000) for token in (1, 2, 1000 + other % 3, other)],
    "a long period": list(range(997)) * 100,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_time_per_token_does_not_grow_with_the_conversation(kind: str) -> None:
    def spent(tokens: list[int]) -> float:
        index = Lookup()
        index.sync(tokens)
        best = float("inf")
        for _ in range(3):
            began = process_time()
            for _ in range(300):
                tokens.append(tokens[len(tokens) % 7])
                index.sync(tokens, kept=len(tokens) - 1)
                index.find(15)
            best = min(best, process_time() - began)
        return best

    everything = HOSTILE[kind]
    assert spent(everything[:]) < 12 * spent(everything[:1000])  # were it linear: a hundred times


def test_memory_is_bounded_by_the_tokens_and_given_back() -> None:
    rng = random.Random(8)
    tokens = [rng.randrange(150_000) for _ in range(4000)]  # hardly a run occurs twice: the worst case
    tracemalloc.start()
    try:
        index = lookup(tokens)
        for _ in range(5):
            index.sync(tokens[:10])
            index.sync(tokens)
        assert tracemalloc.get_traced_memory()[0] < 450 * len(tokens)
    finally:
        tracemalloc.stop()
