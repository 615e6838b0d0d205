"""A model made larger by weights that add nothing: it writes the same text, and costs what its size costs.

The feed-forward blocks become wider and layers are added. Whatever the new parts compute is multiplied by
zero, so the logits stay the same; what is multiplied on the way is random, so that nothing is left out.
Knows: the layout of a llama model in Q8_0, like the built-in guide. Must not know: files, who races.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import cache

from desktop.engine import ggufcopy
from desktop.engine.ggufcopy import BLOCK, BLOCK_BYTES, F32, Q8_0, Contents, Tensor
from desktop.errors import ModelUnsupported

LAYERS = 18
"""Layers, the model's own included."""
WIDTH = 12288
"""Width of the feed-forward blocks, in the model's own layers too: most of the bytes are there."""
_KINDS = {
    "attn_norm": F32, "attn_q": Q8_0, "attn_k": Q8_0, "attn_v": Q8_0, "attn_output": Q8_0,
    "ffn_norm": F32, "ffn_gate": Q8_0, "ffn_up": Q8_0, "ffn_down": Q8_0,
}  # fmt: skip
"""The tensors of one layer."""
_ADDING = ("attn_output", "ffn_down")
"""Those of them that write into the stream between the layers."""
_ONE = b"\x00\x00\x80\x3f"
_SCALE = b"\x00\x14"  # 2**-10 in 16 bits: weights up to 1/8, about those of trained models
_PATTERN_BLOCKS = 1 << 14  # half a megabyte, again and again


def pad(source: Contents, layers: int = LAYERS, width: int = WIDTH) -> Contents:
    """The model with `layers` layers in all, `width` (a multiple of `BLOCK`) wide inside.

    Raises: ModelUnsupported.
    """
    own = _own_layers(source)
    tensors = {name: tensor for name, tensor in source.tensors.items() if not name.startswith("blk.")}
    for layer in range(own):
        for part in _KINDS:
            tensor = source.tensors[_name(layer, part)]
            tensors[tensor.name] = _wider(tensor, width) if part.startswith("ffn_") else tensor
    for layer in range(own, layers):
        for part in _KINDS:
            tensor = _added(_name(layer, part), tensors[_name(0, part)], part)
            tensors[tensor.name] = tensor
    values = source.values | {
        "llama.block_count": ggufcopy.number(layers),
        "llama.feed_forward_length": ggufcopy.number(width),
    }
    return Contents(values, tensors)


def _name(layer: int, part: str) -> str:
    return f"blk.{layer}.{part}.weight"


def _own_layers(source: Contents) -> int:
    count = sum(name.endswith(".attn_norm.weight") for name in source.tensors)
    layers = {_name(layer, part): kind for layer in range(count) for part, kind in _KINDS.items()}
    there = {name: tensor.kind for name, tensor in source.tensors.items() if name.startswith("blk.")}
    if not count or there != layers or source.values["general.architecture"] != ggufcopy.text("llama"):
        raise ModelUnsupported("it is not laid out like the built-in guide")
    return count


def _wider(tensor: Tensor, width: int) -> Tensor:
    """A tensor of a feed-forward block, its own weights kept where they are used."""
    if tensor.kind == F32:
        return tensor
    inner, outer = tensor.shape
    if "ffn_down" not in tensor.name:  # one row for each hidden value: more rows
        more = (width - outer) * inner // BLOCK * BLOCK_BYTES
        return Tensor(tensor.name, (inner, width), Q8_0, lambda: _then(tensor, more))
    return Tensor(tensor.name, (width, outer), Q8_0, lambda: _longer_rows(tensor, width))


def _then(tensor: Tensor, more: int) -> Iterator[bytes]:
    yield from tensor.chunks()
    yield from _random(more)


def _longer_rows(tensor: Tensor, width: int) -> Iterator[bytes]:
    """Each row goes on with zeros: whatever the added hidden values are, they count nothing."""
    inner, outer = tensor.shape
    data = b"".join(tensor.chunks())
    row, zeros = inner // BLOCK * BLOCK_BYTES, bytes((width - inner) // BLOCK * BLOCK_BYTES)
    for start in range(0, outer * row, row):
        yield data[start : start + row] + zeros


def _added(name: str, like: Tensor, part: str) -> Tensor:
    """A tensor of an added layer."""
    size = like.size
    if like.kind == F32:
        return Tensor(name, like.shape, F32, lambda: iter((_ONE * (size // len(_ONE)),)))
    if part in _ADDING:
        return Tensor(name, like.shape, Q8_0, lambda: _repeated(bytes(_PATTERN_BLOCKS * BLOCK_BYTES), size))
    return Tensor(name, like.shape, Q8_0, lambda: _random(size))


def _random(size: int) -> Iterator[bytes]:
    return _repeated(_pattern(), size)


def _repeated(pattern: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, size, len(pattern)):
        yield pattern[: size - start]


@cache
def _pattern() -> bytes:
    """Random blocks of Q8_0, the same in every run: the file follows from the guide alone."""
    blocks = bytearray(random.Random(1).randbytes(_PATTERN_BLOCKS * BLOCK_BYTES))
    blocks = blocks.replace(b"\x80", b"\x7f")  # -128, which quantising never makes
    blocks[0::BLOCK_BYTES] = _SCALE[:1] * _PATTERN_BLOCKS
    blocks[1::BLOCK_BYTES] = _SCALE[1:] * _PATTERN_BLOCKS
    return bytes(blocks)
