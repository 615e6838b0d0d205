"""Can one model's tokens be judged by another? llama.cpp's own rule, check by check.

Knows two vocabularies. Must not know: files, weights, memory, whether drafting pays. The rule is
`common_speculative_are_compatible` in llama.cpp's common/speculative.cpp: the same kind of tokenizer, the
same tokens put before and after a prompt, sizes that differ by at most 128, the same texts from token 5 on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from desktop.engine.types import Check

SIZE_DIFFERENCE = 128
"""Most tokens one vocabulary may have more than the other: padding differs within a family of models."""
FIRST_COMPARED = 5
"""Token texts before this one may differ: control tokens are renamed in tuning."""
TOKENIZER, BEGINNING, END, SIZE, TEXTS = "Tokenizer", "Start token", "End token", "Vocabulary", "Tokens"
_NO_TOKENIZER = 0
_KINDS = ("none", "SentencePiece", "byte-level BPE", "WordPiece", "Unigram", "RWKV", "PLaMo-2")
_REFUSALS = {
    TOKENIZER: "draft has another tokenizer",
    BEGINNING: "draft begins texts with another token",
    END: "draft ends texts with another token",
    SIZE: "draft has a vocabulary of another size",
}
_SHOWN = 40  # characters of a token's text: a hostile file's may have millions


class Vocabulary(Protocol):
    """What is compared of a model. `binding.Model` is one, loaded with `vocabulary` it is enough."""

    @property
    def vocab_type(self) -> int: ...

    @property
    def n_vocab(self) -> int: ...

    @property
    def bos(self) -> int: ...

    @property
    def eos(self) -> int: ...

    @property
    def adds_bos(self) -> bool: ...

    @property
    def adds_eos(self) -> bool: ...

    def token_text(self, token: int, /) -> str: ...


def compare(target: Vocabulary, draft: Vocabulary) -> tuple[Check, ...]:
    """Every check, whatever the others found. The draft may be used when all of them passed."""
    return (
        _tokenizers(target, draft),
        _added(BEGINNING, target, draft, lambda model: (model.adds_bos, model.bos)),
        _added(END, target, draft, lambda model: (model.adds_eos, model.eos)),
        _sizes(target, draft),
        _texts(target, draft),
    )


def refusal(checks: tuple[Check, ...]) -> str:
    """Why the draft cannot be used, short enough for a badge; "" = it can."""
    for check in checks:
        if not check.passed:
            # What differs is named first in `found`: "token 32007 is ...".
            return _REFUSALS.get(check.name) or f"draft differs at {check.found.partition(' is ')[0]}"
    return ""


def _tokenizers(target: Vocabulary, draft: Vocabulary) -> Check:
    one, other = target.vocab_type, draft.vocab_type
    if one == other:
        # Without any tokenizer llama.cpp's rule goes on, and ends the process when it asks for a text.
        known = one != _NO_TOKENIZER
        return Check(TOKENIZER, known, f"both {_kind(one)}" if known else "neither has one")
    return Check(TOKENIZER, False, f"target {_kind(one)}, draft {_kind(other)}")


def _kind(number: int) -> str:
    return _KINDS[number] if 0 <= number < len(_KINDS) else f"kind {number}"


def _added(
    name: str, target: Vocabulary, draft: Vocabulary, rule: Callable[[Vocabulary], tuple[bool, int]]
) -> Check:
    (adds, token), (draft_adds, draft_token) = rule(target), rule(draft)
    if adds == draft_adds and (token == draft_token or not adds):
        return Check(name, True, f"both add {_token(target, token)}" if adds else "neither adds one")
    one = _token(target, token) if adds else "none"
    other = _token(draft, draft_token) if draft_adds else "none"
    return Check(name, False, f"target adds {one}, draft {other}")


def _token(model: Vocabulary, token: int) -> str:
    known = model.vocab_type != _NO_TOKENIZER and 0 <= token < model.n_vocab
    return f"token {token} {_quoted(model.token_text(token))}" if known else f"token {token}"


def _sizes(target: Vocabulary, draft: Vocabulary) -> Check:
    one, other = target.n_vocab, draft.n_vocab
    found = f"both {one:,} tokens" if one == other else f"target {one:,} tokens, draft {other:,}"
    if abs(one - other) > SIZE_DIFFERENCE:
        return Check(SIZE, False, f"{found}; they may differ by {SIZE_DIFFERENCE}")
    return Check(SIZE, True, found)


def _texts(target: Vocabulary, draft: Vocabulary) -> Check:
    """The first token whose text differs. Asks C twice per token: a quarter of a second for 150,000."""
    if _NO_TOKENIZER in (target.vocab_type, draft.vocab_type):
        return Check(TEXTS, False, "token texts are missing")
    one, other = target.token_text, draft.token_text
    end = min(target.n_vocab, draft.n_vocab)
    for token in range(FIRST_COMPARED, end):
        if (text := one(token)) != (draft_text := other(token)):
            found = f"token {token} is {_quoted(text)} in the target and {_quoted(draft_text)} in the draft"
            return Check(TEXTS, False, found)
    if end <= FIRST_COMPARED:
        return Check(TEXTS, True, "too few to compare")
    return Check(TEXTS, True, f"the same from token {FIRST_COMPARED} to {end - 1}")


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[:_SHOWN] + "…")
