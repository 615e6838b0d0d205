"""A /sys tree of real files, and a clock that stands still until it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.meter.tree import Clock, Tree


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path / "sys")


@pytest.fixture
def clock() -> Clock:
    return Clock()
