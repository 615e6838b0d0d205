"""The synthetic models of the benchmarks do what the measurements rest on."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from benchmarks import agreement, pairs
from benchmarks.bare import Bare

QUANTISATIONS = ("Q4_0", "Q8_0", "F16")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("synthetic")


@pytest.fixture
def chain(folder: Path) -> Iterator[tuple[pairs.Chain, Bare]]:
    made = pairs.chain("Q8_0", pairs.SMALL, folder)
    model = Bare(made.path, 512, 1)
    yield made, model
    model.close()


@pytest.mark.parametrize("quantisation", QUANTISATIONS)
def test_without_further_branches_the_target_is_its_draft(quantisation: str, folder: Path) -> None:
    target, draft = (Bare(path, 512, 1) for path in pairs.small(quantisation, 0.0, folder))
    text = target.tokenize("What is a draft model?")
    ours, theirs = (np.concatenate([part.copy() for part in model.read(text)]) for model in (target, draft))
    assert np.array_equal(ours, theirs)
    target.close()
    draft.close()


@pytest.mark.parametrize("quantisation", QUANTISATIONS)
def test_the_larger_eps_the_less_they_agree(quantisation: str, folder: Path) -> None:
    found = []
    for eps in (0.02, 0.1, 0.5):
        target, draft = pairs.small(quantisation, eps, folder)
        texts = agreement.greedy_texts(target, 100, agreement.PROMPTS[:2])
        found.append(agreement.agreement(target, draft, texts))
        assert not any(agreement.longest_cycle(text.tokens) for text in texts)
    greedy, overlap = zip(*found, strict=True)
    assert 1 > greedy[0] > greedy[1] > greedy[2]
    assert 1 > overlap[0] > overlap[1] > overlap[2]
    assert greedy[0] > 0.8
    assert greedy[2] < 0.2


def test_pairs_share_their_draft_and_are_written_once(folder: Path) -> None:
    first, second = pairs.small("Q4_0", 0.1, folder), pairs.small("Q4_0", 0.2, folder)
    assert first.draft == second.draft
    assert first.target != second.target
    written = first.target.stat().st_mtime_ns
    assert pairs.small("Q4_0", 0.1, folder).target.stat().st_mtime_ns == written


def test_a_stranger_shares_nothing_but_the_vocabulary(folder: Path) -> None:
    target = pairs.small("Q4_0", 0.1, folder).target
    stranger = pairs.unrelated("Q4_0", pairs.SMALL, folder=folder)
    texts = agreement.greedy_texts(target, 100, agreement.PROMPTS[:1])
    assert agreement.agreement(target, stranger, texts).greedy < 0.05


def test_no_control_token_is_ever_likely(folder: Path) -> None:
    model = Bare(pairs.small("Q4_0", 0.1, folder).target, 512, 1)
    for logits in model.read(model.tokenize("Say nothing that ends an answer.")):
        assert (logits[:, :3] == 0).all()
        assert (logits.max(axis=1) > 10).all()
    model.close()


def test_a_chain_writes_its_words_in_order(chain: tuple[pairs.Chain, Bare]) -> None:
    (_, words), model = chain
    assert len(set(words)) == len(words) > 1000
    assert model.tokenize(pairs.spelled(words)) == list(words)
    assert model.decode([words[3]], 40)[0] == list(words[4:44])


def test_the_benchmarks_draft_is_cheap() -> None:
    assert pairs.LARGE.parameters > 500e6
    assert pairs.LARGE.cost_ratio(1) < 0.2
    assert dataclasses.replace(pairs.LARGE, layers=1).parameters < pairs.LARGE.parameters / 4


def test_a_cycle_is_found_at_the_end_of_a_text() -> None:
    assert agreement.longest_cycle([1, 2, 3, 4, 5, 6]) == 0
    assert agreement.longest_cycle([9, 1, 2, 1, 2, 1, 2]) == 2
