"""Measures what decodes of the loaded models cost, and keeps it for the next start.

Knows: the target's context and cache, the sources, the book. Must not know: what the costs are used for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop.engine.binding import OUTPUTS, Context, version
from desktop.engine.cache import KvCache
from desktop.engine.cost import CostBook, fingerprint, measure
from desktop.engine.sources import Sources
from desktop.engine.types import ModelInfo


class Costs:
    """Of one engine's target and of whatever draft model it has."""

    def __init__(
        self, info: ModelInfo, n_vocab: int, context: Context, cache: KvCache, sources: Sources
    ) -> None:
        self._info, self._context, self._cache, self._sources = info, context, cache, sources
        # Different tokens: the experts of a mixture see different work.
        self._scratch = [(index * 7919 + 13) % n_vocab for index in range(OUTPUTS)]

    def measure(self, cancelled: Callable[[], bool]) -> None:
        """Time decodes of every width, unless they are known.

        Raises: Cancelled, EngineFailed.
        """
        book, sources = CostBook(), self._sources
        if not sources.curve.measured:
            key = self._key(self._info.path)
            sources.curve = book.curve(key) or measure(self._time, cancelled)
            book.keep(key, sources.curve)
        draft = sources.model
        if draft is not None and not draft.curve.measured:
            key, scratch = self._key(draft.info.path), self._scratch
            draft.curve = book.curve(key) or measure(
                lambda width: draft.measure_ms(width, scratch), cancelled
            )
            book.keep(key, draft.curve)

    def keep(self) -> None:
        """Remember what the answers since then have taught."""
        book, sources = CostBook(), self._sources
        book.keep(self._key(self._info.path), sources.curve)
        if sources.model is not None:
            book.keep(self._key(sources.model.info.path), sources.model.curve)

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
            file = str(path)  # deleted while in use: this process still knows it
        role = "draft" if path != info.path else info.quantisation
        return f"{file}|{role}|{info.n_threads}|{info.n_gpu_layers}|{info.kv_type}|{version()}"
