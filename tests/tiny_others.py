"""Tiny models that are no llama: a running state (mamba), sliding windows (cohere2), experts (qwen3moe).

The hybrids are in tiny_hybrids.py.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from gguf import GGUFWriter

from tests.tiny_gguf import Tiny, add_tokenizer, vocabulary

WIDTH = 64


class Writer:
    """One file with random weights and the vocabulary of tiny_gguf."""

    def __init__(self, path: Path, architecture: str, n_ctx: int, seed: int = 3) -> None:
        tiny = Tiny()
        self.tokens, types, merges = vocabulary(tiny)
        self.gguf = GGUFWriter(path, architecture)
        self.gguf.add_name(f"Tiny {architecture}")
        self.gguf.add_context_length(n_ctx)
        self.gguf.add_embedding_length(WIDTH)
        self.gguf.add_vocab_size(len(self.tokens))
        add_tokenizer(self.gguf, tiny, self.tokens, types, merges)
        self._random = np.random.default_rng(seed)

    def random(self, name: str, *shape: int, scale: float = 1.5) -> None:
        values = self._random.standard_normal(shape).astype(np.float32)
        self.gguf.add_tensor(name, values * np.float32(scale / np.sqrt(shape[-1])))

    def alike(self, name: str, *shape: int) -> None:
        """Random, and nearly the same along the first axis."""
        both = [self._random.standard_normal(one).astype(np.float32) for one in (shape[1:], shape)]
        self.gguf.add_tensor(name, (both[0] + 0.03 * both[1]) * np.float32(1.5 / np.sqrt(shape[-1])))

    def same(self, name: str, *shape: int, value: float = 1.0) -> None:
        self.gguf.add_tensor(name, np.full(shape, value, np.float32))

    def close(self) -> None:
        self.gguf.write_header_to_file()
        self.gguf.write_kv_data_to_file()
        self.gguf.write_tensors_to_file()
        self.gguf.close()


def write_mamba(path: Path, layers: int = 2) -> Path:
    """A recurrent model: its memory is a state that cannot be rolled back."""
    writer, inner, state, rank = Writer(path, "mamba", 512), 2 * WIDTH, 8, 4
    gguf = writer.gguf
    gguf.add_block_count(layers)
    gguf.add_feed_forward_length(0)
    gguf.add_head_count(0)
    gguf.add_layer_norm_rms_eps(1e-5)
    gguf.add_ssm_conv_kernel(4)
    gguf.add_ssm_inner_size(inner)
    gguf.add_ssm_state_size(state)
    gguf.add_ssm_time_step_rank(rank)
    writer.random("token_embd.weight", len(writer.tokens), WIDTH)
    writer.same("output_norm.weight", WIDTH)
    writer.random("output.weight", len(writer.tokens), WIDTH, scale=8.0)
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.same(f"{block}.attn_norm.weight", WIDTH)
        writer.random(f"{block}.ssm_in.weight", 2 * inner, WIDTH)
        writer.random(f"{block}.ssm_conv1d.weight", inner, 4)
        writer.same(f"{block}.ssm_conv1d.bias", inner, value=0.1)
        writer.random(f"{block}.ssm_x.weight", rank + 2 * state, inner)
        writer.random(f"{block}.ssm_dt.weight", inner, rank)
        writer.same(f"{block}.ssm_dt.bias", inner, value=0.1)
        writer.same(f"{block}.ssm_a", inner, state, value=-0.3)
        writer.same(f"{block}.ssm_d", inner)
        writer.random(f"{block}.ssm_out.weight", WIDTH, inner)
    writer.close()
    return path


def write_windowed(path: Path, layers: int = 4, window: int = 16) -> Path:
    """A model most of whose layers see only the last `window` tokens."""
    writer, heads, inner = Writer(path, "cohere2", 2048), 4, 128
    gguf = writer.gguf
    gguf.add_block_count(layers)
    gguf.add_feed_forward_length(inner)
    gguf.add_head_count(heads)
    gguf.add_head_count_kv(heads)
    gguf.add_layer_norm_eps(1e-5)
    gguf.add_sliding_window(window)
    gguf.add_logit_scale(4.0)
    gguf.add_rope_dimension_count(WIDTH // heads)
    writer.random("token_embd.weight", len(writer.tokens), WIDTH)
    writer.same("output_norm.weight", WIDTH)
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.same(f"{block}.attn_norm.weight", WIDTH)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.random(f"{block}.{name}.weight", WIDTH, WIDTH)
        writer.random(f"{block}.ffn_gate.weight", inner, WIDTH)
        writer.random(f"{block}.ffn_up.weight", inner, WIDTH)
        writer.random(f"{block}.ffn_down.weight", WIDTH, inner)
    writer.close()
    return path


def write_experts(path: Path, layers: int = 2, experts: int = 4) -> Path:
    """A mixture of experts: two of them see each token.

    They are much alike: where two are equally fit, rounding chooses, and that shall hardly be seen.
    """
    writer, heads, inner = Writer(path, "qwen3moe", 1024, seed=6), 4, 96
    gguf = writer.gguf
    gguf.add_block_count(layers)
    gguf.add_feed_forward_length(inner)
    gguf.add_expert_feed_forward_length(inner)
    gguf.add_expert_count(experts)
    gguf.add_expert_used_count(2)
    gguf.add_head_count(heads)
    gguf.add_head_count_kv(heads)
    gguf.add_layer_norm_rms_eps(1e-5)
    writer.random("token_embd.weight", len(writer.tokens), WIDTH)
    writer.same("output_norm.weight", WIDTH)
    writer.random("output.weight", len(writer.tokens), WIDTH, scale=8.0)
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.same(f"{block}.attn_norm.weight", WIDTH)
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.random(f"{block}.{name}.weight", WIDTH, WIDTH)
        for name in ("attn_q_norm", "attn_k_norm"):
            writer.same(f"{block}.{name}.weight", WIDTH // heads)
        writer.same(f"{block}.ffn_norm.weight", WIDTH)
        writer.random(f"{block}.ffn_gate_inp.weight", experts, WIDTH)
        writer.alike(f"{block}.ffn_gate_exps.weight", experts, inner, WIDTH)
        writer.alike(f"{block}.ffn_up_exps.weight", experts, inner, WIDTH)
        writer.alike(f"{block}.ffn_down_exps.weight", experts, WIDTH, inner)
    writer.close()
    return path
