"""Writes tiny llama GGUF files with random weights, so that tests run a real engine in milliseconds.

The tokenizer is a byte-level BPE (`gpt2` model, `qwen2` pre-tokenizer): the 256 bytes, a few merged words,
then the control tokens. Everything follows from `Tiny`, the seed included: equal descriptions give equal
files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from gguf import GGMLQuantizationType, GGUFWriter, TokenType

Floats = npt.NDArray[np.float32]
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
WORDS = ("the", "and", "ing", "hello", "world", "user", "assistant", "system", "slip", "stream")


@dataclass(frozen=True)
class Tiny:
    """One model to write.

    `mute`: tokens whose logit is always 0, so that greedy runs do not meet them.
    `chain`: instead of babble, after each of these tokens comes the next one (each may stand in it once).
    Bytes are spelled as the vocabulary does, texts are token texts. The last one is followed by token 0.
    """

    layers: int = 2
    width: int = 64
    heads: int = 4
    kv_heads: int = 2
    feed_forward: int = 128
    n_ctx: int = 512
    seed: int = 1
    template: str | None = CHATML
    controls: tuple[str, ...] = CONTROLS
    user_defined: tuple[str, ...] = ()
    eos: str = "<|im_end|>"
    name: str = "Tiny"
    architecture: str = "llama"
    scale: float = 0.6
    mute: tuple[str, ...] = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
    chain: tuple[bytes | str, ...] = ()
    extra: tuple[tuple[str, int], ...] = ()


def _byte_characters() -> list[str]:
    """GPT-2's printable stand-ins for the 256 bytes, in byte order."""
    kept = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = iter(range(256, 512))
    return [chr(byte) if byte in kept else chr(next(others)) for byte in range(256)]


def vocabulary(tiny: Tiny) -> tuple[list[str], list[int], list[str]]:
    """Tokens, their types, and the merges."""
    table = _byte_characters()
    tokens = list(table)
    merges: list[str] = []
    for word in (spelled for plain in WORDS for spelled in (plain, " " + plain)):
        pieces = [table[byte] for byte in word.encode()]
        left = pieces[0]
        for right in pieces[1:]:
            merge = f"{left} {right}"
            left += right
            if merge not in merges:
                merges.append(merge)
                if left not in tokens:
                    tokens.append(left)
    types = [int(TokenType.NORMAL)] * len(tokens)
    tokens += [*tiny.controls, *tiny.user_defined]
    types += [int(TokenType.CONTROL)] * len(tiny.controls) + [int(TokenType.USER_DEFINED)] * len(
        tiny.user_defined
    )
    return tokens, types, merges


def token_id(tiny: Tiny, text: bytes | str) -> int:
    """Id of a token, by its bytes or by its text in the vocabulary."""
    table = _byte_characters()
    spelled = text if isinstance(text, str) else "".join(table[byte] for byte in text)
    return vocabulary(tiny)[0].index(spelled)


def write_tiny(path: Path, tiny: Tiny | None = None) -> Path:
    """Write the file and return its path."""
    tiny = tiny or Tiny()
    tokens, types, merges = vocabulary(tiny)
    writer = GGUFWriter(path, tiny.architecture)
    _add_hyperparameters(writer, tiny, len(tokens))
    add_tokenizer(writer, tiny, tokens, types, merges)
    _add_tensors(writer, tiny, tokens)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_hyperparameters(writer: GGUFWriter, tiny: Tiny, n_vocab: int) -> None:
    writer.add_name(tiny.name)
    writer.add_context_length(tiny.n_ctx)
    writer.add_embedding_length(tiny.width)
    writer.add_block_count(tiny.layers)
    writer.add_feed_forward_length(tiny.feed_forward)
    writer.add_head_count(tiny.heads)
    writer.add_head_count_kv(tiny.kv_heads)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(tiny.width // tiny.heads)
    writer.add_vocab_size(n_vocab)
    writer.add_file_type(0)
    for key, value in tiny.extra:
        writer.add_uint32(key, value)


def add_tokenizer(
    writer: GGUFWriter, tiny: Tiny, tokens: Sequence[str], types: Sequence[int], merges: Sequence[str]
) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(list(tokens))
    writer.add_token_types(list(types))
    writer.add_token_merges(list(merges))
    if tiny.eos in tokens:
        writer.add_eos_token_id(tokens.index(tiny.eos))
    writer.add_add_bos_token(False)
    if tiny.template is not None:
        writer.add_chat_template(tiny.template)


def _add_tensors(writer: GGUFWriter, tiny: Tiny, tokens: Sequence[str]) -> None:
    random = np.random.default_rng(tiny.seed)
    head = tiny.width // tiny.heads
    inner = 0.0 if tiny.chain else tiny.scale  # a chain looks at the last token only

    def add(name: str, *shape: int, scale: float = tiny.scale) -> Floats:
        values = random.standard_normal(shape).astype(np.float32) * np.float32(2 * scale / np.sqrt(shape[-1]))
        writer.add_tensor(name, values, raw_dtype=GGMLQuantizationType.F32)
        return values

    def ones(name: str) -> None:
        writer.add_tensor(name, np.ones(tiny.width, np.float32))

    embedding = add("token_embd.weight", len(tokens), tiny.width)
    for layer in range(tiny.layers):
        ones(f"blk.{layer}.attn_norm.weight")
        add(f"blk.{layer}.attn_q.weight", tiny.width, tiny.width)
        add(f"blk.{layer}.attn_k.weight", tiny.kv_heads * head, tiny.width)
        add(f"blk.{layer}.attn_v.weight", tiny.kv_heads * head, tiny.width)
        add(f"blk.{layer}.attn_output.weight", tiny.width, tiny.width, scale=inner)
        ones(f"blk.{layer}.ffn_norm.weight")
        add(f"blk.{layer}.ffn_gate.weight", tiny.feed_forward, tiny.width)
        add(f"blk.{layer}.ffn_up.weight", tiny.feed_forward, tiny.width)
        add(f"blk.{layer}.ffn_down.weight", tiny.width, tiny.feed_forward, scale=inner)
    ones("output_norm.weight")
    output = _chained(tiny, embedding) if tiny.chain else _babbling(tiny, tokens, random)
    writer.add_tensor("output.weight", output, raw_dtype=GGMLQuantizationType.F32)


def _babbling(tiny: Tiny, tokens: Sequence[str], random: np.random.Generator) -> Floats:
    output = random.standard_normal((len(tokens), tiny.width)).astype(np.float32)
    for text in tiny.mute:
        if text in tokens:
            output[list(tokens).index(text)] = 0.0
    return output


def _chained(tiny: Tiny, embedding: Floats) -> Floats:
    output = np.zeros_like(embedding)
    ids = [token_id(tiny, text) for text in tiny.chain]
    for before, after in pairwise(ids):
        output[after] = embedding[before]
    return output
