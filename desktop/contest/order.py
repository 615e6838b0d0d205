"""What is to be raced: one prompt, two lanes, how often.

Knows: what a request is made of. Must not know: engines, files, Qt.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date

from desktop.contest.data import Asked, Configuration, Lane
from desktop.engine.types import LoadOptions, Message, Request, Sampling
from desktop.errors import BadInput

MOST_REPEATS = 1000
"""A receipt holds no more. The window offers fewer."""


@dataclass(frozen=True, slots=True)
class RaceOrder:
    """`history`: the conversation before the prompt. `seed` -1 = drawn once, for all runs. `max_tokens` 0 =
    until the context is full. `day`: what templates see as today.

    `model`: None = the model that is loaded, else one that is loaded for this race only. `demonstration`: the
    padded guide, made on the spot; then `model` is not looked at.
    """

    prompt: str
    lanes: tuple[Configuration, Configuration]
    repeats: int = 1
    history: tuple[Message, ...] = ()
    system: str = ""
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int = 2048
    seed: int = -1
    demonstration: bool = False
    model: LoadOptions | None = None
    raw: bool = False
    ignore_eos: bool = False
    stop: tuple[str, ...] = ()
    day: date | None = None

    def check(self) -> None:
        """Raises: BadInput."""
        if not self.prompt.strip():
            raise BadInput("there is no prompt to race")
        if not 1 <= self.repeats <= MOST_REPEATS:
            raise BadInput(f"a race takes from 1 to {MOST_REPEATS:,} pairs of runs")
        if self.raw and self.history:
            raise BadInput("a raw prompt has no conversation before it")

    def settled(self) -> RaceOrder:
        """With a seed and a day, so that all runs, and whoever repeats them, have the same."""
        drawn = self.seed if self.seed >= 0 else self.sampling.seed
        seed = drawn if drawn >= 0 else secrets.randbits(31)
        sampling = replace(self.sampling, seed=seed)
        return replace(self, seed=seed, sampling=sampling, day=self.day or date.today())

    def request(self, lane: Lane) -> Request:
        """What a lane's runs ask for."""
        held = self.lanes[0 if lane == "plain" else 1]
        warmth = self.sampling.temperature if held.temperature is None else held.temperature
        return Request(
            messages=(*self.history, Message("user", self.prompt)),
            system=self.system,
            sampling=replace(self.sampling, temperature=warmth),
            max_tokens=self.max_tokens,
            stop=self.stop,
            raw=self.raw,
            ignore_eos=self.ignore_eos,
            speculation=held.speculation,
            day=self.day,
        )

    def asked(self, load: LoadOptions) -> Asked:
        """For the record. `load`: how the model came to be loaded."""
        return Asked(
            history=self.history,
            system=self.system,
            sampling=self.sampling,
            max_tokens=self.max_tokens,
            raw=self.raw,
            ignore_eos=self.ignore_eos,
            stop=self.stop,
            day=self.day.isoformat() if self.day else "",
            load=load,
            demonstration=self.demonstration,
        )
