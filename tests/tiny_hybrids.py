"""Tiny hybrids: most layers keep a running state, the others attend to every position.

Of the kinds LFM2 (short convolutions) and Qwen3.5 (gated delta net).
"""

from __future__ import annotations

from pathlib import Path

from tests.tiny_others import WIDTH, Writer

_HEADS, _INNER = 4, 128


def _begun(path: Path, architecture: str, layers: int) -> Writer:
    writer = Writer(path, architecture, 1024)
    writer.gguf.add_block_count(layers)
    writer.gguf.add_feed_forward_length(_INNER)
    writer.gguf.add_head_count(_HEADS)
    writer.gguf.add_layer_norm_rms_eps(1e-5)
    writer.random("token_embd.weight", len(writer.tokens), WIDTH)
    writer.random("output.weight", len(writer.tokens), WIDTH, scale=8.0)
    return writer


def _add_feed_forward(writer: Writer, block: str) -> None:
    writer.random(f"{block}.ffn_gate.weight", _INNER, WIDTH)
    writer.random(f"{block}.ffn_up.weight", _INNER, WIDTH)
    writer.random(f"{block}.ffn_down.weight", WIDTH, _INNER)


def _add_attention(writer: Writer, block: str, *, gated: bool) -> None:
    """Attention with normed q and k; `gated`: q comes with a gate of its size."""
    writer.random(f"{block}.attn_q.weight", WIDTH * (2 if gated else 1), WIDTH)
    for name in ("attn_k", "attn_v", "attn_output"):
        writer.random(f"{block}.{name}.weight", WIDTH, WIDTH)
    for name in ("attn_q_norm", "attn_k_norm"):
        writer.same(f"{block}.{name}.weight", WIDTH // _HEADS)


def write_convolving(path: Path, layers: int = 4, window: int = 0) -> Path:
    """LFM2: a short convolution in every second layer; the others attend, to `window` positions (0 = all)."""
    writer = _begun(path, "lfm2", layers)
    attends = [layer % 2 == 1 for layer in range(layers)]
    writer.gguf.add_head_count_kv([_HEADS if attend else 0 for attend in attends])
    writer.gguf.add_shortconv_l_cache(3)
    if window:
        writer.gguf.add_sliding_window(window)
    writer.same("token_embd_norm.weight", WIDTH)
    for layer, attend in enumerate(attends):
        block = f"blk.{layer}"
        writer.same(f"{block}.attn_norm.weight", WIDTH)
        writer.same(f"{block}.ffn_norm.weight", WIDTH)
        _add_feed_forward(writer, block)
        if attend:
            _add_attention(writer, block, gated=False)
        else:
            writer.random(f"{block}.shortconv.conv.weight", WIDTH, 3)
            writer.random(f"{block}.shortconv.in_proj.weight", 3 * WIDTH, WIDTH)
            writer.random(f"{block}.shortconv.out_proj.weight", WIDTH, WIDTH)
    writer.close()
    return path


def write_delta(path: Path, layers: int = 4) -> Path:
    """Qwen3.5: three layers of gated delta net, then one that attends, and so on."""
    writer, heads, size = _begun(path, "qwen35", layers), 4, 16
    inner, mixed = heads * size, 3 * heads * size
    gguf = writer.gguf
    gguf.add_head_count_kv(_HEADS)
    gguf.add_key_length(WIDTH // _HEADS)
    gguf.add_value_length(WIDTH // _HEADS)
    gguf.add_rope_dimension_count(WIDTH // _HEADS)
    gguf.add_rope_dimension_sections([4, 2, 2, 0])
    gguf.add_full_attention_interval(4)
    gguf.add_ssm_conv_kernel(4)
    gguf.add_ssm_inner_size(inner)
    gguf.add_ssm_state_size(size)
    gguf.add_ssm_time_step_rank(heads)
    gguf.add_ssm_group_count(heads)
    writer.same("output_norm.weight", WIDTH)
    for layer in range(layers):
        block = f"blk.{layer}"
        writer.same(f"{block}.attn_norm.weight", WIDTH)
        writer.same(f"{block}.post_attention_norm.weight", WIDTH)
        _add_feed_forward(writer, block)
        if layer % 4 == 3:
            _add_attention(writer, block, gated=True)
            continue
        writer.random(f"{block}.attn_qkv.weight", mixed, WIDTH)
        writer.random(f"{block}.attn_gate.weight", inner, WIDTH)
        writer.random(f"{block}.ssm_conv1d.weight", mixed, 4)
        writer.same(f"{block}.ssm_dt.bias", heads, value=0.1)
        writer.same(f"{block}.ssm_a", heads, value=-0.3)
        writer.random(f"{block}.ssm_alpha.weight", heads, WIDTH)
        writer.random(f"{block}.ssm_beta.weight", heads, WIDTH)
        writer.same(f"{block}.ssm_norm.weight", size)
        writer.random(f"{block}.ssm_out.weight", WIDTH, inner)
    writer.close()
    return path
