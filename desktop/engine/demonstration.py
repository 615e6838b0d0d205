"""The model of the race shown before anything is downloaded: made on this computer, kept in the cache folder.

It is the built-in guide, padded. The file says of itself what it is, and from which guide it was made.
Knows: one file in one folder, and who else may be writing or deleting it. Must not know: what padding is,
llama.cpp, the window.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from time import sleep
from typing import BinaryIO

from desktop import gguf
from desktop.engine import ggufcopy, padded
from desktop.engine.ggufcopy import Contents
from desktop.errors import Cancelled, ModelError, ModelUnreadable, UserError

NAME = "guide-padded-q8_0.gguf"
KEY = "slipstream.demonstration"
"""Metadata key of the recipe and the guide the file was made from."""
TITLE = "Slipstream Guide, padded"
DESCRIPTION = (
    "The built-in guide with weights added that count nothing: it writes the same text at the cost of a "
    "larger model. Made on this computer, to show a race."
)
_RECIPE = 1  # raise when what is written changes
_POLL_S = 0.05


def demonstration(
    folder: Path,
    guide: Path,
    cancelled: Callable[[], bool] = lambda: False,
    progress: Callable[[float], None] = lambda _fraction: None,
) -> Path:
    """The demonstration model in `folder`, made if it is not there or the guide has changed.

    `progress` gets 0..1 while it is made. If another process is making it, this one waits.
    Raises: UserError when it cannot be written (disk full, read-only; facts: `path`, `needed` in bytes),
    ModelError (of the guide), Cancelled.
    """
    target, part = folder / NAME, _part(folder)
    made_from = _made_from(guide)
    if _said_by(target) == made_from:
        return target
    model = _model(guide, made_from)
    size = ggufcopy.size_of(model)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _claimed(part, cancelled) as file:
            if _said_by(target) != made_from:  # still: another process may just have made it
                _write(file, model, size, cancelled, progress)
                os.replace(part, target)
    except OSError as error:
        why = f"the demonstration model of {size / 1e6:.0f} MB cannot be written: {error.strerror or error}"
        raise UserError(why, path=str(target), needed=size) from error
    return target


def remove(folder: Path) -> None:
    """Delete it; fine when there is none. An engine that has it loaded keeps it until it is closed.

    Raises: UserError when it cannot be deleted (facts: `path`).
    """
    target, part = folder / NAME, _part(folder)
    try:
        target.unlink(missing_ok=True)
        with suppress(FileNotFoundError), part.open("r+b") as file:  # left by a process that was killed
            if _locked(file, part):
                part.unlink()
    except OSError as error:
        why = f"the demonstration model cannot be deleted: {error.strerror or error}"
        raise UserError(why, path=str(target)) from error


def is_demonstration(path: Path) -> bool:
    """Whether a file is one, by what it says of itself, whatever it is called."""
    return bool(_said_by(path))


def _made_from(guide: Path) -> str:
    gguf.read_header(guide)
    try:
        return f"{_RECIPE} {hashlib.sha256(guide.read_bytes()).hexdigest()}"
    except OSError as error:
        raise ModelUnreadable(str(error), path=str(guide)) from error


def _said_by(path: Path) -> str:
    """What a file says it was made from; "" when it is no whole demonstration model."""
    try:
        return gguf.read_header(path).text(KEY)
    except ModelError:
        return ""


def _model(guide: Path, made_from: str) -> Contents:
    model = padded.pad(ggufcopy.read(guide))
    said = {"general.name": TITLE, "general.description": DESCRIPTION, KEY: made_from}
    values = model.values | {key: ggufcopy.text(value) for key, value in said.items()}
    values.pop("general.size_label", None)  # the guide's
    return Contents(values, model.tensors)


def _write(
    file: BinaryIO,
    model: Contents,
    size: int,
    cancelled: Callable[[], bool],
    progress: Callable[[float], None],
) -> None:
    file.truncate(0)  # what a killed process left
    _reserve(file, size)
    written = 0
    for piece in ggufcopy.pieces(model):
        if cancelled():
            raise Cancelled
        file.write(piece)
        written += len(piece)
        progress(written / size)
    file.flush()
    os.fsync(file.fileno())  # before it gets its name: after a power cut it must be whole or not there


def _reserve(file: BinaryIO, size: int) -> None:
    """Ask for all the room at once: a disk that is too full says so now, and is not filled up first."""
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise
        # Not every file system can: then writing finds out.


def _part(folder: Path) -> Path:
    return folder / f".{NAME}.part"


@contextmanager
def _claimed(part: Path, cancelled: Callable[[], bool]) -> Iterator[BinaryIO]:
    """The unfinished file, for one process at a time; gone afterwards unless it got another name.

    The claim of a killed process ends with it, and its file goes to the next.
    """
    while True:
        if cancelled():
            raise Cancelled
        with open(os.open(part, os.O_RDWR | os.O_CREAT, 0o644), "r+b") as file:
            if not _locked(file, part):
                sleep(_POLL_S)
                continue
            try:
                yield file
            finally:
                if _is(file, part):
                    part.unlink()
            return


def _locked(file: BinaryIO, path: Path) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return _is(file, path)  # the one before may have given it its name meanwhile


def _is(file: BinaryIO, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    except FileNotFoundError:
        return False
