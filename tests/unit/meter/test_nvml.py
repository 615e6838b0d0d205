"""Graphics cards through a module named as asked for. A stand-in: no test may need a card."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop.meter import nvml
from desktop.meter.estimate import Estimate
from desktop.meter.meter import Meter
from tests.unit.meter.tree import Clock

COMMON = """
class NVMLError(Exception):
    pass
millijoules, milliwatts, alive = [0, 0], [0, 0], True
def nvmlInit():
    if not alive: raise NVMLError("Driver Not Loaded")
def nvmlDeviceGetCount(): return len(millijoules)
def nvmlDeviceGetHandleByIndex(index): return index
def nvmlDeviceGetPowerUsage(handle):
    if not alive: raise NVMLError("GPU is lost")
    return milliwatts[handle]
"""
COUNTER = """
def nvmlDeviceGetTotalEnergyConsumption(handle):
    if not alive: raise NVMLError("GPU is lost")
    return millijoules[handle]
"""
OLD = """
def nvmlDeviceGetTotalEnergyConsumption(handle): raise NVMLError("Not Supported")
"""


class Card:
    """Writes modules and finds cards by them; each has a name of its own, for modules are imported once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.made = 0

    def module(self, text: str) -> str:
        self.made += 1
        name = f"nvml_of_{self.folder.name}_{self.made}"
        (self.folder / f"{name}.py").write_text(text, encoding="utf-8")
        return name


@pytest.fixture
def card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Card:
    folder = tmp_path / tmp_path.name.replace("-", "_")
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    return Card(folder)


def found(name: str, clock: Clock) -> tuple[nvml.Cards, dict[str, object]]:
    sources, notes = nvml.find(name, clock)
    assert notes == []
    return sources[0], vars(__import__(name))


def test_two_counters_are_one_sum(card: Card, clock: Clock) -> None:
    source, module = found(card.module(COMMON + COUNTER), clock)
    first = source.read()
    module["millijoules"][:] = [3_000, 4_500]  # type: ignore[index]
    last = source.read()
    assert first is not None
    assert last is not None
    assert last.since(first).joules == pytest.approx(7.5)


def test_an_old_card_has_only_power(card: Card, clock: Clock) -> None:
    source, module = found(card.module(COMMON + OLD), clock)
    module["milliwatts"][:] = [40_000, 60_000]  # type: ignore[index]
    first = source.read()
    clock.pass_(3)
    last = source.read()
    assert first is not None
    assert last is not None
    assert last.since(first).joules == pytest.approx(300.0)


def test_a_card_belongs_to_an_answer_it_worked_for_beside_the_processor(card: Card, clock: Clock) -> None:
    source, module = found(card.module(COMMON + COUNTER), clock)
    cpu = Clock()
    meter = Meter([source], Estimate(20.0, 4, cpu, clock), clock)
    for cards in (False, True):
        meter.start()
        clock.pass_(5)
        cpu.pass_(4)  # 20 J
        module["millijoules"][0] += 100_000  # type: ignore[index]
        energy = meter.stop(cards=cards)
        assert energy.joules == pytest.approx(120.0 if cards else 20.0)
    assert (energy.low, energy.high) == pytest.approx((10 + 95, 40 + 105))
    assert energy.kind == "estimated"  # the sum is no better than its worst part
    assert energy.source == "processor time + NVML: 2 graphics cards"
    assert "graphics card" not in energy.leaves_out


def test_a_card_that_is_lost_is_not_used(card: Card, clock: Clock) -> None:
    source, module = found(card.module(COMMON + COUNTER), clock)
    assert source.read() is not None
    module["alive"] = False
    assert source.read() is None


def test_not_installed_is_nothing_to_talk_about(clock: Clock) -> None:
    assert nvml.find("no_module_of_this_name", clock) == ([], [])


@pytest.mark.parametrize(
    "text",
    [
        COMMON.replace("alive = [0, 0], [0, 0], True", "alive = [0, 0], [0, 0], False"),
        COMMON.replace("[0, 0], [0, 0]", "[], []"),
        COMMON + OLD + "def nvmlDeviceGetPowerUsage(handle): return 'much'\n",
        "raise OSError('libnvidia-ml.so.1')",
        "nothing = 'of NVML'",
        "def broken(:",
    ],
)
def test_a_module_that_does_not_answer_is_one_sentence(card: Card, clock: Clock, text: str) -> None:
    sources, notes = nvml.find(card.module(text), clock)
    assert sources == []
    assert len(notes) == 1
