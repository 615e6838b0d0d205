"""Every rule writes what the target alone would write: chi-square against the target's own probabilities."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from desktop.engine import verify
from desktop.engine.binding import Context, Model
from desktop.engine.sampling import DRAFT, TARGET, Chain, Distribution, Floats, draw, uniform
from desktop.engine.types import Rule, Sampling
from desktop.engine.verify import Place, Proposal, judge
from tests.chi import chi_square_p
from tests.tiny_gguf import Tiny

SAMPLES = 20_000
SETTINGS = {
    "warm": Sampling(temperature=0.8, top_k=6, top_p=1.0, min_p=0.0),
    "hot": Sampling(temperature=1.4, top_k=0, top_p=0.6, min_p=0.0),
    "cut": Sampling(temperature=1.0, top_k=12, top_p=0.9, min_p=0.1),
}
PROMPT = (72, 101, 108, 108, 111)


class Pair:
    """Target and draft as functions from text to logits, computed by llama.cpp and remembered.

    The draft's logits lean towards the target's, as a trained draft's do.
    """

    def __init__(self, target: Path, draft: Path) -> None:
        self._models = [Model(path) for path in (target, draft)]
        self._contexts = [Context(model, 256, 1, "f16") for model in self._models]
        self._known: dict[tuple[int, tuple[int, ...]], Floats] = {}
        self._dists: dict[tuple[int, tuple[int, ...]], Distribution] = {}

    def target(self, text: tuple[int, ...]) -> Floats:
        return self._row(0, text)

    def draft(self, text: tuple[int, ...]) -> Floats:
        return np.float32(0.8) * self._row(0, text) + np.float32(0.5) * self._row(1, text)

    def _row(self, which: int, text: tuple[int, ...]) -> Floats:
        key = (which, text)
        if key not in self._known:
            context = self._contexts[which]
            context.clear()
            context.decode(text, 0)
            self._known[key] = context.logits()[-1].copy()
        return self._known[key]

    def close(self) -> None:
        for context in self._contexts:
            context.close()
        for model in self._models:
            model.close()


@pytest.fixture(scope="module")
def pair(models: Callable[[Tiny], Path]) -> Iterator[Pair]:
    made = Pair(models(Tiny()), models(Tiny(layers=1, seed=5)))
    yield made
    made.close()


class QuickChain(Chain):
    """Remembers distributions by the row they came from: the same rows come thousands of times."""

    known: dict[tuple[int, float], Distribution]

    def distribution(self, logits: Floats, recent: Sequence[int], position: int) -> Distribution:
        key = (position, float(logits[:8].sum()))
        if key not in self.known:
            self.known[key] = super().distribution(logits, recent, position)
        return self.known[key]


def chains(sampling: Sampling, count: int) -> list[QuickChain]:
    known: dict[tuple[int, float], Distribution] = {}
    made = []
    for seed in range(count):
        chain = QuickChain(sampling, seed)
        chain.known = known
        made.append(chain)
    return made


def proposed(pair: Pair, chain: Chain, rule: Rule, text: tuple[int, ...], number: int) -> Proposal:
    """Up to three drafted tokens; it stops where the draft is unsure, as pace does."""
    tokens: list[int] = []
    dists: list[Distribution] = []
    while len(tokens) < 3:
        position = len(text) + len(tokens)
        dist = chain.distribution(pair.draft((*text, *tokens)), (), position)
        if tokens and dist.probs.max() < 0.3:
            break
        if rule == "equal":
            token = int(dist.ids[dist.probs.argmax()])
        elif rule == "coupled":
            token = draw(dist, chain.seed, TARGET, position)
        else:
            token = draw(dist, chain.seed + 1_000_003 * number, DRAFT, position)
        tokens.append(token)
        dists.append(dist)
    q = tuple(dist.of(token) for dist, token in zip(dists, tokens, strict=True))
    proper = tuple(dists) if rule in ("rejection", "block") else ()
    return Proposal("draft", tuple(tokens), q, (0,) * len(tokens), proper)


def written(pair: Pair, chain: Chain, rule: Rule) -> tuple[int, int]:
    """The first two tokens of an answer."""
    text: tuple[int, ...] = PROMPT
    number = 0
    while len(text) < len(PROMPT) + 2:
        number += 1
        proposal = proposed(pair, chain, rule, text, number)
        rows = np.stack([pair.target((*text, *proposal.tokens[:i])) for i in range(len(proposal.tokens) + 1)])
        verdict = judge(rows, proposal, chain, rule, Place(text, number))
        text = (*text, *proposal.tokens[: verdict.accepted], verdict.added.token)
    return text[len(PROMPT)], text[len(PROMPT) + 1]


def goodness(pair: Pair, sampling: Sampling, rule: Rule, samples: int = SAMPLES) -> float:
    """p-value of what a rule writes against what the target alone would."""
    alone = Chain(sampling, 0)
    cells: dict[tuple[int, int], float] = {}
    first = alone.distribution(pair.target(PROMPT), (), 0)
    for one, p in zip(first.ids.tolist(), first.probs.tolist(), strict=True):
        second = alone.distribution(pair.target((*PROMPT, one)), (), 0)
        for other, p2 in zip(second.ids.tolist(), second.probs.tolist(), strict=True):
            cells[one, other] = p * p2
    seen = Counter(written(pair, chain, rule) for chain in chains(sampling, samples))
    assert set(seen) <= set(cells)
    return chi_square_p([seen[cell] for cell in cells], np.array(list(cells.values())))


@pytest.mark.parametrize("setting", SETTINGS)
@pytest.mark.parametrize("rule", ["rejection", "block"])
def test_the_ratio_rules_keep_the_distribution(pair: Pair, rule: Rule, setting: str) -> None:
    assert goodness(pair, SETTINGS[setting], rule) > 1e-3


@pytest.mark.parametrize("rule", ["coupled", "equal"])
def test_the_comparing_rules_keep_the_distribution(pair: Pair, rule: Rule) -> None:
    assert goodness(pair, SETTINGS["warm"], rule) > 1e-3


def test_a_wrong_rule_is_found_out(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """Replacements drawn from p itself: the mistake that is made most often."""
    monkeypatch.setattr(verify, "_rest", lambda p, q, weight: p)
    assert goodness(pair, SETTINGS["warm"], "rejection") < 1e-6


def test_block_verification_stopped_at_the_first_refusal_is_found_out(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other known mistake (vllm-ascend #7807): not looking beyond a length that fails."""
    plain = uniform
    failed: dict[tuple[int, int], int] = {}

    def sticky(seed: int, stream: int, position: int, more: int = 0) -> float:
        first = failed.get((seed, more))
        if first is not None and position > first:
            return 1.0
        value = plain(seed, stream, position, more)
        if value > 0.5:
            failed[seed, more] = position
        return value

    monkeypatch.setattr(verify, "uniform", sticky)
    assert goodness(pair, SETTINGS["warm"], "block") < 1e-3


def accepted_share(pair: Pair, sampling: Sampling, rule: Rule) -> float:
    drafted = accepted = 0
    for chain in chains(sampling, 3000):
        proposal = proposed(pair, chain, rule, PROMPT, 1)
        rows = np.stack(
            [pair.target((*PROMPT, *proposal.tokens[:i])) for i in range(len(proposal.tokens) + 1)]
        )
        verdict = judge(rows, proposal, chain, rule, Place(PROMPT, 1))
        drafted += len(proposal.tokens)
        accepted += verdict.accepted
    return accepted / drafted


def test_rejection_accepts_more_than_equality_and_block_no_less(pair: Pair) -> None:
    rules: tuple[Rule, ...] = ("equal", "coupled", "rejection", "block")
    equal, coupled, rejection, block = (accepted_share(pair, SETTINGS["warm"], rule) for rule in rules)
    assert max(equal, coupled) < rejection * 1.01
    assert equal < 0.9 * rejection
    assert block > rejection * 0.99


def test_block_expects_at_least_as_much_as_rejection_of_every_draft(pair: Pair) -> None:
    for chain in chains(SETTINGS["hot"], 200):
        proposal = proposed(pair, chain, "block", PROMPT, 1)
        if len(proposal.tokens) < 2:
            continue
        rows = np.stack(
            [pair.target((*PROMPT, *proposal.tokens[:i])) for i in range(len(proposal.tokens) + 1)]
        )
        verdict = judge(rows, proposal, chain, "block", Place(PROMPT, 1))
        rejection, block = verdict.expected
        assert block >= rejection - 1e-9


def test_a_draft_equal_to_the_target_is_always_accepted(pair: Pair) -> None:
    rules: tuple[Rule, ...] = ("rejection", "block", "coupled")
    for rule in rules:
        for chain in chains(SETTINGS["hot"], 200):
            text = PROMPT
            tokens: list[int] = []
            dists: list[Distribution] = []
            for _ in range(3):
                dist = chain.distribution(pair.target((*text, *tokens)), (), len(text) + len(tokens))
                stream = TARGET if rule == "coupled" else DRAFT
                tokens.append(draw(dist, chain.seed, stream, len(text) + len(tokens)))
                dists.append(dist)
            q = tuple(dist.of(token) for dist, token in zip(dists, tokens, strict=True))
            proposal = Proposal(
                "draft", tuple(tokens), q, (0, 0, 0), () if rule == "coupled" else tuple(dists)
            )
            rows = np.stack([pair.target((*text, *tokens[:i])) for i in range(4)])
            assert judge(rows, proposal, chain, rule, Place(text, 1)).accepted == 3


def test_greedy_says_why(pair: Pair) -> None:
    chain = Chain(Sampling(temperature=0.0), 1)
    right: list[int] = []
    for _ in range(3):
        right.append(int(pair.target((*PROMPT, *right)).argmax()))
    drafted = (right[0], right[1], (right[2] + 1) % 200, 7)
    rows = np.stack([pair.target((*PROMPT, *drafted[:i])) for i in range(5)])
    row = rows[2].astype(np.float64)  # the rows are used up
    verdict = judge(rows, Proposal("draft", drafted, (0.5,) * 4, (0,) * 4), chain, "auto", Place(PROMPT, 1))
    assert [one.outcome for one in verdict.drafted] == ["accepted", "accepted", "rejected", "dropped"]
    assert (verdict.added.token, verdict.added.rank, verdict.added.why) == (right[2], 0, "replaced")
    refused = verdict.drafted[2]
    assert refused.p == pytest.approx(float(np.exp(row[drafted[2]]) / np.exp(row).sum()), rel=1e-4)
    assert refused.rank == int((row > row[drafted[2]]).sum()) > 0
    assert verdict.drafted[3].rank == -1


def test_penalties_count_the_tokens_accepted_before(pair: Pair) -> None:
    """Drafting a token twice: the second time, the target has it penalised."""
    sampling = Sampling(temperature=0.0, repeat_penalty=50.0)
    chain = Chain(sampling, 1)
    top = int(chain.penalised(pair.target(PROMPT), PROMPT).argmax())
    rows = np.stack([pair.target(PROMPT)] * 3)  # the model would say the same word again and again
    verdict = judge(rows, Proposal("draft", (top, top), (1.0, 1.0), (0, 0)), chain, "auto", Place(PROMPT, 1))
    assert verdict.accepted == 1
    assert verdict.added.token != top
