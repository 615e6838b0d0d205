"""Pace on a virtual clock: staircases as measured, tokens accepted by chance, no real time."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass

import pytest

from desktop.engine.pace import (
    LENGTHS,
    OUTDATED,
    Plan,
    Prices,
    Purse,
    best_prefix,
    best_rate,
    class_of,
    lookup_acceptance,
    loss,
    model_acceptance,
)

# ms per decode by width, plain = 30: facts.md, 672M parameters, 2 threads
Q4_0 = [0.0, 30.0, 50.1, 60.3, 42.6, 60.9, 67.5, 78.0, 88.8, 99.0, 108.0, 117.0, 127.5]
Q8_0 = [0.0, 30.0, 34.8, 38.7, 38.7, 55.2, 60.3, 60.3, 60.6, 66.0, 72.0, 78.0, 83.4]
STEP = 5.7
LONGEST = 8
SURE, UNSURE = 8, 3


@dataclass(frozen=True)
class Text:
    """How drafted tokens fare: with chance `share` an easy one, accepted with `easy`, else with `hard`."""

    share: float
    easy: float
    hard: float

    def token(self, dice: random.Random) -> tuple[int, bool]:
        sure = dice.random() < self.share
        return (SURE if sure else UNSURE), dice.random() < (self.easy if sure else self.hard)


class Clock:
    """Rounds as the engine runs them; `fixed` drafts that many each time."""

    def __init__(self, verify: list[float], text: Text, seed: int, fixed: int | None = None) -> None:
        self.prices = Prices(verify, STEP)
        self.acceptance, self.purse = model_acceptance(), Purse()
        self.looks = Purse(allowance=1.0)
        self.text, self.dice, self.fixed = text, random.Random(seed), fixed
        self.tokens = self.ms = self.lag = 0.0
        self.widths: Counter[int] = Counter()

    def run(self, tokens: int) -> float:
        """Tokens per ms."""
        while self.tokens < tokens:
            self._round(self._plan())
        return self.tokens / self.ms

    def _plan(self) -> Plan:
        if self.fixed is not None:
            return Plan(self.prices, self.acceptance, self.fixed, 0.0, fixed=True)
        rate, _ = best_rate(self.prices, self.acceptance, LONGEST)
        plan = Plan(self.prices, self.acceptance, LONGEST, rate)
        if plan.gain() > 0.0 and self.purse.trusts(self.prices.verify[1]):
            return plan
        cost, saved = loss(self.prices, self.acceptance, LONGEST)
        plan.hope = self.acceptance.doubt
        if plan.gain() > 0.0 and self.purse.affords(cost - saved, self.prices.verify[1]):
            return plan
        plan.most = 0
        self._probe(plan)
        return plan

    def _probe(self, plan: Plan) -> None:
        price = (4.4 if self.lag <= 16 else 8.8) * STEP
        if self.lag < 16 or not self.looks.affords(price, self.prices.verify[1]):
            return
        self.looks.settle(-price)
        self.ms, self.lag = self.ms + price, 0.0
        self.acceptance.fade(OUTDATED)
        for _ in range(15):
            key, taken = self.text.token(self.dice)
            self.acceptance.hint(key, float(taken))
        again = Plan(self.prices, self.acceptance, LONGEST, plan.rate, hope=self.acceptance.doubt)
        self.looks.looked(in_vain=again.gain() <= 0.0)

    def _round(self, plan: Plan) -> None:
        drafted: list[tuple[int, bool]] = []
        ms = 0.0
        while plan.wants_more():
            ms += STEP
            token = self.text.token(self.dice)
            if not plan.takes(token[0]):
                break
            drafted.append(token)
        accepted = next((i for i, token in enumerate(drafted) if not token[1]), len(drafted))
        ms += self.prices.verify[len(drafted) + 1]
        if drafted:
            self.acceptance.fade()
            for place, (key, taken) in enumerate(drafted[: accepted + 1]):
                self.acceptance.add(place, key, float(taken))
        self.lag = 0.0 if drafted else self.lag + 1
        self.widths[len(drafted) + 1] += 1
        self.tokens += accepted + 1
        self.ms += ms
        self.purse.earn(ms)
        self.looks.earn(ms)
        if ms > self.prices.verify[1]:
            self.purse.settle((accepted + 1) * self.prices.verify[1] - ms)


def mean_rate(verify: list[float], text: Text, fixed: int | None = None, tokens: int = 512) -> float:
    return sum(Clock(verify, text, seed, fixed).run(tokens) for seed in range(12)) / 12


@pytest.mark.parametrize("verify", [Q4_0, Q8_0], ids=["Q4_0", "Q8_0"])
@pytest.mark.parametrize("accepted", [0.95, 0.9, 0.7, 0.5, 0.3, 0.0])
def test_auto_is_as_good_as_the_best_fixed_length(verify: list[float], accepted: float) -> None:
    text = Text(0.5, accepted, accepted)
    best = max(mean_rate(verify, text, length) for length in range(LONGEST + 1))
    assert mean_rate(verify, text) >= 0.97 * best


@pytest.mark.parametrize("verify", [Q4_0, Q8_0], ids=["Q4_0", "Q8_0"])
def test_the_drafts_own_confidence_is_worth_something(verify: list[float]) -> None:
    text = Text(0.5, 0.95, 0.3)
    best = max(mean_rate(verify, text, length) for length in range(LONGEST + 1))
    assert mean_rate(verify, text) > 1.03 * best


def test_a_width_dearer_than_the_next_is_not_used() -> None:
    clock = Clock(Q4_0, Text(0.6, 0.95, 0.4), 1)
    clock.run(2000)
    assert clock.widths[4] > 100
    assert not clock.widths[3]


def test_a_text_that_turns_easy_is_noticed() -> None:
    clock = Clock(Q8_0, Text(0.5, 0.0, 0.0), 3)
    clock.run(400)
    assert clock.widths[1] > 390
    clock.text, clock.widths = Text(0.5, 0.9, 0.9), Counter()
    clock.tokens = clock.ms = 0.0
    clock.run(2000)
    assert sum(count for width, count in clock.widths.items() if width > 1) > 300


def test_a_text_that_turns_hard_is_noticed() -> None:
    clock = Clock(Q8_0, Text(0.5, 0.95, 0.95), 3)
    clock.run(500)
    clock.text = Text(0.5, 0.05, 0.05)
    clock.tokens = clock.ms = 0.0
    assert clock.run(500) > 0.94 / 30.0


def test_a_fixed_length_is_kept_whatever_it_costs() -> None:
    plan = Plan(Prices(Q4_0, STEP), model_acceptance(), 5, 0.0, fixed=True)
    drafted = 0
    while plan.wants_more():
        assert plan.takes(0)
        drafted += 1
    assert drafted == 5


def test_copying_takes_the_length_that_pays() -> None:
    acceptance = lookup_acceptance()
    plan = Plan(Prices(Q8_0), model_acceptance(), 8, 1.0 / Q8_0[1])
    long, short = (tuple(class_of(length + i, LENGTHS) for i in range(8)) for length in (32, 2))
    for _ in range(30):
        for place in range(8):
            acceptance.add(place, long[0], 1.0)
        acceptance.add(0, short[0], 0.0)
    assert best_prefix(plan, acceptance, long)[0] >= 7
    assert best_prefix(plan, acceptance, short)[0] == 0


def test_what_looking_again_costs_is_bounded() -> None:
    clock = Clock(Q4_0, Text(0.5, 0.0, 0.0), 1)
    clock.run(5000)
    assert clock.ms <= 5000 * 30.0 * 1.01


def test_the_loss_of_drafting_is_the_least_one() -> None:
    acceptance = model_acceptance()
    for _ in range(50):
        acceptance.add(0, SURE, 0.0)
    cost, saved = loss(Prices(Q4_0, STEP), acceptance, LONGEST)
    assert cost == pytest.approx(STEP + Q4_0[2] - Q4_0[1])  # one token is the least bad
    assert saved < cost
