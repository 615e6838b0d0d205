"""One answer's energy: the best source that was there all the time, its band, and its words."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest

from desktop.meter import power
from desktop.meter.estimate import Estimate
from desktop.meter.meter import Meter
from desktop.meter.types import Energy
from tests.unit.meter.tree import RANGE, Clock, Tree


class Bench:
    """A computer of files: its sources, its processor time and its clock."""

    def __init__(self, tree: Tree, clock: Clock) -> None:
        self.tree, self.clock, self.cpu = tree, clock, Clock()

    def meter(self) -> Meter:
        found = power.find(self.tree.powercap, self.tree.supplies, "", self.clock)
        return Meter(found.sources, Estimate(20.0, 4, self.cpu, self.clock), self.clock)

    def started(self) -> Meter:
        """A meter in the middle of an answer."""
        meter = self.meter()
        meter.start()
        return meter

    def package(self, energy_uj: int = 0, range_uj: int = RANGE) -> Path:
        """A processor's counter."""
        return self.tree.zone("intel-rapl:0", "package-0", energy_uj, range_uj)

    def platform(self) -> Path:
        """The whole computer's counter."""
        return self.tree.zone("intel-rapl:1", "psys")

    def cell(self, watts: float) -> Path:
        """A battery that alone feeds the computer."""
        return self.tree.supply("BAT0", type="Battery", status="Discharging", power_now=int(watts * 1e6))

    def pass_(self, seconds: float, cores: float = 4.0) -> None:
        self.clock.pass_(seconds)
        self.cpu.pass_(seconds * cores)


@pytest.fixture
def bench(tree: Tree, clock: Clock) -> Bench:
    return Bench(tree, clock)


def test_without_any_meter_it_is_an_estimate_and_says_so_everywhere(bench: Bench) -> None:
    meter = bench.started()
    bench.pass_(10, cores=2)
    energy = meter.stop()
    assert (energy.joules, energy.low, energy.high, energy.seconds) == (100.0, 50.0, 200.0, 10.0)
    assert (energy.kind, energy.label, energy.measured) == ("estimated", "Estimated", False)
    assert energy.text.startswith("Estimated: 100 J, between 50 and 200 J\n20 s of processor time × 20 W")
    assert "Without the screen" in energy.text
    assert json.loads(json.dumps(energy.record()))["label"] == "Estimated"


def test_packages_are_believed_before_the_estimate(bench: Bench) -> None:
    zone = bench.package()
    meter = bench.started()
    bench.pass_(8)
    bench.tree.count(zone, 280_000_000)
    energy = meter.stop()
    assert energy.joules == pytest.approx(280.0)
    assert (energy.low, energy.high) == pytest.approx((266.0, 294.0))  # ±5%
    assert energy.kind == "measured-package"
    assert energy.watts == pytest.approx(35.0)
    assert "counters rose by 280 J in 8 s, 35 W" in energy.how


def both(bench: Bench, platform_uj: int) -> Energy:
    """2 s in which the package counts 40 J and the whole platform this."""
    package, psys = bench.package(), bench.platform()
    meter = bench.started()
    bench.pass_(2)
    bench.tree.count(package, 40_000_000)
    bench.tree.count(psys, platform_uj)
    return meter.stop()


def test_the_whole_platform_is_believed_before_packages(bench: Bench) -> None:
    energy = both(bench, 60_000_000)
    assert (energy.joules, energy.source, energy.kind) == (60.0, "powercap: psys", "measured-system")
    assert (energy.low, energy.high) == pytest.approx((54.0, 66.0))  # ±10%


@pytest.mark.parametrize("counted", [0, 20_000_000])
def test_a_platform_that_counts_less_than_its_processor_is_not_believed(bench: Bench, counted: int) -> None:
    energy = both(bench, counted)
    assert (energy.joules, energy.kind) == (40.0, "measured-package")


def test_the_battery_answers_for_long_answers_only(bench: Bench) -> None:
    cell = bench.cell(15)
    meter = bench.meter()
    for seconds, kind in ((9, "estimated"), (20, "measured-system")):
        bench.tree.set(cell, power_now=15_000_000)
        meter.start()
        bench.tree.set(cell, power_now=25_000_000)
        bench.pass_(seconds)
        energy = meter.stop()
        assert energy.kind == kind
    assert (energy.joules, energy.source) == (400.0, "battery")
    assert (energy.low, energy.high) == pytest.approx((400 * 0.8 - 100, 400 * 1.2 + 100))


def test_a_gauge_that_stands_still_was_not_read_anew(bench: Bench) -> None:
    bench.cell(6)  # still at rest
    meter = bench.started()
    for _ in range(20):
        bench.pass_(1)
        meter.tick()
    assert meter.stop().kind == "estimated"


def test_ticks_are_samples_and_what_they_leave_open_widens_the_band(bench: Bench) -> None:
    cell = bench.cell(10)
    meter = bench.started()
    for watts in (30, 30, 10):
        bench.pass_(5)
        bench.tree.set(cell, power_now=watts * 1_000_000)
        meter.tick()
        meter.tick()  # at once again: no sample
    energy = meter.stop()
    assert energy.joules == pytest.approx(5 * 20 + 5 * 30 + 5 * 20)
    assert energy.low == pytest.approx(350 * 0.8 - 100)  # 10 W to 30 W and back: 2 × 10 W × 5 s
    assert energy.high == pytest.approx(350 * 1.2 + 100)


def test_ticks_closer_than_a_second_read_nothing(bench: Bench) -> None:
    cell = bench.cell(10)
    meter = bench.started()
    bench.pass_(0.5)
    bench.tree.set(cell, power_now=90_000_000)
    meter.tick()
    bench.pass_(19.5)
    bench.tree.set(cell, power_now=12_000_000)
    assert meter.stop().joules == pytest.approx(20 * 11)


def test_plugged_in_on_the_way_the_battery_is_not_used_and_that_is_said(bench: Bench) -> None:
    bench.cell(15)
    meter = bench.started()
    bench.pass_(20)
    mains = bench.tree.supply("AC", type="Mains", online=1)
    meter.tick()
    shutil.rmtree(mains)
    bench.pass_(20)
    energy = meter.stop()
    assert (energy.kind, energy.seconds) == ("estimated", 40.0)
    assert "battery: stopped answering, not used" in energy.how


def test_counters_that_vanish_on_the_way_leave_the_estimate(bench: Bench) -> None:
    zone = bench.package()
    meter = bench.started()
    bench.pass_(5)
    shutil.rmtree(zone)
    assert meter.stop().kind == "estimated"
    meter.start()
    bench.pass_(5)
    assert "stopped answering" not in meter.stop().how  # it was not there from the start


def test_an_answer_too_short_for_the_counters_is_estimated(bench: Bench) -> None:
    bench.package()
    meter = bench.started()
    bench.pass_(0.01)
    assert meter.stop().kind == "estimated"


def test_the_counter_runs_round_in_the_middle_of_an_answer(bench: Bench) -> None:
    zone = bench.package(70_000_000, range_uj=100_000_000)
    meter = bench.started()
    for value in (10_000_000, 80_000_000, 50_000_000):  # 40 + 70 + 70
        bench.pass_(3)
        bench.tree.count(zone, value)
        meter.tick()
    assert meter.stop().joules == pytest.approx(180.0)


def test_the_prompt_and_the_answer_are_told_apart_at_the_mark(bench: Bench) -> None:
    zone = bench.package()
    meter = bench.started()
    bench.pass_(2)
    bench.tree.count(zone, 80_000_000)
    meter.mark()
    bench.pass_(6)
    bench.tree.count(zone, 260_000_000)
    energy = meter.stop()
    assert (energy.joules, energy.prefill_joules, energy.prefill_seconds) == (260.0, 80.0, 2.0)


@pytest.mark.parametrize(("before", "after"), [(0.01, 6.0), (6.0, 0.01)])
def test_a_part_too_short_to_meter_is_not_told_apart(bench: Bench, before: float, after: float) -> None:
    zone = bench.package()
    meter = bench.started()
    bench.pass_(before)
    bench.tree.count(zone, int(before * 40e6))  # 40 W
    meter.mark()
    bench.pass_(after)
    bench.tree.count(zone, int((before + after) * 40e6))
    energy = meter.stop()
    assert energy.kind == "measured-package"
    assert energy.prefill_joules is None


def test_the_power_at_rest_is_taken_off_for_the_same_source_only(bench: Bench) -> None:
    zone = bench.package()
    meter = bench.started()
    bench.pass_(5)
    bench.tree.count(zone, 20_000_000)
    meter.rest(meter.stop())  # 4 W
    meter.start()
    bench.pass_(10)
    bench.tree.count(zone, 320_000_000)
    energy = meter.stop()
    assert (energy.joules, energy.idle_watts) == (300.0, 4.0)
    assert energy.above_idle == pytest.approx(260.0)
    assert "At rest: 4 W; above that 300 J - 4 W × 10 s = 260 J" in energy.text
    shutil.rmtree(zone)
    meter.start()
    bench.pass_(10)
    assert meter.stop().above_idle is None


def test_an_estimate_is_no_power_at_rest(bench: Bench) -> None:
    meter = bench.meter()
    for _ in range(2):
        meter.start()
        bench.pass_(5)
        energy = meter.stop()
        meter.rest(energy)
    assert energy.idle_watts is None


def test_a_model_on_an_unmetered_card_is_said_to_be_left_out(bench: Bench) -> None:
    meter = bench.started()
    bench.pass_(5)
    assert meter.stop(cards=True).leaves_out.endswith("; the graphics card")


def test_a_new_start_drops_what_was_counted(bench: Bench) -> None:
    meter = bench.started()
    bench.pass_(100)
    meter.start()
    bench.pass_(1)
    assert meter.stop().seconds == 1.0


def test_a_stop_without_a_start_is_nothing(bench: Bench) -> None:
    meter = bench.meter()
    meter.tick()
    meter.mark()
    assert meter.stop().joules == 0.0


def test_this_computer_answers_with_what_it_has() -> None:
    """No fake: whatever sources there are here, an answer gets a figure with a band and a reason."""
    found = power.find()
    meter = Meter(found.sources, Estimate())
    meter.start()
    end = time.process_time() + 0.02
    while time.process_time() < end:
        meter.tick()
    energy = meter.stop()
    assert 0 < energy.low < energy.joules < energy.high
    assert energy.how


ENERGY = Energy(10.0, 5.0, 20.0, "processor time", "estimated", 2.0, "how", "the screen", None, 4.0, 1.0)


def test_what_a_receipt_keeps_comes_back() -> None:
    assert Energy.of_record(json.loads(json.dumps(ENERGY.record()))) == ENERGY


@pytest.mark.parametrize(
    "damage",
    [
        {"joules": "many"},
        {"joules": float("nan")},
        {"joules": True},
        {"joules": 10**400},
        {"seconds": -1},
        {"low": 11.0},
        {"high": None},
        {"kind": "measured"},
        {"kind": ["estimated"]},
        {"how": 3},
    ],
)
def test_a_record_that_is_none_is_no_energy(damage: dict[str, object]) -> None:
    assert Energy.of_record({**ENERGY.record(), **damage}) is None


@pytest.mark.parametrize("record", [None, [], "x", 3, {}])
def test_what_is_no_record_is_no_energy(record: object) -> None:
    assert Energy.of_record(record) is None
