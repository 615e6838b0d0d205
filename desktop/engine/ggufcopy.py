"""Writes a GGUF file that is mostly another one: its values and tensors, some of them exchanged.

Knows: the GGUF format, version 3, as written by this program for its own models. Must not know: which model
this is, what the tensors mean, where files go. What it reads has passed `desktop.gguf` before.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from desktop import gguf

ALIGNMENT = 32
F32, Q8_0 = 0, 8
BLOCK, BLOCK_BYTES = 32, 34
"""Values in a block of Q8_0, and its bytes: a 16-bit scale, then one byte a value."""
_STRING, _ARRAY, _U32 = 8, 9, 4
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}

Chunks = Callable[[], Iterator[bytes]]


@dataclass(frozen=True, slots=True)
class Tensor:
    """One tensor: `shape` innermost first, as in the file; `chunks` gives its bytes, as often as asked."""

    name: str
    shape: tuple[int, ...]
    kind: int
    chunks: Chunks

    @property
    def size(self) -> int:
        """Bytes of it in the file; of a kind not written here 0."""
        values = math.prod(self.shape)
        return {F32: values * 4, Q8_0: values // BLOCK * BLOCK_BYTES}.get(self.kind, 0)


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: values as they are written there (type, then value), and tensors by name."""

    values: dict[str, bytes]
    tensors: dict[str, Tensor]


def read(path: Path) -> Contents:
    """Take a whole file apart. Raises: ModelMissing, ModelUnreadable."""
    alignment = gguf.read_header(path).number("general.alignment", ALIGNMENT)
    return _Parts(path.read_bytes(), alignment).contents()


def text(value: str) -> bytes:
    """A text, as a value."""
    return struct.pack("<I", _STRING) + _string(value)


def number(value: int) -> bytes:
    """A whole number of 32 bits, as a value."""
    return struct.pack("<II", _U32, value)


def size_of(file: Contents) -> int:
    """Bytes of the file that `pieces` makes."""
    return len(_header(file)) + sum(_aligned(tensor.size) for tensor in file.tensors.values())


def pieces(file: Contents) -> Iterator[bytes]:
    """The file from its first byte to its last, in pieces of some hundred kilobytes."""
    yield _header(file)
    for tensor in file.tensors.values():
        yield from tensor.chunks()
        yield bytes(_aligned(tensor.size) - tensor.size)


def _header(file: Contents) -> bytes:
    parts = [b"GGUF" + struct.pack("<IQQ", 3, len(file.tensors), len(file.values))]
    parts += [_string(key) + value for key, value in file.values.items()]
    offset = 0
    for tensor in file.tensors.values():
        form = f"<I{len(tensor.shape)}QIQ"
        parts.append(_string(tensor.name))
        parts.append(struct.pack(form, len(tensor.shape), *tensor.shape, tensor.kind, offset))
        offset += _aligned(tensor.size)
    header = b"".join(parts)
    return header + bytes(_aligned(len(header)) - len(header))


def _string(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<Q", len(data)) + data


def _aligned(size: int, alignment: int = ALIGNMENT) -> int:
    return -(-size // alignment) * alignment


class _Parts:
    def __init__(self, data: bytes, alignment: int) -> None:
        self._data = data
        self._alignment = alignment
        self._at = 4

    def contents(self) -> Contents:
        _version, tensors, pairs = self._unpack("IQQ")
        values = dict(self._pair() for _ in range(pairs))
        values.pop("general.alignment", None)
        found = [self._tensor() for _ in range(tensors)]
        start = _aligned(self._at, self._alignment)
        return Contents(values, {tensor.name: self._placed(tensor, start + at) for tensor, at in found})

    def _unpack(self, form: str) -> tuple[int, ...]:
        numbers = struct.unpack_from("<" + form, self._data, self._at)
        self._at += struct.calcsize("<" + form)
        return numbers

    def _text(self) -> str:
        (length,) = self._unpack("Q")
        self._at += length
        return self._data[self._at - length : self._at].decode("utf-8", "replace")

    def _pair(self) -> tuple[str, bytes]:
        key, start = self._text(), self._at
        (kind,) = self._unpack("I")
        count = 1
        if kind == _ARRAY:
            kind, count = self._unpack("IQ")
        if kind == _STRING:
            for _ in range(count):
                (length,) = self._unpack("Q")
                self._at += length
        else:
            self._at += count * _WIDTHS[kind]
        return key, self._data[start : self._at]

    def _tensor(self) -> tuple[Tensor, int]:
        name = self._text()
        (dimensions,) = self._unpack("I")
        *shape, kind, offset = self._unpack(f"{dimensions}QIQ")
        return Tensor(name, tuple(shape), kind, _nothing), offset

    def _placed(self, tensor: Tensor, start: int) -> Tensor:
        data, end = self._data, start + tensor.size
        return replace(tensor, chunks=lambda: iter((data[start:end],)))


def _nothing() -> Iterator[bytes]:
    return iter(())
