"""What an engine decides for itself."""

from __future__ import annotations

import psutil

from desktop.engine.engine import default_threads


def test_a_tiny_model_gets_one_thread_and_a_real_one_the_cores() -> None:
    assert default_threads(6_000_000) == 1
    assert 1 <= default_threads(5 << 30) <= (psutil.cpu_count(logical=False) or 1)
