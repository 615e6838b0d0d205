"""What can be seen of an answer, in the real window: tokens, race, step mode, branch, passage, advisor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.e2e
LIMIT_S = 300


@pytest.mark.parametrize("look", ["dark 1280 800", "light 900 600"])
def test_everything_that_can_be_seen(drive: Callable[..., dict[str, Any]], look: str) -> None:
    told = drive("everything", look, module="seeing", limit_s=LIMIT_S)
    coloured = told["coloured"]
    assert len(set(coloured["reasons"])) > 1
    assert coloured["energy"]["kind"] in ("estimated", "measured-package", "measured-system")

    raced = told["raced"]
    assert raced["same"]
    assert raced["verdict"] == "Output identical"
    assert raced["speedup"] == f"×{raced['ratio']:.2f}"
    assert len(set(raced["predicted"])) == 2
    assert raced["kept"] >= 1

    stepped = told["stepped"]
    assert stepped["totals"] == list(range(stepped["totals"][0], stepped["totals"][0] + 3))
    assert stepped["candidates"] >= 10
    assert stepped["text"] == coloured["text"]

    branched = told["branched"]
    assert branched["after"].startswith(branched["kept"].lstrip())
    assert branched["after"] != branched["before"]
    assert branched["versions"] == 2

    changed = told["changed"]
    assert changed["new"] == (changed["after"] != changed["before"])

    assert told["advised"]["verdict"]
    assert len(told["advised"]["ways"]) >= 2
