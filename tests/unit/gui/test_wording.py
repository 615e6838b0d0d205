"""The words of every error: complete, with the numbers that matter, and one line on the command line."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from desktop import errors
from desktop.gui.wording import _WORDS, describe, one_line, printable, without_draft

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


def test_a_refused_draft_is_told_with_the_target_and_the_check_that_failed() -> None:
    error = errors.DraftRefused(
        "token 32007 differs.", path="/m/small.gguf", target="Qwen 2.5 7B", check="tokens"
    )
    words = describe(error)
    assert words.title == "This model cannot draft for Qwen 2.5 7B"
    assert words.sentence.startswith("small.gguf was refused: token 32007 differs. ")
    assert words.action_label == "Choose another draft"
    assert one_line(error) == (
        "small.gguf cannot draft for Qwen 2.5 7B: token 32007 differs; try another with --draft"
    )


def test_a_refused_draft_without_details_names_the_check() -> None:
    words = describe(errors.DraftRefused(path="/m/small.gguf", check="the vocabularies differ in size"))
    assert words.title == "This model cannot draft for the one that is loaded"
    assert "the vocabularies differ in size" in words.sentence


def test_a_missing_file_is_told_with_the_option_that_named_it() -> None:
    assert one_line(errors.ModelMissing(path="/m/a.gguf")).endswith("; check the path given to --model")
    named = errors.ModelMissing(path="/m/a.gguf", option="--draft")
    assert one_line(named) == "no such model file: /m/a.gguf; check the path given to --draft"


@pytest.mark.parametrize("kind", list(kinds(errors.ModelError)), ids=lambda kind: kind.__name__)
def test_whatever_is_wrong_with_a_draft_the_answer_goes_on_without_it(
    kind: type[errors.ModelError],
) -> None:
    line = without_draft(kind("first said\nsecond said", path="/m/a.gguf", needed=9 * GB, free=GB))
    assert line.startswith("no draft model: ")
    assert "a.gguf" in line
    assert line.endswith("; try another with --draft")
    assert "--model" not in line
    assert "\n" not in line


def test_what_a_terminal_would_obey_is_not_printed() -> None:
    assert printable("a\x1b[31m \n b\u202e") == "a\ufffd[31m b\ufffd"
