"""Shared by all tests: no screen is needed, and nothing touches the person's own data."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

# Before anything makes a QApplication. Tests of the real window start a process of its own.
os.environ["QT_QPA_PLATFORM"] = "offscreen"


@pytest.fixture(autouse=True)
def slipstream_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own for every test."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("SLIPSTREAM_HOME", str(home))
    return home
