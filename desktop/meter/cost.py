"""Money: the electricity of an answer, and what the same tokens would cost hosted. Says how, with numbers.

Knows joules, counts and prices. Must not know the engine. There is no exchange rate here: what is in two
currencies is not compared.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from desktop.meter import words
from desktop.meter.prices import Hosted
from desktop.meter.types import Energy
from desktop.meter.words import money, three

JOULES_PER_KWH = 3_600_000.0


@dataclass(frozen=True, slots=True)
class Cost:
    """`amount` in units of `currency`, between `low` and `high`; `how`: the sum, with its numbers.

    `estimated`: the energy under it is an estimate, or a price is not known as such.
    """

    amount: float
    low: float
    high: float
    currency: str
    how: str
    estimated: bool = False

    @property
    def text(self) -> str:
        """As it is shown: "0.0023 ¢", "$1.24", "≈ €0.41"."""
        return ("≈ " if self.estimated else "") + money(self.amount, self.currency)

    def record(self) -> dict[str, Any]:
        """Plain JSON for receipts and exports; says whether it is an estimate."""
        return asdict(self)


def electricity(energy: Energy, per_kwh: float, currency: str, origin: str = "") -> Cost:
    """What the joules cost at a price per kWh. `origin`: where the price is from."""
    each = per_kwh / JOULES_PER_KWH
    amount, low, high = energy.joules * each, energy.low * each, energy.high * each
    each_kwh = words.price(per_kwh, currency) + "/kWh" + (f" ({origin})" if origin else "")
    lines = [
        f"{three(energy.joules)} J ÷ 3,600,000 J/kWh × {each_kwh} = {money(amount, currency)}",
        f"{three(energy.watts)} W for {three(energy.seconds)} s. {energy.label}: between "
        f"{money(low, currency)} and {money(high, currency)}",
        energy.how,
        f"Without {energy.leaves_out}" if energy.leaves_out else "",
    ]
    return Cost(amount, low, high, currency, "\n".join(line for line in lines if line), not energy.measured)


def hosted(price: Hosted, *, prompt_tokens: int, reused_tokens: int, output_tokens: int) -> Cost:
    """What the same tokens would cost there: tokens reused here count as cached input, thinking as output."""
    reused = min(max(0, reused_tokens), max(0, prompt_tokens))
    fresh = max(0, prompt_tokens) - reused
    cached = price.input if price.cached_input is None else price.cached_input
    output = max(0, output_tokens)
    amount = (fresh * price.input + reused * cached + output * price.output) / 1e6
    cur = price.currency
    kind = "cached input" if price.cached_input is not None else "input; no cached price known"
    lines = [
        f"{price.name}, per million tokens: {words.price(price.input, cur)} input, "
        f"{words.price(cached, cur)} {kind}, {words.price(price.output, cur)} output",
        f"({fresh:,} input × {price.input:g} + {reused:,} reused × {cached:g} + {output:,} output × "
        f"{price.output:g}) ÷ 1,000,000 = {money(amount, cur)}",
        "Our counts: another model cuts text into other tokens and thinks at another length.",
        price.origin,
    ]
    guessed = price.inferred or (price.cached_input is None and reused > 0)
    return Cost(amount, amount, amount, cur, "\n".join(lines), guessed)


def times(local: Cost, remote: Cost) -> float | None:
    """How many times `local` the `remote` costs; None in two currencies, or when one of them is nothing."""
    if local.currency != remote.currency or local.amount <= 0 or remote.amount <= 0:
        return None
    return remote.amount / local.amount


@dataclass(frozen=True, slots=True)
class Saved:
    """Energy one answer took less than another; negative = it took more."""

    joules: float
    low: float
    high: float
    estimated: bool
    how: str


def saved(plain: Energy, other: Energy) -> Saved | None:
    """`plain` - `other`; None when they were not found by the same source, for then they do not compare.

    The same source errs the same way in both, so its band applies to the difference.
    """
    if plain.source != other.source or plain.kind != other.kind or plain.joules <= 0:
        return None
    joules = plain.joules - other.joules
    ends = sorted((joules * plain.low / plain.joules, joules * plain.high / plain.joules))
    how = (
        f"{three(plain.joules)} J - {three(other.joules)} J = {three(joules)} J, both by {plain.source}\n"
        f"{three(plain.watts)} W for {three(plain.seconds)} s, "
        f"{three(other.watts)} W for {three(other.seconds)} s"
    )
    return Saved(joules, ends[0], ends[1], not plain.measured, how)
