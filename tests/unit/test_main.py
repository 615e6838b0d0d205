"""What the program does with its arguments before anything is loaded."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def _run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The program on a machine without a screen."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    environment = {key: value for key, value in os.environ.items() if key not in screens}
    return subprocess.run(
        [sys.executable, "-m", "desktop", *arguments],
        env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("arguments", [("aks", "hello"), ("--modle", "x.gguf"), ("x.gguf", "--fast")])
def test_a_mistyped_command_opens_no_window(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("slipstream: error: ")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have a screen, or none to ask for")
@pytest.mark.parametrize("arguments", [(), ("model.gguf",)])
def test_without_a_screen_one_line_says_what_to_do(arguments: tuple[str, ...]) -> None:
    done = _run(*arguments)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert "slipstream ask" in done.stderr
