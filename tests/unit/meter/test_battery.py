"""The battery counts only while it alone feeds the computer, and says what its few samples leave open."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from desktop.meter.battery import Battery, discharge
from tests.unit.meter.tree import Clock, Tree


def battery(tree: Tree, **files: object) -> Path:
    given = {"type": "Battery", "status": "Discharging", "power_now": 12_000_000, **files}
    return tree.supply("BAT0", **{key: value for key, value in given.items() if value is not None})


def test_power_over_time_is_energy(tree: Tree, clock: Clock) -> None:
    cell = battery(tree)
    source = Battery(tree.supplies, clock)
    first = source.read()
    clock.pass_(4)
    tree.set(cell, power_now=20_000_000)
    source.read()
    clock.pass_(6)
    last = source.read()
    assert first is not None
    assert last is not None
    used = last.since(first)
    assert used.joules == pytest.approx(16 * 4 + 20 * 6)
    assert used.unsure == pytest.approx(4 * 4)  # 12 W all along, or 20 W all along
    assert (used.at, used.samples) == (10.0, 2)  # the third showed what the second did


def test_current_times_voltage_where_there_is_no_power(tree: Tree) -> None:
    battery(tree, power_now=None, current_now=1_500_000, voltage_now=12_000_000)
    assert discharge(tree.supplies) == pytest.approx(18.0)


def test_a_minus_sign_means_discharging_too(tree: Tree) -> None:
    battery(tree, power_now=-9_000_000)
    assert discharge(tree.supplies) == pytest.approx(9.0)


def test_of_two_batteries_the_one_in_use_counts_and_both_if_both_are(tree: Tree) -> None:
    battery(tree)
    second = tree.supply("BAT1", type="Battery", status="Not charging", power_now=5_000_000)
    assert discharge(tree.supplies) == pytest.approx(12.0)
    tree.set(second, status="Discharging")
    assert discharge(tree.supplies) == pytest.approx(17.0)


def test_a_battery_that_is_charged_means_there_is_a_plug(tree: Tree) -> None:
    battery(tree)
    tree.supply("BAT1", type="Battery", status="Charging", power_now=5_000_000)
    assert discharge(tree.supplies) is None


@pytest.mark.parametrize("status", ["Charging", "Full", "Not charging", "Unknown", "", "\x1b[31m"])
def test_not_discharging_tells_nothing(tree: Tree, status: str) -> None:
    battery(tree, status=status)
    assert discharge(tree.supplies) is None


def test_a_plug_in_the_wall_shares_the_load(tree: Tree) -> None:
    battery(tree)
    mains = tree.supply("AC", type="Mains", online=1)
    assert discharge(tree.supplies) is None
    tree.set(mains, online=0)
    assert discharge(tree.supplies) == pytest.approx(12.0)


def test_the_mouse_is_not_the_computer(tree: Tree, clock: Clock) -> None:
    tree.supply("hidpp_battery_0", type="Battery", scope="Device", status="Discharging", power_now=1_000)
    assert not Battery(tree.supplies, clock).present
    assert discharge(tree.supplies) is None
    battery(tree)
    tree.supply("phone", type="USB", scope="Device", online=1)
    assert discharge(tree.supplies) == pytest.approx(12.0)


@pytest.mark.parametrize("power", ["", "lots", "0", "1e7", "9" * 300, "9" * 19])
def test_power_that_is_none_tells_nothing(tree: Tree, power: str) -> None:
    battery(tree, power_now=power)
    assert discharge(tree.supplies) is None


def test_the_time_in_which_it_could_not_tell_is_not_filled_in(tree: Tree, clock: Clock) -> None:
    cell = battery(tree)
    source = Battery(tree.supplies, clock)
    first = source.read()
    shutil.rmtree(cell)
    clock.pass_(100)
    assert source.read() is None
    battery(tree)
    clock.pass_(100)
    last = source.read()
    assert first is not None
    assert last is not None
    assert (last.joules, last.unsure) == (first.joules, first.unsure) == (0.0, 0.0)


def test_no_supplies_at_all(tmp_path: Path, clock: Clock) -> None:
    source = Battery(tmp_path / "none", clock)
    assert not source.present
    assert source.read() is None
