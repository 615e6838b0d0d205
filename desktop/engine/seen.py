"""What a look at one place of an answer sees: plain values, free of Qt, numpy and llama.cpp."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one model gives one token.

    `p`: of its logits alone (softmax at temperature 1). `chance`: after the whole chain, 0 = cut; in a greedy
    answer the softmax after penalties, as in the trace. `rank` by `p`, 0 = its likeliest. `cut`: the step of
    the chain that cut it, "" = none.
    """

    logit: float
    p: float
    chance: float
    rank: int
    cut: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One token. `draft`: None = there is no draft model, or it does not have the token."""

    token: int
    data: bytes
    target: Opinion
    draft: Opinion | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """The likeliest of the target, then of the draft those that are not among them, then what was asked for.

    `at`: index in the answer. `entropy`: of the target's `p`, in bits. `left`: how many tokens the target's
    chain leaves. `greedy`: it takes the likeliest. `unknown`: a step of the chain whose cut hangs on more
    than the tokens, left out here.
    """

    at: int
    choices: tuple[Choice, ...]
    entropy: float
    left: int
    unknown: str = ""
    has_draft: bool = False
    greedy: bool = False
