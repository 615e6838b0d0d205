"""The demonstration model: the guide's own text at the cost of a larger model, and no trouble on the disk."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from gguf import GGUFReader

from desktop import gguf, paths
from desktop.engine import demonstration as demo
from desktop.engine import ggufcopy, padded
from desktop.engine.engine import Engine, default_threads
from desktop.engine.types import LoadOptions, Request, Speculation
from desktop.errors import Cancelled, ModelMissing, ModelUnsupported, UserError
from tests.tiny_gguf import Tiny
from tests.unit.engine.answers import GREEDY, ask, user

QUESTION = "What is speculative decoding?"
LIMIT = 60_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "cache"
    demo.remove(tmp_path / "cache")  # pytest keeps the folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("demonstration")
    yield demo.demonstration(folder, paths.guide_model())
    demo.remove(folder)


def engine(path: Path) -> Engine:
    return Engine.load(LoadOptions(path, n_ctx=512, n_threads=1, probe=False))


def test_it_says_what_it_is(made: Path) -> None:
    header = gguf.read_header(made)
    assert (header.name, header.architecture, header.quantisation) == (demo.TITLE, "llama", "Q8_0")
    assert "count nothing" in header.text("general.description")
    assert demo.is_demonstration(made)
    assert not demo.is_demonstration(paths.guide_model())
    assert not demo.is_demonstration(made.with_name("none.gguf"))


def test_it_has_the_size_that_is_meant(made: Path) -> None:
    header = gguf.read_header(made)
    assert 150e6 < header.file_size < 200e6
    assert header.n_layer == padded.LAYERS
    assert default_threads(header.file_size) == default_threads(1 << 40)


def test_it_writes_what_the_guide_writes(made: Path) -> None:
    request = Request(user(QUESTION), sampling=GREEDY)
    with engine(paths.guide_model()) as guide:
        plain = ask(guide, QUESTION, max_tokens=24)
        logits = guide.logits_after(request, plain.tokens)
    with engine(made) as large:
        assert ask(large, QUESTION, max_tokens=24).tokens == plain.tokens
        np.testing.assert_allclose(large.logits_after(request, plain.tokens), logits, rtol=0, atol=1e-4)
    assert len(plain.tokens) == 24


def test_the_guides_draft_drafts_for_it(made: Path) -> None:
    speculation = Speculation("draft", paths.guide_draft(), 4)
    with engine(made) as large:
        judged = large.judge_draft(paths.guide_draft())
        plain = ask(large, QUESTION, max_tokens=24)
        answer = ask(large, QUESTION, max_tokens=24, speculation=speculation)
    assert judged.reason == ""
    assert all(check.passed for check in judged.checks)
    assert answer.tokens == plain.tokens
    assert answer.finished.speculated.accepted > 10


def test_nothing_of_what_is_added_can_be_left_out(made: Path) -> None:
    """The added weights are numbers like others, but for those that would change the text."""
    mine = {tensor.name: tensor for tensor in GGUFReader(made).tensors}
    theirs = {tensor.name: tensor for tensor in GGUFReader(paths.guide_model()).tensors}
    for name, tensor in mine.items():
        kept = theirs.get(name)
        start = kept.data.size if kept is not None and "ffn_down" not in name else 0
        added = tensor.data.reshape(-1)[start:]
        if kept is not None:
            rows, width = kept.data.shape if kept.data.ndim == 2 else (1, kept.data.size)
            ours = tensor.data.reshape(1, -1) if kept.data.ndim == 1 else tensor.data
            assert np.array_equal(ours[:rows, :width], kept.data.reshape(rows, width)), name
            added = ours[:, width:] if "ffn_down" in name else added
        if "ffn_down" in name or "attn_output" in name:
            assert not added.any(), name
        elif added.size:
            assert np.count_nonzero(added) > 0.25 * added.size, name
    assert len(mine) == 2 + 9 * padded.LAYERS


@pytest.mark.parametrize("path", [paths.guide_model(), paths.guide_draft()], ids=lambda path: path.stem)
def test_a_copy_without_changes_is_the_same_file(path: Path) -> None:
    assert b"".join(ggufcopy.pieces(ggufcopy.read(path))) == path.read_bytes()


def test_another_kind_of_model_is_refused(models: Callable[[Tiny], Path], folder: Path) -> None:
    with pytest.raises(ModelUnsupported):
        demo.demonstration(folder, models(Tiny()))
    with pytest.raises(ModelMissing):
        demo.demonstration(folder, folder / "none.gguf")
    assert not folder.exists()


def test_it_is_made_once_and_again_when_the_guide_changes(folder: Path, tmp_path: Path) -> None:
    guide = tmp_path / "guide.gguf"
    data = bytearray(paths.guide_model().read_bytes())
    guide.write_bytes(data)
    told: list[float] = []
    path = demo.demonstration(folder, guide, progress=told.append)
    assert (told[-1], told) == (1.0, sorted(told))
    first = path.stat().st_ino
    assert demo.demonstration(folder, guide).stat().st_ino == first
    data[-5] ^= 1
    guide.write_bytes(data)
    assert demo.demonstration(folder, guide).stat().st_ino != first
    os.truncate(path, 1_000_000)
    assert demo.demonstration(folder, guide).stat().st_size > LIMIT
    demo.remove(folder)
    demo.remove(folder)
    assert list(folder.iterdir()) == []


def test_cancelling_leaves_nothing_behind(folder: Path) -> None:
    asked = count()
    with pytest.raises(Cancelled):
        demo.demonstration(folder, paths.guide_model(), cancelled=lambda: next(asked) > 40)
    assert list(folder.iterdir()) == []


@contextmanager
def disk_of(size: int) -> Iterator[None]:
    """Files cannot grow beyond `size`."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("reserves", [True, False], ids=["at once", "half-way"])
def test_a_full_disk_is_told_and_nothing_is_left(
    folder: Path, reserves: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def cannot(*_: object) -> None:
        raise OSError(errno.EOPNOTSUPP, "this file system cannot")

    told: list[float] = []
    if not reserves:
        monkeypatch.setattr(os, "posix_fallocate", cannot)
    with disk_of(LIMIT), pytest.raises(UserError, match="186 MB cannot be written: ") as caught:
        demo.demonstration(folder, paths.guide_model(), progress=told.append)
    assert int(caught.value.facts["needed"]) > LIMIT
    assert (told == []) == reserves
    assert list(folder.iterdir()) == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(UserError, match="cannot be written"):
        demo.demonstration(tmp_path / "file", paths.guide_model())
    (tmp_path / "folder" / demo.NAME).mkdir(parents=True)
    with pytest.raises(UserError, match="cannot be written"):
        demo.demonstration(tmp_path / "folder", paths.guide_model())
    with pytest.raises(UserError, match="cannot be deleted"):
        demo.remove(tmp_path / "folder")


CHILD = """
import sys
from pathlib import Path
from desktop import paths
from desktop.engine.demonstration import demonstration
half = False
def progress(done):
    global half
    if done > 0.5 and not half:
        half = True
        print("half", flush=True)
        sys.stdin.readline()
demonstration(Path(sys.argv[1]), paths.guide_model(), progress=progress)
"""


@pytest.fixture
def other(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that is in the middle of making it, and goes on when it is sent a line."""
    process = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        yield process
        process.kill()


def test_a_killed_process_harms_nothing(folder: Path, other: subprocess.Popen[str]) -> None:
    other.send_signal(signal.SIGKILL)
    other.wait()
    (left,) = folder.iterdir()
    assert left.name != demo.NAME
    path = demo.demonstration(folder, paths.guide_model())
    assert list(folder.iterdir()) == [path]
    left.write_bytes(b"and once more")
    demo.remove(folder)
    assert list(folder.iterdir()) == []


def test_two_processes_make_one_file(folder: Path, other: subprocess.Popen[str]) -> None:
    demo.remove(folder)  # what is being written is left alone
    assert len(list(folder.iterdir())) == 1
    asked, told = count(), list[float]()

    def waiting() -> bool:
        if next(asked) == 1:  # found the other one at work
            assert other.stdin is not None
            other.stdin.write("go on\n")
            other.stdin.flush()
        return False

    path = demo.demonstration(folder, paths.guide_model(), waiting, told.append)
    assert other.wait() == 0
    assert told == []
    assert list(folder.iterdir()) == [path]
    assert demo.is_demonstration(path)


def test_a_wait_for_another_process_can_be_cancelled(folder: Path, other: subprocess.Popen[str]) -> None:
    asked = count()
    with pytest.raises(Cancelled):
        demo.demonstration(folder, paths.guide_model(), lambda: next(asked) > 1)
    assert other.poll() is None
