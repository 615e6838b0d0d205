"""Unit tests run without Qt: an import of PySide6 by a unit test, or by what it imports, is an error."""

from __future__ import annotations

import builtins
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

_QT = ("PySide6", "shiboken6")
_MAY = (*_QT, "pytestqt")
_HERE = Path(__file__).parent


@contextmanager
def no_qt() -> Iterator[None]:
    """Refuse every `import PySide6` but that of pytest-qt, which looks for a running application."""
    original = builtins.__import__

    def guarded(
        name: str,
        globals: Mapping[str, object] | None = None,
        locals: Mapping[str, object] | None = None,
        fromlist: Sequence[str] | None = (),
        level: int = 0,
    ) -> ModuleType:
        importer = str((globals or {}).get("__name__", ""))
        if level == 0 and name.partition(".")[0] in _QT and importer.partition(".")[0] not in _MAY:
            raise AssertionError(f"{importer} imports {name}: unit tests run without Qt (use tests/gui)")
        return original(name, globals, locals, fromlist, level)

    builtins.__import__ = guarded
    try:
        yield
    finally:
        builtins.__import__ = original


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector: pytest.Collector) -> Iterator[None]:
    """Guard the imports of each unit test module. Plugins see every collector, so look where it is."""
    if not collector.path.is_relative_to(_HERE):
        return (yield)
    with no_qt():
        return (yield)


@pytest.fixture(autouse=True)
def without_qt() -> Iterator[None]:
    """Guard imports made while a unit test runs."""
    with no_qt():
        yield
