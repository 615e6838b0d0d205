"""A llama-architecture transformer, small enough to train on two processor cores."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as fn


@dataclass(frozen=True)
class Shape:
    """The sizes of a model."""

    width: int
    layers: int
    inner: int
    heads: int
    vocab: int = 3072
    context: int = 1024
    rope_base: float = 10000.0
    eps: float = 1e-5


TARGET = Shape(width=256, layers=6, inner=768, heads=4)
DRAFT = Shape(width=64, layers=1, inner=256, heads=2)


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Turn neighbouring pairs by their position (the interleaved order llama.cpp uses)."""
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack((even * cos - odd * sin, even * sin + odd * cos), -1).flatten(-2)


class Norm(nn.Module):
    """Root-mean-square norm."""

    def __init__(self, width: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        """Scale each vector to unit mean square."""
        return fn.rms_norm(x, (x.shape[-1],), self.weight, self.eps)


class Block(nn.Module):
    """Attention and a gated feed-forward part."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.heads = shape.heads
        self.attn_norm = Norm(shape.width, shape.eps)
        self.qkv = nn.Linear(shape.width, 3 * shape.width, bias=False)
        self.out = nn.Linear(shape.width, shape.width, bias=False)
        self.ffn_norm = Norm(shape.width, shape.eps)
        self.gate_up = nn.Linear(shape.width, 2 * shape.inner, bias=False)
        self.down = nn.Linear(shape.inner, shape.width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        """Mix information between the tokens, then within each."""
        batch, length, width = x.shape
        mixed = self.qkv(self.attn_norm(x)).view(batch, length, 3, self.heads, -1)
        q, k, v = (part.transpose(1, 2) for part in mixed.unbind(2))
        q, k = rotate(q, cos, sin).to(v.dtype), rotate(k, cos, sin).to(v.dtype)
        seen = fn.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
        gate, up = self.gate_up(self.ffn_norm(x)).chunk(2, -1)
        thought: Tensor = self.down(fn.silu(gate) * up)
        return x + thought


class Guide(nn.Module):
    """The language model; its input embedding is also its output matrix."""

    cos: Tensor
    sin: Tensor

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = nn.Embedding(shape.vocab, shape.width)
        self.blocks = nn.ModuleList(Block(shape) for _ in range(shape.layers))
        self.norm = Norm(shape.width, shape.eps)
        size = shape.width // shape.heads
        turns = shape.rope_base ** (-torch.arange(0, size, 2).float() / size)
        angles = torch.outer(torch.arange(shape.context).float(), turns)
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                deep = name.endswith(("out.weight", "down.weight"))
                scale = (2 * shape.layers) ** -0.5 if deep else 1.0
                nn.init.normal_(weight, std=0.02 if "embed" in name else scale * 0.5 / 256**0.5)

    def hidden(self, ids: Tensor) -> Tensor:
        """Return the final vectors of every position."""
        x = self.embed(ids)
        cos, sin = self.cos[: ids.shape[1]], self.sin[: ids.shape[1]]
        for block in self.blocks:
            x = block(x, cos, sin)
        return torch.as_tensor(self.norm(x))

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of every position."""
        return fn.linear(self.hidden(ids), self.embed.weight)

    def loss(self, ids: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
        """Return the weighted loss and the sum of the weights; unweighted places cost nothing."""
        wanted = weights[:, 1:].reshape(-1)
        places = wanted.nonzero().squeeze(1)
        vectors = self.hidden(ids[:, :-1]).flatten(0, 1)[places]
        logits = fn.linear(vectors, self.embed.weight).float()
        each = fn.cross_entropy(logits, ids[:, 1:].reshape(-1)[places], reduction="none")
        kept = wanted[places]
        return (each * kept).sum(), kept.sum()
