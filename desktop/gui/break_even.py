"""When drafting pays on this computer, from the measured costs. Pure, no Qt.

A draft of n tokens pays when the tokens it is expected to give, written one by one, would take longer than
drafting n and checking n + 1 at once. `chance`: how often a guess is right, each by itself.
"""

from __future__ import annotations

from collections.abc import Sequence

Curve = Sequence[tuple[int, float]]


def expected_tokens(chance: float, length: int) -> float:
    """Tokens a round gives on average: those accepted before the first wrong one, and one of the target."""
    return sum(chance**index for index in range(length + 1))


def break_even(curve: Curve, step_ms: float, length: int) -> float | None:
    """The chance from which a draft of `length` pays; None when not even right guesses do."""
    costs = dict(curve)
    if 1 not in costs or length + 1 not in costs:
        return None
    price = (costs[length + 1] + length * step_ms) / costs[1]
    if expected_tokens(1.0, length) < price:
        return None
    low, high = 0.0, 1.0
    for _ in range(24):
        middle = (low + high) / 2
        low, high = (low, middle) if expected_tokens(middle, length) >= price else (middle, high)
    return high


def in_words(curve: Curve, step_ms: float, longest: int, drafter: str) -> str:
    """The break-even in a sentence or two. `drafter`: what drafts at `step_ms` a token."""
    pays = {length: break_even(curve, step_ms, length) for length in range(1, longest + 1)}
    found = {length: chance for length, chance in pays.items() if chance is not None}
    if not found:
        return f"Here {drafter} does not pay: {_price(curve)}."
    easiest = min(found, key=lambda length: (round(found[length], 2), length))
    told = f"With {drafter}, {_draft(easiest)} pays once each guess is right {found[easiest]:.0%} of the time"
    last = max(found)
    if last != easiest:
        told += f"; {_draft(last)} needs {found[last]:.0%}"
    return f"{told}."


def _draft(length: int) -> str:
    return f"a draft of {length}" + (" tokens" if length > 1 else " token")


def _price(curve: Curve) -> str:
    costs = dict(curve)
    return f"checking 2 tokens takes {costs[2] / costs[1]:.1f} times as long as writing one"
