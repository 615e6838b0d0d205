"""A theme, a window, and results made by hand, so that every figure can be told beforehand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.bridge.advice import LOOKUP, PLAIN, Draft, Row, Same, Way
from desktop.gui.theme import Theme

SMALL = Draft(Path("/models/small.gguf"), "Small 0.6B", memory=639_000_000)


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(1280, 800)
    made.show()
    made.activateWindow()
    yield made
    shiboken6.delete(made)


def row(
    way: Way,
    *ratios: float,
    counts: tuple[int, int] = (0, 0),
    energy: float | None = None,
    measured: bool = False,
    same: Same = "same",
    at: int = 0,
) -> Row:
    rates = tuple(30.0 * ratio for ratio in ratios)
    accepted, drafted = counts
    return Row(way, rates, tuple(enumerate(ratios)), drafted, accepted, energy, measured, same, at)


PLAINLY = row(PLAIN, 1.0, 1.0, 1.0, energy=1.0, same="")
COPYING = row(LOOKUP, 0.98, 1.02, 1.4, counts=(120, 210), energy=0.97)
DRAFTED = row(SMALL.ways[0], 1.49, 1.61, 1.83, counts=(289, 338), energy=0.64, measured=True)
BOTH = row(SMALL.ways[1], 1.50, 1.60, 2.2, counts=(309, 368), same="own")
REFUSED = Row(Way("draft", "Foreign", "/models/foreign.gguf"), problem="draft has another tokenizer")
ROWS = (PLAINLY, COPYING, DRAFTED, BOTH, REFUSED)
