"""Model files with something wrong, for the window and the command line alike.

`SLIPSTREAM_CORRUPT` says how many randomly damaged ones there are.
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
from gguf import GGMLQuantizationType, GGUFWriter

from tests.tiny_gguf import Tiny, add_tokenizer, vocabulary, write_tiny

CORRUPT = int(os.environ.get("SLIPSTREAM_CORRUPT", "10"))
LOOPS = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
_HEADER = 8_000
"""About as far as the header of a tiny model goes; behind it are weights, where any byte is as good."""


def write_hopeless(folder: Path) -> dict[str, Path]:
    """One of each kind of file that cannot be loaded, by what is wrong with it."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = write_tiny(folder / "whole.gguf").read_bytes()
    files = {
        "truncated": whole[: len(whole) * 2 // 3],
        "truncated header": whole[:5000],
        "zero bytes": b"",
        "wrong magic": b"FUGG" + whole[4:],
        "web page": b"<!DOCTYPE html><title>Sign in to download</title>",
    }
    paths = {what: folder / f"{what.replace(' ', '-')}.gguf" for what in files}
    for what, data in files.items():
        paths[what].write_bytes(data)
    (folder / "whole.gguf").unlink()
    paths["folder"] = folder / "folder.gguf"
    paths["folder"].mkdir()
    paths["missing"] = folder / "missing.gguf"
    paths["architecture"] = write_tiny(folder / "martian.gguf", Tiny(architecture="martian"))
    paths["no numbers"] = write_tiny(folder / "nan.gguf", Tiny(scale=float("nan")))
    paths["too large"] = _write_huge(folder / "huge.gguf")
    return paths


def write_corrupt(folder: Path, count: int = CORRUPT) -> list[Path]:
    """Copies of a model, each damaged at random in one of several ways."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = write_tiny(folder / "whole.gguf").read_bytes()
    (folder / "whole.gguf").unlink()
    paths = []
    for number in range(count):
        path = folder / f"corrupt-{number:03d}.gguf"
        path.write_bytes(_damage(whole, random.Random(number), number % 5))
        paths.append(path)
    return paths


def _damage(whole: bytes, chance: random.Random, way: int) -> bytes:
    data = bytearray(whole)
    if way == 0:  # single bytes of the header
        for _ in range(chance.choice((1, 4, 16))):
            data[chance.randrange(4, _HEADER)] = chance.randrange(256)
    elif way == 1:  # bits, anywhere
        for _ in range(64):
            data[chance.randrange(4, len(data))] ^= 1 << chance.randrange(8)
    elif way == 2:  # a lost block, as a broken disk leaves it
        at = chance.randrange(4, len(data) - 4096)
        data[at : at + 4096] = bytes(4096)
    elif way == 3:  # a block from elsewhere
        at, source = chance.randrange(4, _HEADER), chance.randrange(len(data) - 512)
        data[at : at + 512] = data[source : source + 512]
    else:  # bytes missing in the middle, as after a download put together wrongly
        at = chance.randrange(4, _HEADER)
        del data[at : at + chance.randrange(1, 64)]
        data += bytes(len(whole) - len(data))
    return bytes(data)


def _write_huge(path: Path) -> Path:
    """A sound header with a terabyte of weights behind it; a hole in the file, no bytes on the disk."""
    tiny = Tiny()
    tokens, types, merges = vocabulary(tiny)
    writer = GGUFWriter(path, "llama")
    writer.add_name("Huge")
    writer.add_context_length(512)
    writer.add_embedding_length(64)
    writer.add_block_count(1)
    writer.add_head_count(4)
    writer.add_vocab_size(len(tokens))
    add_tokenizer(writer, tiny, tokens, types, merges)
    size = 1 << 40
    shape, kind = (size // 4 // 64, 64), np.dtype(np.float32)
    writer.add_tensor_info("token_embd.weight", shape, kind, size, GGMLQuantizationType.F32)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_ti_data_to_file()
    writer.close()
    os.truncate(path, path.stat().st_size + size + 64)
    return path
