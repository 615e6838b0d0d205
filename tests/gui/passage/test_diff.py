"""What became of a text's words: nothing is lost in showing it."""

from __future__ import annotations

import random
import time

import pytest

from desktop.gui.passage.diff import Run, elided, word_diff


def _without(runs: list[Run], *changes: str) -> list[str]:
    return "".join(run.text for run in runs if run.change not in changes).split()


@pytest.mark.parametrize(
    ("old", "new", "runs"),
    [
        ("a b c", "a b c", [Run("a b c", "kept")]),
        ("a b c", "a x c", [Run("a ", "kept"), Run("b ", "removed"), Run("x ", "added"), Run("c", "kept")]),
        ("a b", "a b c", [Run("a b ", "kept"), Run("c", "added")]),
        ("a b", "a", [Run("a ", "kept"), Run("b", "removed")]),
        ("", "new", [Run("new", "added")]),
        ("old", "", [Run("old", "removed")]),
        ("a end", "a stop", [Run("a ", "kept"), Run("end ", "removed"), Run("stop", "added")]),
        ("a b", "a\nb", [Run("a\nb", "kept")]),
        ("", "", []),
    ],
)
def test_words_are_kept_removed_and_added(old: str, new: str, runs: list[Run]) -> None:
    assert word_diff(old, new) == runs


def test_while_it_goes_on_the_rest_is_pending_and_half_a_word_waits() -> None:
    assert word_diff("one two three", "", going_on=True) == [Run("one two three", "pending")]
    assert word_diff("one two three", "one tw", going_on=True) == [
        Run("one ", "kept"), Run("two three", "pending"),
    ]  # fmt: skip
    assert word_diff("one two three", "one new ", going_on=True) == [
        Run("one ", "kept"), Run("new ", "added"), Run("two three", "pending"),
    ]  # fmt: skip
    assert word_diff("one two three four", "one three ", going_on=True) == [
        Run("one ", "kept"), Run("two ", "removed"), Run("three ", "kept"), Run("four", "pending"),
    ]  # fmt: skip


def test_both_texts_can_be_read_out_of_it() -> None:
    dice = random.Random(4)
    for _ in range(200):
        old = " ".join(dice.choices("abcde", k=dice.randrange(12)))
        new = " ".join(dice.choices("abcde", k=dice.randrange(12)))
        runs = word_diff(old, new)
        assert _without(runs, "added") == old.split()
        assert _without(runs, "removed") == new.split()
        live = word_diff(old, f"{new} ", going_on=True)
        assert _without(live, "removed", "pending") == new.split()


def test_long_texts_with_nothing_in_common_take_no_time() -> None:
    old, new = "same word " * 10_000, "word other " * 10_000
    began = time.process_time()
    runs = word_diff(old, f"{new}end")
    assert time.process_time() - began < 2.0
    assert [run.change for run in runs] == ["removed", "added"]


def test_a_long_text_with_a_change_at_either_end_is_not_all_new() -> None:
    words = [f"word{number}" for number in range(3_000)]
    changed = ["first", *words[1:-1], "last"]
    runs = word_diff(" ".join(words), " ".join(changed))
    assert [run.change for run in runs] == ["removed", "added", "kept", "removed", "added"]


def test_a_long_text_loses_its_middle_between_words_and_says_how_much() -> None:
    assert elided("short", 10, 5) == "short"
    assert elided("x" * 22, 10, 5) == "x" * 22, "a sign for a little is no gain"
    assert elided("a" * 1000 + "b" * 1000, 100, 50) == f"{'a' * 100}\n… 1,850 characters …\n{'b' * 50}"
    shown = elided("one two three four five six seven " * 20, 60, 40)
    front, gone, back = shown.split("\n")
    assert gone == f"… {680 - len(front) - len(back):,} characters …"
    assert {*front.split(), *back.split()} <= {"one", "two", "three", "four", "five", "six", "seven"}
