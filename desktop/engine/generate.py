"""THE loop: reads the prompt, then writes the answer in rounds, as a generator of events.

A round is one decode of the target: the last token, which is not in the cache yet, and what was drafted after
it (nothing, in plain decoding). Invariant: between rounds the cache holds the prompt and every token of the
answer but the last one.
Knows: ids, the cache, a drafter, a text stream, the clock. Must not know: templates, files, how one drafts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from time import perf_counter

from desktop.engine.binding import BATCH, Context
from desktop.engine.cache import KvCache
from desktop.engine.sampling import Chain
from desktop.engine.speculate import Drafter, Spent
from desktop.engine.text import TextStream
from desktop.engine.types import Cut, Event, Finished, Part, Prefill, Round, Step, StopReason, Timings
from desktop.engine.verify import Place, Proposal, judge
from desktop.errors import Cancelled, EngineFailed

SLOW_ROUND_MS = 50.0
"""After a round this long, cancelling is looked for inside the next decode, too: too dear for quick ones."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What the loop works with; they outlive one answer."""

    context: Context
    cache: KvCache
    piece: Callable[[int], bytes]
    is_eog: Callable[[int], bool]
    n_ctx: int
    keeps_state: bool


@dataclass(slots=True)
class Job:
    """One answer to write.

    `limit` 0 = until the context is full. `begun`: tokens at the end of the prompt that belong to the answer:
    they are in `shown`, not in `output`; `thought` counts those of its thinking. `submitted` is a value of
    `clock`, which is in seconds and stands still while the answer is paused.
    """

    prompt: Sequence[int]
    chain: Chain
    drafter: Drafter
    text: TextStream
    seed: int
    limit: int
    submitted: float
    clock: Callable[[], float] = perf_counter
    cut: Cut | None = None
    ignore_eos: bool = False
    begun: Sequence[int] = ()
    thought: int = 0
    output: list[int] = field(default_factory=list)
    shown: list[Part] = field(default_factory=list)


class Answer:
    """The state of one run of the loop."""

    def __init__(self, parts: Parts, job: Job, cancelled: Callable[[], bool]) -> None:
        self._parts = parts
        self._job = job
        self._cancelled = cancelled
        self._cache = parts.cache
        self._tokens = list(job.prompt)
        """Prompt and answer so far."""
        self._reason: StopReason | None = None
        self._over: StopReason | None = None
        """Why nothing is to be written: what the answer begins with ends it."""
        self._thinking = 0
        self._reused = 0
        self._begun = self._first = self._last = 0.0
        self._prefill_ms = 0.0
        self._cache.run += 1
        self._run = self._cache.run
        self._cache.writing = True

    def events(self) -> Iterator[Event]:
        """Run. However it ends, exhausted, cancelled, closed or failed, the cache stays usable."""
        try:
            yield from self._prefill()
            if self._reason is None:
                yield from self._rounds()
            yield self._finish()
        finally:
            if self._cache.run == self._run:
                self._cache.writing = False
                self._parts.context.watch(None)

    def _prefill(self) -> Iterator[Prefill]:
        """Evaluate the prompt behind what the cache already has of it."""
        job, prompt = self._job, self._job.prompt
        begun = self._begin()
        self._begun = job.clock()
        self._reused = done = self._cache.reuse(prompt)
        self._parts.context.watch(self._cancelled)
        while done < len(prompt):
            yield Prefill(done, len(prompt), self._reused, job.cut, begun)
            begun = ()
            if done == len(prompt) - 1:
                self._cache.mark()
            # The last token alone: the place before it is where "answer again" begins.
            end = min(done + BATCH, len(prompt) - 1) if self._parts.keeps_state else done + BATCH
            chunk = prompt[done : max(end, done + 1)]
            if not self._decode(chunk):
                return
            done += len(chunk)
        self._parts.context.watch(None)
        try:
            job.drafter.begin(self._tokens, self._cancelled)
        except Cancelled:
            self._reason = "cancelled"
            return
        if not float(self._parts.context.logits().max()) < float("inf"):
            raise EngineFailed("the model computes no valid numbers", code=0)
        self._prefill_ms = (job.clock() - self._begun) * 1000.0
        yield Prefill(done, len(prompt), self._reused, job.cut)

    def _begin(self) -> tuple[Part, ...]:
        """Take what the answer begins with into its text; it may be all of it."""
        job = self._job
        for token in job.begun:
            if self._ends(token):
                self._over = "eos"
                break
            thinking = job.text.in_thinking
            job.shown.extend(job.text.push(self._parts.piece(token)))
            job.thought += thinking or job.text.in_thinking
        if job.text.stopped:
            self._over = "stop"
        return tuple(job.shown)

    def _rounds(self) -> Iterator[Step]:
        """Draft, decode, judge, hand out; until something ends the answer."""
        if self._lost():
            return
        if self._over is not None:
            self._reason = self._over
            return
        place = Place(self._tokens, 0)
        verdict = judge(self._parts.context.logits(), Proposal(), self._job.chain, "coupled", place)
        added, drafter = replace(verdict.added, why="first"), self._job.drafter
        first = Round("prompt", 1, 0.0, 0.0, added=added, state=drafter.state, reason=drafter.reason)
        self._first = self._job.clock()
        yield from self._hand_out((added.token,), first, self._first)
        while self._reason is None:
            round_ = self._round()
            if round_ is None or round_.added is None:
                return
            accepted = [drafted.token for drafted in round_.drafted[: round_.accepted]]
            yield from self._hand_out((*accepted, round_.added.token), round_, self._job.clock())

    def _round(self) -> Round | None:
        """One draft and one verification; None when the answer ended instead.

        All that was drafted is still in the cache afterwards.
        """
        job, cache, drafter = self._job, self._cache, self._job.drafter
        held = len(cache.tokens)
        room = min(self._parts.n_ctx - held - 1, (job.limit or self._parts.n_ctx) - len(job.output) - 1)
        began, native = perf_counter(), drafter.native_s
        try:
            if self._lost():
                return None
            proposal = drafter.propose(self._tokens, room, self._cancelled)
        except Cancelled:
            self._reason = "cancelled"
            return None
        drafted, native = perf_counter(), drafter.native_s - native
        if not self._decode((self._tokens[-1], *proposal.tokens), 1 + len(proposal.tokens)):
            return None
        decoded = perf_counter()
        place = Place(self._tokens, drafter.number)
        verdict = judge(self._parts.context.logits(), proposal, job.chain, drafter.rule, place)
        spent = Spent(
            (drafted - began) * 1000.0,
            native * 1000.0,
            (decoded - drafted) * 1000.0,
            (perf_counter() - decoded) * 1000.0,
        )
        slow = (decoded - drafted) * 1000.0 > SLOW_ROUND_MS
        self._parts.context.watch(self._cancelled if slow else None)
        return drafter.learn(proposal, verdict, place, spent)

    def _ends(self, token: int) -> bool:
        return not self._job.ignore_eos and self._parts.is_eog(token)

    def _hand_out(self, tokens: Sequence[int], round_: Round, now: float) -> Iterator[Step]:
        """The step of a round: its tokens up to where the answer ends, a token that ends it left out.

        Cuts the cache back to what stands: once a round, for a running state allows no more.
        """
        job = self._job
        given: list[int] = []
        parts: list[Part] = []
        for token in tokens:
            if self._ends(token):
                self._reason = "eos"
                break
            given.append(token)
            parts.extend(self._take(token))
            if job.text.stopped:
                self._reason = "stop"
            elif len(job.output) == job.limit:
                self._reason = "length"
            if self._reason is not None:
                break
        self._cache.trim(len(job.prompt) + len(job.output) - (self._reason != "eos"))
        if self._reason is None and len(self._cache.tokens) >= self._parts.n_ctx:
            self._reason = "length"
        if given or round_.drafted:
            self._last = now
            yield Step(tuple(parts), tuple(given), round_, (now - job.submitted) * 1000.0)

    def _take(self, token: int) -> tuple[Part, ...]:
        """One token more of the answer; returns the text that is sure by now."""
        job = self._job
        job.output.append(token)
        self._tokens.append(token)
        thinking = job.text.in_thinking
        parts = job.text.push(self._parts.piece(token))
        if thinking or job.text.in_thinking:
            self._thinking += 1
        job.shown.extend(parts)
        return parts

    def _decode(self, tokens: Sequence[int], outputs: int = 1) -> bool:
        """Evaluate, unless the person said stop or another answer has taken the cache over."""
        if self._lost():
            return False
        try:
            self._cache.decode(tokens, outputs)
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
            prefill_ms=self._prefill_ms or (job.clock() - self._begun) * 1000.0,
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
            speculated=job.drafter.summary(len(self._cache.tokens)),
        )
