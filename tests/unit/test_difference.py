"""Where answers part, and what counts as a tie: with logits made for the purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pytest

from desktop import difference
from desktop.difference import Answered, first_position
from desktop.engine.sampling import TARGET, Chain, draw
from desktop.engine.types import Message, Request, Sampling

GREEDY = Request([Message("user", "Hi")], sampling=Sampling(temperature=0.0))
PROMPT = 12


@dataclass
class Judge:
    """Gives the same logits whatever is asked, and remembers what was."""

    logits: np.ndarray[tuple[int], np.dtype[np.float32]]
    asked: list[list[int]] = field(default_factory=list)

    def logits_after(self, _request: Request, tokens: Sequence[int]) -> difference.Floats:
        self.asked.append(list(tokens))
        return self.logits


def logits(**high: float) -> difference.Floats:
    """Of 40 tokens, around 0, with a standard deviation of about 1; `t7=9.5` sets that of token 7."""
    values = np.random.default_rng(5).standard_normal(40).astype(np.float32)
    for name, value in high.items():
        values[int(name[1:])] = value
    return values


def answered(*tokens: int, seed: int = 1, shift: float = 0.0) -> Answered:
    """Up to two tokens in common came with p 0.5, in a run whose logits were off by `shift`."""
    p = 0.5 * float(np.exp(shift))
    return Answered(tokens, [p, p, *[0.4] * (len(tokens) - 2)], "eos", PROMPT, seed)


@pytest.mark.parametrize(
    ("one", "other", "position"),
    [([], [], None), ([1, 2], [1, 2], None), ([1, 2], [1, 3], 1), ([1, 2], [1, 2, 3], 2), ([], [4], 0)],
)
def test_the_first_position(one: list[int], other: list[int], position: int | None) -> None:
    assert first_position(one, other) == position
    assert first_position(other, one) == position


def test_equal_answers_are_not_looked_at() -> None:
    judge = Judge(logits())
    assert difference.find(judge, GREEDY, answered(3, 4, 7), answered(3, 4, 7)) is None
    assert judge.asked == []


def test_two_tokens_as_close_as_the_noise_met_before_are_a_tie() -> None:
    judge = Judge(logits(t7=9.5, t8=9.498))
    found = difference.find(judge, GREEDY, answered(3, 4, 7, 1), answered(3, 4, 8, 2, shift=0.001))
    assert found is not None
    assert judge.asked == [[3, 4]]
    assert (found.position, found.tokens) == (2, (7, 8))
    assert found.logits == pytest.approx((9.5, 9.498))
    assert found.gap == pytest.approx(0.002, rel=1e-3)
    assert found.noise == pytest.approx(0.004, rel=1e-3)
    assert found.tie is True


def test_two_tokens_further_apart_are_none() -> None:
    judge = Judge(logits(t7=9.5, t8=9.4))
    found = difference.find(judge, GREEDY, answered(3, 4, 7), answered(3, 4, 8, shift=0.001))
    assert found is not None
    assert found.tie is False


def test_a_token_that_no_noise_brings_to_the_top_is_no_tie() -> None:
    judge = Judge(logits(t7=9.5, t8=3.0, t9=3.0))
    found = difference.find(judge, GREEDY, answered(3, 4, 8), answered(3, 4, 9, shift=0.001))
    assert found is not None
    assert (found.gap, found.tie) == (0.0, False)


def test_what_is_too_large_for_noise_excuses_nothing() -> None:
    # A cache that holds something wrong shifts everything: half a unit of a spread of one.
    judge = Judge(logits(t7=9.5, t8=9.4))
    found = difference.find(judge, GREEDY, answered(3, 4, 7), answered(3, 4, 8, shift=0.5))
    assert found is not None
    assert found.noise < 0.05
    assert found.tie is False


def test_an_answer_that_ended_took_the_likeliest_other_token() -> None:
    judge = Judge(logits(t7=9.5, t8=9.4995))
    found = difference.find(judge, GREEDY, answered(3, 4), answered(3, 4, 8, shift=0.001))
    assert found is not None
    assert found.tokens == (None, 8)
    assert found.logits == pytest.approx((9.5, 9.4995))
    assert found.tie is True


def test_an_answer_that_was_cut_off_ended_by_no_token() -> None:
    judge = Judge(logits(t7=9.5, t8=9.4995))
    cut = replace(answered(3, 4), stop="length")
    found = difference.find(judge, GREEDY, cut, answered(3, 4, 8, shift=0.001))
    assert found is not None
    assert found.tie is False


def sampled(judge: Judge, request: Request, seed: int) -> int:
    chain = Chain(request.sampling, seed)
    return draw(chain.distribution(judge.logits, (), PROMPT + 2), seed, TARGET, PROMPT + 2)


@pytest.mark.parametrize("noisy", [False, True])
def test_in_a_sampled_answer_it_is_the_draw_that_can_be_a_tie(noisy: bool) -> None:
    """Found by search: seeds whose draw falls on another token when the logits move by a hair."""
    request = Request(
        [Message("user", "Hi")], sampling=Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)
    )
    judge = Judge(logits(t7=4.0, t8=3.0))
    moved = Judge(logits(t7=4.0, t8=3.01))
    both = (judge, moved)
    seed = next(n for n in range(100_000) if [sampled(one, request, n) for one in both] == [7, 8])
    shift = 0.004 if noisy else 0.0
    one, other = (answered(3, 4, token, seed=seed) for token in (7, 8))
    other = replace(other, probabilities=answered(3, 4, 8, shift=shift).probabilities)
    found = difference.find(judge, request, one, other)
    assert found is not None
    assert found.gap == pytest.approx(1.0)
    assert found.tie is noisy


@pytest.mark.parametrize("sampling", [Sampling(mirostat_tau=3.0), Sampling(repeat_penalty=1.2)])
def test_where_the_draw_hangs_on_more_than_the_logits_nothing_is_claimed(sampling: Sampling) -> None:
    judge = Judge(logits(t7=9.5, t8=9.4995))
    request = Request([Message("user", "Hi")], sampling=sampling)
    found = difference.find(judge, request, answered(3, 4, 7), answered(3, 4, 8))
    assert found is not None
    assert found.tie is None
