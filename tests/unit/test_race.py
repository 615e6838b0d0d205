"""`slipstream race`: the same request twice, what it says of speed and of the answers."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from desktop import cli
from desktop.engine.trace import from_lines
from tests.tiny_gguf import Tiny, write_tiny

ROOT = Path(__file__).resolve().parents[2]
Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A target, and a draft that knows nothing of it."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "target": write_tiny(folder / "target.gguf", Tiny(n_ctx=65536, name="Target")),
        "random": write_tiny(folder / "random.gguf", Tiny(n_ctx=65536, layers=1, seed=2, name="Random")),
    }


@pytest.fixture(autouse=True)
def probed(models: dict[str, Path], slipstream_home: Path) -> None:
    """These tests are not about the probe: the models count as tried."""
    from desktop.engine import probe

    for path in models.values():
        probe._remember(probe._key(path))


def arguments(models: dict[str, Path], *more: str, draft: str = "target") -> list[str]:
    drafting = ("--draft", str(models[draft])) if draft else ()
    fixed = ("--model", str(models["target"]), "--threads", "1", *drafting)
    return ["race", "go on", "--raw", "--ignore-eos", "--max-tokens", "24", *fixed, *more]


def race(models: dict[str, Path], capsys: Capture, *more: str, draft: str = "target") -> dict[str, Any]:
    assert cli.main([*arguments(models, "--json", *more, draft=draft)]) == 0
    out, error = capsys.readouterr()
    assert error == ""
    assert out.count("\n") == 1
    told: dict[str, Any] = json.loads(out)
    return told


FIXED = ("--speculation", "draft", "--draft-length", "3")


def test_both_sides_are_reported_and_compared(models: dict[str, Path], capsys: Capture) -> None:
    told = race(models, capsys, "--temperature", "0", *FIXED)
    plain, speculative = told["plain"], told["speculative"]
    assert plain["tokens"] == speculative["tokens"]
    assert (told["identical"], told["expected_identical"], told["first_difference"]) == (True, True, None)
    assert (plain["speculation"]["mode"], plain["speculation"]["drafted"], plain["draft"]) == ("off", 0, None)
    assert speculative["speculation"]["source"] == "draft"
    assert speculative["draft"]["path"] == str(models["target"])
    assert speculative["speculation"]["accepted"] >= 15  # it drafts for itself
    assert speculative["speculation"]["rounds"] < plain["speculation"]["rounds"]
    assert plain["reused_tokens"] == speculative["reused_tokens"] == 0


def test_the_speedup_is_that_of_pairs(models: dict[str, Path], capsys: Capture) -> None:
    told = race(models, capsys, *FIXED, "--runs", "4")
    speedup = told["speedup"]
    assert speedup["runs"] == len(speedup["ratios"]) == 4
    assert speedup["median"] == pytest.approx(median(speedup["ratios"]), abs=1e-4)
    assert (speedup["low"], speedup["high"]) == (min(speedup["ratios"]), max(speedup["ratios"]))
    assert speedup["low"] > 0
    once = race(models, capsys, *FIXED, "--runs", "1")
    rates = [once[side]["decode_tokens_per_second"] for side in ("speculative", "plain")]
    assert once["speedup"]["ratios"] == [pytest.approx(rates[0] / rates[1], rel=1e-3)]


def test_a_seed_is_drawn_once_for_all_runs(models: dict[str, Path], capsys: Capture) -> None:
    hot = ("--temperature", "9", "--min-p", "0")
    first = race(models, capsys, *hot, *FIXED)
    assert first["plain"]["seed"] == first["speculative"]["seed"]
    assert first["identical"]
    other = race(models, capsys, *hot, *FIXED)
    assert other["plain"]["tokens"] != first["plain"]["tokens"]
    again = race(models, capsys, *hot, *FIXED, "--seed", str(first["plain"]["seed"]))
    assert again["plain"]["tokens"] == first["plain"]["tokens"]


def test_an_earlier_run_is_nothing_to_copy_from(models: dict[str, Path], capsys: Capture) -> None:
    hot = ("--temperature", "9", "--min-p", "0", "--seed", "4")
    lookup = ("--speculation", "lookup", "--draft-length", "4", *hot)
    told = [
        race(models, capsys, *lookup, "--runs", runs, draft="")["speculative"]["speculation"]
        for runs in ("1", "4")
    ]
    assert told[0]["drafted"] == told[1]["drafted"]
    assert told[0]["accepted"] == told[1]["accepted"]


@pytest.mark.parametrize("rule", ["rejection", "block"])
def test_a_rule_that_draws_for_itself_may_write_another_text(
    rule: str, models: dict[str, Path], capsys: Capture
) -> None:
    hot = ("--temperature", "9", "--min-p", "0", "--top-k", "0", "--top-p", "1", "--seed", "4")
    told = race(models, capsys, *hot, *FIXED, "--rule", rule, "--runs", "1", draft="random")
    assert (told["identical"], told["expected_identical"]) == (False, False)
    assert rule in told["note"]
    found = told["first_difference"]
    at = found["position"]
    for side in ("plain", "speculative"):
        assert told[side]["tokens"][at] == found[side]["token"]
        assert isinstance(found[side]["text"], str)
    assert told["plain"]["tokens"][:at] == told["speculative"]["tokens"][:at]
    assert found["logit_gap"] == pytest.approx(
        found["plain"]["logit"] - found["speculative"]["logit"], abs=1e-5
    )
    assert found["tie"] is False


@pytest.mark.parametrize("rule", ["coupled", "equal"])
def test_a_rule_that_keeps_the_seeds_text_does_so(
    rule: str, models: dict[str, Path], capsys: Capture
) -> None:
    hot = ("--temperature", "9", "--min-p", "0", "--top-k", "0", "--top-p", "1", "--seed", "4")
    told = race(models, capsys, *hot, *FIXED, "--rule", rule, "--runs", "1", draft="random")
    assert (told["identical"], told["expected_identical"]) == (True, True)
    assert told["speculative"]["speculation"]["rule"] == rule
    assert told["speculative"]["speculation"]["drafted"] > 0


def test_one_token_has_no_speed(models: dict[str, Path], capsys: Capture) -> None:
    told = race(models, capsys, *FIXED, "--max-tokens", "1")
    assert told["speedup"] == {"median": None, "low": None, "high": None, "runs": 3, "ratios": []}
    assert cli.main(arguments(models, *FIXED, "--max-tokens", "1")) == 0
    assert "too short to measure" in capsys.readouterr().out


def test_a_person_gets_a_few_lines(models: dict[str, Path], capsys: Capture) -> None:
    assert cli.main(arguments(models, *FIXED, "--runs", "2", "--temperature", "0")) == 0
    out, error = capsys.readouterr()
    assert error == ""
    lines = out.splitlines()
    assert [line[:13].rstrip() for line in lines] == [
        "run 1", "run 2", "", "plain", "speculative", "speed-up", "accepted", "drafting", "answers",
    ]  # fmt: skip
    assert " in 2 runs, from x" in lines[5]
    assert " tokens drafted by Target (" in lines[6]
    assert lines[7].endswith("active")
    assert lines[8].endswith("the same, token by token")


def test_a_draft_that_cannot_be_used_is_told_once(
    models: dict[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    corrupt = tmp_path / "corrupt.gguf"
    corrupt.write_bytes(b"GGUF" + b"\xff" * 4000)
    broken = {**models, "corrupt": corrupt}
    assert cli.main(arguments(broken, "--speculation", "draft", "--json", draft="corrupt")) == 0
    out, error = capsys.readouterr()
    assert error.startswith("slipstream: note: no draft model: corrupt.gguf ")
    assert error.count("\n") == 1
    told = json.loads(out)
    assert told["speculative"]["speculation"]["state"] == "refused"
    assert told["identical"]


def test_the_trace_is_that_of_the_run_reported(
    models: dict[str, Path], tmp_path: Path, capsys: Capture
) -> None:
    trace = tmp_path / "trace.jsonl"
    told = race(models, capsys, *FIXED, "--trace", str(trace))
    rounds = from_lines(trace.read_text("utf-8").splitlines())
    assert len(rounds) == 1 + told["speculative"]["speculation"]["rounds"]
    assert sum(one.accepted for one in rounds) == told["speculative"]["speculation"]["accepted"]


def endless(models: dict[str, Path], home: Path) -> subprocess.Popen[bytes]:
    """A race of a thousand runs, a few thousand tokens each after the first line."""
    more = ("--runs", "1000", "--max-tokens", "40", "--ctx", "4096")
    return subprocess.Popen(
        [sys.executable, "-m", "desktop", *arguments(models, *more)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "SLIPSTREAM_HOME": str(home)},
    )


def test_ctrl_c_stops_a_race_in_order(models: dict[str, Path], slipstream_home: Path) -> None:
    with endless(models, slipstream_home) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"run 1 ")
        process.send_signal(signal.SIGINT)
        rest, error = process.communicate(timeout=60)
    assert process.returncode == 130
    assert error == b""
    assert b"speed-up" not in rest


def test_a_closed_pipe_ends_a_race_quietly(models: dict[str, Path], slipstream_home: Path) -> None:
    with endless(models, slipstream_home) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"run 1 ")
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(timeout=60) == 1
