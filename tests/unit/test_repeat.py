"""`slipstream race --receipt` and `--repeat`: a receipt repeated on a fresh folder, and what differs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from desktop import cli, gguf, paths
from desktop.contest import receipt
from desktop.engine.trace import from_lines

Capture = pytest.CaptureFixture[str]
RACE = (
    "race", "What is a token?", "--temperature", "0", "--max-tokens", "32", "--ctx", "512", "--runs", "2",
    "--speculation", "draft", "--draft-length", "4", "--threads", "1",
)  # fmt: skip


def told(capsys: Capture, *arguments: str) -> dict[str, Any]:
    assert cli.main([*arguments, "--json"]) == 0
    out, error = capsys.readouterr()
    assert error == ""
    found: dict[str, Any] = json.loads(out)
    return found


def probed(path: Path) -> None:
    """These tests are not about the probe: the model counts as tried."""
    from desktop.engine import probe

    probe._remember(probe._key(path))


def renamed(data: bytes, at: int) -> bytes:
    """With another letter in its name: the weights are as they were."""
    place = data.index(gguf.read_header(paths.guide_model()).name.encode()) + at
    return data[:place] + bytes([data[place] ^ 0x20]) + data[place + 1 :]


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The guide as somebody's own file: tried, and known not to be the built-in one."""
    path = tmp_path / "mine.gguf"
    path.write_bytes(renamed(paths.guide_model().read_bytes(), 1))
    probed(path)
    return path


def test_a_receipt_repeated_on_a_fresh_folder_gives_the_same_tokens(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "race.json"
    first = told(capsys, *RACE, "--receipt", str(file))
    assert "repeated" not in first
    monkeypatch.setenv("SLIPSTREAM_HOME", str(tmp_path / "fresh"))
    again = told(capsys, "race", "--repeat", str(file))
    assert again["repeated"]["same_tokens"] == {"plain": True, "speculative": True}
    assert again["repeated"]["differs"] == []
    for lane in ("plain", "speculative"):
        assert again[lane]["tokens"] == first[lane]["tokens"]
        assert again[lane]["speculation"]["mode"] == first[lane]["speculation"]["mode"]
    assert again["speedup"]["runs"] == 2


def test_panel_receipt_trace_and_json_say_the_same(tmp_path: Path, capsys: Capture) -> None:
    file, trace = tmp_path / "race.json", tmp_path / "trace.jsonl"
    shown = told(capsys, *RACE, "--receipt", str(file), "--trace", str(trace))
    kept = json.loads(file.read_text("utf-8"))
    race = receipt.read(file)
    assert kept["speedup"] == shown["speedup"]
    assert (kept["identical"], kept["note"]) == (shown["identical"], shown["note"])
    assert shown["speedup"]["ratios"] == [round(ratio, 4) for ratio in race.speedups]
    pair = kept["pairs"][shown["run"] - 1]
    for lane in ("plain", "speculative"):
        side, run = pair[lane], race.shown.plain if lane == "plain" else race.shown.speculative
        for key in (
            "prompt_tokens", "reused_tokens", "output_tokens", "stop_reason", "ttft_ms", "prefill_ms", "seed",
            "decode_ms", "decode_tokens_per_second", "prefill_tokens_per_second", "speculation", "energy",
        ):  # fmt: skip
            assert side[key] == shown[lane][key], key
        assert run.rate == pytest.approx(shown[lane]["decode_tokens_per_second"], rel=1e-4)
        assert list(run.tokens) == shown[lane]["tokens"]
        assert shown[lane]["text"] == "".join(
            text for one in side["rounds"] for kind, text in one["parts"] if kind == "answer"
        )
    rounds = from_lines(trace.read_text("utf-8").splitlines())
    assert tuple(rounds) == race.shown.speculative.rounds
    did = shown["speculative"]["speculation"]
    outcomes = [drafted.outcome for one in rounds for drafted in one.drafted]
    assert (did["accepted"], did["drafted"]) == (outcomes.count("accepted"), len(outcomes))
    assert did["acceptance"] == pytest.approx(outcomes.count("accepted") / len(outcomes))
    assert did["rounds"] == len(rounds) - 1
    lengths = [one.accepted + 1 for one in rounds[1:]]
    assert did["mean_accepted_length"] == pytest.approx(sum(lengths) / len(lengths))
    energy = shown["plain"]["energy"]
    assert energy["low"] <= energy["joules"] <= energy["high"]
    assert energy["label"]


def test_a_byte_of_the_models_file_is_told(copied: Path, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "race.json"
    own = ("--model", str(copied), "--draft", str(paths.guide_draft()))
    told(capsys, *RACE, *own, "--receipt", str(file))
    copied.write_bytes(renamed(paths.guide_model().read_bytes(), 3))
    probed(copied)
    again = told(capsys, "race", "--repeat", str(file))
    assert again["repeated"]["same_tokens"] == {"plain": True, "speculative": True}
    (sentence,) = again["repeated"]["differs"]
    assert re.fullmatch(
        r"The model is another file: it was .* \(\w{16}\); here it is .* \(\w{16}\)\.", sentence
    )


def changed(file: Path, *keys: str, value: object) -> None:
    kept = json.loads(file.read_text("utf-8"))
    place = kept
    for key in keys[:-1]:
        place = place[key]
    place[keys[-1]] = value
    file.write_text(json.dumps(kept), "utf-8")


def test_another_machine_and_library_are_told_in_sentences(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "race.json"
    told(capsys, *RACE, "--receipt", str(file))
    changed(file, "machine", "cpu", value="Another processor")
    changed(file, "versions", "llama-cpp-python", value="0.1.2")
    assert cli.main(["race", "--repeat", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "Plain: the same tokens as in the receipt." in lines
    assert "Speculative: the same tokens as in the receipt." in lines
    assert any(line.startswith("llama-cpp-python was version 0.1.2; here it is ") for line in lines)
    assert any(line.startswith("The processor was Another processor; here it is ") for line in lines)


def test_other_tokens_are_told_per_lane(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "race.json"
    told(capsys, *RACE, "--receipt", str(file))
    kept = json.loads(file.read_text("utf-8"))
    last = kept["pairs"][0]["plain"]["rounds"][9]
    last["tokens"][0] += 1
    file.write_text(json.dumps(kept), "utf-8")
    again = told(capsys, "race", "--repeat", str(file))
    assert again["repeated"]["same_tokens"] == {"plain": False, "speculative": True}
    assert again["repeated"]["first_difference"] == {"plain": 9, "speculative": None}


def test_a_model_that_is_not_here_is_named(tmp_path: Path, capsys: Capture, copied: Path) -> None:
    file = tmp_path / "race.json"
    told(capsys, *RACE, "--model", str(copied), "--draft", str(paths.guide_draft()), "--receipt", str(file))
    kept = json.loads(file.read_text("utf-8"))
    changed(file, "model", "path", value="/nowhere/at/all.gguf")
    changed(file, "model", "sha256_16", value="0123456789abcdef")
    assert cli.main(["race", "--repeat", str(file)]) == 2
    error = capsys.readouterr().err
    assert "all.gguf" in error
    assert "0123456789abcdef" in error
    assert "--model" in error
    assert error.count("\n") == 1
    again = told(capsys, "race", "--repeat", str(file), "--model", str(copied))
    assert again["repeated"]["same_tokens"] == {"plain": True, "speculative": True}
    changed(file, "model", "sha256_16", value=kept["model"]["sha256_16"])
    paths.models_dir().mkdir(parents=True)
    copied.rename(paths.models_dir() / "other name.gguf")
    probed(paths.models_dir() / "other name.gguf")
    found = told(capsys, "race", "--repeat", str(file))  # by its hash
    assert found["repeated"]["differs"] == []
    assert found["plain"]["model"]["path"].endswith("other name.gguf")


def test_options_that_the_receipt_decides_are_told_to_do_nothing(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "race.json"
    told(capsys, *RACE, "--receipt", str(file))
    assert cli.main(["race", "--repeat", str(file), "--temperature", "2", "--runs", "9"]) == 0
    out, error = capsys.readouterr()
    assert error == "slipstream: note: --temperature and --runs: no effect with --repeat\n"
    assert "run 3" not in out


@pytest.mark.parametrize(
    "arguments",
    [
        ["race"],
        ["race", "Hi", "--repeat", "x.json"],
        ["race", "--repeat", "no such file.json"],
        ["race", "Hi", "--receipt", "/no/such/folder/a.json"],
        ["race", "Hi", "--receipt", "/"],
    ],
)
def test_what_cannot_be_done_is_said_before_anything_is_loaded(arguments: list[str], capsys: Capture) -> None:
    assert cli.main(arguments) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith("slipstream: error: ")
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b'{"slipstream_receipt": 1}', b"GGUF" * 100, b"[" * 100_000]
)
def test_a_strangers_file_is_one_line_on_standard_error(data: bytes, tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "odd.json"
    file.write_bytes(data)
    assert cli.main(["race", "--repeat", str(file)]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.startswith(f"slipstream: error: the receipt {file} cannot be read: ")
    assert error.count("\n") == 1


def test_a_receipt_that_cannot_be_written_fails_after_the_race_with_a_reason(capsys: Capture) -> None:
    assert cli.main([*RACE, "--receipt", "/proc/race.json"]) == 1
    out, error = capsys.readouterr()
    assert "could not be written" in error
    assert "run 2" in out
    assert "speed-up" in out  # nothing of the race is lost
