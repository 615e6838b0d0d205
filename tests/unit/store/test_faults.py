"""What the world does to a file: damage, other programs, newer versions, no room, two at once."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.errors import StoreError, StoreFull, StoreTooNew, StoreUnreadable
from desktop.store import schema
from desktop.store.store import Store


def fill(path: Path, conversations: int = 30) -> None:
    with Store.open(path) as store:
        for n in range(conversations):
            conversation, question = store.begin(f"question {n}")
            answer = store.start_answer(conversation.id, question.id, "m")
            store.checkpoint(answer.id, f"answer {n} " * 300, "")


def read_everything(path: Path) -> None:
    with Store.open(path) as store:
        for conversation in store.conversations():
            store.thread(conversation.id)


def test_an_empty_file_is_a_new_database(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.touch()
    with Store.open(path) as store:
        assert store.conversations() == []


def test_not_a_database_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    path.write_bytes(b"My diary, which is no database.\n" * 200)
    before = path.read_bytes()
    with pytest.raises(StoreUnreadable) as caught:
        Store.open(path)
    assert caught.value.facts["path"] == str(path)
    assert path.read_bytes() == before


def test_a_database_of_another_program_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir(parents=True)
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE bookmark(url TEXT)")
    db.commit()
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreUnreadable, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_newer_version_is_refused_and_left_alone(path: Path) -> None:
    fill(path, 1)
    db = sqlite3.connect(path)
    db.execute("PRAGMA user_version = 99")
    db.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew) as caught:
        Store.open(path)
    assert caught.value.facts == {"path": str(path), "version": 99, "known": len(schema.MIGRATIONS)}
    assert path.read_bytes() == before


def test_damaged_pages_are_reported_wherever_they_are_met(path: Path) -> None:
    fill(path)
    data = bytearray(path.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)  # the first page still says what tables there are
    path.write_bytes(data)
    with pytest.raises(StoreUnreadable):
        read_everything(path)


def test_a_truncated_file_is_reported(path: Path) -> None:
    fill(path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreUnreadable):
        read_everything(path)


def test_after_a_crash_every_page_is_looked_at(path: Path) -> None:
    fill(path)
    data = bytearray(path.read_bytes())
    data[-4096 * 8 :] = b"\xa5" * 4096 * 8
    path.write_bytes(data)
    path.with_name(path.name + "-wal").write_bytes(b"left over")
    with pytest.raises(StoreUnreadable):
        Store.open(path)


def test_setting_aside_keeps_the_file_and_its_log(path: Path) -> None:
    names = []
    for content in (b"first", b"second"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content * 1000)
        path.with_name(path.name + "-wal").write_bytes(b"log of " + content)
        aside = Store.set_aside(path)
        names.append(aside.name)
        assert aside.read_bytes() == content * 1000
        assert aside.with_name(aside.name + "-wal").read_bytes() == b"log of " + content
        with Store.open(path) as store:
            assert store.conversations() == []
    assert names[0].startswith(path.name + ".damaged-20")
    assert names[1] == names[0] + "-2"


def test_a_sound_database_set_aside_can_still_be_read(path: Path) -> None:
    store = Store.open(path)
    store.begin("still in the log")
    aside = Store.set_aside(path)  # before the log is folded in, as after a crash
    with Store.open(aside) as old:
        assert [c.title for c in old.conversations()] == ["still in the log"]
    store.close()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreFull):
        Store.open(tmp_path / "file" / "conversations.sqlite3")


def test_a_folder_where_the_database_should_be(path: Path) -> None:
    path.mkdir(parents=True)
    with pytest.raises(StoreFull):
        Store.open(path)


def test_a_full_disk_loses_nothing_that_was_there(store: Store) -> None:
    conversation, question = store.begin("before")
    pages = store._db.execute("PRAGMA page_count").fetchone()[0]
    store._db.execute(f"PRAGMA max_page_count = {pages + 2}")  # what SQLite says when the disk is full
    with pytest.raises(StoreFull):
        store.add_user(conversation.id, question.id, "x" * 100_000)
    with pytest.raises(StoreFull):
        store.begin("y" * 100_000)
    assert [m.text for m in store.thread(conversation.id)] == ["before"]
    assert len(store.conversations()) == 1
    store._db.execute("PRAGMA max_page_count = 1000000")  # room was made
    store.add_user(conversation.id, question.id, "after")
    assert [m.text for m in store.thread(conversation.id)] == ["before", "after"]


LIMITED = """
import resource, sys
from pathlib import Path
from desktop.errors import StoreFull
from desktop.store.store import Store

store = Store.open(Path(sys.argv[1]))
conversation, message = store.begin("kept")
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
try:
    while True:
        message = store.add_user(conversation.id, message.id, "x" * 20_000)
        print(message.id, flush=True)
except StoreFull as error:
    print(error.kind, len(store.thread(conversation.id)), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a file size limit")
def test_writes_that_the_system_refuses(path: Path) -> None:
    root = Path(__file__).parents[3]
    child = subprocess.run(
        [sys.executable, "-c", LIMITED, str(path)],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(root)},
    )
    *acknowledged, last = child.stdout.splitlines()
    assert acknowledged
    assert last == f"StoreFull {len(acknowledged) + 1}"
    with Store.open(path) as store:
        (conversation,) = store.conversations()
        assert [str(m.id) for m in store.thread(conversation.id)[1:]] == acknowledged


def test_locked_by_another_is_not_damage(store: Store, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    store._db.execute("PRAGMA busy_timeout = 10")
    with pytest.raises(StoreError) as caught:
        store.begin("x")
    assert caught.value.kind == "StoreError"
    assert store.conversations() == []  # reading goes on
    other.execute("ROLLBACK")
    other.close()
    store.begin("x")


def test_a_migration_is_all_or_nothing(path: Path) -> None:
    fill(path, 2)
    db = schema.connect(path)
    known = len(schema.MIGRATIONS)
    bad = (
        *schema.MIGRATIONS,
        ("ALTER TABLE conversation ADD COLUMN pinned INTEGER", "CREATE TABLE conversation(x)"),
    )
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(db, bad)
    assert "pinned" not in [row["name"] for row in db.execute("PRAGMA table_info(conversation)")]
    good = (*schema.MIGRATIONS, ("ALTER TABLE conversation ADD COLUMN pinned INTEGER",))
    schema.migrate(db, good)
    schema.migrate(db, good)
    assert db.execute("PRAGMA user_version").fetchone()[0] == known + 1
    assert db.execute("SELECT count(pinned), count(*) FROM conversation").fetchone()[:] == (0, 2)
    db.close()
