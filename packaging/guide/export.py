"""Writing a trained model as GGUF: F16 here, Q8_0 by llama.cpp itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import torch

from guide.model import Guide
from guide.tokenizer import PAD, SPECIALS, STOP

TEMPLATE = (
    "{% for message in messages %}{% if message['role'] != 'system' %}"
    "{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}"
    "{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
# Multiplies the logits, so that the usual temperature of 0.7 acts like 0.2: so small a model
# needs a steady hand. The most likely token stays the same.
SHARPEN = 3.5


def _metadata(writer: gguf.GGUFWriter, model: Guide, name: str, about: str) -> None:
    shape = model.shape
    writer.add_type("model")
    writer.add_name(name)
    writer.add_author("The Slipstream authors")
    writer.add_license("MIT")
    writer.add_description(about)
    writer.add_version("1.0")
    writer.add_languages(["en"])
    count = sum(p.numel() for p in model.parameters())
    writer.add_size_label(f"{count / 1e6:.1f}M" if count >= 1e6 else f"{count / 1e3:.0f}K")
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_F16)
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.width)
    writer.add_block_count(shape.layers)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.heads)
    writer.add_layer_norm_rms_eps(shape.eps)
    writer.add_rope_dimension_count(shape.width // shape.heads)
    writer.add_rope_freq_base(shape.rope_base)
    writer.add_vocab_size(shape.vocab)


def _vocabulary(writer: gguf.GGUFWriter, path: Path, size: int) -> None:
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))["model"]
    names = {number: token for token, number in stored["vocab"].items()}
    tokens = [names.get(i, f"<|unused{i}|>") for i in range(size)]
    kinds = [
        gguf.TokenType.CONTROL if token in SPECIALS
        else gguf.TokenType.NORMAL if i in names
        else gguf.TokenType.UNUSED
        for i, token in enumerate(tokens)
    ]  # fmt: skip
    merges = [m if isinstance(m, str) else " ".join(m) for m in stored["merges"]]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(merges)
    writer.add_bos_token_id(PAD)
    writer.add_eos_token_id(STOP)
    writer.add_eot_token_id(STOP)
    writer.add_pad_token_id(PAD)
    writer.add_add_bos_token(False)
    writer.add_add_eos_token(False)
    writer.add_chat_template(TEMPLATE)


def write(model: Guide, tokenizer: Path, path: Path, name: str, about: str) -> None:
    """Write the model as F16 GGUF."""
    writer = gguf.GGUFWriter(str(path), "llama")
    _metadata(writer, model, name, about)
    _vocabulary(writer, tokenizer, model.shape.vocab)

    def add(key: str, weight: torch.Tensor) -> None:
        kind = np.float16 if weight.dim() == 2 else np.float32
        writer.add_tensor(f"{key}.weight", weight.detach().numpy().astype(kind))

    add("token_embd", model.embed.weight)
    add("output_norm", model.norm.weight * SHARPEN)
    for i, block in enumerate(model.blocks):
        state = block.state_dict()
        query, key, value = state["qkv.weight"].chunk(3)
        gate, up = state["gate_up.weight"].chunk(2)
        for part, weight in (
            ("attn_norm", state["attn_norm.weight"]), ("attn_q", query), ("attn_k", key),
            ("attn_v", value), ("attn_output", state["out.weight"]),
            ("ffn_norm", state["ffn_norm.weight"]), ("ffn_gate", gate), ("ffn_up", up),
            ("ffn_down", state["down.weight"]),
        ):  # fmt: skip
            add(f"blk.{i}.{part}", weight)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def reference(model: Guide, ids: list[int], path: Path) -> None:
    """Save ids and their logits, for comparison with llama.cpp."""
    with torch.no_grad():
        logits = model(torch.tensor([ids]))[0] * SHARPEN
    np.savez(path, ids=np.array(ids), logits=logits.numpy())
