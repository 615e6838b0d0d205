"""The panel's numbers as words: what is shown, and what each was computed from. Pure, no Qt.

One `Answer` is filled in by what the engine reports while it writes, or from the receipt of an old answer;
the panel only lays out what is said here. Times are milliseconds since the request was submitted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeGuard

from desktop.bridge.receipt import RateSeries
from desktop.engine.spans import Counts, counts, spans, thinking_and_answer
from desktop.engine.types import Finished, Prefill, Round, Step, Timings
from desktop.gui import drafted
from desktop.gui.drafted import DraftCounts
from desktop.gui.numbers import DASH, count, duration, duration_text, three_digits
from desktop.meter.types import Energy


class Figure(NamedTuple):
    """A number, its unit, and what it was computed from."""

    value: str
    unit: str = ""
    source: str = ""


EMPTY = Figure(DASH)


@dataclass(slots=True)
class Answer:
    """Counts and times of one answer. None = not known (yet)."""

    output_tokens: int = 0
    thinking_tokens: int = 0
    prompt_tokens: int | None = None
    reused_tokens: int = 0
    read_tokens: int = 0
    context_used: int | None = None
    n_ctx: int = 0
    ttft_ms: float | None = None
    prefill_ms: float | None = None
    first_ms: float | None = None
    last_ms: float = 0.0
    decode_ms: float = 0.0
    seed: int | None = None
    model: str = ""
    rates: list[tuple[float, float]] = field(default_factory=list)
    series: RateSeries = field(default_factory=RateSeries)
    drafting: DraftCounts = field(default_factory=DraftCounts)
    rounds: list[Round] = field(default_factory=list)
    energy: Energy | None = None
    ended: bool = False
    in_thinking: bool = False
    passage: bool = False
    """Only a passage of it was written anew: all numbers are of that."""
    _by_part: tuple[Counts, Counts] | None = None

    def prefill(self, event: Prefill) -> None:
        """Progress of reading the prompt."""
        self.prompt_tokens, self.reused_tokens, self.read_tokens = event.total, event.reused, event.done
        self.context_used = event.done

    def steps(self, steps: Sequence[Step]) -> None:
        """Tokens as they arrive."""
        self.drafting.add(step.round for step in steps)
        self.rounds.extend(step.round for step in steps)
        for step in steps:
            if not step.tokens:
                continue
            if self.first_ms is None:
                self.first_ms = self.ttft_ms = step.at_ms
            self.last_ms = step.at_ms
            self.output_tokens += len(step.tokens)
            self._think(step)
            self.series.add(step)
        if self.first_ms is not None:
            self.decode_ms = self.last_ms - self.first_ms
            self.rates = _seconds(self.series.points())
            self.context_used = (self.prompt_tokens or 0) + self.output_tokens

    def finished(self, event: Finished) -> None:
        """The engine's own counts replace what was added up here."""
        self.output_tokens, self.thinking_tokens = event.output_tokens, event.thinking_tokens
        self.prompt_tokens, self.reused_tokens = event.prompt_tokens, event.reused_tokens
        self.context_used, self.seed = event.context_used, event.seed
        timings = event.timings
        self.prefill_ms, self.decode_ms = timings.prefill_ms, timings.decode_ms
        self.ttft_ms = timings.ttft_ms if event.output_tokens else None
        self.drafting.finish(event.speculated)
        self.ended = True

    def _think(self, step: Step) -> None:
        """Count thinking until the end brings the engine's own count."""
        before = self.in_thinking
        self.in_thinking = step.parts[-1].kind == "thinking" if step.parts else before
        self.thinking_tokens += len(step.tokens) if before or self.in_thinking else 0

    @property
    def total_ms(self) -> float:
        """From the request to the last token."""
        return (self.ttft_ms or 0.0) + self.decode_ms

    @property
    def rate(self) -> float:
        """Decode tok/s; 0 when there is nothing to divide."""
        return Timings(0, 0, self.decode_ms).decode_rate(self.output_tokens)

    def speed(self) -> Figure:
        """Decode tok/s."""
        rate = self.rate
        if not rate:
            return EMPTY
        span = f"{duration_text(self.decode_ms)} between first and last token"
        source = f"({self.output_tokens:,} - 1) tokens / {span}"
        return Figure(_rate(rate), "tok/s", source)

    def against_plain(self) -> Figure:
        """Speed against the last measured plain one."""
        words = self.drafting.ratio_words(self.rate)
        return Figure(words, "", self.drafting.ratio_source(self.rate)) if words else EMPTY

    def acceptance(self) -> Figure:
        """Accepted / drafted, with the counts."""
        did = self.drafting
        if did.acceptance is None:
            return EMPTY
        source = f"{did.counts()} drafted tokens were what the model itself would have written"
        return Figure(f"{did.acceptance:.1%}", "", f"{source}; {did.lost()}")

    def mean_length(self) -> Figure:
        """Output tokens a round."""
        did = self.drafting
        if did.mean_length is None:
            return EMPTY
        source = f"({did.accepted:,} accepted + {count(did.rounds, 'round')}) / {did.rounds:,}: each round"
        return Figure(f"{did.mean_length:.2f}", "tokens", f"{source} adds one token of the model's own")

    def first_token(self) -> Figure:
        """TTFT."""
        if self.ttft_ms is None:
            return EMPTY
        value, unit = duration(self.ttft_ms)
        reading = ""
        if self.prefill_ms is not None and self.prompt_tokens is not None:
            read = self.prompt_tokens - self.reused_tokens
            reading = f", of it {duration_text(self.prefill_ms)} reading {count(read, 'prompt token')}"
        return Figure(value, unit, f"From sending the message to the first token{reading}")

    def answer(self) -> Figure:
        """Tokens out."""
        if not self.output_tokens:
            return EMPTY
        source = f"{count(self.output_tokens, 'token')} written by the model"
        if self.thinking_tokens:
            source += f", {self.thinking_tokens:,} of them thinking"
        if self.seed is not None:
            source += f"; seed {self.seed}"
        unit = "tokens" if self.output_tokens != 1 else "token"
        if self.passage:
            unit, source = f"{unit}, a passage", f"{source}; the rest of the answer is older"
        return Figure(f"{self.output_tokens:,}", unit, source)

    def thinking(self) -> Figure:
        """Tokens of thinking, with the acceptance of what was drafted for them."""
        return self._share(self.thinking_tokens, "thinking", 0)

    def visible(self) -> Figure:
        """Tokens of the text a reader sees, with the acceptance of what was drafted for them."""
        return self._share(self.output_tokens - self.thinking_tokens, "visible text", 1)

    def _share(self, tokens: int, what: str, which: int) -> Figure:
        if not self.output_tokens:
            return EMPTY
        source = f"{tokens:,} of {count(self.output_tokens, 'token')} written are {what}"
        parts = self._parts() if self.ended else None
        if parts is None or not parts[which].drafted:
            return Figure(f"{tokens:,}", "tokens" if tokens != 1 else "token", source)
        did = parts[which]
        counts = f"{did.accepted:,} of {did.drafted:,} drafted tokens accepted ({did.acceptance or 0:.1%})"
        lost = f"{did.rejected:,} rejected, {did.dropped:,} dropped"
        return Figure(f"{tokens:,}", f"· {did.acceptance or 0:.0%} accepted", f"{source}; {counts}; {lost}")

    def _parts(self) -> tuple[Counts, Counts] | None:
        """What became of the drafts for the thinking and for the text behind it; None = not known."""
        did, thought = self.drafting, self.thinking_tokens
        if not thought:
            return Counts(), Counts(self.output_tokens, did.accepted, did.rejected, did.dropped)
        if self._by_part is None and self.rounds:
            self._by_part = _apart(self.rounds, thought)
        return self._by_part

    def growth(self) -> list[tuple[float, float]]:
        """(Seconds since the first token, tokens by then): the rates added up. Empty under three points."""
        points, tokens, since = [(0.0, 1.0)], 1.0, 0.0
        for at, rate in self.rates:
            if at > since:
                tokens += rate * (at - since)
                since = at
                points.append((at, tokens))
        return points if len(points) >= 3 else []

    def prompt(self) -> Figure:
        """Tokens in."""
        if self.prompt_tokens is None:
            return EMPTY
        tokens = count(self.prompt_tokens, "token")
        source = f"{tokens}: system prompt, conversation and your message, as given to the model"
        return Figure(f"{self.prompt_tokens:,}", "tokens" if self.prompt_tokens != 1 else "token", source)

    def reading(self) -> Figure:
        """Prefill tok/s."""
        if self.prompt_tokens is None or not self.prefill_ms:
            return EMPTY
        read = self.prompt_tokens - self.reused_tokens
        tokens = f"({self.prompt_tokens:,} - {self.reused_tokens:,} reused) tokens"
        source = f"{tokens} / {duration_text(self.prefill_ms)}"
        return Figure(_rate(read * 1000 / self.prefill_ms), "tok/s", source)

    def reused(self) -> Figure:
        """Tokens found in the KV cache."""
        if self.prompt_tokens is None:
            return EMPTY
        source = f"{self.reused_tokens:,} of {count(self.prompt_tokens, 'prompt token')} were in the KV cache"
        return Figure(f"{self.reused_tokens:,} of {self.prompt_tokens:,}", "", source)

    def context(self) -> tuple[Figure, float]:
        """Used / size, and the share used."""
        used = self.context_used or 0
        if not self.n_ctx:
            return Figure(f"{used:,}" if used else DASH, "", ""), 0.0
        share = used / self.n_ctx
        source = f"{count(used, 'token')} in the KV cache of {self.n_ctx:,} ({share:.0%})"
        return Figure(f"{used:,} / {self.n_ctx:,}", "", source), share


def from_receipt(receipt: Mapping[str, Any], rounds: Sequence[Round] = ()) -> Answer:
    """An old answer. A key that is missing or not a number counts as unknown: an older version wrote it."""
    prompt = _number(receipt, "prompt_tokens")
    made = Answer(
        output_tokens=int(_number(receipt, "output_tokens") or 0),
        thinking_tokens=int(_number(receipt, "thinking_tokens") or 0),
        prompt_tokens=None if prompt is None else int(prompt),
        reused_tokens=int(_number(receipt, "reused_tokens") or 0),
        context_used=int(_number(receipt, "context_used") or 0),
        n_ctx=int(_number(receipt, "n_ctx") or 0),
        prefill_ms=_number(receipt, "prefill_ms"),
        decode_ms=_number(receipt, "decode_ms") or 0.0,
        model=str(receipt.get("model", "")),
        drafting=drafted.from_receipt(receipt),
        rounds=list(rounds),
        energy=Energy.of_record(receipt.get("energy")),
        ended=True,
        passage=bool(receipt.get("passage")),
    )
    made.thinking_tokens = min(made.thinking_tokens, made.output_tokens)
    made.ttft_ms = _number(receipt, "ttft_ms") if made.output_tokens else None
    seed = _number(receipt, "seed")
    made.seed = None if seed is None else int(seed)
    rates = receipt.get("rates")
    if isinstance(rates, list):
        made.rates = _seconds([pair for pair in rates if _is_pair(pair)])
    return made


def _seconds(pairs: Sequence[Sequence[float]]) -> list[tuple[float, float]]:
    return [(pair[0] / 1000, pair[1]) for pair in pairs]


def _number(receipt: Mapping[str, Any], key: str) -> float | None:
    """A receipt may come from a stranger: what is no number of a sane size counts as unknown."""
    value = receipt.get(key)
    return float(value) if _is_number(value) else None


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15  # NaN fails


def _is_pair(pair: object) -> bool:
    return isinstance(pair, list | tuple) and len(pair) == 2 and all(_is_number(value) for value in pair)


def _apart(rounds: Sequence[Round], thought: int) -> tuple[Counts, Counts]:
    """Counts of the first `thought` tokens and of the rest. Only the round between them is looked into.

    What was drafted for the end of the answer counts as the rest, as it does in the whole.
    """
    turn, done = 0, 0
    while turn < len(rounds) and (made := counts(rounds[turn : turn + 1]).tokens) + done <= thought:
        turn, done = turn + 1, done + made
    between = thinking_and_answer(spans(rounds[turn : turn + 1], _unread), thought - done)
    return counts(rounds[:turn]) + between[0], between[1] + counts(rounds[turn + 1 :])


def _unread(_token: int) -> bytes:
    """What a token says, where only its place counts."""
    return b""


def _rate(rate: float) -> str:
    return three_digits(rate) if rate >= 10 else f"{rate:.1f}"
