"""Chooses how much to draft in the next round: as much as makes most tokens per millisecond, often nothing.

Drafting m tokens more is worth it while the tokens they are expected to bring exceed what the target could
have written in the same time. With `rate` the best tokens per millisecond known, that is: expected accepted -
rate x extra ms > 0 (Dinkelbach's form of maximising tokens / time). Costs come from measured curves, never
from a formula; acceptance from what was seen, by source, by position in the draft and by how sure the source
was, recent rounds weighing more. A width that costs more than the next wider one is never chosen.
Must not know: llama.cpp, tokens, distributions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from desktop.engine.types import LONGEST_DRAFT

CONFIDENCES = (0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 0.95, 0.99)
"""Edges of the classes of a draft model's confidence: the largest probability of its distribution."""
LENGTHS = (2, 3, 4, 6, 9, 15, 31)
"""Edges of the classes of a lookup match: how many tokens agree before it."""
_FORGET = 0.95
"""What a round's experience weighs one round later."""
_SURE = 0.98
"""Nothing hoped for is surer."""
_KAPPA = 4.0
"""So many tests by position or by confidence weigh as much as the source's average."""
OUTDATED = 0.25
"""What is kept of old experience when a look shows many tokens at once."""
SHARE = 0.006
"""Of the time, what may be spent on trying a draft that does not seem to pay, and as much again on looking
whether it would.
"""
FIRST_ALLOWANCE = 3.0
"""And at first, with a draft nothing is known of, what so many plain tokens take."""
OVERDRAFT = 6.0
"""So many more may be lost while the estimates say that it pays."""
MOST_SAVED = 12.0
"""So many plain tokens' worth of gain is remembered: a good draft may lose that before it has to pause."""


class Acceptance:
    """How often a source's tokens are accepted, given that those before them were.

    `prior`: what to expect of each class of confidence before anything was seen.
    """

    def __init__(self, prior: tuple[float, ...], weight: float) -> None:
        self._prior = prior
        self._weight = weight
        self._classes = [[0.0, 0.0] for _ in prior]
        self._places = [[0.0, 0.0] for _ in range(LONGEST_DRAFT)]
        self._all = [0.0, 0.0]
        self._expected: list[float] = []

    def fade(self, kept: float = _FORGET) -> None:
        """A round has passed, or what is known is out of date: keep that share of it."""
        for counts in (self._all, *self._classes, *self._places):
            if counts[1]:
                counts[0] *= kept
                counts[1] *= kept
        self._expected.clear()

    def add(self, place: int, key: int, accepted: float) -> None:
        """A token at `place` of a draft (0-based), of class `key`, was tested."""
        counts = (self._all, self._classes[key], self._places[min(place, LONGEST_DRAFT - 1)])
        for count in counts:
            count[0] += accepted
            count[1] += 1.0
        self._expected.clear()

    def hint(self, key: int, accepted: float) -> None:
        """As `add`, of a token whose place in a draft says nothing."""
        for count in (self._all, self._classes[key]):
            count[0] += accepted
            count[1] += 1.0
        for count in self._places:
            count[0] += 0.25 * accepted
            count[1] += 0.25
        self._expected.clear()

    @property
    def doubt(self) -> float:
        """How far off the average may well be: one standard error."""
        average = min(max(self.average, 0.05), 0.95)
        return float((average * (1.0 - average) / (self._all[1] + self._weight)) ** 0.5)

    @property
    def average(self) -> float:
        """Over everything seen and the prior."""
        start = self._prior[len(self._prior) // 2] * self._weight
        return (self._all[0] + start) / (self._all[1] + self._weight)

    @property
    def expected(self) -> list[float]:
        """By place, of tokens not drafted yet."""
        if not self._expected:
            average = self.average
            self._expected += [
                (accepted + _KAPPA * average) / (tested + _KAPPA) for accepted, tested in self._places
            ]
        return self._expected

    def at(self, place: int) -> float:
        """Expected of a token not drafted yet."""
        return self.expected[min(place, LONGEST_DRAFT - 1)]

    def of(self, key: int) -> float:
        """Expected of a token of a class; the prior of the class is shifted by how the source does on the
        whole.
        """
        accepted, tested = self._classes[key]
        start = self._prior[len(self._prior) // 2]
        shifted = self._prior[key] * self.average / start if start > 0 else self.average
        return (accepted + self._weight * min(shifted, 0.99)) / (tested + self._weight)


def model_acceptance() -> Acceptance:
    """What to expect of a draft model that nothing is known of."""
    return Acceptance((0.15, 0.25, 0.35, 0.5, 0.6, 0.7, 0.8, 0.87, 0.92, 0.96), weight=4.0)


def lookup_acceptance() -> Acceptance:
    """What to expect of lookup."""
    return Acceptance((0.1, 0.25, 0.4, 0.55, 0.65, 0.75, 0.85, 0.9), weight=3.0)


def class_of(value: float, edges: tuple[float, ...]) -> int:
    """Which class a value falls in: 0 below the first edge."""
    for index, edge in enumerate(edges):
        if value < edge:
            return index
    return len(edges)


@dataclass(slots=True)
class Prices:
    """What things cost in the round ahead, in ms.

    `verify[w]`: a target decode of w tokens, and what is done besides; `step`: one more drafted token;
    `catch_up`: what the draft has to read before its first.
    """

    verify: list[float]
    step: float = 0.0
    catch_up: float = 0.0


@dataclass(slots=True)
class Plan:
    """How to draft in one round. `most`: never more; `fixed`: exactly that many, whatever it costs.

    `hope` is added to every expected acceptance: for trying what is not well known.
    """

    prices: Prices
    acceptance: Acceptance
    most: int
    rate: float
    fixed: bool = False
    hope: float = 0.0
    reach: float = 1.0
    """Probability that everything drafted so far is accepted."""
    drafted: int = 0

    def gain(self) -> float:
        """Expected tokens, beyond what the time is worth, of drafting on in the best way; 0 = stop here."""
        verify, drafted, rate = self.prices.verify, self.drafted, self.rate
        step, hope, most, expected = self.prices.step, self.hope, self.most, self.acceptance.expected
        reach, more, best = self.reach, 0.0, 0.0
        spent = (0.0 if drafted else self.prices.catch_up) - verify[drafted + 1]
        for width in range(drafted + 2, most + 2):
            chance = expected[width - 2] + hope
            reach *= chance if chance < _SURE else _SURE
            more += reach
            spent += step
            if width <= most and verify[width] > verify[width + 1]:
                continue  # the next wider one is cheaper
            gain = more - rate * (spent + verify[width])
            if gain > best:
                best = gain
        return best

    def wants_more(self) -> bool:
        """Whether to pay for one more step of the draft."""
        if self.drafted >= self.most:
            return False
        return self.fixed or self.gain() > 0.0 or self._on_a_slope()

    def takes(self, key: int) -> bool:
        """Whether the token the draft now has, of class `key`, goes into the round. Must be asked before the
        token is drawn: a choice that hangs on the drawn token would bend the distribution.
        """
        chance = min(self.acceptance.of(key) + self.hope, _SURE)
        if not self.fixed and not self._on_a_slope() and not self._pays(chance):
            return False
        self.reach *= chance
        self.drafted += 1
        return True

    def _pays(self, accepted: float) -> bool:
        verify, drafted = self.prices.verify, self.drafted
        ahead = replace(self, reach=self.reach * accepted, drafted=drafted + 1)
        return ahead.reach - self.rate * (verify[drafted + 2] - verify[drafted + 1]) + ahead.gain() > 0.0

    def _on_a_slope(self) -> bool:
        """Whether the round as it stands would cost more than a wider one."""
        verify, drafted = self.prices.verify, self.drafted
        return 0 < drafted < self.most and verify[drafted + 1] > verify[drafted + 2]


def best_rate(prices: Prices, acceptance: Acceptance, most: int, *, plain: bool = True) -> tuple[float, int]:
    """Tokens per ms of the best draft length in the long run, and that length; 0 = plain, where it counts."""
    verify = prices.verify
    best, length = (1.0 / verify[1] if plain else 0.0), 0
    reach, tokens, spent = 1.0, 1.0, 0.0
    for count in range(1, most + 1):
        reach *= acceptance.at(count - 1)
        tokens += reach
        spent += prices.step
        if count < most and verify[count + 1] > verify[count + 2]:
            continue
        rate = tokens / (spent + verify[count + 1])
        if rate > best:
            best, length = rate, count
    return best, length


def loss(prices: Prices, acceptance: Acceptance, most: int) -> tuple[float, float]:
    """Of the least bad draft: what it costs and what it saves, in ms."""
    verify = prices.verify
    best: tuple[float, float] | None = None
    reach, tokens = 1.0, 0.0
    for count in range(1, most + 1):
        reach *= acceptance.at(count - 1)
        tokens += reach
        if count < most and verify[count + 1] > verify[count + 2]:
            continue
        extra = count * prices.step + verify[count + 1] - verify[1]
        pair = (prices.catch_up + extra, tokens * verify[1])
        if best is None or pair[1] - pair[0] > best[1] - best[0]:
            best = pair
    return best or (0.0, 0.0)


def best_prefix(plan: Plan, acceptance: Acceptance, keys: tuple[int, ...]) -> tuple[int, float]:
    """Of tokens that cost nothing to draft: how many to take, and the gain as in `Plan.gain`."""
    verify, reach, more = plan.prices.verify, 1.0, 0.0
    most = min(plan.most, len(keys))
    best, length = 0.0, 0
    for count in range(1, most + 1):
        reach *= acceptance.of(keys[count - 1])
        more += reach
        if count < most and verify[count + 1] > verify[count + 2]:
            continue
        gain = more - plan.rate * (verify[count + 1] - verify[1])
        if gain > best:
            best, length = gain, count
    return length, best


class Purse:
    """An account of what drafting has brought, in ms: it may overdraw by so much at first, and by a share of
    the time that passes. Whatever the estimates say, a source that loses more must pause.

    `allowance`: what may be lost at first, in plain tokens.
    """

    def __init__(self, allowance: float = FIRST_ALLOWANCE) -> None:
        self._allowance = allowance
        self._ms: float | None = None
        self._patience = 1.0

    def earn(self, ms: float) -> None:
        """Decoding has taken so long."""
        if self._ms is not None:
            self._ms += ms * SHARE

    def affords(self, price_ms: float, plain_ms: float) -> bool:
        """Whether that much may be lost. `plain_ms`: of a plain token, which allowances are counted in."""
        if self._ms is None:
            self._ms = self._allowance * plain_ms
        self._ms = max(min(self._ms, MOST_SAVED * plain_ms), -(OVERDRAFT + 1.0) * plain_ms)
        return price_ms * self._patience <= self._ms

    def trusts(self, plain_ms: float) -> bool:
        """Whether what seems to pay may be done: not when it has lost too much all the same."""
        return self.affords(-OVERDRAFT * plain_ms, plain_ms)

    def settle(self, gained_ms: float) -> None:
        """What a round has brought, less than 0 = cost."""
        if self._ms is not None:
            self._ms += gained_ms

    def looked(self, *, in_vain: bool) -> None:
        """What a look at a paused draft has shown: after one in vain the next waits twice as long."""
        self._patience = min(2.0 * self._patience, 4.0) if in_vain else 1.0
