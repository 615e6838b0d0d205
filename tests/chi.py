"""Pearson's chi-square test, for counts against exact probabilities."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_LEAST = 5.0  # cells expected to hold fewer are pooled


def chi_square_p(counts: Sequence[int], probabilities: npt.NDArray[np.float64]) -> float:
    """Probability of counts at least this far off, if they follow `probabilities`."""
    total = sum(counts)
    expected = np.asarray(probabilities, np.float64) * total
    seen = np.asarray(counts, np.float64)
    rare = expected < _LEAST
    if seen[expected == 0].any():
        return 0.0
    seen = np.append(seen[~rare], seen[rare].sum())
    expected = np.append(expected[~rare], expected[rare].sum())
    used = expected > 0
    statistic = float(((seen[used] - expected[used]) ** 2 / expected[used]).sum())
    return _upper(float(used.sum() - 1) / 2.0, statistic / 2.0)


def _upper(a: float, x: float) -> float:
    """Regularised upper incomplete gamma function (Numerical Recipes, section 6.2)."""
    if a <= 0.0:
        return 1.0
    if x < a + 1.0:
        term = total = 1.0 / a
        n = a
        while abs(term) > abs(total) * 1e-12:
            n += 1.0
            term *= x / n
            total += term
        return 1.0 - total * math.exp(-x + a * math.log(x) - math.lgamma(a)) if x > 0 else 1.0
    b = x + 1.0 - a
    c = 1e300
    d = 1.0 / b
    h = d
    for i in range(1, 10_000):
        an = -i * (i - a)
        b += 2.0
        d = 1.0 / (an * d + b)
        c = b + an / c
        h *= d * c
        if abs(d * c - 1.0) < 1e-12:
            break
    return h * math.exp(-x + a * math.log(x) - math.lgamma(a))
