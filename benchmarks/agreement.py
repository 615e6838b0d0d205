"""How well a draft agrees with a target, measured with llama.cpp alone: greedy agreement along a text, the
overlap of both distributions at a temperature, and what a decode of either costs.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from benchmarks.bare import Bare

Floats = npt.NDArray[np.float32]
PROMPTS = (
    "Tell me how language models write text.",
    "def fibonacci(n):\n    ",
    "The sea was calm and the",
    "Summarise in one sentence: all models are wrong, but some are useful.",
)
TEMPERATURE = 0.8
WIDTH = 16
"""Up to here Q4_0 and Q8_0 logits are bit for bit those of single decodes; a whole prompt's are not."""


class Text(NamedTuple):
    """Tokens, the first `prompt` of which were given."""

    tokens: list[int]
    prompt: int


class Agreement(NamedTuple):
    """`greedy`: share of places where the likeliest tokens are the same. `overlap`: mean sum(min(p, q))."""

    greedy: float
    overlap: float


def greedy_texts(path: Path, count: int, prompts: Sequence[str] = PROMPTS, threads: int = 1) -> list[Text]:
    """What a model writes after each prompt, always taking its likeliest token."""
    model = Bare(path, 2048, threads)
    given = [model.tokenize(prompt) for prompt in prompts]
    texts = [Text(tokens + model.decode(tokens, count)[0], len(tokens)) for tokens in given]
    model.close()
    return texts


def agreement(target: Path, draft: Path, texts: Sequence[Text], threads: int = 1) -> Agreement:
    """Compare both models at every written token of the texts."""
    models = [Bare(path, 2048, threads) for path in (target, draft)]
    same: list[bool] = []
    overlaps: list[float] = []
    for text in texts:
        place = 0
        for ours, theirs in zip(*(model.read(text.tokens, WIDTH) for model in models), strict=True):
            first = max(text.prompt - 1 - place, 0)
            p, q = ours[first:], theirs[first:]
            same += list(p.argmax(axis=1) == q.argmax(axis=1))
            overlaps += list(np.minimum(_distribution(p), _distribution(q)).sum(axis=1))
            place += len(ours)
    for model in models:
        model.close()
    return Agreement(float(np.mean(same)), float(np.mean(overlaps)))


def cost_ratio(target: Path, draft: Path, threads: int = 1, tokens: int = 48, runs: int = 3) -> float:
    """Time of a draft's decode to that of the target's, medians of runs in turn."""
    models = [Bare(path, 512, threads) for path in (target, draft)]
    rates: list[list[float]] = [[], []]
    for _ in range(runs):
        for model, found in zip(models, rates, strict=True):
            found.append(model.decode(model.tokenize(PROMPTS[0]), tokens)[1])
    for model in models:
        model.close()
    return statistics.median(rates[0]) / statistics.median(rates[1])


def longest_cycle(tokens: Sequence[int], tail: int = 3) -> int:
    """Length of the cycle a text has fallen into: its end says the same `tail` times over. 0 = none."""
    for length in range(1, len(tokens) // tail + 1):
        last = tokens[len(tokens) - length :]
        if all(
            tokens[len(tokens) - (k + 1) * length : len(tokens) - k * length] == last for k in range(1, tail)
        ):
            return length
    return 0


def _distribution(logits: Floats) -> Floats:
    scaled = logits / TEMPERATURE
    weights = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
