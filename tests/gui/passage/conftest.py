"""A theme, and a card over a window of its own."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.gui.controls import card as framed
from desktop.gui.passage.card import PassageCard
from desktop.gui.theme import Theme


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> QWidget:
    """Something with a place at its foot to stand above."""
    made = QWidget()
    qtbot.addWidget(made)
    foot = framed()
    foot.setObjectName("foot")
    foot.setFixedHeight(80)
    layout = QVBoxLayout(made)
    layout.addStretch(1)
    layout.addWidget(foot)
    made.resize(900, 600)
    made.show()
    qtbot.waitExposed(made)
    return made


@pytest.fixture
def card(theme: Theme, window: QWidget) -> PassageCard:
    return PassageCard(theme, window)
