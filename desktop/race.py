"""`slipstream race`: the same request with speculation and without, in turn, and what came of it.

Every run begins with an empty KV cache; who goes first alternates, so that neither has the warmer computer;
and every pair gives one ratio of decode tok/s: what else the computer does in the meantime meets both.
Knows: standard output, the engine. Must not know: options and their names in the parser, Qt.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

from desktop import difference
from desktop.difference import Difference
from desktop.engine.types import DraftInfo, Message, Request, Speculated
from desktop.gui.numbers import count, duration_text, three_digits
from desktop.headless import DONE, INTERRUPTED, Interrupt, Session, session, write_trace
from desktop.options import Asked
from desktop.report import Collected, report

_WARM_UP = Request([Message("user", "Hello")], raw=True, ignore_eos=True, max_tokens=16)
"""Or whoever goes first would read the weights from the disk for both."""
_DRAWS_ITS_OWN = ("rejection", "block")
"""Rules that keep the distribution, but not the text that a seed gives."""


@dataclass(frozen=True, slots=True)
class Pair:
    """The same request, plainly and with speculation."""

    plain: Collected
    speculative: Collected

    @property
    def speedup(self) -> float | None:
        """Decode tok/s with speculation by those without; None when one is too short to say."""
        rates = self.speculative.rate, self.plain.rate
        return rates[0] / rates[1] if all(rates) else None

    @property
    def same(self) -> bool:
        """Token by token."""
        return self.plain.tokens == self.speculative.tokens


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole race. `parted`: index of the first pair whose answers differ, and where."""

    pairs: Sequence[Pair]
    request: Request
    parted: tuple[int, Difference] | None

    @property
    def plain(self) -> Collected:
        """The plain run of middle speed."""
        return _middle([pair.plain for pair in self.pairs])

    @property
    def speculative(self) -> Collected:
        """The speculative run of middle speed."""
        return _middle([pair.speculative for pair in self.pairs])

    @property
    def speedups(self) -> list[float]:
        """Of every pair that was long enough."""
        return [pair.speedup for pair in self.pairs if pair.speedup is not None]

    @property
    def expected_identical(self) -> bool:
        """Whether the rules that were used give the very text the seed gives without speculation."""
        return self.request.sampling.temperature <= 0 or not any(
            one.source == "draft" and one.drafted and one.rule in _DRAWS_ITS_OWN
            for pair in self.pairs
            for one in pair.speculative.rounds
        )


def run(asked: Asked, runs: int) -> int:
    """Race. Returns the exit code: what the race shows, speed or difference, is no failure.

    Raises: UserError of many kinds, Cancelled before the first answer begins.
    """
    request = _with_seed(asked.request)
    with Interrupt() as interrupt:
        with session(asked, interrupt) as loaded:
            Collected.of(loaded.engine.generate(_WARM_UP, interrupt))
            pairs: list[Pair] = []
            for number in range(runs):
                pair = _pair(loaded, request, interrupt, plain_first=number % 2 == 0)
                if interrupt.seen:
                    return INTERRUPTED
                loaded.warn_if_refused(pair.speculative.finished.speculated)
                pairs.append(pair)
                if not asked.json:
                    _print(_run_line(number, pair))
            interrupt.at_once = True  # nothing to stop in order any more
            outcome = Outcome(pairs, request, _parted(loaded, request, pairs))
            told = _object(outcome, loaded) if asked.json else None
            lines = _lines(outcome, loaded)
        if told is not None:
            _print(json.dumps(told, ensure_ascii=False))
        else:
            _print("", *lines)
        write_trace(asked.trace, outcome.speculative.rounds)
    return DONE


def _with_seed(request: Request) -> Request:
    """One seed for all runs, drawn here when none is fixed."""
    sampling = request.sampling
    if sampling.seed >= 0:
        return request
    return replace(request, sampling=replace(sampling, seed=secrets.randbits(31)))


def _pair(loaded: Session, request: Request, interrupt: Interrupt, *, plain_first: bool) -> Pair:
    plain = replace(request, speculation=replace(request.speculation, mode="off"))
    answers: dict[bool, Collected] = {}
    for is_plain in (plain_first, not plain_first):
        loaded.engine.forget()
        answers[is_plain] = Collected.of(loaded.engine.generate(plain if is_plain else request, interrupt))
        if interrupt.seen:  # the other one will not be looked at
            answers[not is_plain] = answers[is_plain]
            break
    return Pair(answers[True], answers[False])


def _parted(loaded: Session, request: Request, pairs: Sequence[Pair]) -> tuple[int, Difference] | None:
    """The first difference there is in any pair."""
    for index, pair in enumerate(pairs):
        found = difference.find(loaded.engine, request, pair.plain.answered, pair.speculative.answered)
        if found is not None:
            return index, found
    return None


def _middle(runs: Sequence[Collected]) -> Collected:
    return sorted(runs, key=lambda one: one.rate)[(len(runs) - 1) // 2]


def _object(outcome: Outcome, loaded: Session) -> dict[str, Any]:
    """The object of `race --json`."""
    info, ratios = loaded.engine.info, outcome.speedups
    return {
        "plain": report(outcome.plain, info, None),
        "speculative": report(outcome.speculative, info, loaded.draft),
        "speedup": {
            "median": round(median(ratios), 4) if ratios else None,
            "low": round(min(ratios), 4) if ratios else None,
            "high": round(max(ratios), 4) if ratios else None,
            "runs": len(outcome.pairs),
            "ratios": [round(ratio, 4) for ratio in ratios],
        },
        "identical": outcome.parted is None,
        "expected_identical": outcome.expected_identical,
        "first_difference": _first_difference(outcome, loaded),
        "note": _verdict(outcome),
    }


def _first_difference(outcome: Outcome, loaded: Session) -> dict[str, Any] | None:
    if outcome.parted is None:
        return None
    index, found = outcome.parted
    sides = [
        {
            "token": token,
            "text": "" if token is None else loaded.engine.detokenize([token]),
            "logit": round(logit, 6),
        }
        for token, logit in zip(found.tokens, found.logits, strict=True)
    ]
    return {
        "run": index + 1,
        "position": found.position,
        "plain": sides[0],
        "speculative": sides[1],
        "logit_gap": round(found.gap, 6),
        "noise": round(found.noise, 6),
        "tie": found.tie,
    }


def _verdict(outcome: Outcome) -> str:
    """What to make of the answers, in one sentence without its full stop."""
    if outcome.parted is None:
        return "the same, token by token"
    _, found = outcome.parted
    where = f"different from token {found.position + 1} on"
    if not outcome.expected_identical:
        rule = outcome.speculative.finished.speculated.rule or "rejection"
        return f"{where}: the {rule} rule keeps the distribution, not the text that a seed gives"
    logits = "logits {:.5f} and {:.5f}".format(*found.logits)
    if found.tie:
        return f"{where}, where two tokens tie: {logits}, rounding errors of up to {found.noise:.2g} decide"
    if found.tie is None:
        return f"{where} ({logits}); whether it is a tie is not known with these sampling settings"
    return f"{where} and should not be: {logits}, rounding errors of up to {found.noise:.2g} are no reason"


def _run_line(number: int, pair: Pair) -> str:
    ratio = "too short to compare" if pair.speedup is None else f"x{pair.speedup:.2f}"
    plain, speculative = three_digits(pair.plain.rate), three_digits(pair.speculative.rate)
    return f"run {number + 1:<8} plain {plain} tok/s, speculative {speculative} tok/s: {ratio}"


def _lines(outcome: Outcome, loaded: Session) -> list[str]:
    """The result for a person: a name, a figure, what it comes from."""
    did = outcome.speculative.finished.speculated
    return [
        f"plain        {_speed(outcome.plain)}",
        f"speculative  {_speed(outcome.speculative)}",
        f"speed-up     {_speedup(outcome)}",
        f"accepted     {_accepted(did, loaded.draft)}",
        f"drafting     {did.state}" + (f": {did.reason}" if did.reason else ""),
        f"answers      {_verdict(outcome)}",
    ]


def _accepted(did: Speculated, draft: DraftInfo | None) -> str:
    if not did.drafted:
        return "nothing was drafted"
    by = draft.name if did.source == "draft" and draft is not None else did.source
    share = f"{did.accepted:,} of {did.drafted:,} tokens drafted by {by} ({did.accepted / did.drafted:.0%})"
    return f"{share}, {1 + did.accepted / did.rounds:.2f} tokens a round"


def _speed(collected: Collected) -> str:
    tokens = count(collected.finished.output_tokens, "token")
    first = duration_text(collected.finished.timings.ttft_ms)
    return f"{three_digits(collected.rate)} tok/s, {tokens}, the first after {first}"


def _speedup(outcome: Outcome) -> str:
    ratios, runs = outcome.speedups, count(len(outcome.pairs), "run")
    if not ratios:
        return "not known: the answers are too short to measure"
    span = f", from x{min(ratios):.2f} to x{max(ratios):.2f}" if len(ratios) > 1 else ""
    return f"x{median(ratios):.2f} in {runs}{span}"


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
