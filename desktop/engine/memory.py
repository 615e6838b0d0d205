"""How much memory a model needs with its settings, before it is loaded, and how much the computer has.

The numbers come from llama.cpp itself: it lays the model out without allocating, and logs what it would
have taken. Where that does not work, a formula on the header is used. Must not know: loading for real, Qt.
"""

from __future__ import annotations

import re

import psutil

from desktop import gguf
from desktop.engine.binding import SNAPSHOTS, Context, Model, log
from desktop.engine.types import KvType, LoadOptions, Memory
from desktop.errors import EngineFailed, ModelTooLarge

SMALLEST_CONTEXT = 256
MARGIN = 128 << 20
"""Left free for everything else, in bytes."""
_HOPELESS = 4
"""So many times the free memory by the formula, which is never that far off, need no closer look."""
_SIZE = re.compile(
    r"(llama_kv_cache|llama_memory\w*|compute buffer|output buffer)[^=]*size\s*=\s*([\d.]+) MiB"
)
_VALUE_BYTES: dict[KvType, float] = {"f16": 2.0, "q8_0": 34 / 32, "q4_0": 18 / 32}


def free_bytes() -> int:
    """Memory that can be had without swapping."""
    return int(psutil.virtual_memory().available)


def unmeasured() -> Memory:
    """Nothing known."""
    return Memory(0, 0, 0, free_bytes())


def context_length(wanted: int, trained: int) -> int:
    """The context a model gets: what is wanted (0 = all), at most what it was trained for."""
    limit = trained if trained > 0 else 4096
    return max(min(wanted, limit) if wanted > 0 else limit, 1)


def measure(options: LoadOptions, header: gguf.GgufHeader) -> Memory:
    """What the model will need.

    Raises: ModelTooLarge with the context that would fit, ModelError when llama.cpp cannot even lay it out.
    """
    needed = estimate(options, header, options.n_ctx)
    if options.n_gpu_layers == 0 and needed.needed + MARGIN > needed.free:
        raise ModelTooLarge(
            "not enough free memory",
            path=str(options.path),
            needed=needed.needed,
            free=needed.free,
            n_ctx=context_length(options.n_ctx, header.n_ctx_train),
            n_ctx_fits=_fitting(needed, context_length(options.n_ctx, header.n_ctx_train)),
        )
    return needed


def _fitting(needed: Memory, n_ctx: int) -> int:
    """The longest context that fits, in steps of 256 tokens; 0 when none does."""
    left = needed.free - MARGIN - needed.weights - needed.compute
    fits = int(left * n_ctx / needed.kv) // 256 * 256 if needed.kv > 0 else 0
    return min(fits, n_ctx) if fits >= SMALLEST_CONTEXT else 0


def estimate(options: LoadOptions, header: gguf.GgufHeader, n_ctx: int) -> Memory:
    """Weights, KV cache and compute buffers in bytes."""
    wanted = context_length(n_ctx, header.n_ctx_train)
    rough = by_formula(header, wanted, options.kv_type)
    if rough.needed > _HOPELESS * rough.free:
        return rough  # even planning a context of billions of tokens takes minutes and gigabytes
    try:
        return _laid_out(options, wanted)
    except (EngineFailed, ModelTooLarge):
        return rough


def _laid_out(options: LoadOptions, n_ctx: int) -> Memory:
    """Let llama.cpp plan the model without allocating; its log says the sizes."""
    model = Model(options.path, 0, measure=True)
    try:
        context = Context(model, n_ctx, 1, options.kv_type, SNAPSHOTS)
        context.close()
        sizes = {"kv": 0.0, "compute": 0.0}
        for line in log.lines():
            match = _SIZE.search(line)
            if match and not line.startswith("~"):
                kind = "compute" if "buffer" in match[1] else "kv"
                sizes[kind] += float(match[2])
        return Memory(model.size, int(sizes["kv"] * 2**20), int(sizes["compute"] * 2**20), free_bytes())
    finally:
        model.close()


def by_formula(header: gguf.GgufHeader, n_ctx: int, kv_type: KvType) -> Memory:
    """From the header alone: every layer holds K and V of its KV heads for every position."""
    heads = max(header.of_model("attention.head_count", 1), 1)
    width = header.of_model("embedding_length")
    size = header.of_model("attention.key_length", width // heads)
    values = header.of_model("attention.value_length", width // heads)
    kv_heads = header.of_model("attention.head_count_kv", heads)
    cells = -(-n_ctx // 256) * 256
    kv = header.n_layer * kv_heads * (size + values) * cells * _VALUE_BYTES[kv_type]
    return Memory(header.tensor_bytes, int(kv), 64 << 20, free_bytes())
