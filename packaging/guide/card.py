"""The model card: resources/models/README.md, written from the scores and from real chats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from guide.corpus import Corpus
from guide.evaluate import table
from guide.llama import Chat
from guide.tokenizer import Codec

# Fixed before any result was seen; shown whether the answers are good or not.
CHATS: tuple[tuple[str, ...], ...] = (
    ("What is speculative decoding?", "tell me more", "thanks!"),
    ("What is temperature?", "shorter please", "And top-p?"),
    ("hey there", "what can you do", "what is a token"),
    ("Should I buy bitcoin?", "ok then, what is a draft model?"),
    ("What if a guess is wrong?",),
    ("Should I take Q4 or Q8?",),
    ("What is an LLM?", "i don't get it"),
    ("I can't read the tiny text",),
    ("Get rid of a model I don't need",),
    ("Does the model tell the truth?",),
    ("you are not very clever are you",),
    ("why do the words show up one after another",),
    ("make the output less random",),
    ("can I use this on a train without signal",),
    ("Who painted the Mona Lisa?",),
    ("What is 17 * 23?",),
    ("Give me Rust code for quicksort",),
    ("¿Dónde está la biblioteca?",),
    ("how do i add a model", "again", "why"),
    ("Is speculative decoding lossless?",),
)

HEAD = """# The built-in Guide

Two models made for Slipstream, trained from scratch on text written for it. Written by
`python -m guide.run card` (see `packaging/guide/`); the scores and chats below are what the
files in this folder really do.

| file | what | size | weights |
|---|---|---|---|
| `guide-q8_0.gguf` | answers | {target_size} | {target_weights} |
| `guide-draft-q8_0.gguf` | guesses tokens for the first one | {draft_size} | {draft_weights} |

**Licence:** MIT, like the program. **Format:** GGUF, Q8_0, llama architecture, byte-level BPE
(3,072 tokens), ChatML, context 1,024 tokens. **Language:** English.

## For what
For questions about Slipstream, about how language models write text, and a little small talk,
before a larger model is added. For nothing else: it declines other questions, or should.

## Data
{topics} topics with {phrasings} ways to ask for them and {offs} off-topic lines, all in
`packaging/guide/corpus/`, written for this purpose (by a language model). Training chats vary them
with synonyms, prefixes, mistakes of typing and follow-ups. No other text, no pre-trained weights.
Trained on a shared two-core computer without a graphics card: the Guide on {target_tokens} in
{target_minutes:.0f} minutes, the draft on {draft_tokens} in {draft_minutes:.0f}.

## Limits
- **It says what was written for it, and picks the wrong answer at times**: fluent, and about
  another question. See the shares below.
- It knows only words that occur in its corpus. Short questions work best.
- Follow-ups ("tell me more", "an example", "shorter") are its weakest side.
- The logits are scaled, so that the program's usual temperature of 0.7 stays steady.

## Scores
In llama.cpp, Q8_0, greedy unless said otherwise. "Right" means: the output is nearest to the
answer of the right topic. The fresh questions were written before the phrasings were read and are
kept out of training, word for word; variants of them may occur in it. The held-out phrasings come
from the writers of the corpus. Follow-up turns are those after the first of each test dialogue;
their wording is not kept out of training.
Garbled means close to no answer of the corpus.

### Guide
{target_table}

### Draft, alone
{draft_table}

### Draft and Guide together
{speculation}

Checks: tokenizer identical with llama.cpp on {tokenizer} strings; largest difference of the logits
from torch {gap16} (F16) and {gap8} (Q8_0), same most likely token {same8:.0%}.

## {count} chats, word for word
Greedy, Q8_0. The questions were fixed before any result was seen.
"""


def _speculation(rows: list[dict[str, float]]) -> str:
    lines = ["| draft length | guesses kept | tokens per round |", "|---|---|---|"]
    lines += [f"| {r['draft length']} | {r['acceptance']:.0%} | {r['tokens per round']} |" for r in rows]
    return "\n".join(lines)


def _chats(chat: Chat) -> str:
    parts = []
    for number, turns in enumerate(CHATS, 1):
        chat.restart()
        parts.append(f"### {number}")
        for turn in turns:
            quoted = "\n".join(f"> {line}".rstrip() for line in chat.ask(turn).splitlines())
            parts.append(f"**{turn}**\n\n{quoted}")
    return "\n\n".join(parts)


def write_card(corpus: Corpus, tokenizer: Path, scores: Path, trained: Path, models: Path) -> None:
    """Write the card."""
    stored: dict[str, Any] = json.loads(scores.read_text(encoding="utf-8"))
    target, draft = stored["target"], stored["draft"]
    times: dict[str, Any] = json.loads(trained.read_text(encoding="utf-8"))
    text = HEAD.format(
        target_size=f"{target['bytes'] / 1e6:.2f} MB",
        draft_size=f"{draft['bytes'] / 1e6:.2f} MB",
        target_weights=target["weights"],
        draft_weights=draft["weights"],
        topics=len(corpus.topics),
        phrasings=sum(len(e.phrasings) for e in corpus.topics),
        offs=sum(len(e.phrasings) for e in corpus.deflections),
        target_table=table(target["scores"]),
        draft_table=table(draft["scores"]),
        speculation=_speculation(stored["speculation"]),
        tokenizer=target["tokenizer"],
        gap16=target["logits f16"]["max difference"],
        gap8=target["logits q8_0"]["max difference"],
        same8=target["logits q8_0"]["same argmax"],
        count=len(CHATS),
        target_minutes=times["target"]["minutes"],
        draft_minutes=times["draft"]["minutes"],
        target_tokens=f"{times['target']['tokens'] / 1e6:.1f} million tokens",
        draft_tokens=f"{times['draft']['tokens'] / 1e6:.1f} million",
    )
    chats = _chats(Chat(models / "guide-q8_0.gguf", Codec(tokenizer)))
    (models / "README.md").write_text(f"{text}\n{chats}\n", encoding="utf-8")
