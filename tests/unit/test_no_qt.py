"""The guard of the unit tests works: it refuses Qt and lets everything else through."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest


def test_an_import_of_qt_is_refused() -> None:
    with pytest.raises(AssertionError, match="without Qt"):
        from PySide6 import QtCore  # noqa: F401


def test_an_import_of_qt_by_something_imported_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drags_qt_in.py").write_text("import PySide6.QtCore\n", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AssertionError, match="drags_qt_in imports PySide6"):
        importlib.import_module("drags_qt_in")


def test_other_imports_pass() -> None:
    sys.modules.pop("colorsys", None)
    import colorsys

    assert colorsys.rgb_to_hsv(0, 0, 0) == (0, 0, 0)
