"""Training within a fixed time: many short questions first, whole chats towards the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from guide.chats import Generator, Turn
from guide.model import Guide, Shape
from guide.tokenizer import PAD, Codec

CUT_UNTIL = 0.8
DECAY_FROM = 0.45
CHECKPOINT_EVERY = 180.0


@dataclass(frozen=True)
class Plan:
    """How long and how a model is trained."""

    minutes: float
    rate: float = 2e-3
    batch_tokens: int = 2048
    threads: int = 2


Sample = tuple[list[int], list[float]]


def sample(generator: Generator, codec: Codec, cut: bool, context: int) -> Sample:
    """Return one chat as ids and weights, its last answer cut short if wanted."""
    pick = generator.random.random()
    if cut:
        turns = 1 if pick < 0.8 else 2 if pick < 0.95 else 3
    else:
        turns = (
            1
            if pick < 0.3
            else generator.random.randint(2, 4)
            if pick < 0.93
            else generator.random.randint(5, 10)
        )
    chat = generator.chat(turns)
    return _encode(chat, codec, generator.random.randint(6, 16) if cut else None, context)


def _encode(chat: list[Turn], codec: Codec, keep: int | None, context: int) -> Sample:
    ids: list[int] = []
    weights: list[float] = []
    for turn in chat:
        more, counts = codec.turn(turn.user, turn.answer)
        if keep is not None and turn is chat[-1]:
            end = len(codec.question(turn.user)) + keep
            more, counts = more[:end], counts[:end]
        ids.extend(more)
        weights.extend(counts)
    return ids[:context], weights[:context]


def batches(
    draw: Callable[[], Sample], tokens: int, shuffle: Callable[[list[list[Sample]]], None]
) -> Iterator[list[Sample]]:
    """Yield batches of samples of like length, each of about so many tokens."""
    while True:
        pool: list[Sample] = []
        while sum(len(ids) for ids, _ in pool) < 8 * tokens:
            pool.extend(draw() for _ in range(64))
        pool.sort(key=lambda item: len(item[0]))
        groups: list[list[Sample]] = [[]]
        for item in pool:
            if groups[-1] and (len(groups[-1]) + 1) * len(item[0]) > tokens:
                groups.append([])
            groups[-1].append(item)
        shuffle(groups)
        yield from groups


def tensors(batch: list[Sample]) -> tuple[Tensor, Tensor]:
    """Return padded ids and weights."""
    longest = max(len(ids) for ids, _ in batch)
    ids = torch.full((len(batch), longest), PAD)
    weights = torch.zeros((len(batch), longest))
    for row, (some, counts) in enumerate(batch):
        ids[row, : len(some)] = torch.tensor(some)
        weights[row, : len(some)] = torch.tensor(counts)
    return ids, weights


class Run:
    """One training run that survives being interrupted."""

    def __init__(self, shape: Shape, plan: Plan, generator: Generator, codec: Codec, path: Path) -> None:
        self.plan, self.generator, self.codec, self.path = plan, generator, codec, path
        self.model = Guide(shape)
        matrices = [p for p in self.model.parameters() if p.dim() == 2]
        vectors = [p for p in self.model.parameters() if p.dim() != 2]
        self.optimiser = torch.optim.AdamW(
            [{"params": matrices, "weight_decay": 0.05}, {"params": vectors, "weight_decay": 0.0}],
            lr=plan.rate, betas=(0.9, 0.98), fused=True,
        )  # fmt: skip
        self.elapsed, self.steps, self.tokens = 0.0, 0, 0
        if path.exists():
            state = torch.load(path, weights_only=True)
            self.model.load_state_dict(state["model"])
            self.optimiser.load_state_dict(state["optimiser"])
            self.elapsed, self.steps, self.tokens = (
                state["elapsed"],
                state["steps"],
                state["tokens"],
            )
            generator.random.seed(f"{path.name}-{self.steps}")

    @property
    def done(self) -> float:
        """The share of the time that has passed."""
        return self.elapsed / (self.plan.minutes * 60)

    def save(self) -> None:
        """Write a checkpoint, replacing the old one at once."""
        state = {
            "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict(),
            "elapsed": self.elapsed, "steps": self.steps, "tokens": self.tokens,
        }  # fmt: skip
        part = self.path.with_suffix(".part")
        torch.save(state, part)
        os.replace(part, self.path)

    def _draw(self) -> Sample:
        cut = self.done < CUT_UNTIL and self.generator.random.random() < 0.85
        return sample(self.generator, self.codec, cut, self.model.shape.context)

    def _step(self, batch: list[Sample]) -> float:
        fade = (1 - self.done) / (1 - DECAY_FROM)
        rate = self.plan.rate * max(0.0, min(1.0, fade, (self.steps + 1) / 100))
        for group in self.optimiser.param_groups:
            group["lr"] = rate
        ids, weights = tensors(batch)
        total, count = self.model.loss(ids, weights)
        loss = total / count
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad()
        self.steps += 1
        self.tokens += int(ids.numel())
        return float(loss.detach())

    def train(self, probe: Callable[[Guide], str]) -> Guide:
        """Train until the time is up; `probe` says how good the model is, now and then."""
        torch.set_num_threads(self.plan.threads)
        stream = batches(self._draw, self.plan.batch_tokens, self.generator.random.shuffle)
        recent: list[float] = []
        saved = self.elapsed
        before = time.monotonic()
        while self.done < 1:
            recent.append(self._step(next(stream)))
            now = time.monotonic()
            self.elapsed += now - before
            before = now
            if self.elapsed - saved > CHECKPOINT_EVERY or self.done >= 1:
                saved = self.elapsed
                self.save()
                mean = sum(recent) / len(recent)
                head = f"{self.elapsed / 60:5.1f} min  step {self.steps}"
                seen = f"{self.tokens / 1e6:.2f}M tokens  loss {mean:.3f}"
                print(f"{head}  {seen}  {probe(self.model)}", flush=True)
                recent.clear()
                before = time.monotonic()
        return self.model
