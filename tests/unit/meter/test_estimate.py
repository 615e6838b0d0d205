"""The estimate is processor time times power shared among cores, and never claims to be more."""

from __future__ import annotations

import threading

import pytest

from desktop.meter.estimate import Estimate, default_watts, physical_cores
from tests.unit.meter.tree import Clock


def test_processor_time_times_power_over_cores(clock: Clock) -> None:
    cpu = Clock()
    source = Estimate(28.0, 4, cpu, clock)
    first = source.read()
    clock.pass_(10)
    cpu.pass_(20)  # two of four cores
    used = source.read().since(first)
    assert used.joules == pytest.approx(140.0)
    assert source.explain(used) == (
        "20 s of processor time × 28 W (set) ÷ 4 cores = 140 J; the truth may be 0.5 to 2 times that"
    )


def test_more_threads_than_cores_draw_no_more_than_all_cores(clock: Clock) -> None:
    cpu = Clock()
    source = Estimate(30.0, 2, cpu, clock)
    first = source.read()
    clock.pass_(5)
    cpu.pass_(20)
    used = source.read().since(first)
    assert used.joules == pytest.approx(150.0)
    assert "at most 30 W" in source.explain(used)


@pytest.mark.parametrize(("cores", "watts"), [(1, 15), (2, 15), (4, 20), (8, 40), (16, 80), (128, 400)])
def test_without_a_figure_the_cores_are_counted(cores: int, watts: float) -> None:
    assert default_watts(cores) == watts
    source = Estimate(cores=cores)
    assert source.watts == watts
    assert "guessed from the number of cores" in source.explain(source.read())


def test_the_work_of_every_thread_counts() -> None:
    source = Estimate(15.0, 1)
    first = source.read()
    thread = threading.Thread(target=sum, args=(range(2_000_000),))
    thread.start()
    thread.join()
    assert source.read().since(first).joules > 0


def test_this_computer_has_a_core() -> None:
    assert physical_cores() >= 1
