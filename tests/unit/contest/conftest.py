"""A real race of the built-in pair, run once, and what is needed to run another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop import paths
from desktop.bridge.metering import Metering
from desktop.contest import course
from desktop.contest.data import Configuration, Race
from desktop.contest.order import RaceOrder
from desktop.engine.engine import Engine, never
from desktop.engine.types import LoadOptions, Mode, Sampling, Speculation

GREEDY = Sampling(temperature=0.0)
OFF = Configuration("off", "Plain")


def drafting(length: int = 4, mode: Mode = "draft") -> Configuration:
    """A lane that drafts so many tokens in every round, with the guide's draft."""
    draft = paths.guide_draft() if mode != "lookup" else None
    return Configuration(
        f"{mode}{length}", f"{mode} of {length}", speculation=Speculation(mode, draft, length)
    )


def order(prompt: str = "What is a token?", repeats: int = 2, sampling: Sampling = GREEDY) -> RaceOrder:
    return RaceOrder(prompt, (OFF, drafting()), repeats, sampling=sampling, max_tokens=40, seed=7)


def run(engine: Engine, wanted: RaceOrder) -> Race:
    """To its end."""
    *_, made = course.race(engine, wanted, Metering(), never)
    assert isinstance(made, Race)
    return made


@pytest.fixture(scope="package")
def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Costs are measured once for all tests here, and not into the person's own folders."""
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("contest")
        patch.setenv("SLIPSTREAM_HOME", str(home))
        yield home


@pytest.fixture(scope="package")
def engine(shared_home: Path) -> Iterator[Engine]:
    with Engine.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1)) as engine:
        yield engine


@pytest.fixture(scope="package")
def race(engine: Engine) -> Race:
    """Two pairs of runs, greedy, the first plain first."""
    return run(engine, order())
