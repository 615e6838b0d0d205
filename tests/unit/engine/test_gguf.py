"""The header reader: what it says, and that no file can hurt it."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from desktop import gguf
from desktop.errors import ModelError, ModelMissing, ModelUnreadable
from tests.tiny_gguf import CHATML, Tiny

Models = Callable[[Tiny], Path]


def text(value: str) -> bytes:
    return struct.pack("<Q", len(value)) + value.encode()


def start(tensors: int = 0, pairs: int = 0, version: int = 3) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", version, tensors, pairs)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[bytes], Path]:
    def write(data: bytes) -> Path:
        path = tmp_path / "model.gguf"
        path.write_bytes(data)
        return path

    return write


def test_a_header_says_what_is_in_it(models: Models) -> None:
    path = models(Tiny())
    header = gguf.read_header(path)
    assert (header.architecture, header.name, header.quantisation) == ("llama", "Tiny", "F32")
    assert (header.n_ctx_train, header.n_layer, header.split_count) == (512, 2, 1)
    assert header.chat_template == CHATML
    assert header.n_vocab == header.lengths["tokenizer.ggml.tokens"] == 342
    assert header.tensor_bytes == header.parameters * 4
    assert header.tensor_bytes < header.file_size == path.stat().st_size


def test_a_missing_file_and_a_folder_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing):
        gguf.read_header(tmp_path / "none.gguf")
    with pytest.raises(ModelUnreadable, match="folder"):
        gguf.read_header(tmp_path)
    with pytest.raises(ModelError):
        gguf.read_header(tmp_path / "nul\0.gguf")
    with pytest.raises(ModelError):
        gguf.read_header(tmp_path / ("long" * 100))


def test_a_file_cut_off_anywhere_is_unreadable(models: Models, written: Callable[[bytes], Path]) -> None:
    data = models(Tiny()).read_bytes()
    chance = random.Random(5)
    for size in [0, 1, 3, 4, 7, 23, 24, len(data) - 1, *(chance.randrange(len(data)) for _ in range(200))]:
        with pytest.raises(ModelUnreadable):
            gguf.read_header(written(data[:size]))


HOSTILE = {
    "not a gguf": b"PK\x03\x04" + b"\0" * 100,
    "version 1": start(version=1),
    "big-endian": b"GGUF" + struct.pack(">IQQ", 3, 1, 1),
    "many tensors": start(tensors=1 << 60),
    "many pairs": start(pairs=1 << 60),
    "long key": start(pairs=1) + struct.pack("<Q", 1 << 62) + b"x" * 100,
    "long text": start(pairs=1) + text("k") + struct.pack("<IQ", 8, 1 << 40) + b"x" * 100,
    "long array": start(pairs=1) + text("k") + struct.pack("<IIQ", 9, 4, 1 << 61),
    "long array of texts": start(pairs=1) + text("k") + struct.pack("<IIQ", 9, 8, 1 << 61),
    "nested array": start(pairs=1) + text("k") + struct.pack("<IIQ", 9, 9, 5),
    "unknown type": start(pairs=1) + text("k") + struct.pack("<I", 77),
    "nine dimensions": start(tensors=1) + text("t") + struct.pack("<I", 9),
    "huge tensor": start(tensors=1) + text("t") + struct.pack("<IQQQQIQ", 4, *[1 << 40] * 4, 0, 0),
    "far offset": start(tensors=1) + text("t") + struct.pack("<IQIQ", 1, 4, 0, 1 << 63),
    "misaligned": start(tensors=1) + text("t") + struct.pack("<IQIQ", 1, 4, 0, 3) + b"\0" * 100,
    "no alignment": start(tensors=1, pairs=1)
    + text("general.alignment")
    + struct.pack("<II", 4, 0)
    + b"\0" * 100,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_header_is_refused_without_eating_memory(
    name: str, written: Callable[[bytes], Path]
) -> None:
    path = written(HOSTILE[name])
    tracemalloc.start()
    try:
        with pytest.raises(ModelUnreadable):
            gguf.read_header(path)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_random_damage_is_read_or_refused_never_more(
    models: Models, written: Callable[[bytes], Path]
) -> None:
    data = models(Tiny()).read_bytes()
    chance = random.Random(11)
    refused = 0
    for _ in range(400):
        damaged = bytearray(data)
        for _ in range(8):
            damaged[chance.randrange(10_000)] = chance.randrange(256)
        try:
            gguf.read_header(written(bytes(damaged))).name  # noqa: B018 - reading it is the test
        except ModelUnreadable:
            refused += 1
    assert refused > 50


def test_names_of_split_files_are_known() -> None:
    parts = gguf.parts_of(Path("dir/big-00001-of-00003.gguf"))
    assert [part.name for part in parts] == [f"big-0000{i}-of-00003.gguf" for i in (1, 2, 3)]
    assert gguf.parts_of(Path("one.gguf")) == [Path("one.gguf")]
