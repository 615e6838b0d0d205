"""A big model with random weights: real compute, meaningless text. Nothing is downloaded.

Llama-shaped, Q4_0 or Q8_0, written block by block with random quants and a constant scale, so a
500M-parameter file takes seconds. The tokenizer is the guide's, padded with made-up words to a real
vocabulary size.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import gguf
import numpy as np

from desktop import paths

WORK = Path(__file__).parent / "work"


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
        kv = self.width * self.kv_heads // self.heads
        layer = 2 * self.width**2 + 2 * self.width * kv + 3 * self.width * self.inner + 2 * self.width
        return self.layers * layer + 2 * self.vocab * self.width + self.width


def model(shape: Shape = Shape(), quantisation: str = "Q4_0", seed: int = 7) -> Path:
    """Return the path of such a model, written on first use."""
    path = WORK / f"synthetic-{shape.parameters // 10**6}M-{quantisation.lower()}.gguf"
    if not path.exists():
        WORK.mkdir(exist_ok=True)
        partial = path.with_suffix(".part")
        _write(partial, shape, gguf.GGMLQuantizationType[quantisation], np.random.default_rng(seed))
        partial.rename(path)
    return path


def _write(path: Path, shape: Shape, kind: gguf.GGMLQuantizationType, random: np.random.Generator) -> None:
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name(f"Synthetic {shape.parameters // 10**6}M {kind.name}")
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_file_type(gguf.LlamaFileType[f"MOSTLY_{kind.name}"])
    _vocabulary(writer, shape.vocab)
    kv = shape.width * shape.kv_heads // shape.heads
    matrices = {
        "attn_q": (shape.width, shape.width),
        "attn_k": (kv, shape.width),
        "attn_v": (kv, shape.width),
        "attn_output": (shape.width, shape.width),
        "ffn_gate": (shape.inner, shape.width),
        "ffn_up": (shape.inner, shape.width),
        "ffn_down": (shape.width, shape.inner),
    }
    add = writer.add_tensor
    for name in ("token_embd", "output"):
        add(f"{name}.weight", _random((shape.vocab, shape.width), kind, random), raw_dtype=kind)
    add("output_norm.weight", np.ones(shape.width, np.float32))
    for layer in range(shape.layers):
        for name in ("attn_norm", "ffn_norm"):
            add(f"blk.{layer}.{name}.weight", np.ones(shape.width, np.float32))
        for name, size in matrices.items():
            add(f"blk.{layer}.{name}.weight", _random(size, kind, random), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _random(
    size: tuple[int, int], kind: gguf.GGMLQuantizationType, random: np.random.Generator
) -> np.ndarray:
    """Random quants under one scale, so that the weights have a standard deviation of about
    1/sqrt(columns).
    """
    rows, columns = size
    length, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    spread = 74.0 if kind == gguf.GGMLQuantizationType.Q8_0 else 4.6
    blocks = random.integers(0, 256, (rows, columns // length, block_bytes), dtype=np.uint8)
    scale = np.array([1.0 / (spread * np.sqrt(columns))], np.float16).view(np.uint8)
    blocks[:, :, :2] = scale
    return blocks.reshape(rows, -1)


def _vocabulary(writer: gguf.GGUFWriter, size: int) -> None:
    reader = gguf.GGUFReader(paths.guide_model())

    def contents(key: str) -> list[object]:
        return list(reader.fields[key].contents())

    tokens = [str(token) for token in contents("tokenizer.ggml.tokens")]
    types = [int(str(kind)) for kind in contents("tokenizer.ggml.token_type")]
    extra = size - len(tokens)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens + [f"\u0120word{index}" for index in range(extra)])
    writer.add_token_types(types + [int(gguf.TokenType.NORMAL)] * extra)
    writer.add_token_merges([str(merge) for merge in contents("tokenizer.ggml.merges")])
    writer.add_eos_token_id(2)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(False)
