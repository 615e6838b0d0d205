"""Speculation of one engine: which source drafts in the next round, how much, and what was learned from it.

`Sources` lives as long as the engine and keeps what was learned; a `Drafter` serves one answer.
Knows: sources, acceptance, costs. Must not know: the target's context and cache, text, files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from desktop.engine.cost import WIDTHS
from desktop.engine.draft import ModelDraft
from desktop.engine.lookup import Match
from desktop.engine.pace import (
    OUTDATED,
    Plan,
    Prices,
    best_prefix,
    best_rate,
    loss,
)
from desktop.engine.sampling import Chain
from desktop.engine.sources import Sources
from desktop.engine.types import LONGEST_DRAFT, Drafted, DraftState, Round, Rule, Speculated, Speculation
from desktop.engine.verify import Place, Proposal, Verdict
from desktop.engine.watch import Watch, match_keys
from desktop.errors import UserError

_PLAIN = Proposal()
_EMA = 0.05
_CATCH_UP_ROUNDS = 8.0
"""What a draft has missed is paid for by so many rounds."""


@dataclass(slots=True)
class Spent:
    """Times of one round, in ms. `draft`: all of it, of which `draft_native` inside llama.cpp; `verify`: the
    target's decode; `judge`: what followed it.
    """

    draft: float
    draft_native: float
    verify: float
    judge: float


class Drafter:
    """Drafts for one answer.

    `limit`: the longest draft the target's memory can take back. `fixed_seed`: the person wants this seed's
    text.
    """

    def __init__(
        self, sources: Sources, speculation: Speculation, chain: Chain, limit: int, *, fixed_seed: bool
    ) -> None:
        self._sources, self._speculation, self._chain = sources, speculation, chain
        self._mirror = Chain(replace(chain.sampling, xtc_probability=0.0, mirostat_tau=0.0), chain.seed)
        self._fixed_seed = fixed_seed
        self._limit = min(limit, LONGEST_DRAFT, speculation.length or speculation.longest)
        self._watch = Watch()
        self._refused = ""
        self.state: DraftState = "off"
        self.reason = "switched off"
        self.predicted_ms = 0.0
        self.number = 0
        self._counts = {"accepted": 0, "rejected": 0, "dropped": 0}
        self._by_source: dict[str, int] = {}
        self._rule: Rule | None = None
        self._begun = self._synced = 0
        self._prices_now: Prices | None = None
        if speculation.mode != "off":
            self._open()

    def _open(self) -> None:
        """Whether anything can be drafted at all."""
        mode, sources = self._speculation.mode, self._sources
        self.state, self.reason = "active", ""
        if self._limit < 1:
            self._refuse("the model's memory cannot take tokens back")
        elif mode != "lookup" and sources.model is None and (sources.refused or mode == "draft"):
            self._refuse(sources.refused or "no draft model chosen")  # copying goes on all the same

    def _refuse(self, reason: str) -> None:
        self.state, self.reason, self._refused = "refused", reason, reason

    @property
    def rule(self) -> Rule:
        """How the next draft will be judged."""
        wanted = self._speculation.rule
        if self._chain.keeps_state:
            return "equal" if wanted == "equal" else "coupled"
        if wanted != "auto":
            return wanted
        return "coupled" if self._fixed_seed else self._sources.trial.choice

    @property
    def native_s(self) -> float:
        """Seconds the draft model has spent in llama.cpp, ever."""
        return self._sources.model.native_s if self._sources.model is not None else 0.0

    def begin(self, tokens: Sequence[int], cancelled: Callable[[], bool]) -> None:
        """Before the first token: bring the sources in step with the prompt. Counts as prefill."""
        self._begun = len(tokens)
        if self._speculation.mode == "off" or self._refused:
            return
        if self._looks_up:
            self._sources.lookup.sync(tokens)
            self._synced = len(tokens)
        model = self._model
        if model is None:
            return
        try:
            model.begin(tokens)
            plan = self._plan(tokens, self._limit)
            plan.hope, plan.prices.catch_up = plan.acceptance.doubt, 0.0
            if plan.fixed or plan.gain() > 0.0:
                model.catch_up(tokens, cancelled)
        except UserError as error:
            self._lose_model(error)

    @property
    def _looks_up(self) -> bool:
        return self._speculation.mode in ("auto", "lookup")

    @property
    def _model(self) -> ModelDraft | None:
        usable = self._speculation.mode in ("auto", "draft") and not self._refused
        return self._sources.model if usable else None

    def _lose_model(self, error: UserError) -> None:
        """The draft failed: this answer goes on without it."""
        if self._sources.model is not None:
            self._sources.model.forget()
        self._refuse(error.detail or "the draft failed")

    def propose(self, tokens: Sequence[int], room: int, cancelled: Callable[[], bool]) -> Proposal:
        """The draft for the next round, maybe empty. `room`: most tokens that still fit the answer.

        Raises: Cancelled.
        """
        self.number += 1
        self.predicted_ms = 0.0
        if self._speculation.mode == "off" or self._limit < 1:
            return self._predict(_PLAIN, tokens)
        match = None
        if self._looks_up:
            lookup = self._sources.lookup
            lookup.sync(tokens, self._synced)
            self._synced = len(tokens)
            match = lookup.find(self._limit)
        proposal = self._choose(tokens, room, match, cancelled)
        if match is not None and proposal.source != "lookup":
            self._watch.expect(match, len(tokens))
        return self._predict(proposal, tokens)

    def _choose(
        self, tokens: Sequence[int], room: int, match: Match | None, cancelled: Callable[[], bool]
    ) -> Proposal:
        """Whichever of copying, drafting and neither is expected to bring most."""
        model, most = self._model, min(self._limit, room)
        if most < 1:
            return _PLAIN
        plan = self._plan(tokens, most)
        self._prices_now = plan.prices
        copied, worth = self._copied(match, plan)
        if model is not None and not (plan.fixed and copied):
            if plan.fixed or (plan.gain() > worth and self._sources.purse.trusts(plan.prices.verify[1])):
                return self._draft(model, tokens, plan, cancelled)
            if not copied:
                if self._try(plan):
                    return self._draft(model, tokens, plan, cancelled)
                self._look_again(model, tokens, plan, cancelled)
        if match is not None and copied:
            self._on("active", "")
            some = match.tokens[:copied]
            return Proposal("lookup", some, (1.0,) * copied, match_keys(match)[:copied])
        if model is None and match is None:
            self._on("active", "nothing in the conversation to copy from")
        elif model is None:
            self._on("paused", "copying would cost more than it saves")
        return _PLAIN

    def _copied(self, match: Match | None, plan: Plan) -> tuple[int, float]:
        """How many tokens of a match to take, and what that is worth."""
        if match is None:
            return 0, 0.0
        if plan.fixed:
            return min(plan.most, len(match.tokens)), 0.0
        if not self._sources.copy_purse.trusts(plan.prices.verify[1]):
            return 0, 0.0
        return best_prefix(plan, self._sources.of_lookup, match_keys(match))

    def _draft(
        self, model: ModelDraft, tokens: Sequence[int], plan: Plan, cancelled: Callable[[], bool]
    ) -> Proposal:
        try:
            drafted = model.propose(tokens, plan, self._mirror, self.rule, self.number, cancelled)
        except UserError as error:
            self._lose_model(error)
            return _PLAIN
        self._on("active", "")
        return drafted

    def _on(self, state: DraftState, reason: str) -> None:
        if not self._refused:
            self.state, self.reason = state, reason

    def _plan(self, tokens: Sequence[int], room: int) -> Plan:
        """How to draft now."""
        sources, speculation = self._sources, self._speculation
        most, model = min(self._limit, room), self._model
        prices = self._prices(tokens, model)
        if speculation.length:
            return Plan(prices, sources.of_model, most, 0.0, fixed=True)
        rate, length = best_rate(prices, sources.of_model, most if model is not None else 0)
        if model is not None and not length and not speculation.pause:
            _, length = best_rate(prices, sources.of_model, most, plain=False)
            return Plan(prices, sources.of_model, length, 0.0, fixed=True)
        return Plan(prices, sources.of_model, most, rate)

    def _prices(self, tokens: Sequence[int], model: ModelDraft | None) -> Prices:
        sources, position = self._sources, len(tokens)
        if not sources.curve.measured:
            return Prices([1.0] * (WIDTHS + 2))
        row = sources.curve.row(position)
        verify = [ms + sources.judge_ms + n * sources.judge_more_ms for n, ms in enumerate(row, -1)]
        if model is None or not model.curve.measured:
            return Prices(verify)
        step = model.curve.ms(1, position) + sources.draft_more_ms
        # The first step reads what the draft has missed as well; the rounds after it have that for nothing.
        late = model.curve.ms(max(model.lag(tokens), 1), position) - model.curve.ms(1, position)
        return Prices(verify, step, max(late, 0.0) / _CATCH_UP_ROUNDS)

    def _try(self, plan: Plan) -> bool:
        """Whether to draft although it does not seem to pay: it might, for little is known of it."""
        cost, saved = loss(plan.prices, plan.acceptance, plan.most)
        told = f"drafting costs {cost:.3g} ms, saves {saved:.3g}"
        self._on("paused", told if saved < cost else "drafting has lost time lately")
        price = cost + plan.prices.catch_up * (_CATCH_UP_ROUNDS - 1.0) - saved
        plan.hope = plan.acceptance.doubt
        if plan.gain() > 0.0 and self._sources.purse.affords(price, plan.prices.verify[1]):
            return True
        plan.hope = 0.0
        return False

    def _look_again(
        self, model: ModelDraft, tokens: Sequence[int], plan: Plan, cancelled: Callable[[], bool]
    ) -> None:
        """Paused: now and then, see how the draft would have done."""
        looks, price = self._sources.looks, model.probe_ms(tokens)
        new = min(len(tokens) - self._begun, model.lag(tokens))
        if new < WIDTHS or not looks.affords(price, plan.prices.verify[1]):
            return
        try:
            found = model.probe(tokens, self._watch.chances, self._mirror, cancelled)
        except UserError as error:
            self._lose_model(error)
            return
        looks.settle(-price)
        self._sources.of_model.fade(OUTDATED)
        for key, accepted in found:
            self._sources.of_model.hint(key, accepted)
        plan.hope = plan.acceptance.doubt
        looks.looked(in_vain=plan.gain() <= 0.0)

    def _predict(self, proposal: Proposal, tokens: Sequence[int]) -> Proposal:
        sources, count = self._sources, len(proposal.tokens)
        if sources.curve.measured:
            self.predicted_ms = sources.curve.ms(count + 1, len(tokens))
            if proposal.source == "draft" and sources.model is not None and sources.model.curve.measured:
                self.predicted_ms += count * (sources.model.curve.ms(1, len(tokens)) + sources.draft_more_ms)
        return proposal

    def learn(self, proposal: Proposal, verdict: Verdict, place: Place, spent: Spent) -> Round:
        """A round is over; `place` as it was before. Returns its record."""
        sources, count = self._sources, len(proposal.tokens)
        start = len(place.tokens)
        sources.curve.observe(count + 1, start, spent.verify)
        rule = self.rule if count and not self._chain.greedy else None
        if count:
            self._learn_draft(proposal, verdict, spent)
            self._by_source[proposal.source] = self._by_source.get(proposal.source, 0) + count
            self._rule = rule
        else:
            sources.judge_ms += _weight(sources.judge_ms) * (spent.judge - sources.judge_ms)
        self._settle(proposal, verdict, spent)
        if sources.model is not None and self._speculation.mode in ("auto", "draft"):
            sources.model.keep(start + verdict.accepted)
        for drafted in verdict.drafted:
            self._counts[drafted.outcome] += 1
        self._watch.came(verdict, start, sources.of_lookup)
        return Round(
            proposal.source,
            count + 1,
            spent.draft,
            spent.verify + spent.judge,
            verdict.drafted,
            verdict.added,
            verdict.accepted,
            self.predicted_ms,
            self.state,
            self.reason,
            rule,
        )

    def _settle(self, proposal: Proposal, verdict: Verdict, spent: Spent) -> None:
        """What the round has brought and cost, by the prices it was planned with: a hiccup of the computer
        is not the draft's fault.
        """
        sources, prices, count = self._sources, self._prices_now, len(proposal.tokens)
        for purse in (sources.purse, sources.copy_purse, sources.looks):
            purse.earn(spent.draft + spent.verify + spent.judge)
        free = not self._speculation.length and self._speculation.pause
        if not free or prices is None or not sources.curve.measured or proposal.source == "plain":
            return  # what a person has asked for is not held against the source
        verify = prices.verify
        gained = verdict.accepted * verify[1] - (verify[count + 1] - verify[1])
        if proposal.source == "lookup":
            sources.copy_purse.settle(gained)
        else:
            sources.purse.settle(gained - min(spent.draft, 2.0 * (count + 1) * prices.step))

    def _learn_draft(self, proposal: Proposal, verdict: Verdict, spent: Spent) -> None:
        sources, count = self._sources, len(proposal.tokens)
        acceptance = sources.of_model if proposal.source == "draft" else sources.of_lookup
        acceptance.fade()
        by_ratio = bool(proposal.dists)
        for index, drafted in enumerate(verdict.drafted[: verdict.accepted + 1]):
            acceptance.add(index, proposal.keys[index], _chance(drafted, by_ratio=by_ratio))
        more = max(spent.judge - sources.judge_ms, 0.0) / count
        sources.judge_more_ms += _weight(sources.judge_more_ms) * (more - sources.judge_more_ms)
        if proposal.source == "draft":
            extra = (spent.draft - spent.draft_native) / count
            sources.draft_more_ms += _weight(sources.draft_more_ms) * (extra - sources.draft_more_ms)
        if by_ratio and self.rule == "block":
            sources.trial.add(verdict, count, spent.draft + spent.verify, spent.judge)

    def summary(self, position: int) -> Speculated:
        """What it came to."""
        counts = self._counts
        return Speculated(
            mode=self._speculation.mode,
            state=self.state,
            reason=self.reason,
            source=max(self._by_source, key=self._by_source.__getitem__, default=""),
            rule=self._rule,
            rounds=self.number,
            drafted=sum(counts.values()),
            accepted=counts["accepted"],
            rejected=counts["rejected"],
            dropped=counts["dropped"],
            plain_rate=self._sources.plain_rate(position),
        )


def _chance(drafted: Drafted, *, by_ratio: bool) -> float:
    """What a test says of acceptance: under the ratio rules the chance itself, not only how it fell."""
    if by_ratio and drafted.q > 0.0:
        return min(1.0, drafted.p / drafted.q)
    return float(drafted.outcome == "accepted")


def _weight(known: float) -> float:
    return _EMA if known else 1.0
