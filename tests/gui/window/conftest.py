"""A theme for the tests of the window: one for all, dark, without motion."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from desktop.gui.theme import Theme


@pytest.fixture(scope="session")
def one_theme(qapp: QApplication) -> Theme:
    """Fonts are loaded once."""
    return Theme(qapp, "dark", reduce_motion=True)


@pytest.fixture
def theme(one_theme: Theme) -> Iterator[Theme]:
    """The theme, put back afterwards."""
    yield one_theme
    # pytest-qt closed the test's widgets "later"; now, or every change of theme would style them too.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    if not one_theme.dark or one_theme.px(100) != 100:
        one_theme.set("dark", 100)
