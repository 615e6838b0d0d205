"""Joules from the processor's counters are right, and nothing in /sys can make them wrong without a word."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from desktop.meter import powercap
from desktop.meter.powercap import Powercap
from tests.unit.meter.tree import RANGE, Clock, Tree


def only(tree: Tree, clock: Clock) -> Powercap:
    sources, notes = powercap.find(tree.powercap, clock)
    assert notes == []
    (source,) = sources
    return source


def used(source: Powercap, before: float) -> float:
    reading = source.read()
    assert reading is not None
    return reading.joules - before


def start(source: Powercap) -> float:
    reading = source.read()
    assert reading is not None
    return reading.joules


def test_microjoules_are_added_up_to_joules(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl:0", "package-0", 5_000_000)
    source = only(tree, clock)
    before = start(source)
    clock.pass_(2)
    tree.count(zone, 65_000_000)
    assert used(source, before) == pytest.approx(60.0)
    assert (source.kind, source.name) == ("measured-package", "powercap: package-0")


def test_a_counter_that_runs_round_goes_on_from_zero(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl:0", "package-0", RANGE - 10_000_000)
    source = only(tree, clock)
    before = start(source)
    clock.pass_(1)
    tree.count(zone, 20_000_000)
    assert used(source, before) == pytest.approx(30.0)


def test_each_of_several_rounds_is_counted(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl:0", "package-0", 90_000_000, range_uj=100_000_000)
    source = only(tree, clock)
    before = start(source)
    for value in (40_000_000, 95_000_000, 5_000_000):  # 50 + 55 + 10
        clock.pass_(2)
        tree.count(zone, value)
        total = used(source, before)
    assert total == pytest.approx(115.0)


def test_two_packages_and_their_memory_are_one_sum(tree: Tree, clock: Clock) -> None:
    zones = [
        tree.zone("intel-rapl:0", "package-0"),
        tree.zone("intel-rapl:0:0", "dram"),
        tree.zone("intel-rapl:1", "package-1", RANGE),
        tree.zone("intel-rapl:1:0", "dram"),
    ]
    cores = tree.zone("intel-rapl:0:1", "core")
    copy = tree.zone("intel-rapl-mmio:0", "package-0")
    source = only(tree, clock)
    before = start(source)
    clock.pass_(1)
    for zone, joules in zip(zones, (10, 2, 20, 4), strict=True):
        tree.count(zone, joules * 1_000_000)
    for part in (cores, copy):  # already in package-0
        tree.count(part, 9_000_000)
    assert used(source, before) == pytest.approx(36.0)


def test_mmio_counts_where_nothing_else_does(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl-mmio:0", "package-0")
    source = only(tree, clock)
    before = start(source)
    clock.pass_(1)
    tree.count(zone, 7_000_000)
    assert used(source, before) == pytest.approx(7.0)


def test_the_whole_platform_is_a_source_of_its_own(tree: Tree, clock: Clock) -> None:
    tree.zone("intel-rapl:0", "package-0")
    tree.zone("intel-rapl:1", "psys")
    sources, _ = powercap.find(tree.powercap, clock)
    assert [(s.kind, s.name) for s in sources] == [
        ("measured-system", "powercap: psys"),
        ("measured-package", "powercap: package-0"),
    ]
    assert "screen" in sources[1].leaves_out


def test_one_package_of_two_does_not_pass_for_both(tree: Tree, clock: Clock) -> None:
    tree.zone("intel-rapl:0", "package-0")
    shut = tree.zone("intel-rapl:1", "package-1")
    (shut / "energy_uj").unlink()
    sources, notes = powercap.find(tree.powercap, clock)
    assert sources == []
    assert len(notes) == 1
    assert notes[0].startswith("package-1:")


@contextmanager
def as_nobody() -> Iterator[None]:
    """Root may read everything, so for a moment be somebody who may not."""
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)


def test_a_counter_this_account_may_not_read_is_said_to_be_that(clock: Clock) -> None:
    root = Path(tempfile.mkdtemp(prefix="meter-"))  # the test's own folder is closed to others
    try:
        root.chmod(0o755)
        tree = Tree(root / "sys")
        zone = tree.zone("intel-rapl:0", "package-0")
        (zone / "energy_uj").chmod(0o400 if os.geteuid() == 0 else 0)
        with as_nobody():
            sources, notes = powercap.find(tree.powercap, clock)
        assert sources == []
        assert notes == [
            "package-0: this account may not read its energy counter. An administrator can allow it until "
            f"the next start: chmod a+r {zone / 'energy_uj'}"
        ]
    finally:
        shutil.rmtree(root)


GARBAGE = ["", "abc", "-5", "1e9", "0x10", "1_000", "12 34", "9" * 5000, "٣", "nan", "\0"]


@pytest.mark.parametrize("content", GARBAGE)
def test_a_counter_that_is_no_number_is_no_source(tree: Tree, clock: Clock, content: str) -> None:
    zone = tree.zone("intel-rapl:0", "package-0")
    (zone / "energy_uj").write_text(content, encoding="utf-8")
    sources, notes = powercap.find(tree.powercap, clock)
    assert sources == []
    assert len(notes) == 1


@pytest.mark.parametrize("content", GARBAGE)
def test_a_counter_that_turns_into_nonsense_stops_telling(tree: Tree, clock: Clock, content: str) -> None:
    zone = tree.zone("intel-rapl:0", "package-0")
    source = only(tree, clock)
    start(source)
    (zone / "energy_uj").write_text(content, encoding="utf-8")
    assert source.read() is None


def test_a_counter_that_vanishes_stops_telling_and_begins_anew(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl:0", "package-0", 1_000_000)
    source = only(tree, clock)
    before = start(source)
    shutil.rmtree(zone)
    assert source.read() is None
    tree.zone("intel-rapl:0", "package-0", 500_000_000)
    assert used(source, before) == 0.0  # not the 499 J nobody saw
    clock.pass_(1)
    tree.count(zone, 503_000_000)
    assert used(source, before) == pytest.approx(3.0)


def test_when_one_of_two_stops_telling_the_other_begins_anew_too(tree: Tree, clock: Clock) -> None:
    first, second = tree.zone("intel-rapl:0", "package-0"), tree.zone("intel-rapl:1", "package-1")
    source = only(tree, clock)
    before = start(source)
    tree.count(first, 0)
    (second / "energy_uj").unlink()
    clock.pass_(1)
    assert source.read() is None
    tree.count(first, 80_000_000)
    tree.count(second, 80_000_000)
    clock.pass_(1)
    assert used(source, before) == 0.0


def test_a_counter_set_back_is_not_a_round(tree: Tree, clock: Clock) -> None:
    """After a sleep counters may begin at 0: that would pass for 200 kJ in a second."""
    zone = tree.zone("intel-rapl:0", "package-0", 50_000_000_000)
    source = only(tree, clock)
    start(source)
    clock.pass_(1)
    tree.count(zone, 1_000_000)
    assert source.read() is None


@pytest.mark.parametrize("range_uj", [0, -1, 500])
def test_a_round_without_a_usable_range_is_not_guessed(tree: Tree, clock: Clock, range_uj: int) -> None:
    zone = tree.zone("intel-rapl:0", "package-0", 1000, range_uj=range_uj)
    source = only(tree, clock)
    start(source)
    clock.pass_(1)
    tree.count(zone, 10)
    assert source.read() is None


def test_strange_folders_and_names_are_passed_over(tree: Tree, clock: Clock) -> None:
    tree.zone("dtpm:0", "package-0")
    tree.zone("intel-rapl:x", "package-0")
    tree.zone("intel-rapl:7", "package-zero")
    nameless = tree.zone("intel-rapl:8", "package-0")
    (nameless / "name").unlink()
    (tree.powercap / "intel-rapl:9").symlink_to(tree.powercap / "intel-rapl:9")
    (tree.powercap / "intel-rapl:10").write_text("a file", encoding="ascii")
    os.mkfifo(tree.zone("intel-rapl:11", "package-0") / "pipe")
    assert only(tree, clock).name == "powercap: package-0"


def test_a_pipe_in_the_place_of_a_counter_does_not_hold_anything_up(tree: Tree, clock: Clock) -> None:
    zone = tree.zone("intel-rapl:0", "package-0")
    (zone / "energy_uj").unlink()
    os.mkfifo(zone / "energy_uj")
    assert powercap.find(tree.powercap, clock)[0] == []


def test_without_powercap_there_is_nothing_to_say(tmp_path: Path, clock: Clock) -> None:
    assert powercap.find(tmp_path / "none", clock) == ([], [])
