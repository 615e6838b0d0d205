"""Starting and ending under bad conditions: two at once, a folder that cannot be written, damaged files, no
model, a polite kill, a full disk.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from desktop import paths, settings
from desktop.settings import Settings
from desktop.store.store import Store
from tests.e2e.conftest import ROOT, command, environment
from tests.tiny_gguf import Tiny, write_tiny

pytestmark = [pytest.mark.e2e, pytest.mark.skipif(sys.platform == "win32", reason="signals and limits")]
Start = Callable[..., subprocess.Popen[str]]
LIMIT_S = 120


@pytest.fixture
def start(pictures: Path, slipstream_home: Path) -> Iterator[Start]:
    """Start a scenario of starts.py, or with "" the program itself as a person does."""
    started: list[subprocess.Popen[str]] = []

    def run(scenario: str, *answers: str, prefix: tuple[str, ...] = (), home: Path | None = None) -> Any:
        if scenario:
            words = command(scenario, str(pictures), *answers, module="starts")
        else:
            words = [sys.executable, "-m", "desktop", *answers]
        process = subprocess.Popen(
            [*prefix, *words],
            env={**environment(), "SLIPSTREAM_HOME": str(home or slipstream_home)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            process.kill()
        process.communicate()


def said(process: subprocess.Popen[str], code: int = 0) -> list[dict[str, Any]]:
    """All it says until it ends, without a traceback."""
    out, error = process.communicate(timeout=LIMIT_S)
    assert "Traceback" not in error, error
    assert process.returncode == code, (process.returncode, out, error)
    return [json.loads(line) for line in out.splitlines()]


def line(process: subprocess.Popen[str]) -> dict[str, Any]:
    """The next thing it says."""
    assert process.stdout is not None
    text = process.stdout.readline()
    assert text, process.communicate()[1]
    result: dict[str, Any] = json.loads(text)
    return result


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The model used last."""
    path = write_tiny(tmp_path / "tiny.gguf")
    settings.save(paths.settings_file(), Settings(last_model=str(path), n_threads=1))
    return path


@pytest.fixture
def endless(tmp_path: Path) -> None:
    """The model used last; its answers do not end."""
    path = write_tiny(tmp_path / "endless.gguf", Tiny(n_ctx=32_768, layers=4, width=256, heads=8))
    chosen = Settings(last_model=str(path), n_ctx=32_768, max_tokens=0, temperature=0.0, n_threads=1)
    settings.save(paths.settings_file(), chosen)


def conversation() -> None:
    with Store.open(paths.database()) as store:
        store.begin("kept")


@pytest.mark.usefixtures("tiny")
def test_a_second_start_raises_the_first(start: Start, tmp_path: Path) -> None:
    """It also hands over its file, which here is no model."""
    bad = tmp_path / "bad file.gguf"
    bad.write_bytes(b"no model")
    first = start("raised")
    assert line(first) == {"minimised": True}
    second = start("", str(bad))
    assert said(second) == []
    assert said(first) == [{"raised": True, "errors": ["ModelUnreadable"]}]


@pytest.mark.usefixtures("tiny")
def test_two_starts_at_the_same_moment_make_one_window(start: Start) -> None:
    both = [start("look"), start("look")]
    assert sorted(len(said(process)) for process in both) == [0, 1]


def test_after_a_kill_the_next_start_is_the_first(start: Start, tiny: Path) -> None:
    first = start("raised")
    line(first)
    first.kill()
    first.communicate()
    assert said(start("look"))[-1]["state"] == "ready"


def test_a_data_folder_that_cannot_be_made(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (dialog,) = said(start("look", "quit", home=tmp_path / "file" / "home"), code=1)
    assert dialog["dialog"]
    assert dialog["buttons"] == ["message_retry", "message_quit"]


@pytest.mark.usefixtures("tiny")
@pytest.mark.parametrize("has_database", [True, False])
def test_a_data_folder_that_cannot_be_written(start: Start, *, has_database: bool) -> None:
    if has_database:
        conversation()
    folder = paths.data_dir()
    prefix: tuple[str, ...] = ()
    if os.geteuid() == 0:  # to whom permissions mean nothing, unless that power is taken away
        if shutil.which("setpriv") is None:
            pytest.skip("needs setpriv")
        prefix = ("setpriv", "--bounding-set=-dac_override", "--inh-caps=-dac_override")
    folder.chmod(0o500)
    for file in folder.iterdir():
        file.chmod(0o400)
    try:
        (dialog,) = said(start("look", "quit", prefix=prefix), code=1)
    finally:
        folder.chmod(0o700)
    assert "read-only" in dialog["sentence"]
    assert dialog["buttons"] == ["message_retry", "message_quit"]


@pytest.mark.parametrize(
    "content", [b"{", b"\xff\xfe\x00", b"[]", b'{"temperature": "hot", "window": [1]}', b""]
)
def test_damaged_settings(start: Start, content: bytes) -> None:
    paths.settings_file().parent.mkdir(parents=True)
    paths.settings_file().write_bytes(content)
    (found,) = said(start("look"))
    assert found["state"] == "ready"
    assert found["error"] == ""


@pytest.mark.usefixtures("tiny")
def test_a_damaged_database_is_set_aside_only_when_asked(start: Start) -> None:
    paths.database().write_bytes(b"My diary. " * 2000)
    (dialog,) = said(start("look", "quit"), code=1)
    assert dialog["buttons"] == ["message_aside", "message_retry", "message_quit"]
    assert paths.database().read_bytes() == b"My diary. " * 2000
    _, found = said(start("look", "aside"))
    assert (found["state"], found["conversations"]) == ("ready", 0)
    (kept,) = paths.data_dir().glob("*.damaged-*[0-9]")
    assert kept.read_bytes() == b"My diary. " * 2000


@pytest.mark.usefixtures("tiny")
def test_try_again_looks_again(start: Start) -> None:
    paths.database().write_bytes(b"My diary. " * 2000)
    dialogs = said(start("look", "retry", "repair"))
    assert [("dialog" in d) for d in dialogs] == [True, True, False]


@pytest.mark.usefixtures("tiny")
def test_damage_in_the_middle_is_met_when_opened_and_the_window_lives(start: Start) -> None:
    """The list of conversations is sound; what is met later is told, and what was typed is kept."""
    with Store.open(paths.database()) as store:
        for number in range(30):
            made, user = store.begin(f"question {number}")
            answer = store.start_answer(made.id, user.id, "m")
            store.finish(answer.id, f"answer {number} " * 300, "", "done", {})
    with sqlite3.connect(paths.database()) as raw:
        (page,) = raw.execute("SELECT rootpage FROM sqlite_master WHERE name = 'message'").fetchone()
    raw.close()
    data = bytearray(paths.database().read_bytes())
    data[4096 * (page - 1) : 4096 * page] = b"\xa5" * 4096
    paths.database().write_bytes(data)
    found = said(start("open_first"))
    assert found == [{"error": "StoreUnreadable", "crash": False, "typed": "one more", "visible": True}]


@pytest.mark.usefixtures("tiny")
def test_a_database_of_a_newer_version(start: Start) -> None:
    conversation()
    with sqlite3.connect(paths.database()) as raw:
        raw.execute("PRAGMA user_version = 99")
    raw.close()
    before = paths.database().read_bytes()
    (dialog,) = said(start("look", "quit"), code=1)
    assert dialog["dialog"] == "A newer Slipstream wrote these conversations"
    assert dialog["buttons"] == ["message_retry", "message_quit"]
    assert paths.database().read_bytes() == before


def test_without_any_model(start: Start, tmp_path: Path) -> None:
    """The program in a folder without its built-in model, the last model gone: it says so and can be used."""
    settings.save(paths.settings_file(), Settings(last_model=str(tmp_path / "gone.gguf")))
    tree = tmp_path / "tree"
    ignore = shutil.ignore_patterns("__pycache__", "models")
    for part in ("desktop", "tests", "resources"):
        shutil.copytree(ROOT / part, tree / part, ignore=ignore)
    process = subprocess.run(
        command("look", str(tmp_path), module="starts"),
        env={**environment(), "PYTHONPATH": str(tree)},
        cwd=tree, capture_output=True, text=True, timeout=LIMIT_S, check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr
    found = json.loads(process.stdout)
    assert (found["state"], found["model"]) == ("no_model", "")


@pytest.mark.usefixtures("endless")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_polite_kill_while_streaming_keeps_the_answer(start: Start, number: signal.Signals) -> None:
    process = start("writing")
    kept = line(process)["kept"]
    process.send_signal(number)
    said(process)
    with Store.open(paths.database()) as store:
        (only,) = store.conversations()
        answer = store.thread(only.id)[-1]
    assert answer.state == "stopped"
    assert answer.text.startswith(kept)


@pytest.mark.usefixtures("endless")
def test_a_full_disk_while_streaming(start: Start) -> None:
    """The person is told, the answer goes on, and it is saved when there is room again."""
    (found,) = said(start("full"))
    assert found["told"]
    assert found["stopped"]
    assert found["kind"] == "StoreFull"
    assert found["still_writing"]
    assert found["refused"] == "one more"
    with Store.open(paths.database()) as store:
        (only,) = store.conversations()
        thread = store.thread(only.id)
    assert [message.role for message in thread] == ["user", "assistant"]
    assert thread[-1].state == "stopped"
    assert thread[-1].text
    assert thread[-1].text == found["shown"]
