"""A process killed at any moment loses nothing that it said was kept. `SLIPSTREAM_KILLS=50` looks longer."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop.store.store import Store
from desktop.store.types import Message

KILLS = int(os.environ.get("SLIPSTREAM_KILLS", "10"))
WRITER = Path(__file__).with_name("writer.py")
ROOT = WRITER.parents[3]


def test_nothing_acknowledged_is_lost(path: Path) -> None:
    chance = random.Random(20)
    acknowledged: list[str] = []
    for run in range(KILLS):
        acknowledged += run_and_kill(path, run, lines=chance.randrange(1, 60))
        assert_sound(path)
        with Store.open(path) as store:
            for line in acknowledged:
                assert_kept(store.message, line)
            # The window can go on: every conversation opens, and none waits for a writer that is dead.
            for conversation in store.conversations():
                assert all(m.state in ("done", "interrupted") for m in store.thread(conversation.id))
    assert sum(line.startswith("user") for line in acknowledged) > KILLS


def run_and_kill(path: Path, run: int, lines: int) -> list[str]:
    """Let a writer acknowledge `lines` lines, kill it amid whatever comes next, return what it said."""
    child = subprocess.Popen(
        [sys.executable, str(WRITER), str(path), str(run)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdout is not None
    with child.stdout:
        said = [child.stdout.readline() for _ in range(lines)]
        child.kill()
        said += child.stdout.readlines()
    child.wait()
    assert said[0] == "opened\n", "the writer did not start"
    return [line.rstrip("\n") for line in said[1:] if line.endswith("\n")]


def assert_sound(path: Path) -> None:
    """The database as the kill left it, before the store touches it."""
    db = sqlite3.connect(path)
    try:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        for index in ("message_fts", "title_fts"):
            db.execute(f"INSERT INTO {index}({index}, rank) VALUES ('integrity-check', 1)")
    finally:
        db.close()


def assert_kept(read: Callable[[int], Message], line: str) -> None:
    kind, number, rest = line.split(" ", 2)
    message = read(int(number))
    if kind == "user":
        assert (message.role, message.text) == ("user", rest)
    elif kind == "done":
        assert (message.state, message.text) == ("done", rest)
    else:  # a checkpoint: that text or a later one
        assert message.state == "done" or message.text.count("word") >= 40 * int(rest)


def test_another_living_process_keeps_its_answer(path: Path) -> None:
    child = subprocess.Popen(
        [sys.executable, str(WRITER.with_name("holder.py")), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert child.stdin is not None
    assert child.stdout is not None
    with child.stdin, child.stdout:
        answer = int(child.stdout.readline())
        with Store.open(path) as store:
            assert store.message(answer).state == "streaming"
        child.kill()
        child.wait()
    with Store.open(path) as store:
        assert store.message(answer).state == "interrupted"
        assert store.message(answer).text == "half"
        assert store.reopen(answer).text == "half"


@pytest.mark.parametrize(
    "owner", ["", "nonsense", "1 not-a-time", "999999999 1", "-1 1", f"{os.getppid()} 1"]
)
def test_answers_of_unknown_sessions_are_interrupted(path: Path, owner: str) -> None:
    with Store.open(path) as store:
        conversation, question = store.begin("q")
        answer = store.start_answer(conversation.id, question.id, "m")
    db = sqlite3.connect(path)
    db.execute("UPDATE message SET owner = ? WHERE id = ?", (owner, answer.id))
    db.commit()
    db.close()
    with Store.open(path) as store:
        assert store.message(answer.id).state == "interrupted"
