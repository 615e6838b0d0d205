"""A new passage, written on the engine thread: what is told meanwhile, and what comes of it. No Qt.

Knows a request, the form and the loop's events. Must not know: the conversation's store, widgets.
The receipt that comes of it has the counts and times of this run alone, for nothing else of the answer was
written. Its rounds are not kept: they are a trace of the passage, and whoever shows a trace takes it for the
answer's. What lookup did is counted from them: `passage` in the receipt, see `_gain`.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

from desktop.bridge.metering import Metering
from desktop.bridge.passage import Passage
from desktop.bridge.passage_form import Marks, Verdict, judge, longest
from desktop.bridge.receipt import RateSeries, receipt
from desktop.engine.types import Finished, Prefill, Request, Step
from desktop.errors import Cancelled, EngineFailed

if TYPE_CHECKING:
    from desktop.bridge.work import Tell
    from desktop.engine.engine import Engine  # loads llama.cpp

TELL_S = 1 / 20
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Written:
    """What has been written since the last time, and the counts so far.

    `words`, `kept`: see `Kept`. `drafted`, `accepted`: tokens, by lookup. `rate`: decode tok/s, 0 = too early
    to say.
    """

    text: str
    tokens: int
    words: int
    kept: int
    drafted: int
    accepted: int
    rate: float


@dataclass(frozen=True, slots=True)
class Rewritten:
    """How it ended. `new` is what goes into the answer, "" where the form was not kept or nothing changed.

    `written`: all that the model wrote.
    """

    passage: Passage
    instruction: str
    verdict: Verdict
    new: str
    written: str
    receipt: dict[str, Any]


class Kept:
    """Counts words, and those of them that the old passage has, too: each as often as it is there."""

    def __init__(self, old: str) -> None:
        self._left = Counter(old.split())
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._word = ""
        self.words = self.kept = 0

    def add(self, data: bytes) -> str:
        """One token; returns the text that is whole now."""
        text = self._decoder.decode(data)
        *whole, rest = _SPACE.split(self._word + text)
        for word in whole:
            self._count(word)
        self._word = rest
        return text

    def end(self, closing: str = "") -> None:
        """No more. `closing`: what comes after the last word and is no part of it."""
        self._count(self._word.split(closing)[0] if closing else self._word)
        self._word = ""

    def _count(self, word: str) -> None:
        if not word:
            return
        self.words += 1
        if self._left[word] > 0:
            self._left[word] -= 1
            self.kept += 1


@dataclass(slots=True)
class _Counts:
    """Of lookup's drafts."""

    rounds: int = 0
    drafted: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped: int = 0

    def add(self, step: Step) -> None:
        if step.round.source != "lookup":
            return
        outcomes = [one.outcome for one in step.round.drafted]
        self.rounds += 1
        self.drafted += len(outcomes)
        self.accepted += outcomes.count("accepted")
        self.rejected += outcomes.count("rejected")
        self.dropped += outcomes.count("dropped")


@dataclass(slots=True)
class _Run:
    """What has come of one run so far."""

    kept: Kept
    lookup: _Counts = field(default_factory=_Counts)
    rates: RateSeries = field(default_factory=RateSeries)
    shown: list[str] = field(default_factory=list)
    raw: list[str] = field(default_factory=list)
    unsent: list[str] = field(default_factory=list)
    tokens: int = 0
    first_ms: float = 0.0
    last_ms: float = 0.0

    def take(self, step: Step, pieces: dict[int, bytes]) -> None:
        """One round."""
        self.lookup.add(step)
        self.rates.add(step)
        self.raw += [self.kept.add(pieces[token]) for token in step.tokens]
        if not self.tokens:
            self.first_ms = step.at_ms
        self.tokens, self.last_ms = self.tokens + len(step.tokens), step.at_ms
        self.show([part.text for part in step.parts])

    def show(self, texts: list[str]) -> None:
        self.shown += texts
        self.unsent += texts

    def news(self) -> Written:
        """What has not been told yet."""
        text, self.unsent = "".join(self.unsent), []
        ms = self.last_ms - self.first_ms
        rate = (self.tokens - 1) * 1000.0 / ms if ms > 0 and self.tokens > 1 else 0.0
        look, kept = self.lookup, self.kept
        return Written(text, self.tokens, kept.words, kept.kept, look.drafted, look.accepted, rate)


class PassageWork:
    """A `Work`: one new passage. Tells `Prefill`s and `Written`s, results in a `Rewritten`."""

    def __init__(
        self,
        request: Request,
        passage: Passage,
        instruction: str,
        marks: Marks,
        metering: Metering | None = None,
    ) -> None:
        self.request, self.passage = request, passage
        self.instruction, self.marks = instruction, marks
        self._metering = metering or Metering()

    def run(self, engine: Engine | None, tell: Tell, cancelled: Callable[[], bool]) -> Rewritten:
        """Engine thread. Raises: UserError (ContextFull where there is no room for it), Cancelled."""
        if engine is None:
            raise EngineFailed("no model is loaded")
        old_tokens = engine.count(self.passage.core)
        request = replace(self.request, max_tokens=longest(old_tokens))
        run, finished = self._write(engine, request, tell, cancelled)
        energy = self._metering.stop(cards=engine.info.gpu and engine.info.n_gpu_layers != 0)
        if finished is None or finished.stop_reason == "cancelled":
            raise Cancelled
        run.show([part.text for part in finished.parts])
        closed = self.marks.closing in "".join(run.raw)
        run.kept.end(self.marks.closing)
        tell(run.news())
        written = "".join(run.shown)
        verdict, new = judge(
            self.passage, self.instruction, self.marks, written, finished.stop_reason,
            closed=closed, full=finished.output_tokens < request.max_tokens,
        )  # fmt: skip
        kept = receipt(finished, engine.info, run.rates, 0.0, engine.draft, energy)
        kept["passage"] = self._gain(run, finished, old_tokens, new)
        return Rewritten(self.passage, self.instruction, verdict, new, written, kept)

    def _write(
        self, engine: Engine, request: Request, tell: Tell, cancelled: Callable[[], bool]
    ) -> tuple[_Run, Finished | None]:
        run, finished, told = _Run(Kept(self.passage.core)), None, 0.0
        self._metering.start()
        for event in engine.generate(request, cancelled):
            match event:
                case Prefill():
                    tell(event)
                case Step():
                    run.take(event, engine.pieces(event.tokens))
                    now = perf_counter()
                    if now - told >= TELL_S:
                        told = now
                        self._metering.tick(first=True)
                        tell(run.news())
                case Finished():
                    finished = event
        return run, finished

    def _gain(self, run: _Run, finished: Finished, old_tokens: int, new: str) -> dict[str, Any]:
        """Where the passage was in the old answer (`start`, `end`), where the new one ends in the new one,
        and what lookup did. `speedup` (decode tok/s / tok/s without drafting, last measured here) is left out
        where the plain rate is not known or nothing was drafted.
        """
        did, rate = finished.speculated, finished.timings.decode_rate(finished.output_tokens)
        look = run.lookup
        gain: dict[str, Any] = {
            "start": self.passage.start,
            "end": self.passage.end,
            "new_end": self.passage.spliced(new)[1] if new else self.passage.end,
            "instruction": self.instruction,
            "old_tokens": old_tokens,
            "words": run.kept.words,
            "kept_words": run.kept.kept,
            "tokens_per_second": round(rate, 2),
            "lookup": {
                "rounds": look.rounds,
                "drafted": look.drafted,
                "accepted": look.accepted,
                "rejected": look.rejected,
                "dropped": look.dropped,
            },
        }
        if did.drafted and did.plain_rate > 0 and rate > 0:
            gain["speedup"] = round(rate / did.plain_rate, 3)
        return gain
