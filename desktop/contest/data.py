"""What a race is made of: what each lane held, what every run recorded, what came of it. No Qt.

Times are the recording's, in milliseconds since the request was submitted.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Literal

from desktop.engine.types import Finished, LoadOptions, Message, Round, Sampling, Speculation, Step
from desktop.meter.types import Energy as Metered

Lane = Literal["plain", "speculative"]
LANES: tuple[Lane, Lane] = ("plain", "speculative")
DRAWS_ITS_OWN = ("rejection", "block")
"""Rules that keep the distribution, but not the text that a seed gives."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What a lane can hold. `key` comes back in `run_requested`; `detail` is one line below the name.

    `temperature`: of this lane; None = the race's.
    """

    key: str
    name: str
    detail: str = ""
    speculation: Speculation = field(default_factory=Speculation)
    temperature: float | None = None


def path_text(path: Path) -> str:
    """A path as text that can be written anywhere; exact unless its name is no valid Unicode."""
    return os.fsencode(path).decode("utf-8", "replace")


def names(plain: Configuration, speculative: Configuration) -> tuple[str, str]:
    """What the lanes are called: plain and speculative, or what they hold where it is anything else."""
    if plain.speculation.mode == "off" and speculative.speculation.mode != "off":
        return "Plain", "Speculative"
    return plain.name, speculative.name


@dataclass(frozen=True, slots=True)
class Energy:
    """Electricity of one run. `measured`: by a meter, else an estimate within `error` (0.3 = ±30 %).

    `cost`: in `currency` at `price` per kWh; None = no price is set. `metered`: the measurement itself, with
    its label, its band and what it was computed from.
    """

    joules: float
    measured: bool
    source: str = ""
    error: float = 0.0
    cost: float | None = None
    currency: str = "$"
    price: float | None = None
    metered: Metered | None = None

    @classmethod
    def of(cls, metered: Metered) -> Energy:
        """From what the meter said; without a price."""
        error = metered.high / metered.joules - 1.0 if metered.joules else 0.0
        return cls(metered.joules, metered.measured, metered.source, error, metered=metered)


@dataclass(frozen=True, slots=True)
class Run:
    """One recorded run. `words`: the text of token ids, for struck-out proposals and exact tints."""

    label: str
    config: Configuration
    steps: Sequence[Step]
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
    token: int | None = None


@dataclass(frozen=True, slots=True)
class Parting:
    """The first token that differs. `tie`: rounding errors are enough to explain it; None = not known.

    `run`: index of the pair. `noise`: how far logits may be off.
    """

    run: int
    position: int
    plain: Candidate
    speculative: Candidate
    tie: bool | None
    expected: bool = False
    """The rule keeps the distribution, not the text of a seed."""
    noise: float = 0.0


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Which file a model was. `sha256_16`: the start of its hash; `size`: bytes. "" and 0 = not known."""

    name: str
    path: str
    sha256_16: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Machine:
    """What it ran on, and with which versions. `cores` are physical, `threads` logical; 0, "" = not known."""

    cpu: str = ""
    cores: int = 0
    threads: int = 0
    os: str = ""
    python: str = ""
    slipstream: str = ""
    library: str = ""
    """llama-cpp-python."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What both lanes were asked, beside the prompt. The seed is drawn by now; `load`: how the target was
    loaded, its threads and context as they were in the end.
    """

    history: tuple[Message, ...] = ()
    system: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = 2048
    raw: bool = False
    ignore_eos: bool = False
    stop: tuple[str, ...] = ()
    day: str = ""
    load: LoadOptions = field(default_factory=lambda: LoadOptions(Path()))
    demonstration: bool = False


@dataclass(frozen=True, slots=True)
class Race:
    """A whole race, of one pair at least. `curve`, `step_ms`: measured costs, empty = no what-if.

    `model`, `draft`: their names, for the eye; `target`, `drafts`: which files they were. `pieces`:
    the bytes of every token in any round. `date`: when it began, ISO 8601 in UTC. `expected_identical`: no
    rule or temperature was used with which the answers may differ.
    """

    prompt: str
    pairs: tuple[Pair, ...]
    model: str = ""
    draft: str = ""
    seed: int | None = None
    parting: Parting | None = None
    curve: tuple[tuple[int, float], ...] = ()
    step_ms: float = 0.0
    asked: Asked = field(default_factory=Asked)
    target: ModelFile | None = None
    drafts: tuple[ModelFile, ...] = ()
    machine: Machine = field(default_factory=Machine)
    date: str = ""
    expected_identical: bool = True
    pieces: Mapping[int, bytes] = field(default_factory=dict)

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
    def temperatures(self) -> tuple[float, float]:
        """Of the lanes."""
        pair, asked = self.pairs[0], self.asked.sampling.temperature
        plain, other = (run.config.temperature for run in (pair.plain, pair.speculative))
        return asked if plain is None else plain, asked if other is None else other

    @property
    def shown(self) -> Pair:
        """The pair that is replayed: the one of middle speed-up, or the first."""
        told = [pair for pair in self.pairs if pair.speedup is not None]
        ranked = sorted(told, key=lambda pair: pair.speedup or 0.0)
        return ranked[(len(ranked) - 1) // 2] if ranked else self.pairs[0]


@dataclass(frozen=True, slots=True)
class Began:
    """A run begins; counted from 1."""

    number: int
    lane: Lane


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the history."""

    id: str
    title: str
    when: str
    speedup: float | None
    identical: bool
