"""The words of every error: complete, with the numbers that matter, and one line on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from desktop import errors
from desktop.gui.wording import _WORDS, describe, one_line

GB = 1_000_000_000


def kinds(root: type[errors.UserError] = errors.UserError) -> Iterator[type[errors.UserError]]:
    """The whole tree, root first."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from kinds(child)


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_every_kind_has_words_of_its_own(kind: type[errors.UserError]) -> None:
    assert kind.__name__ in _WORDS
    words = describe(kind())
    assert all((words.title, words.sentence, words.action_label, words.what, words.step))
    assert words.sentence.endswith(".")
    assert not re.search(r"!|\bdevice\b|\bNone\b| {2}|\.\.", words.sentence + words.title)


def test_no_words_without_a_kind() -> None:
    assert set(_WORDS) == {kind.__name__ for kind in kinds()}


def test_an_unknown_kind_takes_the_words_of_the_nearest_above() -> None:
    class Odd(errors.ModelUnreadable):
        pass

    assert describe(Odd(path="/m/a.gguf")) == describe(errors.ModelUnreadable(path="/m/a.gguf"))


def test_too_large_names_both_sizes_and_offers_the_context_that_fits() -> None:
    error = errors.ModelTooLarge(
        "failed to allocate",
        path="/m/Big.gguf",
        needed=14_400_000_000,
        free=11_400_000_000,
        n_ctx=32768,
        n_ctx_fits=8192,
    )
    words = describe(error)
    assert words.action == "smaller_context"
    assert words.action_label == "Use 8,192 tokens"
    for fact in ("Big.gguf", "14.4 GB", "11.4 GB", "32,768 tokens"):
        assert fact in words.sentence
    assert one_line(error).endswith("; try --ctx 8192")


def test_too_large_at_any_context_offers_another_model() -> None:
    error = errors.ModelTooLarge(path="/m/Big.gguf", needed=40 * GB, free=8 * GB, n_ctx=4096, n_ctx_fits=0)
    assert describe(error).action == "choose_model"
    assert "does not fit with a smaller context" in describe(error).sentence
    assert "--ctx" not in one_line(error)


def test_a_file_name_keeps_its_spelling_at_the_start_of_a_sentence() -> None:
    assert describe(errors.ModelMissing(path="/m/qwen.gguf")).sentence.startswith("qwen.gguf ")


@pytest.mark.parametrize("kind", list(kinds()), ids=lambda kind: kind.__name__)
def test_one_line_is_one_line_with_a_next_step(kind: type[errors.UserError]) -> None:
    line = one_line(kind("first said\nsecond said\n", path="/m/a.gguf", needed=9, n_ctx=4))
    assert "\n" not in line
    what, _, step = line.partition("; ")
    assert what
    assert step


def test_bad_input_says_what_is_wrong() -> None:
    error = errors.BadInput("temperature must be 0 or more.")
    assert one_line(error).startswith("temperature must be 0 or more; ")
    assert describe(error).sentence.startswith("Temperature must be 0 or more.")
