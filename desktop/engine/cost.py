"""What one decode costs on this computer, by width: measured once, kept on disk, refined by every round.

The cost of a decode is a staircase in its width, and not even monotone (docs/benchmarks.md), so it is never
assumed. Knows: widths, positions, milliseconds, a JSON file. Must not know: llama.cpp, drafts, why somebody
asks.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from desktop import files, paths
from desktop.errors import Cancelled

WIDTHS = 16
"""Widest decode that is measured."""
BUDGET_S = 1.6
"""Time for measuring one model; what is not reached is interpolated and learned while chatting."""
_QUICK_S = 0.4
"""Within this time everything is measured over again, for a single time may be an accident."""
_ORDER = (1, 2, 4, 3, 5, 8, 6, 7, 1, 2, 4, 3, 9, 12, 16, 10, 5, 8, 6, 7, 11, 13, 14, 15)
"""Narrow widths first and twice: most rounds have them."""
_FIRST_BUCKET = 1024
_EARLY, _LATE, _KNOWN_WELL = 0.25, 0.06, 8
"""Weight of a new measurement of a width hardly known or not seen lately, of one known well; how many make
it that.
"""
_DOUBTS, _SUSPICIOUS, _ABSURD = 3, 1.25, 2.5
"""How often, and from which excess on, a time is doubted that is longer than that of a wider decode; and from
which on it is not believed.
"""
_RECENT, _STALE = 0.02, 0.02
"""Weight of the newest decode in what is recent, and the share of that below which a width is not."""
_OUTLIER = 1.6
_REMEMBERED = 200


class Curve:
    """Milliseconds of one decode by width and by how full the context is (in doublings from 1,024 on)."""

    def __init__(self, known: dict[int, dict[int, float]] | None = None) -> None:
        self._tables: dict[int, list[float]] = {}
        self._seen: dict[int, list[int]] = {}
        self._share = [0.0] * (WIDTHS + 1)
        """Of the latest decodes, how many had each width."""
        for bucket, points in (known or {}).items():
            self.set(points, bucket)

    @property
    def measured(self) -> bool:
        """Whether anything is known at all."""
        return bool(self._tables)

    def set(self, points: dict[int, float], bucket: int = 0) -> None:
        """Take measured (width: ms) as they are; the widths between and beyond are interpolated."""
        self._tables[bucket] = _filled(points)
        self._seen[bucket] = [0, *(_KNOWN_WELL if width in points else 0 for width in range(1, WIDTHS + 1))]

    def ms(self, width: int, position: int = 0) -> float:
        """Expected time of one decode of `width` tokens at `position`; beyond `WIDTHS` in proportion."""
        table = self.row(position)
        return table[width] if width <= WIDTHS else table[WIDTHS] * width / WIDTHS

    def row(self, position: int) -> list[float]:
        """As `ms`, for widths 0..WIDTHS; width 0 costs nothing. Not to be changed."""
        bucket = bucket_of(position)
        table = self._tables.get(bucket)
        if table is None:
            if not self._tables:
                raise LookupError("nothing measured yet")
            nearest = min(self._tables, key=lambda other: abs(other - bucket))
            table = self._tables[bucket] = list(self._tables[nearest])
            self._seen[bucket] = [0] * (WIDTHS + 1)
        return table

    def observe(self, width: int, position: int, ms: float) -> None:
        """Learn from a decode that has happened.

        Widths that have not been decoded for a while follow those that are, for a busy computer slows all of
        them: by the mean of what those have changed, so that noise adds up to nothing.
        """
        if not 0 < width <= WIDTHS or ms <= 0.0 or not self._tables:
            return
        table = self.row(position)
        seen = self._seen[bucket_of(position)]
        before = table[width]
        known = seen[width] >= _KNOWN_WELL and self._share[width] >= _STALE
        weight = _LATE if known else _EARLY
        table[width] += weight * (min(ms, before * _OUTLIER) - before)
        seen[width] += 1
        share = self._share
        for other in range(1, WIDTHS + 1):
            share[other] += _RECENT * ((other == width) - share[other])
        change = (table[width] / before) ** (share[width] / sum(share))
        for other in range(1, WIDTHS + 1):
            if share[other] < _STALE:
                table[other] *= change

    def points(self) -> dict[int, dict[int, float]]:
        """What to keep: by bucket, the widths that were measured."""
        return {
            bucket: {w: round(table[w], 4) for w in range(1, WIDTHS + 1) if self._seen[bucket][w]}
            for bucket, table in self._tables.items()
        }


def bucket_of(position: int) -> int:
    """0 below 1,024 tokens, then one more for every doubling."""
    return (position // _FIRST_BUCKET).bit_length()


def measure(decode: Callable[[int], float], cancelled: Callable[[], bool]) -> Curve:
    """Time decodes of every width, within `BUDGET_S` or as long as one decode takes.

    `decode(width)` returns milliseconds and must leave the memory as it was. Stops widening where a decode
    takes longer than that many decodes of one token: no draft can make that pay.
    Raises: Cancelled; nothing is learned then.
    """
    decode(1)  # the first one pays for setting up
    best: dict[int, float] = {}
    began = perf_counter()
    hopeless = WIDTHS + 1
    for turn, width in enumerate(_ORDER * 8):
        budget = BUDGET_S if turn < len(_ORDER) else _QUICK_S
        if cancelled():
            raise Cancelled
        if best and perf_counter() - began > budget:
            break
        if width >= hopeless:
            continue
        ms = decode(width)
        best[width] = min(best.get(width, ms), ms)
        if width > 4 and best[width] > best[1] * width * 1.1:
            hopeless = min(hopeless, width + 1)
    _doubt(best, decode, began + 1.5 * BUDGET_S)
    curve = Curve()
    curve.set(best)
    return curve


def _doubt(best: dict[int, float], decode: Callable[[int], float], end: float) -> None:
    """Where a wider decode was quicker, it is a step of the stairs, or an accident: time it again.

    What cannot be believed then is left to be interpolated. `end`: a `perf_counter` value.
    """
    for width in sorted(best, reverse=True):
        wider = min(ms for other, ms in best.items() if other >= width)
        for _ in range(_DOUBTS):
            if best[width] > _SUSPICIOUS * wider and perf_counter() < end:
                best[width] = min(best[width], decode(width))
        if best[width] > _ABSURD * wider and width > 1:
            del best[width]


class CostBook:
    """The curves of models on this computer, in one JSON file. Losing it costs two seconds."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path or paths.cache_dir() / "costs.json"

    def curve(self, key: str) -> Curve | None:
        """The curve kept under a key, None when there is none."""
        found = self._read().get(key)
        if not isinstance(found, dict):
            return None
        try:
            known = {int(b): {int(w): float(ms) for w, ms in points.items()} for b, points in found.items()}
        except (ValueError, TypeError, AttributeError):
            return None
        usable = {b: points for b, points in known.items() if 1 in points and _sane(points)}
        return Curve(usable) if usable else None

    def keep(self, key: str, curve: Curve) -> None:
        """Best effort: without it the model is measured again next time."""
        if not curve.measured:
            return
        book = self._read()
        book.pop(key, None)
        book[key] = {str(b): {str(w): ms for w, ms in points.items()} for b, points in curve.points().items()}
        files.try_write(self._path, json.dumps(dict(list(book.items())[-_REMEMBERED:])))

    def _read(self) -> dict[str, object]:
        try:
            found = json.loads(self._path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        return found if isinstance(found, dict) else {}


def fingerprint(path: Path) -> str:
    """Tells model files apart without reading all of them: size, first and last MiB.

    Raises: OSError.
    """
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(1 << 20))
        file.seek(max(size - (1 << 20), 0))
        digest.update(file.read())
    return digest.hexdigest()[:16]


def _sane(points: dict[int, float]) -> bool:
    return all(0 < width <= WIDTHS and 0.0 < ms < 1e7 for width, ms in points.items())


def _filled(points: dict[int, float]) -> list[float]:
    """Widths 0..WIDTHS: straight lines between measured widths, the last slope beyond them."""
    known = sorted(points)
    table = [0.0] * (WIDTHS + 1)
    for width in range(1, WIDTHS + 1):
        if width in points:
            table[width] = points[width]
            continue
        below = max((w for w in known if w < width), default=known[0])
        above = min((w for w in known if w > width), default=0)
        if above:
            share = (width - below) / (above - below)
            table[width] = points[below] + share * (points[above] - points[below])
        else:
            table[width] = points[below] * width / below
    return table
