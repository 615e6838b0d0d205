"""The whole path in the real window: type, stream, keep, come back, stop, survive a bad file and a kill."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from desktop import paths, settings
from desktop.settings import Settings
from desktop.store.store import Store
from tests.e2e.conftest import ROOT, command, environment
from tests.tiny_gguf import Tiny, write_tiny

pytestmark = pytest.mark.e2e
Drive = Callable[..., dict[str, Any]]
KILLS = int(os.environ.get("SLIPSTREAM_KILLS", "3"))


@pytest.fixture
def endless_model(tmp_path: Path) -> Path:
    """A model whose answers do not end, chosen as the one used last."""
    path = write_tiny(tmp_path / "endless.gguf", Tiny(n_ctx=32_768, layers=4, width=256, heads=8))
    chosen = Settings(last_model=str(path), n_ctx=32_768, max_tokens=0, temperature=0.0)
    settings.save(paths.settings_file(), chosen)
    return path


def test_a_typed_question_is_answered_streaming_and_is_there_again_tomorrow(drive: Drive) -> None:
    question = "What is speculative decoding?"
    result = drive("ask", question)
    asked, answer = result["thread"]
    assert asked == question
    assert "".join(result["streamed"]) == answer
    assert result["state"] == result["shown"] == "done"
    assert result["receipt"]["output_tokens"] > 5
    assert result["receipt"]["decode_ms"] > 0
    assert result["title"].startswith(question)
    if os.environ.get("DISPLAY"):
        assert result["platform"] == "xcb"
    again = drive("reopen")
    assert again["thread"] == [asked, answer]


def test_versions_by_keyboard(drive: Drive) -> None:
    assert drive("versions", "What is a token?") == {"again": [2, 2], "first": [1, 2]}


@pytest.mark.usefixtures("endless_model")
def test_escape_stops_an_answer_and_keeps_it(drive: Drive) -> None:
    result = drive("stop", "hello")
    assert result["state"] == "stopped"
    assert result["text"]


def test_a_file_that_is_no_model_changes_nothing(drive: Drive, tmp_path: Path) -> None:
    bad = tmp_path / "broken.gguf"
    bad.write_bytes(b"GGUF\x03\x00\x00\x00" + os.urandom(200))
    result = drive("bad_file", str(bad))
    assert "broken.gguf" in result["error"]
    assert result["state"] == "done"
    assert result["model"]


@pytest.mark.usefixtures("endless_model")
def test_kill_while_streaming_loses_nothing_committed(
    slipstream_home: Path, pictures: Path, drive: Drive
) -> None:
    """SIGKILL in the middle of an answer, over and over: every question and checkpoint is still there."""
    committed: list[tuple[str, str]] = []
    for number in range(KILLS):
        question = f"question {number}"
        child = subprocess.Popen(
            command("endless", str(pictures), question),
            env={**environment(), "SLIPSTREAM_HOME": str(slipstream_home)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert child.stdout is not None
        kept = json.loads(child.stdout.readline())["kept"]
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        committed.append((question, kept))
    with sqlite3.connect(paths.database()) as raw:
        assert raw.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    raw.close()
    with Store.open(paths.database()) as store:
        threads = {t[0].text: t[1] for t in (store.thread(c.id) for c in store.conversations())}
    for question, kept in committed:
        assert threads[question].text.startswith(kept)
        assert threads[question].state == "interrupted"
    assert drive("reopen")["states"][-1] == "interrupted"
