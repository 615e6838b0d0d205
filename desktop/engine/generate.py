"""THE loop: reads the prompt, then writes the answer in rounds, as a generator of events.

A round is one decode of the target: the last token, which is not in the cache yet, and what a draft source
proposed after it (nothing, in plain decoding). Invariant: the cache holds the prompt and every token of the
answer but the last one.
Knows: ids, the cache, a sampler, a text stream, the clock. Must not know: templates, files, Qt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from time import perf_counter

from desktop.engine.binding import BATCH, Context, Sampler
from desktop.engine.cache import KvCache
from desktop.engine.text import TextStream
from desktop.engine.types import Cut, Event, Finished, Part, Prefill, Round, Step, StopReason, Timings
from desktop.errors import Cancelled, EngineFailed

SLOW_ROUND_MS = 50.0
"""After a round this long, cancelling is looked for inside the next decode, too: too dear for quick ones."""
_FIRST = Round(source="prompt", drafted=0, accepted=0, width=1, draft_ms=0.0, verify_ms=0.0)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop works with; they outlive one answer."""

    context: Context
    cache: KvCache
    piece: Callable[[int], bytes]
    is_eog: Callable[[int], bool]
    n_ctx: int


@dataclass(slots=True)
class Job:
    """One answer to write.

    `limit` 0 = until the context is full. `submitted` is a `perf_counter` value, in seconds.
    """

    prompt: Sequence[int]
    sampler: Sampler
    text: TextStream
    seed: int
    limit: int
    submitted: float
    cut: Cut | None = None
    ignore_eos: bool = False
    output: list[int] = field(default_factory=list)
    shown: list[Part] = field(default_factory=list)


class Answer:
    """The state of one run of the loop."""

    def __init__(self, parts: Parts, job: Job, cancelled: Callable[[], bool]) -> None:
        self._parts = parts
        self._job = job
        self._cancelled = cancelled
        self._cache = parts.cache
        self._reason: StopReason | None = None
        self._thinking = 0
        self._reused = 0
        self._begun = self._first = self._last = 0.0
        self._prefill_ms = 0.0
        self._cache.run += 1
        self._run = self._cache.run

    def events(self) -> Iterator[Event]:
        """Run. However it ends, exhausted, cancelled, closed or failed, the cache stays usable."""
        try:
            yield from self._prefill()
            if self._reason is None:
                yield from self._rounds()
            yield self._finish()
        finally:
            self._job.sampler.close()
            if self._cache.run == self._run:
                self._parts.context.watch(None)

    def _prefill(self) -> Iterator[Prefill]:
        """Evaluate the prompt behind what the cache already has of it."""
        job, prompt = self._job, self._job.prompt
        self._begun = perf_counter()
        self._reused = done = self._cache.reuse(prompt)
        self._parts.context.watch(self._cancelled)
        while done < len(prompt):
            yield Prefill(done, len(prompt), self._reused, job.cut)
            chunk = prompt[done : done + BATCH]
            if not self._decode(chunk):
                return
            done += len(chunk)
        self._parts.context.watch(None)
        if not float(self._parts.context.logits().max()) < float("inf"):
            raise EngineFailed("the model computes no valid numbers", code=0)
        self._prefill_ms = (perf_counter() - self._begun) * 1000.0
        yield Prefill(done, len(prompt), self._reused, job.cut)

    def _rounds(self) -> Iterator[Step]:
        """Sample, hand out, decode; until something ends the answer."""
        job, parts, sampler = self._job, self._parts, self._job.sampler
        round_ = _FIRST
        if self._lost():
            return
        while self._reason is None:
            token = sampler.sample(parts.context)
            now = self._mark()
            if parts.is_eog(token) and not job.ignore_eos:
                self._reason = "eos"
                return
            yield self._step(token, round_, now)
            self._reason = self._ended()
            if self._reason is not None:
                return
            drafted: tuple[int, ...] = ()  # a DraftSource proposes here
            if not self._decode((token, *drafted)):
                return
            verify_ms = (perf_counter() - now) * 1000.0
            round_ = Round("plain", len(drafted), 0, 1 + len(drafted), 0.0, verify_ms)
            parts.context.watch(self._cancelled if verify_ms > SLOW_ROUND_MS else None)

    def _mark(self) -> float:
        """A token is ready: note the time."""
        now = perf_counter()
        if not self._first:
            self._first = now
        return now

    def _step(self, token: int, round_: Round, now: float) -> Step:
        job = self._job
        self._last = now
        job.output.append(token)
        thinking = job.text.in_thinking
        parts = job.text.push(self._parts.piece(token))
        if thinking or job.text.in_thinking:
            self._thinking += 1
        job.shown.extend(parts)
        return Step(parts, (token,), round_, (now - job.submitted) * 1000.0)

    def _ended(self) -> StopReason | None:
        """Why the answer ends after the token just handed out."""
        job = self._job
        if job.text.stopped:
            return "stop"
        if len(job.output) == job.limit or len(self._cache.tokens) >= self._parts.n_ctx:
            return "length"
        return None

    def _decode(self, tokens: Sequence[int]) -> bool:
        """Evaluate, unless the person said stop or another answer has taken the cache over."""
        if self._lost():
            return False
        try:
            self._cache.decode(tokens)
        except Cancelled:
            self._reason = "cancelled"
            return False
        return True

    def _lost(self) -> bool:
        """Whether to stop here: the person said so, or another answer has the cache now."""
        if self._cache.run != self._run or self._cancelled():
            self._reason = "cancelled"
            return True
        return False

    def _finish(self) -> Finished:
        job = self._job
        rest = job.text.flush()
        job.shown.extend(rest)
        timings = Timings(
            ttft_ms=max(self._first - job.submitted, 0.0) * 1000.0 if self._first else 0.0,
            prefill_ms=self._prefill_ms or (perf_counter() - self._begun) * 1000.0,
            decode_ms=max(self._last - self._first, 0.0) * 1000.0,
        )
        return Finished(
            stop_reason=self._reason or "length",
            prompt_tokens=len(job.prompt),
            reused_tokens=self._reused,
            output_tokens=len(job.output),
            thinking_tokens=self._thinking,
            context_used=len(self._cache.tokens),
            timings=timings,
            seed=job.seed,
            cut=job.cut,
            parts=rest,
        )
