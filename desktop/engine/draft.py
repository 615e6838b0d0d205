"""A draft model: a second, smaller model that proposes what the target may say next.

It has a context of its own, kept in step with the conversation token by token and from one answer to the
next. When that context is smaller than the conversation, or was left behind while drafting paused, it sees
only the newest part: a draft may be wrong, never the answer.
Knows: its model, its cache, the sampling chain it mirrors. Must not know: the target, what was accepted and
why, pace beyond "one more?".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from time import perf_counter

from desktop.engine.binding import BATCH, OUTPUTS, Context, Model
from desktop.engine.cache import KvCache
from desktop.engine.cost import Curve
from desktop.engine.pace import CONFIDENCES, Plan, class_of
from desktop.engine.sampling import DRAFT, TARGET, Chain, Distribution, Floats, draw, exponentiate
from desktop.engine.types import DraftInfo, Rule
from desktop.engine.verify import Proposal
from desktop.errors import Cancelled, DraftRefused

_PROBE_CONTEXT = 48
"""Tokens read before those a probe looks at, when the draft has fallen behind."""
_PROBE_STEPS = 8.0
"""What a probe is thought to cost before the first, in steps of the draft."""
_DRAWS_APART = 0x9E3779B1
"""Makes the draws of each round independent of those of a round before at the same position."""

Cancel = Callable[[], bool]


class ModelDraft:
    """Owns model and context. `n_vocab`: of the target; tokens beyond it are never proposed."""

    def __init__(self, model: Model, context: Context, info: DraftInfo, n_vocab: int) -> None:
        self.info = info
        self.curve = Curve()
        self._model, self._context = model, context
        self._cache = KvCache(context, keeps_state=model.keeps_state)
        self._start = 0
        """Where in the conversation the cache begins."""
        self._shared = min(n_vocab, model.n_vocab)
        self._probe_ms = 0.0

    @property
    def native_s(self) -> float:
        """Seconds spent in llama.cpp."""
        return self._context.busy_s

    def lag(self, tokens: Sequence[int]) -> int:
        """Tokens it has to read before it can propose."""
        return len(tokens) - self._start - len(self._cache.tokens)

    def begin(self, tokens: Sequence[int]) -> None:
        """Another prompt: keep what the cache shares with it. Reads nothing yet."""
        if self._start and tokens[self._start : self._start + 1] != self._cache.tokens[:1]:
            self._restart(0)
        self._cache.reuse(tokens[self._start :])
        if not self._cache.tokens:
            self._start = 0

    def keep(self, length: int) -> None:
        """Only the first `length` tokens of the conversation stand."""
        if length < self._start + len(self._cache.tokens):
            self._cache.trim(max(length - self._start, 0))

    def catch_up(self, tokens: Sequence[int], cancelled: Cancel, outputs: int = 1) -> None:
        """Read what is missing, all of `tokens`.

        Raises: DraftRefused for a token it does not have, Cancelled, EngineFailed.
        """
        if len(tokens) - self._start + OUTPUTS > self._context.n_ctx:
            self._restart(max(len(tokens) - self._context.n_ctx // 2, 0))
        done = self._start + len(self._cache.tokens)
        foreign = next((token for token in tokens[done:] if token >= self._model.n_vocab), None)
        if foreign is not None:
            raise DraftRefused(f"draft lacks token {foreign}", path=str(self.info.path))
        while done < len(tokens):
            if cancelled():
                raise Cancelled
            size = min(BATCH, self._context.n_ctx // 2)
            chunk = tokens[done : done + size]
            self._decode(chunk, min(outputs, len(chunk)))
            done += len(chunk)

    def propose(
        self,
        tokens: Sequence[int],
        plan: Plan,
        chain: Chain,
        rule: Rule,
        number: int,
        cancelled: Cancel,
    ) -> Proposal:
        """Draft after `tokens` for as long as the plan wants more. `number` counts the answer's rounds.

        Raises: as `catch_up`.
        """
        self.catch_up(tokens, cancelled)
        self._cache.mark()
        drafted: list[int] = []
        chances: list[float] = []
        keys: list[int] = []
        dists: list[Distribution] = []
        while True:
            row = self._context.logits()[-1][: self._shared]
            recent = [*chain.recent(tokens), *drafted][-chain.window :] if chain.window else ()
            position = len(tokens) + len(drafted)
            dist: Distribution | None = None
            if chain.greedy:
                row = chain.penalised(row, recent)
                token = int(row.argmax())
                top = 1.0 / exponentiate(row, token)
            else:
                dist = chain.distribution(row, recent, position)
                top = float(dist.probs.max())
            key = class_of(top, CONFIDENCES)
            if not plan.takes(key):
                break
            if dist is not None:
                token = self._draw(dist, chain, rule, position, number)
                top = dist.of(token)
                dists.append(dist)
            drafted.append(token)
            chances.append(top)
            keys.append(key)
            if not plan.wants_more():
                break
            if cancelled():
                raise Cancelled
            self._decode((token,), 1)
        proper = tuple(dists) if rule in ("rejection", "block") else ()
        return Proposal("draft", tuple(drafted), tuple(chances), tuple(keys), proper)

    def probe(
        self, tokens: Sequence[int], p_of: dict[int, float], chain: Chain, cancelled: Cancel
    ) -> list[tuple[int, float]]:
        """Would it have proposed what came? For the newest tokens: class of confidence, chance of acceptance.

        `p_of`: the target's probability of the token at a position; without it (greedy) being the likeliest
        counts.
        """
        began, lag = perf_counter(), self.lag(tokens)
        if lag > OUTPUTS:
            self._restart(max(len(tokens) - OUTPUTS - _PROBE_CONTEXT, 0))
            self.catch_up(tokens[:-OUTPUTS], cancelled)
            lag = OUTPUTS
        self.catch_up(tokens, cancelled, outputs=lag)
        rows = self._context.logits()[:, : self._shared]
        found: list[tuple[int, float]] = []
        for index in range(rows.shape[0] - 1):
            position = len(tokens) - rows.shape[0] + 1 + index
            actual = tokens[position]
            if chain.greedy:
                token = int(rows[index].argmax())
                top = 1.0 / exponentiate(rows[index], token)
                found.append((class_of(top, CONFIDENCES), float(token == actual)))
            elif position in p_of:
                dist = chain.distribution(rows[index], (), position)
                chance = min(1.0, dist.of(actual) / max(p_of[position], 1e-9))
                found.append((class_of(float(dist.probs.max()), CONFIDENCES), chance))
        self._probe_ms = (perf_counter() - began) * 1000.0
        return found

    def probe_ms(self, tokens: Sequence[int]) -> float:
        """What a probe costs: what the last one did. Every position has logits, unlike when catching up."""
        return self._probe_ms or _PROBE_STEPS * self.curve.ms(1, len(tokens))

    def row_after(self, tokens: Sequence[int], cancelled: Cancel, *, keep: bool) -> Floats | None:
        """Logits (shared vocabulary,) of what follows `tokens`; None when it lacks one of them.

        Prices learn nothing from it. `keep`: what is held now is held again afterwards.
        Raises: Cancelled, EngineFailed.
        """
        room, before = self._context.n_ctx, self._start
        start = before if keep and before < len(tokens) <= before + room else 0
        start = start if len(tokens) - start <= room else len(tokens) - room // 2
        seen = tokens[start:]
        if any(token >= self._model.n_vocab for token in seen):
            return None
        if start != before and not keep:
            self._restart(start)
        return self._cache.peek(seen, cancelled, keep=keep)[: self._shared]

    def measure_ms(self, width: int, scratch: Sequence[int]) -> float:
        """Time one decode of that width, and leave no trace."""
        held, before = len(self._cache.tokens), self._context.busy_s
        if held + width > self._context.n_ctx:
            self._restart(0)
            held = 0
        self._cache.mark()
        self._cache.decode(scratch[:width], 1)
        ms = (self._context.busy_s - before) * 1000.0
        self._cache.trim(held)
        return ms

    def forget(self) -> None:
        """Empty the cache."""
        self._restart(0)

    def close(self) -> None:
        """Free everything."""
        self._context.close()
        self._model.close()

    def _draw(self, dist: Distribution, chain: Chain, rule: Rule, position: int, number: int) -> int:
        if rule == "equal":
            return int(dist.ids[dist.probs.argmax()])
        if rule == "coupled":
            return draw(dist, chain.seed, TARGET, position)
        return draw(dist, chain.seed + number * _DRAWS_APART, DRAFT, position)

    def _decode(self, chunk: Sequence[int], outputs: int) -> None:
        before = self._context.busy_s
        position = len(self._cache.tokens)
        self._cache.decode(chunk, outputs)
        if outputs == 1:
            self.curve.observe(len(chunk), position, (self._context.busy_s - before) * 1000.0)

    def _restart(self, start: int) -> None:
        self._cache.trim(0)
        self._start = start
