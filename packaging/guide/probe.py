"""A quick look at a model in training: how often the first tokens of the right answer come."""

from __future__ import annotations

import torch

from guide.corpus import Case, Corpus
from guide.model import Guide
from guide.tokenizer import PAD, Codec

AHEAD = 10


class Probe:
    """Asks the held-out phrasings."""

    def __init__(self, corpus: Corpus, codec: Codec, cases: list[Case]) -> None:
        self.cases = cases
        self.prompts = [codec.question(case.question) for case in cases]
        off = [codec.text(entry.answer)[:AHEAD] for entry in corpus.deflections]
        self.wanted = [
            off
            if case.expected == ("off",)
            else [codec.text(corpus.entries[case.expected[0]].answer)[:AHEAD]]
            for case in cases
        ]

    def __call__(self, model: Guide) -> str:
        """Return the shares right, as text for the log."""
        lengths = torch.tensor([len(prompt) for prompt in self.prompts])
        ids = torch.full((len(self.prompts), int(lengths.max()) + AHEAD), PAD)
        for row, prompt in enumerate(self.prompts):
            ids[row, : len(prompt)] = torch.tensor(prompt)
        rows = torch.arange(len(self.prompts))
        with torch.no_grad():
            for _ in range(AHEAD):
                last = model.hidden(ids[:, : int(lengths.max())])[rows, lengths - 1]
                ids[rows, lengths] = (last @ model.embed.weight.T).argmax(1)
                lengths += 1
        good = [0, 0]
        total = [0, 0]
        for row, case in enumerate(self.cases):
            end = int(lengths[row])
            said = ids[row, end - AHEAD : end].tolist()
            group = int(case.expected == ("off",))
            total[group] += 1
            good[group] += any(said[: len(text)] == text for text in self.wanted[row])
        return f"held-out {good[0]}/{total[0]}  off-topic {good[1]}/{total[1]}"
