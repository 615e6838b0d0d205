"""Rounds made up for a text: tokens of a few letters, some of whose bytes are halves of characters."""

from __future__ import annotations

import random
import re

from desktop.engine.types import Added, Drafted, Round

_WRONG = [" because", " numbers", " which", ",", " 日本", "\n", "wrong"]


class Trace:
    """`rounds` of `text`, and `pieces`: what their tokens say. `how`: for every token, whether accepted."""

    def __init__(self, text: str, seed: int = 1, *, split: bool = False, drafts: bool = True) -> None:
        self.rng, self.pieces, self.how = random.Random(seed), dict[int, bytes](), list[str]()
        self._ids: dict[bytes, int] = {}
        tokens = [self._id(part) for part in self._cut(text, split=split)]
        self.rounds = [Round("prompt", 1, 0.0, 9.0, (), Added(tokens[0], 0.6, 0, "first"))] if tokens else []
        self.how = ["first"] if tokens else []
        at = 1
        while at < len(tokens):
            at = self._round(tokens, at, drafts=drafts)

    def _cut(self, text: str, *, split: bool) -> list[bytes]:
        parts = [part.encode() for part in re.findall(r"\s?\w{1,6}|\s|[^\w\s]", text)]
        if not split:
            return parts
        return [part[i : i + 2] for part in parts for i in range(0, len(part), 2)]

    def _id(self, data: bytes) -> int:
        number = self._ids.setdefault(data, len(self._ids))
        self.pieces[number] = data
        return number

    def _round(self, tokens: list[int], at: int, *, drafts: bool) -> int:
        rng = self.rng
        good = min(rng.choice([0, 1, 2, 3, 3]), len(tokens) - at - 1) if drafts else 0
        drafted = [Drafted(t, 0.8, 0.7, 0, "accepted") for t in tokens[at : at + good]]
        bad = drafts and rng.random() < 0.5
        if bad:
            drafted.append(Drafted(self._id(rng.choice(_WRONG).encode()), 0.31, 0.06, 3, "rejected"))
            drafted.append(Drafted(self._id(b" dropped"), 0.4))
        why = "replaced" if bad else "bonus" if drafted else "plain"
        added = Added(tokens[at + good], 0.52, 0, why)  # type: ignore[arg-type]
        source = "draft" if drafted else "plain"
        self.rounds.append(
            Round(source, len(drafted) + 1, 1.0, 9.0, tuple(drafted), added, good, state="active")
        )
        self.how += ["accepted"] * good + [why]
        return at + good + 1
