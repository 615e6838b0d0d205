"""Measures what decodes of the loaded models cost, and keeps it for the next start.

Knows: the target's context and cache, the sources, the book. Must not know: what the costs are used for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.engine.binding import OUTPUTS, Context, version
from desktop.engine.cache import KvCache
from desktop.engine.cost import CostBook, Curve, fingerprint, measure
from desktop.engine.sources import Sources
from desktop.engine.types import ModelInfo


class Costs:
    """Of one engine's target and of whatever draft model it has."""

    def __init__(
        self, info: ModelInfo, n_vocab: int, context: Context, cache: KvCache, sources: Sources
    ) -> None:
        self._info, self._context, self._cache, self._sources = info, context, cache, sources
        self._keys: dict[Path, str] = {}
        # Different tokens: the experts of a mixture see different work.
        self._scratch = [(index * 7919 + 13) % n_vocab for index in range(OUTPUTS)]

    def measure(self, cancelled: Callable[[], bool]) -> None:
        """Time decodes of every width, unless they are known.

        Raises: Cancelled, EngineFailed.
        """
        sources, draft = self._sources, self._sources.model
        if not sources.curve.measured:
            sources.curve = self._known(self._info.path, self._time, cancelled)
        if draft is not None and not draft.curve.measured:
            scratch = self._scratch
            draft.curve = self._known(
                draft.info.path, lambda width: draft.measure_ms(width, scratch), cancelled
            )

    def keep(self) -> None:
        """Remember what the answers since then have taught."""
        book, draft = CostBook(), self._sources.model
        curves = {self._info.path: self._sources.curve}
        if draft is not None:
            curves[draft.info.path] = draft.curve
        for path, curve in curves.items():
            if path in self._keys:
                book.keep(self._keys[path], curve)

    def _known(self, path: Path, time: Callable[[int], float], cancelled: Callable[[], bool]) -> Curve:
        """The curve of a model, from the book or measured now. Its key is made here, once: a file may be
        deleted while it is in use.
        """
        book = CostBook()
        key = self._keys[path] = self._key(path)
        curve = book.curve(key) or measure(time, cancelled)
        book.keep(key, curve)
        return curve

    def _time(self, width: int) -> float:
        """Milliseconds of one decode of the target; leaves no trace."""
        held, before = len(self._cache.tokens), self._context.busy_s
        if held + width > self._info.n_ctx:
            held = self._cache.trim(0)
        self._cache.mark()
        self._cache.decode(self._scratch[:width], width)
        ms = (self._context.busy_s - before) * 1000.0
        self._cache.trim(held)
        return ms

    def _key(self, path: Path) -> str:
        info = self._info
        try:
            file = fingerprint(path)
        except OSError:
            file = str(path)
        role = "draft" if path != info.path else info.quantisation
        return f"{file}|{role}|{info.n_threads}|{info.n_gpu_layers}|{info.kv_type}|{version()}"
