"""Held-out tests in llama.cpp: is the right answer given, and is nothing garbled?"""

from __future__ import annotations

import difflib
import random
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from guide.corpus import Case, Corpus, Fresh
from guide.llama import Chat
from guide.tokenizer import Codec

GARBLED_BELOW = 0.9


class Judge:
    """Decides which answer of the corpus a text is."""

    def __init__(self, corpus: Corpus) -> None:
        self.corpus = corpus
        self.answers = corpus.answers()
        self.nearest = lru_cache(maxsize=None)(self._nearest)

    def _nearest(self, text: str) -> tuple[str, float]:
        exact = [name for name, answer in self.answers.items() if answer == text]
        if exact:
            return exact[0], 1.0
        words = text.split()
        best = ("", 0.0)
        for name, answer in self.answers.items():
            matcher = difflib.SequenceMatcher(None, answer.split(), words, autojunk=False)
            if matcher.quick_ratio() > best[1]:
                best = max(best, (name, matcher.ratio()), key=lambda pair: pair[1])
        return best

    def expected(self, case: Case, previous: str) -> list[str]:
        """Return the texts that count as right."""
        if case.expected == ("off",):
            return [entry.answer for entry in self.corpus.deflections]
        found = [self.corpus.entries[name] for name in case.expected if name in self.corpus.entries]
        if case.kind == "again":
            return [previous]
        return [entry.reply(case.kind) if case.kind else entry.answer for entry in found]

    def right(self, case: Case, text: str, previous: str = "") -> bool:
        """Return whether the text is nearest to an expected answer."""
        wanted = self.expected(case, previous)
        return text in wanted or self.answers.get(self.nearest(text)[0], text) in wanted

    def garbled(self, text: str) -> bool:
        """Return whether the text is close to nothing in the corpus."""
        return self.nearest(text)[1] < GARBLED_BELOW


@dataclass
class Score:
    """The results of one group of test turns."""

    right: int = 0
    garbled: int = 0
    total: int = 0
    misses: list[dict[str, str]] = field(default_factory=list)

    def add(self, judge: Judge, case: Case, text: str, previous: str = "") -> None:
        """Count one answer."""
        self.total += 1
        self.garbled += judge.garbled(text)
        if judge.right(case, text, previous):
            self.right += 1
        else:
            said = judge.nearest(text)[0]
            wanted = " ".join(case.expected) + (f":{case.kind}" if case.kind else "")
            self.misses.append({"question": case.question, "wanted": wanted, "said": said})

    def summary(self) -> dict[str, Any]:
        """Return the score as plain data."""
        return {
            "right": self.right,
            "total": self.total,
            "share": round(self.right / max(1, self.total), 3),
            "garbled": self.garbled,
            "misses": self.misses,
        }


def ask_all(chat: Chat, judge: Judge, cases: list[Case], temperature: float = 0.0) -> Score:
    """Ask every question in a conversation of its own."""
    score = Score()
    for number, case in enumerate(cases):
        chat.restart()
        score.add(judge, case, chat.ask(case.question, temperature, number))
    return score


def follow(chat: Chat, judge: Judge, fresh: Fresh) -> Score:
    """Hold the dialogues; every turn after the first counts."""
    score = Score()
    for dialogue in fresh.dialogues:
        chat.restart()
        previous = ""
        for number, case in enumerate(dialogue):
            text = chat.ask(case.question)
            if number:
                score.add(judge, case, text, previous)
            previous = text
    return score


def run(chat: Chat, corpus: Corpus, fresh: Fresh, held_out: list[Case]) -> dict[str, Any]:
    """Return all scores of a model."""
    judge = Judge(corpus)
    return {
        "fresh questions": ask_all(chat, judge, fresh.questions).summary(),
        "fresh questions, temperature 0.7": ask_all(chat, judge, fresh.questions, 0.7).summary(),
        "held-out phrasings": ask_all(chat, judge, held_out).summary(),
        "off-topic deflected": ask_all(chat, judge, fresh.off).summary(),
        "follow-up turns": follow(chat, judge, fresh).summary(),
    }


def table(scores: dict[str, Any]) -> str:
    """Return the scores as a Markdown table."""
    lines = ["| test | right | share | garbled |", "|---|---|---|---|"]
    for name, score in scores.items():
        right = f"{score['right']} of {score['total']}"
        lines.append(f"| {name} | {right} | {score['share']:.0%} | {score['garbled']} |")
    return "\n".join(lines)


def odd_strings(count: int = 500) -> list[str]:
    """Return strings that trip tokenizers: blanks, scripts, symbols, random code points."""
    rng = random.Random(7)
    fixed = [
        "",
        " ",
        "  two",
        "\n\n x",
        "a\r\nb",
        "\t",
        "<|im_end|>",
        "don't WON'T",
        "x" * 300,
        "日本語のテキスト",
        "😀👩‍👩‍👧",
        "def f(x):\n    return x",
        "1234567",
        "a\u0301é",
        "\u200b",
    ]
    ranges = (
        (0x20, 0x7E),
        (0x9, 0x20),
        (0xA0, 0x24F),
        (0x400, 0x4FF),
        (0x4E00, 0x9FFF),
        (0x1F300, 0x1F64F),
        (0x1, 0xD7FF),
    )
    while len(fixed) < count:
        low, high = rng.choice(ranges)
        fixed.append("".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 24))))
    return fixed


def same_ids(chat: Chat, codec: Codec) -> tuple[int, int]:
    """Return how many odd strings get the same ids from both tokenizers, and of how many."""
    strings = odd_strings()
    return sum(chat.native_ids(text) == codec.text(text) for text in strings), len(strings)


def logit_gap(path: Path, codec: Codec, saved: Path) -> dict[str, float]:
    """Compare llama.cpp's logits with the saved ones of torch."""
    stored = np.load(saved)
    ids = [int(i) for i in stored["ids"]]
    ours, theirs = stored["logits"], Chat(path, codec, all_logits=True).logits(ids)
    equal = (ours.argmax(1) == theirs.argmax(1)).mean()
    return {
        "max difference": round(float(np.abs(ours - theirs).max()), 4),
        "same argmax": float(equal),
    }


def acceptance(
    target: Chat, draft: Path, codec: Codec, questions: list[str], ahead: int = 5
) -> dict[str, float]:
    """Return how often the draft guesses the target's greedy tokens, `ahead` at a time."""
    drafter = Chat(draft, codec, all_logits=True)
    proposed = accepted = rounds = 0
    for question in questions:
        target.restart()
        start = len(codec.question(question))
        target.ask(question)
        ids = target.ids[: -len(codec.text("\n"))]
        guesses = drafter.logits(ids[:-1]).argmax(1)
        at = start
        while at < len(ids):
            tries = min(ahead, len(ids) - at)
            hits = next((n for n in range(tries) if guesses[at + n - 1] != ids[at + n]), tries)
            proposed, accepted, rounds = proposed + tries, accepted + hits, rounds + 1
            at += hits + 1
    return {
        "draft length": ahead, "acceptance": round(accepted / max(1, proposed), 3),
        "tokens per round": round((accepted + rounds) / max(1, rounds), 2),
    }  # fmt: skip
