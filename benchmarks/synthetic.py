"""Big models with random weights: real compute, meaningless text. Nothing is downloaded.

Llama-shaped, Q4_0, Q8_0 or F16, written tensor by tensor from random quants under one constant scale, so a
500M-parameter file takes seconds. Every tensor has random numbers of its own, drawn by seed and name: two
models of one seed and one width have the same tensors where the names agree. The tokenizer is the guide's,
padded with made-up words to a real vocabulary size.
"""

from __future__ import annotations

import dataclasses
import os
import statistics
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType as Kind

from desktop import paths

Bytes = npt.NDArray[np.uint8]
VERSION = 1
"""Goes up when the same description gives another file."""
WORK = Path(__file__).parent / "work"
SPREAD = {Kind.Q4_0: 4.183, Kind.Q8_0: 73.9, Kind.F16: 1.0}
"""Standard deviation of a random quant under scale 1."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """Sizes of a synthetic model. `width` = embedding length, `inner` = feed-forward length."""

    layers: int = 16
    width: int = 1536
    inner: int = 4096
    heads: int = 12
    kv_heads: int = 12
    vocab: int = 32000
    context: int = 16384

    @property
    def parameters(self) -> int:
        """Weights in all, input and output embeddings counted apart."""
        return self.layers * self.layer + 2 * self.vocab * self.width + self.width

    @property
    def layer(self) -> int:
        """Weights of one block."""
        kv = self.width * self.kv_heads // self.heads
        return 2 * self.width**2 + 2 * self.width * kv + 3 * self.width * self.inner + 2 * self.width

    def cost_ratio(self, layers: int) -> float:
        """Weights a decode of the same model with fewer blocks reads, to those of this one."""
        head = self.vocab * self.width
        return (layers * self.layer + head) / (self.layers * self.layer + head)


@dataclasses.dataclass(frozen=True)
class Nature:
    """How a synthetic model behaves. Nothing here changes what a decode costs.

    `whole`: the first so many blocks write into the residual stream at full strength, the others at `eps`.
    `focus`: standard deviation of attention scores: high = each head looks at few tokens, and text does
    not run in circles. `peak`: standard deviation of the logits. `after`: for each token the one that
    follows it; the last token then decides the next, as far as the blocks, at `eps`, leave it to.
    """

    seed: int = 7
    whole: int = 1
    eps: float = 1.0
    focus: float = 4.0
    mixing: float = 1.0
    peak: float = 8.0
    after: tuple[int, ...] = ()


def model(shape: Shape = Shape(), quantisation: str = "Q4_0") -> Path:
    """Return the path of such a model, written on first use."""
    return made("synthetic", shape, quantisation, Nature(whole=shape.layers))


def made(label: str, shape: Shape, quantisation: str, nature: Nature, folder: Path = WORK) -> Path:
    """Write the model unless it is there, and return its path. Its name changes with whatever it follows
    from, so that a cached file is never a stale one.
    """
    code = zlib.crc32(repr((VERSION, shape, quantisation, nature)).encode())
    size = f"{shape.parameters / 1e6:.0f}M"
    path = folder / f"{label}-{size}-{quantisation.lower()}-{code:08x}.gguf"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        partial = path.with_suffix(f".{os.getpid()}.part")
        write(partial, shape, Kind[quantisation], nature)
        partial.rename(path)
    return path


def write(path: Path, shape: Shape, kind: Kind, nature: Nature) -> None:
    """Write one model. Weights have a standard deviation of 1/sqrt(columns), times what `nature` says."""
    writer = gguf.GGUFWriter(path, "llama")
    _hyperparameters(writer, shape, kind)
    vocabulary(writer, shape.vocab)

    def add(name: str, rows: int, columns: int, gain: float = 1.0) -> Bytes:
        weights = _random(name, (rows, columns), kind, nature.seed, gain / columns**0.5)
        writer.add_tensor(f"{name}.weight", _shown(weights, kind), raw_dtype=kind)
        return weights

    def norm(name: str, gain: float = 1.0) -> None:
        writer.add_tensor(f"{name}.weight", np.full(shape.width, gain, np.float32))

    embedding = add("token_embd", shape.vocab, shape.width, shape.width**0.5)
    output = _random("output", (shape.vocab, shape.width), kind, nature.seed, shape.width**-0.5)
    if nature.after:
        output = _following(embedding, nature.after, kind, shape.width**-0.5)
    output[_controls()] = 0  # a scale of zero: their logit is 0, far below the best
    writer.add_tensor("output.weight", _shown(output, kind), raw_dtype=kind)
    norm("output_norm", nature.peak)
    kv = shape.width * shape.kv_heads // shape.heads
    for layer in range(shape.layers):
        block = f"blk.{layer}"
        strength = 1.0 if layer < nature.whole else nature.eps
        norm(f"{block}.attn_norm")
        norm(f"{block}.ffn_norm")
        add(f"{block}.attn_q", shape.width, shape.width, nature.focus)
        add(f"{block}.attn_k", kv, shape.width)
        add(f"{block}.attn_v", kv, shape.width)
        add(f"{block}.attn_output", shape.width, shape.width, strength * nature.mixing)
        add(f"{block}.ffn_gate", shape.inner, shape.width)
        add(f"{block}.ffn_up", shape.inner, shape.width)
        add(f"{block}.ffn_down", shape.width, shape.inner, strength * nature.mixing)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _hyperparameters(writer: gguf.GGUFWriter, shape: Shape, kind: Kind) -> None:
    writer.add_name(f"Synthetic {shape.parameters // 10**6}M {kind.name}")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_vocab_size(shape.vocab)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind.name}"])


def _random(name: str, size: tuple[int, int], kind: Kind, seed: int, deviation: float) -> Bytes:
    """Random weights as (rows, blocks of a row, bytes of a block); F16 has blocks of one weight."""
    random = np.random.default_rng([seed, zlib.crc32(name.encode())])
    rows, columns = size
    length, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    if kind == Kind.F16:
        values = (_normal() * deviation).astype(np.float16)
        drawn = values[random.integers(0, 256, (rows, columns), dtype=np.uint8)]
        return drawn.view(np.uint8).reshape(rows, columns, 2)
    blocks = random.integers(0, 256, (rows, columns // length, block_bytes), dtype=np.uint8)
    if kind == Kind.Q4_0:
        blocks = _centred()[blocks]
    _rescale(blocks, deviation / SPREAD[kind])
    return blocks


def _rescale(blocks: Bytes, scale: float) -> None:
    blocks[:, :, :2] = np.array([scale], np.float16).view(np.uint8)


def _following(embedding: Bytes, after: tuple[int, ...], kind: Kind, deviation: float) -> Bytes:
    """An output head that, shown the embedding of a token, likes best the one that follows."""
    output = np.empty_like(embedding)
    output[np.array(after)] = embedding
    if kind == Kind.F16:
        values = output.view(np.float16).astype(np.float32) * deviation
        return values.astype(np.float16).view(np.uint8).reshape(output.shape)
    _rescale(output, deviation / SPREAD[kind])
    return output


def _shown(weights: Bytes, kind: Kind) -> npt.NDArray[Any]:
    """As the writer takes them: rows of bytes, or of 16-bit floats."""
    rows = weights.reshape(len(weights), -1)
    return rows.view(np.float16) if kind == Kind.F16 else rows


@cache
def _normal() -> npt.NDArray[np.float64]:
    """256 values spread like a normal distribution."""
    bell = statistics.NormalDist()
    values = np.array([bell.inv_cdf((k + 0.5) / 256) for k in range(256)])
    return np.asarray(values / values.std())


@cache
def _centred() -> Bytes:
    """Bytes of two Q4_0 quants with a mean of zero: -8 becomes 0, else every row would lean one way."""
    low, high = np.arange(256) & 15, np.arange(256) >> 4
    centred: Bytes = (np.where(low == 0, 8, low) | np.where(high == 0, 8, high) << 4).astype(np.uint8)
    return centred


@cache
def _guide() -> dict[str, list[Any]]:
    reader = gguf.GGUFReader(paths.guide_model())
    keys = ("tokens", "token_type", "merges")
    return {key: list(reader.fields[f"tokenizer.ggml.{key}"].contents()) for key in keys}


def _controls() -> list[int]:
    return [n for n, kind in enumerate(_guide()["token_type"]) if int(str(kind)) == gguf.TokenType.CONTROL]


def words() -> list[int]:
    """Tokens of the guide's vocabulary that are a space and a plain word."""
    return [
        number
        for number, token in enumerate(_guide()["tokens"])
        if token[0] == "\u0120" and len(token) > 2 and token[1:].isascii() and token[1:].isalpha()
    ]


def token_text(word: int) -> str:
    """How one of `words()` reads, its space included."""
    return str(_guide()["tokens"][word]).replace("\u0120", " ")


def vocabulary(writer: gguf.GGUFWriter, size: int) -> None:
    """The guide's tokenizer and made-up words up to `size` tokens."""
    guide = _guide()
    tokens = [str(token) for token in guide["tokens"]]
    types = [int(str(kind)) for kind in guide["token_type"]]
    extra = size - len(tokens)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens + [f"\u0120word{index}" for index in range(extra)])
    writer.add_token_types(types + [int(gguf.TokenType.NORMAL)] * extra)
    writer.add_token_merges([str(merge) for merge in guide["merges"]])
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
