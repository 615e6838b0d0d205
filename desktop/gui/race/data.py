"""What a race is made of, as the race page takes it in and as it hands it out. Pure, no Qt, no engine.

Times are the recording's, in milliseconds since the request was submitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Literal

from desktop.engine.types import Finished, Round, Speculation, Step

Lane = Literal["plain", "speculative"]
LANES: tuple[Lane, Lane] = ("plain", "speculative")


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a lane can hold. `key` comes back in `run_requested`; `detail` is one line below the name."""

    key: str
    name: str
    detail: str = ""
    speculation: Speculation = field(default_factory=Speculation)


def names(plain: Configuration, speculative: Configuration) -> tuple[str, str]:
    """What the lanes are called: plain and speculative, or what they hold where it is anything else."""
    if plain.speculation.mode == "off" and speculative.speculation.mode != "off":
        return "Plain", "Speculative"
    return plain.name, speculative.name


@dataclass(frozen=True, slots=True)
class Energy:
    """Electricity of one run. `measured`: by a meter, else an estimate within `error` (0.3 = ±30 %).

    `cost`: in `currency` at `price` per kWh; None = no price is set.
    """

    joules: float
    measured: bool
    source: str = ""
    error: float = 0.0
    cost: float | None = None
    currency: str = "$"
    price: float | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded run. `words`: the text of token ids, for struck-out proposals and exact tints."""

    label: str
    config: Configuration
    steps: tuple[Step, ...]
    finished: Finished
    energy: Energy | None = None
    words: Mapping[int, str] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Decode tok/s; 0 when there is nothing to divide."""
        return self.finished.timings.decode_rate(self.finished.output_tokens)

    @property
    def tokens(self) -> tuple[int, ...]:
        """Ids, in order."""
        return tuple(token for step in self.steps for token in step.tokens)

    @property
    def rounds(self) -> tuple[Round, ...]:
        """The trace."""
        return tuple(step.round for step in self.steps)

    @property
    def end_ms(self) -> float:
        """When the last token was ready."""
        return next((step.at_ms for step in reversed(self.steps) if step.tokens), 0.0)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same request in both lanes."""

    plain: Run
    speculative: Run
    plain_first: bool = True

    @property
    def speedup(self) -> float | None:
        """Ratio of decode tok/s; None when one run is too short to say."""
        rates = self.speculative.rate, self.plain.rate
        return rates[0] / rates[1] if all(rates) else None

    def run(self, lane: Lane) -> Run:
        """The run of a lane."""
        return self.plain if lane == "plain" else self.speculative


@dataclass(frozen=True, slots=True)
class Candidate:
    """What one run has where they differ; `text` None = it had ended there."""

    text: str | None
    logit: float


@dataclass(frozen=True, slots=True)
class Parting:
    """The first token that differs. `tie`: rounding errors are enough to explain it; None = not known."""

    run: int
    position: int
    plain: Candidate
    speculative: Candidate
    tie: bool | None
    expected: bool = False
    """The rule keeps the distribution, not the text of a seed."""


@dataclass(frozen=True, slots=True)
class Race:
    """A whole race, of one pair at least. `curve`, `step_ms`: measured costs, empty = no what-if."""

    prompt: str
    pairs: tuple[Pair, ...]
    model: str = ""
    draft: str = ""
    seed: int | None = None
    parting: Parting | None = None
    curve: tuple[tuple[int, float], ...] = ()
    step_ms: float = 0.0

    @property
    def speedups(self) -> list[float]:
        """Of every pair that was long enough."""
        return [pair.speedup for pair in self.pairs if pair.speedup is not None]

    @property
    def speedup(self) -> float | None:
        """The median."""
        return median(self.speedups) if self.speedups else None

    @property
    def names(self) -> tuple[str, str]:
        """What the lanes are called."""
        pair = self.pairs[0]
        return names(pair.plain.config, pair.speculative.config)

    @property
    def shown(self) -> Pair:
        """The pair that is replayed: the one of middle speed-up, or the first."""
        told = [pair for pair in self.pairs if pair.speedup is not None]
        ranked = sorted(told, key=lambda pair: pair.speedup or 0.0)
        return ranked[(len(ranked) - 1) // 2] if ranked else self.pairs[0]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What `run_requested` asks for. `plain`, `speculative`: keys of the lanes' configurations."""

    prompt: str
    repeats: int
    plain: str
    speculative: str


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the history."""

    id: str
    title: str
    when: str
    speedup: float | None
    identical: bool
