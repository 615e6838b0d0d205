"""Runs the program as a process of its own, on a real X display where there is one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
TIME_LIMIT_S = 180


def report(what: str, *numbers: object) -> None:
    """Say what was measured; shown by `pytest -s`, and when the test fails."""
    sys.stdout.write(f"{what}: {' '.join(map(str, numbers))}\n")


def environment() -> dict[str, str]:
    """Ours, with a real display instead of the other tests' offscreen one."""
    platform = "xcb" if os.environ.get("DISPLAY") else "offscreen"
    return {**os.environ, "QT_QPA_PLATFORM": platform, "PYTHONPATH": str(ROOT)}


def command(*arguments: str, module: str = "drive") -> list[str]:
    """A scenario of a module beside this one."""
    return [sys.executable, "-m", f"tests.e2e.{module}", *arguments]


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Where PNGs go: `SLIPSTREAM_PICTURES` to keep them."""
    folder = Path(os.environ.get("SLIPSTREAM_PICTURES", tmp_path / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def drive(slipstream_home: Path, pictures: Path) -> Callable[..., dict[str, Any]]:
    """Run a scenario to its end and return what it found. No fault may have escaped into the hook."""

    def run(
        scenario: str, argument: str = "", *, module: str = "drive", limit_s: float = TIME_LIMIT_S
    ) -> dict[str, Any]:
        done = subprocess.run(
            command(scenario, str(pictures), argument, module=module),
            env={**environment(), "SLIPSTREAM_HOME": str(slipstream_home)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
        assert result.pop("faults") == []
        return result

    return run
