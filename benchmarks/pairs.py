"""Synthetic pairs of target and draft: real compute, and as much agreement as is asked for.

A target is its draft's blocks followed by further blocks whose branches into the residual stream are scaled
by `eps`, between the same embedding and the same output head. At eps 0 both give the same logits; the larger
eps, the less often the draft's likeliest token is the target's. What a decode costs does not depend on it.

`python -m benchmarks.pairs` writes the pairs and prints what a draft's decode costs; `--calibrate` looks for
the eps of each agreement wanted; `--measure` measures agreement along the targets' own greedy texts, and
whether those run in circles. Neither is needed for the benchmarks:
`MEASURED` has what was found.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
import json
import random
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks import agreement, bare, synthetic
from benchmarks.synthetic import WORK, Nature, Shape

LARGE = Shape()
"""551M parameters; the draft is its first block, at 0.15 of the weights a decode reads."""
SMALL = Shape(layers=6, width=256, inner=768, heads=4, kv_heads=2, vocab=3072, context=4096)
"""For exactness tests: megabytes, written in a tenth of a second."""
SEED, STRANGER = 7, 8
CHAIN_EPS = 0.1
EPS = {0.95: 0.008, 0.9: 0.018, 0.7: 0.062, 0.5: 0.11, 0.3: 0.175}
"""Eps by the agreement it gives, about, for the large shape at any quantisation."""
MEASURED = {
    ("Q4_0", 0.95): (0.959, 0.957),
    ("Q4_0", 0.9): (0.885, 0.906),
    ("Q4_0", 0.7): (0.706, 0.714),
    ("Q4_0", 0.5): (0.519, 0.538),
    ("Q4_0", 0.3): (0.331, 0.345),
    ("Q8_0", 0.9): (0.900, 0.910),
    ("Q8_0", 0.7): (0.697, 0.711),
    ("Q8_0", 0.5): (0.481, 0.509),
    ("Q8_0", 0.3): (0.301, 0.329),
}
"""What `--measure` found over 1,024 tokens (2026-11-23): the share of places where draft and target like the
same token best, and the overlap of their distributions at temperature 0.8. No text ran in a circle.
"""
GRID = (0.008, 0.015, 0.03, 0.06, 0.1, 0.16, 0.25)


class Pair(NamedTuple):
    """Two model files with one vocabulary."""

    target: Path
    draft: Path


class Chain(NamedTuple):
    """A model that after each of `words` (token ids) writes the next one, and after the last the first."""

    path: Path
    words: tuple[int, ...]


def pair(
    eps: float, quantisation: str, shape: Shape = LARGE, draft_layers: int = 1, folder: Path = WORK
) -> Pair:
    """A target and its draft. Targets of different eps share the draft."""
    return Pair(
        synthetic.made("target", shape, quantisation, Nature(SEED, draft_layers, eps), folder),
        synthetic.made("draft", _first(shape, draft_layers), quantisation, _own(SEED, draft_layers), folder),
    )


def unrelated(quantisation: str, shape: Shape = LARGE, draft_layers: int = 1, folder: Path = WORK) -> Path:
    """A draft with the same vocabulary, the same cost, and nothing in common with any target."""
    nature = _own(STRANGER, draft_layers)
    return synthetic.made("stranger", _first(shape, draft_layers), quantisation, nature, folder)


def small(quantisation: str, eps: float = 0.1, folder: Path = WORK) -> Pair:
    """A pair for tests, below 15 MB a file; about every other drafted token is right."""
    return pair(eps, quantisation, SMALL, folder=folder)


def chain(quantisation: str, shape: Shape = LARGE, folder: Path = WORK) -> Chain:
    """A model whose text is known beforehand: plain words in a fixed order, every one of them once before
    any comes again. All of its blocks are computed; at their strength the last token decides.
    """
    words = synthetic.words()
    random.Random(SEED).shuffle(words)
    after = list(range(shape.vocab))
    for word, following in itertools.pairwise([*words, words[0]]):
        after[word] = following
    nature = Nature(SEED, 0, CHAIN_EPS, peak=16 / shape.width**0.5, after=tuple(after))
    return Chain(synthetic.made("chain", shape, quantisation, nature, folder), tuple(words))


def spelled(words: Iterable[int]) -> str:
    """The text of these words; the tokenizer gives the same tokens back."""
    return "".join(synthetic.token_text(word) for word in words)


def _first(shape: Shape, layers: int) -> Shape:
    return dataclasses.replace(shape, layers=layers)


def _own(seed: int, layers: int) -> Nature:
    return Nature(seed, layers)


def calibrate(quantisation: str, threads: int) -> dict[str, float]:
    """Look for the eps of every acceptance in `EPS`, between the points of a grid, along the draft's own
    text: that is read in wide decodes, so it takes minutes where the target's own text would take hours.
    """
    draft = pair(GRID[0], quantisation).draft
    texts = agreement.greedy_texts(draft, 128, threads=threads)

    def at(eps: float) -> float:
        target = pair(eps, quantisation).target
        found = agreement.agreement(target, draft, texts, threads).greedy
        target.unlink()
        print(f"{quantisation} eps {eps}: {found:.3f}", file=sys.stderr, flush=True)
        return found

    values = [at(eps) for eps in GRID]
    falling = [-value for value in values]
    return {str(wanted): round(float(np.exp(np.interp(-wanted, falling, np.log(GRID)))), 4) for wanted in EPS}


def measure(quantisation: str, threads: int) -> list[dict[str, float]]:
    """Agreement and overlap along the target's own greedy texts, for every eps in `EPS`."""
    rows = []
    for wanted, eps in EPS.items():
        target, draft = pair(eps, quantisation)
        texts = agreement.greedy_texts(target, 256, threads=threads)
        found = agreement.agreement(target, draft, texts, threads)
        cycle = max(agreement.longest_cycle(text.tokens) for text in texts)
        row = {"wanted": wanted, "eps": eps, "greedy": round(found.greedy, 3)}
        rows.append({**row, "overlap": round(found.overlap, 3), "cycle": cycle})
        print(quantisation, rows[-1], file=sys.stderr, flush=True)
    return rows


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--measure", action="store_true")
    parser.add_argument("--quantisation", nargs="+", default=["Q4_0", "Q8_0"])
    parser.add_argument("--threads", type=int, default=1)
    options = parser.parse_args()
    bare.quiet()
    result: dict[str, Any] = {}
    for kind in options.quantisation:
        if options.calibrate:
            result[kind] = calibrate(kind, options.threads)
        elif options.measure:
            result[kind] = measure(kind, options.threads)
        else:
            written = [pair(eps, kind) for eps in EPS.values()]
            result[kind] = round(agreement.cost_ratio(*written[0], threads=options.threads), 3)
    print(json.dumps(result, indent=2))


if __name__ == "__main__":
    main()
