"""Byte-level BPE that llama.cpp reproduces exactly (`tokenizer.ggml.model=gpt2`, `pre=qwen2`)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

SPECIALS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PAD, START, STOP = 0, 1, 2
VOCAB = 3072
_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}|"
    r" ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


def build(texts: Iterable[str], path: Path) -> Tokenizer:
    """Learn the merges from the texts and save the tokenizer as JSON."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_SPLIT), behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCAB,
        special_tokens=list(SPECIALS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    path.parent.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(path))
    return tokenizer


class Codec:
    """Turns chats into ids: markers by hand, so that typed text is never read as a marker."""

    def __init__(self, path: Path) -> None:
        self.tokenizer = Tokenizer.from_file(str(path))
        self.tokenizer.encode_special_tokens = True
        self._user = [START, *self.text("user\n")]
        self._between = [STOP, *self.text("\n"), START, *self.text("assistant\n")]
        self._after = self.text("\n")

    def text(self, text: str) -> list[int]:
        """Return the ids of plain text; specials in it are ordinary characters."""
        return list(self.tokenizer.encode(text).ids)

    def decode(self, ids: list[int]) -> str:
        """Return the text of the ids, markers left out."""
        return str(self.tokenizer.decode([i for i in ids if i > STOP]))

    def question(self, user: str) -> list[int]:
        """Return a user turn up to the place where the answer begins."""
        return [*self._user, *self.text(user), *self._between]

    def turn(self, user: str, answer: str) -> tuple[list[int], list[float]]:
        """Return the ids of one turn and what each id counts in the loss."""
        text, said = self.text(user), [*self.text(answer), STOP]
        ids = [*self._user, *text, *self._between, *said, *self._after]
        weights = [
            *([0.0] * len(self._user)),
            *([0.05] * len(text)),
            *([0.0] * len(self._between)),
            *([1.0] * len(said)),
            *([0.0] * len(self._after)),
        ]
        return ids, weights
