"""Reads the header of a GGUF file, and believes none of it: sizes are bounded before anything is read.

Pure standard library. Knows: the GGUF format, versions 2 and 3. Must not know: llama.cpp, memory, loading.
"""

from __future__ import annotations

import os
import re
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from desktop.errors import ModelMissing, ModelUnreadable

Scalar = int | float | bool | str
MAX_PAIRS = 1 << 16
MAX_TENSORS = 1 << 17
MAX_KEY = 1 << 12
MAX_TEXT = 8 << 20
MAX_ITEMS = 8 << 20
"""Most items in one array: vocabularies have up to about a million."""
KEPT_ITEMS = 1 << 12
"""Numeric arrays up to this length are kept (per-layer values), longer ones only counted."""

_STRING, _ARRAY, _BOOL = 8, 9, 7
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
# ggml type -> (values per block, bytes per block)
_TYPES: dict[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17),
}  # fmt: skip
_QUANTISATIONS = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K", 11: "Q3_K_S",
    12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S", 17: "Q5_K_M", 18: "Q6_K",
    19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS", 23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL",
    26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M", 30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0",
    37: "TQ2_0", 38: "MXFP4", 39: "NVFP4", 40: "Q1_0", 41: "Q2_0",
}  # fmt: skip
_PART = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a file says of itself.

    `tensor_bytes` and `file_size` in bytes; `parameters` = values in all tensors.
    """

    path: Path
    version: int
    file_size: int
    tensors: int
    tensor_bytes: int
    parameters: int
    metadata: dict[str, Scalar] = field(repr=False)
    arrays: dict[str, tuple[int | float, ...]] = field(repr=False)
    lengths: dict[str, int] = field(repr=False)
    """Number of items of every array."""

    def text(self, key: str) -> str:
        """A text value, "" when absent."""
        value = self.metadata.get(key, "")
        return value if isinstance(value, str) else ""

    def number(self, key: str, default: int = 0) -> int:
        """A whole number; of an array (one value per layer) the largest."""
        value = self.metadata.get(key)
        if isinstance(value, (int, float)):
            return int(value)
        return int(max(self.arrays.get(key) or (default,)))

    def of_model(self, key: str, default: int = 0) -> int:
        """A whole number under the architecture's own prefix, like `context_length`."""
        return self.number(f"{self.architecture}.{key}", default)

    @property
    def architecture(self) -> str:
        """Like `llama` or `qwen3`."""
        return self.text("general.architecture")

    @property
    def name(self) -> str:
        """The model's name, "" when the file has none."""
        return name_from(self.text("general.name"))

    @property
    def quantisation(self) -> str:
        """Like `Q4_K_M`; "" when the file does not say."""
        return _QUANTISATIONS.get(self.number("general.file_type", -1), "")

    @property
    def n_ctx_train(self) -> int:
        """Context length the model was trained for, 0 when not said."""
        return self.of_model("context_length")

    @property
    def n_layer(self) -> int:
        """Number of layers."""
        return self.of_model("block_count")

    @property
    def n_vocab(self) -> int:
        """Size of the vocabulary."""
        return self.lengths.get("tokenizer.ggml.tokens", 0)

    @property
    def chat_template(self) -> str:
        """The chat template, "" when none."""
        return self.text("tokenizer.chat_template")

    @property
    def split_count(self) -> int:
        """Number of files the model is spread over, 1 for nearly all."""
        return max(self.number("split.count", 1), 1)


def read_header(path: Path) -> GgufHeader:
    """Read and check a header; also that the file holds all the tensor data it promises.

    Raises: ModelMissing, ModelUnreadable.
    """
    try:
        if not path.is_file():
            if path.exists():
                raise ModelUnreadable("it is a folder, not a file", path=str(path))
            raise ModelMissing("no such file", path=str(path))
        with path.open("rb") as file:
            return _Reader(file, path, os.fstat(file.fileno()).st_size).header()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise ModelUnreadable(str(error), path=str(path)) from error


def name_from(text: str) -> str:
    """A name as it may be shown: on one line, without what cannot be seen, at most 80 characters."""
    return "".join(c for c in " ".join(text.split()) if c.isprintable()).strip()[:80]


def parts_of(path: Path) -> list[Path]:
    """All files of a model that is spread over several; the path alone when it is one file."""
    match = _PART.search(path.name)
    if match is None:
        return [path]
    stem, count = path.name[: match.start()], int(match[2])
    numbers = range(1, min(count, 1000) + 1)
    return [path.with_name(f"{stem}-{number:05d}-of-{count:05d}.gguf") for number in numbers]


class _Reader:
    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self._file = file
        self._path = path
        self._size = size
        self._metadata: dict[str, Scalar] = {}
        self._arrays: dict[str, tuple[int | float, ...]] = {}
        self._lengths: dict[str, int] = {}
        self._items = 0

    def _bad(self, why: str) -> ModelUnreadable:
        return ModelUnreadable(why, path=str(self._path))

    def header(self) -> GgufHeader:
        magic = self._file.read(4)
        if not magic:
            raise self._bad("the file is empty")
        if magic != b"GGUF":
            raise self._bad("it does not begin like a GGUF file")
        (version,) = self._unpack("I")
        if version not in (2, 3):
            raise self._bad(f"GGUF version {version} is not known (a large number: big-endian)")
        tensors, pairs = self._unpack("QQ")
        if tensors > MAX_TENSORS or pairs > MAX_PAIRS:
            raise self._bad(f"impossible counts: {tensors} tensors, {pairs} values")
        for _ in range(pairs):
            self._pair()
        tensor_bytes, parameters = self._tensors(tensors)
        return GgufHeader(
            self._path, version, self._size, tensors, tensor_bytes, parameters,
            self._metadata, self._arrays, self._lengths,
        )  # fmt: skip

    def _read(self, count: int) -> bytes:
        data = self._file.read(count)
        if len(data) != count:
            raise self._bad("the file ends in the middle of its header")
        return data

    def _unpack(self, form: str) -> tuple[int, ...]:
        return struct.unpack("<" + form, self._read(struct.calcsize("<" + form)))

    def _text(self, limit: int) -> str:
        (length,) = self._unpack("Q")
        if length > limit:
            raise self._bad(f"a text of {length} bytes in its header")
        return self._read(length).decode("utf-8", "replace")

    def _skip(self, count: int) -> None:
        if self._file.tell() + count > self._size:
            raise self._bad("the file ends in the middle of its header")
        self._file.seek(count, os.SEEK_CUR)

    def _pair(self) -> None:
        key = self._text(MAX_KEY)
        (kind,) = self._unpack("I")
        if kind == _ARRAY:
            self._array(key)
        elif kind == _STRING:
            self._metadata[key] = self._text(MAX_TEXT)
        else:
            (value,) = self._unpack(self._form(kind))
            self._metadata[key] = bool(value) if kind == _BOOL else value

    def _form(self, kind: int) -> str:
        form = _FORMATS.get(kind)
        if form is None:
            raise self._bad(f"a value of unknown type {kind} in its header")
        return form

    def _array(self, key: str) -> None:
        kind, count = self._unpack("IQ")
        self._items += count
        if self._items > MAX_ITEMS:
            raise self._bad(f"an array of {count} values in its header")
        self._lengths[key] = count
        if kind == _STRING:
            for _ in range(count):
                (length,) = self._unpack("Q")
                if length > MAX_TEXT:
                    raise self._bad(f"a text of {length} bytes in its header")
                self._skip(length)
            return
        form = self._form(kind)
        if count <= KEPT_ITEMS:
            self._arrays[key] = self._unpack(f"{count}{form}")
        else:
            self._skip(count * struct.calcsize(form))

    def _tensors(self, count: int) -> tuple[int, int]:
        """Check that every tensor lies inside the file. Returns bytes and values of all of them."""
        alignment = self._metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or not 1 <= alignment <= 1 << 20 or alignment & (alignment - 1):
            raise self._bad(f"impossible alignment: {alignment}")
        total = values = end = 0
        for _ in range(count):
            name = self._text(MAX_KEY)
            (dimensions,) = self._unpack("I")
            if not 1 <= dimensions <= 4:
                raise self._bad(f"tensor {name[:60]!r} has {dimensions} dimensions")
            numbers = self._unpack(f"{dimensions}QIQ") if dimensions else ()
            kind, offset = numbers[-2:]
            size, length = self._tensor_size(name, numbers[:-2], kind)
            if offset % alignment:
                raise self._bad(f"tensor {name[:60]!r} is misaligned")
            total, values, end = total + size, values + length, max(end, offset + size)
        start = -(-self._file.tell() // alignment) * alignment
        if count and start + end > self._size:
            raise self._bad(f"the file is cut off: {start + end} bytes expected, {self._size} there")
        return total, values

    def _tensor_size(self, name: str, shape: tuple[int, ...], kind: int) -> tuple[int, int]:
        length = 1
        for extent in shape:
            length *= extent
        if length >= 1 << 62:
            raise self._bad(f"tensor {name[:60]!r} is impossibly large")
        per_block, block_bytes = _TYPES.get(kind, (1, 0))  # a type not known here is for llama.cpp to judge
        return -(-length // per_block) * block_bytes, length
