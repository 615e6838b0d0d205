"""`slipstream race`: the same request with speculation and without, in turn, and what came of it.

Knows: standard output, races. Must not know: options and their names in the parser, Qt.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import Any

from desktop.bridge.metering import Metering
from desktop.contest import again, course, figures, history, receipt
from desktop.contest.again import Repeated
from desktop.contest.collected import Collected
from desktop.contest.data import Configuration, Lane, ModelFile, Pair, Race, Run, path_text
from desktop.contest.order import RaceOrder
from desktop.contest.verdict import verdict
from desktop.engine.types import Request
from desktop.gui.numbers import count, duration_text, three_digits
from desktop.headless import DONE, INTERRUPTED, Interrupt, Session, session, write_trace
from desktop.options import Asked
from desktop.report import report


@dataclass(frozen=True, slots=True)
class Wishes:
    """What is wanted beside the race. `repeats`: the receipt that is repeated."""

    json: bool = False
    trace: Path | None = None
    receipt: Path | None = None
    repeats: Race | None = None


def run(asked: Asked, runs: int, to: Path | None = None) -> int:
    """Race. `to`: where the receipt goes. Returns the exit code: what the race shows is no failure.

    Raises: UserError of many kinds, Cancelled before the first answer begins.
    """
    wishes = Wishes(asked.json, asked.trace, to)
    return go(asked, order_of(asked.request, runs), wishes)


def order_of(request: Request, runs: int) -> RaceOrder:
    """One request with speculation, and the same without."""
    plain = replace(request.speculation, mode="off")
    return RaceOrder(
        prompt=request.messages[-1].content,
        lanes=(
            Configuration("plain", "Plain", speculation=plain),
            Configuration("speculative", "Speculative", speculation=request.speculation),
        ),
        repeats=runs,
        history=tuple(request.messages[:-1]),
        system=request.system,
        sampling=request.sampling,
        max_tokens=request.max_tokens,
        seed=request.sampling.seed,
        raw=request.raw,
        ignore_eos=request.ignore_eos,
        stop=request.stop,
        day=request.day,
    )


def go(asked: Asked, order: RaceOrder, wishes: Wishes) -> int:
    """Race an order with the model that is asked for. See `run`."""
    with Interrupt() as interrupt:
        with session(asked, interrupt) as loaded:
            made = _race(loaded, order, interrupt, wishes)
        if made is None:
            return INTERRUPTED
        repeated = again.compare(wishes.repeats, made) if wishes.repeats is not None else None
        if wishes.json:
            _print(json.dumps(told(made, repeated), ensure_ascii=False))
        else:
            _print("", *_lines(made), *(_repeat_lines(repeated) if repeated is not None else ()))
        if wishes.receipt is not None:
            history.write(wishes.receipt, made)
        write_trace(wishes.trace, made.shown.speculative.rounds)
    return DONE


def _race(loaded: Session, order: RaceOrder, interrupt: Interrupt, wishes: Wishes) -> Race | None:
    """None = interrupted."""
    done = 0
    for event in course.race(loaded.engine, order, Metering(), interrupt):
        if isinstance(event, Race):
            return event
        if interrupt.seen:
            return None
        if isinstance(event, Pair):
            done += 1
            loaded.warn_if_refused(event.speculative.finished.speculated)
            if not wishes.json:
                _print(_run_line(done, event))
            interrupt.at_once = done == order.repeats  # nothing to stop in order any more
    return None


def told(made: Race, repeated: Repeated | None = None) -> dict[str, Any]:
    """The object of `race --json`: the runs are those of the pair of middle speed-up."""
    shown = made.shown
    object_ = {
        "plain": _side(made, "plain"),
        "speculative": _side(made, "speculative"),
        "speedup": figures.speedup(made.speedups, len(made.pairs)),
        "identical": made.parting is None,
        "expected_identical": made.expected_identical,
        "first_difference": receipt.difference(made.parting),
        "note": verdict(made),
        "run": made.pairs.index(shown) + 1,
    }
    return object_ if repeated is None else {**object_, "repeated": repeated.told()}


def _side(made: Race, lane: Lane) -> dict[str, Any]:
    run = made.shown.run(lane)
    energy = run.energy.metered if run.energy is not None else None
    target = made.target or ModelFile(made.model, "", "")
    return report(Collected.of((*run.steps, run.finished)), target, _draft(made, run), energy)


def _draft(made: Race, run: Run) -> ModelFile | None:
    """The draft model beside the target in a lane's runs; none without speculation."""
    held = run.config.speculation
    if held.mode in ("off", "lookup"):
        return None
    return next((one for one in made.drafts if held.draft and one.path == path_text(held.draft)), None)


def _run_line(number: int, pair: Pair) -> str:
    ratio = "too short to compare" if pair.speedup is None else f"x{pair.speedup:.2f}"
    plain, speculative = three_digits(pair.plain.rate), three_digits(pair.speculative.rate)
    return f"run {number:<8} plain {plain} tok/s, speculative {speculative} tok/s: {ratio}"


def _lines(made: Race) -> list[str]:
    """The result for a person: a name, a figure, what it comes from."""
    shown = made.shown
    did = shown.speculative.finished.speculated
    return [
        f"plain        {_speed(shown.plain)}",
        f"speculative  {_speed(shown.speculative)}",
        f"speed-up     {_speedup(made)}",
        f"accepted     {_accepted(made, shown.speculative)}",
        f"drafting     {did.state}" + (f": {did.reason}" if did.reason else ""),
        f"answers      {verdict(made)}",
    ]


def _accepted(made: Race, run: Run) -> str:
    did = run.finished.speculated
    if not did.drafted:
        return "nothing was drafted"
    draft = _draft(made, run)
    by = draft.name if did.source == "draft" and draft is not None else did.source
    share = f"{did.accepted:,} of {did.drafted:,} tokens drafted by {by} ({did.accepted / did.drafted:.0%})"
    return f"{share}, {1 + did.accepted / did.rounds:.2f} tokens a round"


def _speed(run: Run) -> str:
    tokens = count(run.finished.output_tokens, "token")
    first = duration_text(run.finished.timings.ttft_ms)
    return f"{three_digits(run.rate)} tok/s, {tokens}, the first after {first}"


def _speedup(made: Race) -> str:
    ratios, runs = made.speedups, count(len(made.pairs), "run")
    if not ratios:
        return "not known: the answers are too short to measure"
    span = f", from x{min(ratios):.2f} to x{max(ratios):.2f}" if len(ratios) > 1 else ""
    return f"x{median(ratios):.2f} in {runs}{span}"


def _repeat_lines(repeated: Repeated) -> list[str]:
    """Against the receipt: the tokens of each lane, and what is not as it was."""
    differs = repeated.differs or ("Nothing is known to differ from the receipt.",)
    return ["", *repeated.sentences(), *differs]


def _print(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
