"""The chain in numpy against llama.cpp's own, and draws that follow the distribution."""

from __future__ import annotations

import ctypes
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import llama_cpp.llama_cpp as lib
import numpy as np
import pytest

from desktop.engine.sampling import (
    ACCEPT,
    DRAFT,
    TARGET,
    Chain,
    Distribution,
    Floats,
    draw,
    exponentiate,
    uniform,
)
from desktop.engine.types import Sampling
from tests.chi import chi_square_p

SETTINGS = [
    Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0),
    Sampling(temperature=0.8, top_k=40, top_p=0.95, min_p=0.05),
    Sampling(temperature=1.5, top_k=5, top_p=1.0, min_p=0.0),
    Sampling(temperature=0.3, top_k=0, top_p=0.9, min_p=0.0),
    Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.2),
    Sampling(temperature=0.7, repeat_penalty=1.3, presence_penalty=0.5, frequency_penalty=0.2),
    Sampling(temperature=0.7, repeat_penalty=1.3, penalty_last_n=3),
]


def logits_of(seed: int, size: int = 3000, spread: float = 4.0) -> Floats:
    return (np.random.default_rng(seed).standard_normal(size) * spread).astype(np.float32)


def by_llama(sampling: Sampling, logits: Floats, recent: Sequence[int]) -> dict[int, float]:
    """The same chain built of llama.cpp's samplers; probabilities by token."""
    chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
    last, repeat = sampling.penalty_last_n, sampling.repeat_penalty
    links = [
        lib.llama_sampler_init_penalties(
            logits.size, last, repeat, sampling.frequency_penalty, sampling.presence_penalty
        )
    ]
    if sampling.top_k:
        links.append(lib.llama_sampler_init_top_k(sampling.top_k))
    if sampling.top_p < 1.0:
        links.append(lib.llama_sampler_init_top_p(sampling.top_p, 1))
    if sampling.min_p:
        links.append(lib.llama_sampler_init_min_p(sampling.min_p, 1))
    links += [lib.llama_sampler_init_temp(sampling.temperature), lib.llama_sampler_init_dist(1)]
    for link in links:
        lib.llama_sampler_chain_add(chain, link)
    for token in recent:
        lib.llama_sampler_accept(chain, token)
    items = (lib.llama_token_data * logits.size)()
    for index, value in enumerate(logits):
        items[index] = lib.llama_token_data(id=index, logit=float(value), p=0.0)
    array = lib.llama_token_data_array(data=items, size=logits.size, selected=-1, sorted=False)
    lib.llama_sampler_apply(chain, ctypes.byref(array))
    found = {int(array.data[i].id): float(array.data[i].p) for i in range(array.size)}
    lib.llama_sampler_free(chain)
    return found


@pytest.mark.parametrize("sampling", SETTINGS, ids=str)
@pytest.mark.parametrize("seed", range(4))
def test_the_distribution_is_llama_cpps(sampling: Sampling, seed: int) -> None:
    logits, recent = logits_of(seed), [7, 7, 8, 9, 11, 7] * 3
    chain = Chain(sampling, seed=1)
    found = chain.distribution(logits, chain.recent(recent), 0)
    expected = by_llama(sampling, logits, recent)
    assert set(found.ids.tolist()) == set(expected)
    for token, p in zip(found.ids.tolist(), found.probs.tolist(), strict=True):
        assert p == pytest.approx(expected[token], rel=1e-4, abs=1e-7)
    assert found.probs.sum() == pytest.approx(1.0)


def test_a_flat_distribution_needs_more_candidates_than_are_sorted_first() -> None:
    logits = logits_of(3, size=20_000, spread=0.1)
    chain = Chain(Sampling(temperature=1.0, top_k=0, top_p=0.9, min_p=0.0), seed=1)
    found = chain.distribution(logits, (), 0)
    assert set(found.ids.tolist()) == set(by_llama(chain.sampling, logits, ()))


@pytest.mark.parametrize("stream", [TARGET, DRAFT])
def test_draws_follow_the_distribution(stream: int) -> None:
    p = np.array([0.5, 0.25, 0.15, 0.07, 0.03])
    dist = Distribution(np.array([11, 5, 900, 31, 2]), p)
    seen = Counter(draw(dist, seed, stream, 17) for seed in range(20_000))
    assert chi_square_p([seen[int(i)] for i in dist.ids], p) > 1e-3
    seen = Counter(draw(dist, 99, stream, position) for position in range(20_000))
    assert chi_square_p([seen[int(i)] for i in dist.ids], p) > 1e-3


def test_draws_at_neighbouring_positions_are_independent() -> None:
    dist = Distribution(np.array([0, 1]), np.array([0.5, 0.5]))
    for one, other in ((17, 18), (17, 17)):
        pairs = Counter(
            (draw(dist, seed, TARGET, one), draw(dist, seed, TARGET if one != other else DRAFT, other))
            for seed in range(20_000)
        )
        counts = [pairs[a, b] for a in (0, 1) for b in (0, 1)]
        assert chi_square_p(counts, np.full(4, 0.25)) > 1e-3


def test_uniform_numbers_are_uniform() -> None:
    values = np.array([uniform(seed, ACCEPT, 3, more) for seed in range(5000) for more in range(4)])
    assert values.min() > 0
    assert values.max() < 1
    assert chi_square_p(np.histogram(values, 20, (0, 1))[0].tolist(), np.full(20, 0.05)) > 1e-3


def test_equal_numbers_give_alike_distributions_the_same_token() -> None:
    p = np.array([0.5, 0.3, 0.2])
    q = np.array([0.45, 0.35, 0.2])
    ids = np.array([1, 2, 3])
    same = sum(
        draw(Distribution(ids, p), seed, TARGET, 0) == draw(Distribution(ids, q), seed, TARGET, 0)
        for seed in range(5000)
    )
    assert same / 5000 > 0.85  # independent draws agree 37 % of the time


def test_a_row_becomes_its_probabilities() -> None:
    row = logits_of(1)
    expected = np.exp(row.astype(np.float64)) / np.exp(row.astype(np.float64)).sum()
    total = exponentiate(row, int(row.argmax()))
    assert row.max() == 1.0
    assert row / total == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_xtc_drops_the_likeliest_now_and_then() -> None:
    logits = np.log(np.array([0.4, 0.3, 0.2, 0.1], np.float32))
    plain = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
    chain = Chain(replace(plain, xtc_probability=0.5, xtc_threshold=0.15), seed=4)
    kept = [frozenset(chain.distribution(logits, (), position).ids.tolist()) for position in range(2000)]
    assert set(kept) == {frozenset({0, 1, 2, 3}), frozenset({2, 3})}
    assert 0.45 < sum(len(one) == 2 for one in kept) / 2000 < 0.55
    assert chain.keeps_state


def test_mirostat_steers_the_surprise() -> None:
    chain = Chain(Sampling(temperature=1.0, mirostat_tau=3.0, mirostat_eta=0.1), seed=4)
    surprises = []
    for position in range(3000):
        logits = logits_of(position % 50, size=500, spread=2.0)
        dist = chain.distribution(logits, (), position)
        token = draw(dist, 4, TARGET, position)
        surprises.append(-np.log2(dist.of(token)))
        chain.observe(dist, token)
    assert np.mean(surprises[500:]) == pytest.approx(3.0, abs=0.3)
