"""Bad model files in the real window and on the command line: a clear error with the next step, nothing lost.

`SLIPSTREAM_CORRUPT=100` tries that many randomly damaged files instead of a few.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from desktop import paths, settings
from desktop.settings import Settings
from tests.e2e.bad_files import CORRUPT, LOOPS, write_corrupt, write_hopeless
from tests.e2e.conftest import ROOT, report
from tests.tiny_gguf import Tiny, write_tiny

pytestmark = pytest.mark.e2e
Drive = Callable[..., dict[str, Any]]
SAYS = (b"\n", b"h", b"e", b"l", b"o", b" ", b"y", b"a", "<|im_end|>")
KINDS = {
    "truncated": "ModelUnreadable",
    "truncated header": "ModelUnreadable",
    "zero bytes": "ModelUnreadable",
    "wrong magic": "ModelUnreadable",
    "web page": "ModelUnreadable",
    "folder": "ModelUnreadable",
    "missing": "ModelMissing",
    "architecture": "ModelUnsupported",
    "no numbers": "ModelUnreadable",
    "too large": "ModelTooLarge",
}
CODES = {"ModelMissing": 2}  # bad input; everything else is a failed operation


@pytest.fixture
def good(tmp_path: Path) -> Path:
    """A model that says "helo ya", used last; answers are short."""
    path = write_tiny(tmp_path / "good.gguf", Tiny(chain=SAYS, name="Good"))
    settings.save(
        paths.settings_file(), Settings(last_model=str(path), temperature=0.0, max_tokens=8, n_threads=1)
    )
    return path


def listed(folder: Path, files: Sequence[Path]) -> str:
    """A JSON file with the paths, for a scenario."""
    out = folder / "files.json"
    out.write_text(json.dumps([str(file) for file in files]))
    return str(out)


def assert_helpful(told: dict[str, Any]) -> None:
    """Names the file and offers a next step."""
    assert told["title"]
    assert told["file"] in told["sentence"], told
    assert told["action"] in ("Choose another model", "Answer again") or told["action"].startswith("Use "), (
        told
    )


def test_hopeless_files_in_the_window(drive: Drive, good: Path, tmp_path: Path) -> None:
    files = write_hopeless(tmp_path / "bad")
    result = drive("bad_files", listed(tmp_path, [files[what] for what in KINDS]), module="faults")
    kinds = {what: told["kind"] for what, told in zip(KINDS, result["told"], strict=True)}
    assert kinds == KINDS
    for told in result["told"]:
        assert_helpful(told)
    by_kind = {told["kind"]: told for told in result["told"]}
    assert "martian" in by_kind["ModelUnsupported"]["sentence"]
    assert re.search(r"needs 1\.10 TB of memory", by_kind["ModelTooLarge"]["sentence"])
    assert result["same"]
    assert result["state"] == "done"
    assert result["last_model"] == good.name
    report("gaps in ms", [(told["file"], told["gap_ms"]) for told in result["told"]])


@pytest.mark.slow
@pytest.mark.usefixtures("good")
def test_randomly_damaged_files_in_the_window(drive: Drive, tmp_path: Path) -> None:
    files = write_corrupt(tmp_path / "corrupt")
    result = drive("bad_files", listed(tmp_path, files), module="faults", limit_s=60 + 20 * CORRUPT)
    outcomes = Counter(told.get("kind") or f"loads, {told['answer']}" for told in result["told"])
    report("outcomes", dict(outcomes))
    report("gaps in ms", sorted(told["gap_ms"] for told in result["told"])[-5:])
    assert outcomes.total() == CORRUPT
    for told in result["told"]:
        if told.get("kind", "").startswith("Model"):
            assert_helpful(told)
        else:
            assert told["answer"] in ("done", "cut", "failed")
    assert result["same"]


@pytest.mark.usefixtures("good")
def test_chat_templates_that_loop_or_raise(drive: Drive, tmp_path: Path) -> None:
    """One that loops fails with the message kept; one that raises is done without."""
    bad = {
        "loops": LOOPS,
        "raises": "{{ raise_exception('never') }}",
        "wrong": "{% if %}",
        "typo": "{{ a.b.c }}",
    }
    files = [
        write_tiny(tmp_path / f"{name}.gguf", Tiny(template=text, mute=(), chain=SAYS))
        for name, text in bad.items()
    ]
    result = drive("templates", listed(tmp_path, files), module="faults")
    loops, *others, last = result["told"]
    assert loops["state"] == "failed"
    assert loops["kind"] == "TemplateFailed"
    assert loops["action"] == "Choose another model"
    for told in others:
        assert told["state"] in ("done", "cut"), told
        assert "kind" not in told, told
    assert last["state"] == "done"
    assert [text for role, text in result["thread"] if role == "user"] == ["hello"] * 5
    assert result["thread"][-1] == ["assistant", "helo ya"]


@pytest.mark.usefixtures("good")
def test_models_with_strange_names_in_the_window(drive: Drive, tmp_path: Path) -> None:
    """File names that are no text, markup and control characters in what the file says of itself."""
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xffme \n\x1b[31m<b>.gguf"))
    loud = tmp_path / ("n" * 200 + ".gguf")
    files = [
        write_tiny(odd, Tiny(chain=SAYS, name="")),
        write_tiny(loud, Tiny(chain=SAYS, name="<img src=x>\u202e\x00\n" + "M" * 5000)),
    ]
    result = drive("templates", listed(tmp_path, files), module="faults")
    assert [(told["state"], told.get("kind")) for told in result["told"]] == [("done", None)] * 3
    worse = tmp_path / "\u202e\x1b[31m \n<b>.gguf"
    worse.write_bytes(b"GGUF no more")
    told = drive("bad_files", listed(tmp_path, [worse]), module="faults")["told"]
    assert told[0]["kind"] == "ModelUnreadable"


def ask(*arguments: str | bytes, timeout: float = 120) -> subprocess.CompletedProcess[bytes]:
    """`slipstream ask` as a program."""
    return subprocess.run(
        [sys.executable, "-m", "desktop", "ask", *arguments],
        capture_output=True, timeout=timeout, cwd=ROOT, check=False,
    )  # fmt: skip


def assert_one_line(done: subprocess.CompletedProcess[bytes], code: int, what: str) -> str:
    """One line, what and the next step."""
    error = done.stderr.decode()
    assert done.returncode == code, (what, error)
    assert done.stdout == b"", what
    assert re.fullmatch(r"slipstream: error: [^\n]+; [^\n]+\n", error), (what, error)
    return error


def test_hopeless_files_on_the_command_line(tmp_path: Path) -> None:
    files = write_hopeless(tmp_path / "bad")
    for what, kind in KINDS.items():
        done = ask("hello", "--model", str(files[what]), "--max-tokens", "4", "--threads", "1")
        error = assert_one_line(done, CODES.get(kind, 1), what)
        assert files[what].name in error


@pytest.mark.slow
def test_randomly_damaged_files_on_the_command_line(tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for path in write_corrupt(tmp_path / "corrupt"):
        done = ask("hello", "--model", str(path), "--max-tokens", "4", "--threads", "1", "--json")
        if done.returncode == 0:
            json.loads(done.stdout)
            assert done.stderr == b""
        else:
            assert_one_line(done, 1, path.name)
        outcomes[done.stderr.decode().partition("gguf ")[2].partition(";")[0].strip() or "answers"] += 1
    report("outcomes", dict(outcomes))


def test_a_template_that_loops_on_the_command_line(tmp_path: Path) -> None:
    path = write_tiny(tmp_path / "loops.gguf", Tiny(template=LOOPS))
    assert_one_line(ask("hello", "--model", str(path), "--threads", "1"), 1, "loops")


def test_file_names_that_are_no_text(tmp_path: Path) -> None:
    """Linux allows any bytes; what is printed stays UTF-8 and JSON."""
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/na\xffme \n\x1b[31m.gguf"))
    write_tiny(path, Tiny(chain=SAYS))
    done = ask("hello", "--model", os.fsencode(path), "--threads", "1", "--json", "--temperature", "0")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["text"] == "helo ya"
    path.write_bytes(b"no model")
    error = assert_one_line(ask("hello", "--model", os.fsencode(path)), 1, "strange name")
    assert "\x1b" not in error


@pytest.mark.parametrize(
    "prompt", [b"\xed\xa0\x80 lone", b"word " * 26_000, b"\x1b[2J\x07"], ids=("lone", "130k", "esc")
)
def test_strange_prompts(good: Path, prompt: bytes) -> None:
    done = ask(prompt, "--model", str(good), "--threads", "1", "--json", "--temperature", "0")
    if done.returncode == 0:
        assert json.loads(done.stdout)["text"] == "helo ya"
    else:
        assert_one_line(done, 1, "prompt")


def test_a_megabyte_on_standard_input(good: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "desktop", "ask", "-", "--model", str(good), "--threads", "1"],
        input=b"hello world \0\n" * 75_000, capture_output=True, timeout=120, cwd=ROOT, check=False,
    )  # fmt: skip
    assert "512 tokens" in assert_one_line(done, 1, "1 MB").replace("holds 512", "holds 512 tokens")
