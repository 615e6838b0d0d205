"""This computer and the files a race ran with, for the record. Must not know: what is raced."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path

import psutil

from desktop import __version__
from desktop.contest.data import Machine, ModelFile, path_text
from desktop.engine.hashes import sha256_16
from desktop.engine.types import DraftInfo, ModelInfo
from desktop.errors import ModelMissing

LIBRARY = "llama-cpp-python"


def machine() -> Machine:
    """What can be told without asking anybody for rights; "" and 0 where nothing can."""
    return Machine(
        cpu=_cpu(),
        cores=psutil.cpu_count(logical=False) or 0,
        threads=os.cpu_count() or 0,
        os=platform.platform(terse=False),
        python=platform.python_version(),
        slipstream=__version__,
        library=_library(),
    )


def model_file(info: ModelInfo | DraftInfo) -> ModelFile:
    """Which file it is. Reads all of it the first time."""
    return described(info.path, info.name)


def described(path: Path, name: str) -> ModelFile:
    """The same of a file that need not be loaded. Without size and hash when it was deleted meanwhile."""
    shown = path_text(path)
    try:
        return ModelFile(name, shown, sha256_16(path), path.stat().st_size)
    except (ModelMissing, OSError):  # no reason to lose the answer
        return ModelFile(name, shown, "", 0)


def _library() -> str:
    try:
        return metadata.version(LIBRARY)
    except metadata.PackageNotFoundError:  # a frozen program has no record of its packages
        from desktop.engine.binding import version

        return version().partition("/")[0]


def _cpu() -> str:
    """The processor as it calls itself."""
    try:
        with open("/proc/cpuinfo", encoding="utf-8", errors="replace") as file:
            for line in file:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
