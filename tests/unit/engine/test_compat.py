"""Which drafts a target can judge: llama.cpp's rule on real files that hold a vocabulary and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from gguf import GGUFWriter, TokenType

from desktop.engine.binding import Model
from desktop.engine.compat import compare, refusal
from desktop.engine.types import Check
from tests.tiny_gguf import Tiny, vocabulary, write_tiny


@dataclass(frozen=True)
class Words:
    """One vocabulary: the tiny models', then `more` tokens. `spelled` changes the text of tokens by id."""

    kind: str = "gpt2"
    more: int = 0
    spelled: tuple[tuple[int, str], ...] = ()
    bos: int = 0
    eos: int = 1
    adds_bos: bool = False
    adds_eos: bool = False


def write(path: Path, words: Words) -> Path:
    """A GGUF without tensors."""
    tokens, types, merges = vocabulary(Tiny())
    tokens += [f"<more {index}>" for index in range(words.more)]
    types += [int(TokenType.USER_DEFINED)] * words.more
    for token, text in words.spelled:
        tokens[token] = text
    writer = GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(8)
    writer.add_block_count(1)
    writer.add_feed_forward_length(8)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model(words.kind)
    if words.kind != "no_vocab":
        writer.add_tokenizer_pre("qwen2")
        writer.add_token_list(tokens)
        writer.add_token_types(types)
        writer.add_token_scores([0.0] * len(tokens))
        writer.add_token_merges(merges)
        writer.add_bos_token_id(words.bos)
        writer.add_eos_token_id(words.eos)
        writer.add_add_bos_token(words.adds_bos)
        writer.add_add_eos_token(words.adds_eos)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


Judge = Callable[[Words, Words], dict[str, Check]]


@pytest.fixture
def judge(tmp_path: Path) -> Iterator[Judge]:
    """Checks by name for a target's and a draft's vocabulary; the refusal must agree with them."""
    models: list[Model] = []

    def load(words: Words) -> Model:
        path = write(tmp_path / f"{len(models)}.gguf", words)
        models.append(Model(path, vocabulary=True))
        return models[-1]

    def judged(target: Words, draft: Words) -> dict[str, Check]:
        checks = compare(load(target), load(draft))
        assert bool(refusal(checks)) == any(not check.passed for check in checks)
        return {check.name: check for check in checks}

    yield judged
    for model in models:
        model.close()


def failed(checks: dict[str, Check]) -> list[str]:
    return [name for name, check in checks.items() if not check.passed]


def test_equal_vocabularies_pass_every_check_and_each_says_what_it_compared(judge: Judge) -> None:
    checks = judge(Words(), Words())
    size = len(vocabulary(Tiny())[0])
    assert [(check.name, check.passed, check.found) for check in checks.values()] == [
        ("Tokenizer", True, "both byte-level BPE"),
        ("Start token", True, "neither adds one"),
        ("End token", True, "neither adds one"),
        ("Vocabulary", True, f"both {size} tokens"),
        ("Tokens", True, f"the same from token 5 to {size - 1}"),
    ]


def test_the_first_token_that_differs_is_named_with_both_texts(judge: Judge) -> None:
    checks = judge(Words(), Words(spelled=((300, "<|x|>"), (310, "<|y|>"))))
    assert failed(checks) == ["Tokens"]
    text = vocabulary(Tiny())[0][300]
    assert checks["Tokens"].found == f"token 300 is {text!r} in the target and '<|x|>' in the draft"
    assert refusal(tuple(checks.values())) == "draft differs at token 300"


@pytest.mark.parametrize(("token", "passes"), [(4, True), (5, False)])
def test_the_first_five_tokens_may_be_spelled_otherwise(judge: Judge, token: int, passes: bool) -> None:
    checks = judge(Words(), Words(spelled=((token, "<|renamed|>"),)))
    assert failed(checks) == ([] if passes else ["Tokens"])


def test_the_last_token_both_have_is_compared(judge: Judge) -> None:
    last = len(vocabulary(Tiny())[0]) - 1
    checks = judge(Words(spelled=((last, "<|x|>"),)), Words(more=3))
    assert failed(checks) == ["Tokens"]
    assert f"token {last} is '<|x|>' in the target" in checks["Tokens"].found


@pytest.mark.parametrize(("target", "draft"), [(0, 128), (128, 0)])
def test_sizes_may_differ_by_128_and_what_only_one_has_is_not_compared(
    judge: Judge, target: int, draft: int
) -> None:
    assert failed(judge(Words(more=target), Words(more=draft))) == []


@pytest.mark.parametrize(("target", "draft"), [(0, 929), (929, 0)])
def test_sizes_that_differ_more_are_refused_with_both(judge: Judge, target: int, draft: int) -> None:
    checks = judge(Words(more=target), Words(more=draft))
    size = len(vocabulary(Tiny())[0])
    assert failed(checks) == ["Vocabulary"]
    assert f"target {size + target:,} tokens, draft {size + draft:,}" in checks["Vocabulary"].found
    assert refusal(tuple(checks.values())) == "draft has a vocabulary of another size"


def test_129_tokens_more_are_too_many(judge: Judge) -> None:
    assert failed(judge(Words(), Words(more=129))) == ["Vocabulary"]


def test_an_added_start_token_has_to_be_the_same(judge: Judge) -> None:
    begins = Words(adds_bos=True, bos=7)
    text = vocabulary(Tiny())[0][7]
    same, other, none = judge(begins, begins), judge(begins, replace(begins, bos=8)), judge(begins, Words())
    assert failed(same) == []
    assert same["Start token"].found == f"both add token 7 {text!r}"
    assert failed(other) == failed(none) == ["Start token"]
    assert none["Start token"].found == f"target adds token 7 {text!r}, draft none"
    assert refusal(tuple(none.values())) == "draft begins texts with another token"


def test_an_added_end_token_has_to_be_the_same(judge: Judge) -> None:
    ends = Words(adds_eos=True, eos=7)
    assert failed(judge(ends, ends)) == []
    assert failed(judge(ends, replace(ends, eos=8))) == ["End token"]
    checks = judge(Words(), ends)
    assert failed(checks) == ["End token"]
    assert checks["End token"].found.startswith("target adds none, draft token 7 ")


def test_tokens_that_are_not_added_may_differ(judge: Judge) -> None:
    assert failed(judge(Words(bos=7, eos=8), Words(bos=9, eos=10))) == []


def test_another_tokenizer_is_refused_and_the_other_checks_are_still_reported(judge: Judge) -> None:
    checks = judge(Words(), Words(kind="llama", adds_bos=True, more=500))
    assert failed(checks) == ["Tokenizer", "Start token", "Vocabulary"]
    assert checks["Tokenizer"].found == "target byte-level BPE, draft SentencePiece"
    assert checks["Tokens"].passed
    assert refusal(tuple(checks.values())) == "draft has another tokenizer"


@pytest.mark.parametrize(
    ("target", "draft"), [("gpt2", "no_vocab"), ("no_vocab", "gpt2"), ("no_vocab", "no_vocab")]
)
def test_a_model_without_a_tokenizer_is_refused_before_c_is_asked_for_texts(
    judge: Judge, target: str, draft: str
) -> None:
    checks = judge(Words(kind=target), Words(kind=draft))  # llama.cpp would end the process
    assert {"Tokenizer", "Tokens"} <= set(failed(checks))
    assert refusal(tuple(checks.values())) == "draft has another tokenizer"


def test_a_text_of_any_length_or_kind_is_shown_in_one_short_line(judge: Judge) -> None:
    checks = judge(Words(), Words(spelled=((40, "a\n\u202e" + "b" * 100_000),)))
    assert len(checks["Tokens"].found) < 140
    assert "a\\n\\u202ebbb" in checks["Tokens"].found


def test_a_model_loaded_whole_and_one_with_its_vocabulary_only_compare_alike(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "whole.gguf")
    whole, words = Model(path), Model(path, vocabulary=True)
    try:
        assert refusal(compare(whole, words)) == ""
        assert compare(whole, whole) == compare(words, words)
    finally:
        words.close()
        whole.close()
