"""One command from the corpus to the finished models: python -m guide.run (see README.md).

Each stage imports what it needs, so that the torch stages and the llama.cpp stages may also be
run in different environments.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from pathlib import Path
from typing import Any

from guide import corpus as texts
from guide.chats import Generator
from guide.corpus import held_out
from guide.tokenizer import Codec, build

HERE = Path(__file__).parent
WORK = HERE / "work"
MODELS = HERE.parent.parent / "resources" / "models"
TOKENIZER = WORK / "tokenizer.json"
TRAINED = WORK / "trained.json"
SCORES = WORK / "scores.json"
STAGES = ("check", "tokenizer", "target", "draft", "export", "evaluate", "card")
KINDS = {
    "target": (
        "guide",
        "Slipstream Guide",
        "Answers questions about Slipstream and about how language models work.",
    ),
    "draft": (
        "guide-draft",
        "Slipstream Guide Draft",
        "Guesses the next tokens of the Slipstream Guide.",
    ),
}


def generator(corpus: texts.Corpus, fresh: texts.Fresh, seed: int) -> Generator:
    """Return a chat generator that never asks a test question."""
    kept = frozenset(texts.normalise(case.question) for case in held_out(corpus))
    return Generator(corpus, seed, fresh.texts | kept)


def make_tokenizer(corpus: texts.Corpus, fresh: texts.Fresh) -> None:
    """Learn the vocabulary from generated chats and every answer and word of the corpus."""
    make = generator(corpus, fresh, seed=1)
    lines = [turn.user for _ in range(12000) for turn in make.chat(1)]
    lines += [answer for answer in corpus.answers().values() for _ in range(4)]
    lines += [f"{word} {word}" for words in corpus.slots.values() for word in words]
    tokenizer = build(lines, TOKENIZER)
    print(f"vocabulary: {tokenizer.get_vocab_size()}")


def make_model(kind: str, corpus: texts.Corpus, fresh: texts.Fresh, minutes: float, threads: int) -> None:
    """Train the target or the draft, going on from its checkpoint if there is one."""
    from guide.model import DRAFT, TARGET
    from guide.probe import Probe
    from guide.train import Plan, Run

    codec = Codec(TOKENIZER)
    target = kind == "target"
    plan = Plan(minutes, rate=2e-3 if target else 4e-3, threads=threads)
    shape = TARGET if target else DRAFT
    chats = generator(corpus, fresh, seed=len(kind))
    run = Run(shape, plan, chats, codec, WORK / f"{kind}.pt")
    run.train(Probe(corpus, codec, held_out(corpus)))


def export(corpus: texts.Corpus) -> None:
    """Write both models as F16 GGUF into the work folder."""
    import torch

    from guide import export as out
    from guide.model import DRAFT, TARGET, Guide

    codec = Codec(TOKENIZER)
    entry = corpus.topics[0]
    ids = [*codec.question(entry.phrasings[0]), *codec.text(entry.answer)]
    trained: dict[str, Any] = {}
    for kind, (file, name, about) in KINDS.items():
        model = Guide(TARGET if kind == "target" else DRAFT)
        state = torch.load(WORK / f"{kind}.pt", weights_only=True)
        model.load_state_dict(state["model"])
        trained[kind] = {"minutes": state["elapsed"] / 60, "tokens": state["tokens"]}
        out.write(model, TOKENIZER, WORK / f"{file}-f16.gguf", name, about)
        out.reference(model, ids, WORK / f"{file}-logits.npz")
    TRAINED.write_text(json.dumps(trained) + "\n", encoding="utf-8")


def evaluate(corpus: texts.Corpus, fresh: texts.Fresh) -> None:
    """Quantise, test both models in llama.cpp and save the scores."""
    from guide import evaluate as tests
    from guide.llama import Chat, quantise, weights

    codec = Codec(TOKENIZER)
    held = held_out(corpus)
    MODELS.mkdir(parents=True, exist_ok=True)
    result: dict[str, Any] = {}
    for kind, (file, _, _) in KINDS.items():
        path = MODELS / f"{file}-q8_0.gguf"
        quantise(WORK / f"{file}-f16.gguf", path)
        chat = Chat(path, codec)
        same, strings = tests.same_ids(chat, codec)
        result[kind] = {
            "bytes": path.stat().st_size,
            "weights": f"{weights(path):,}",
            "tokenizer": f"{same} of {strings}",
            "logits f16": tests.logit_gap(WORK / f"{file}-f16.gguf", codec, WORK / f"{file}-logits.npz"),
            "logits q8_0": tests.logit_gap(path, codec, WORK / f"{file}-logits.npz"),
            "scores": tests.run(chat, corpus, fresh, held),
        }
        print(f"{kind}\n{tests.table(result[kind]['scores'])}\n", flush=True)
    target = Chat(MODELS / "guide-q8_0.gguf", codec)
    questions = [case.question for case in random.Random(3).sample(fresh.questions, 40)]
    result["speculation"] = [
        tests.acceptance(target, MODELS / "guide-draft-q8_0.gguf", codec, questions, ahead)
        for ahead in (3, 5, 7)
    ]
    print(json.dumps(result["speculation"]))
    SCORES.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    """Run the stages asked for, in order."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("stages", nargs="*", help=f"of {', '.join(STAGES)}; all when none is given")
    parser.add_argument("--minutes", type=float, default=45.0, help="training time of the target")
    parser.add_argument("--draft-minutes", type=float, default=5.0, help="training time of the draft")
    parser.add_argument("--threads", type=int, default=2, help="threads for training")
    options = parser.parse_args()
    unknown = set(options.stages) - set(STAGES)
    if unknown:
        parser.error(f"no such stage: {', '.join(sorted(unknown))}")
    os.nice(5)
    WORK.mkdir(exist_ok=True)
    corpus, fresh = texts.load(), texts.load_fresh()
    for stage in options.stages or STAGES:
        print(f"== {stage}", flush=True)
        if stage == "check":
            for problem in texts.check(corpus, fresh):
                print(problem)
        elif stage == "tokenizer":
            make_tokenizer(corpus, fresh)
        elif stage == "target":
            make_model(stage, corpus, fresh, options.minutes, options.threads)
        elif stage == "draft":
            make_model(stage, corpus, fresh, options.draft_minutes, options.threads)
        elif stage == "export":
            export(corpus)
        elif stage == "evaluate":
            evaluate(corpus, fresh)
        else:
            from guide.card import write_card

            write_card(corpus, TOKENIZER, SCORES, TRAINED, MODELS)
    return 0


if __name__ == "__main__":
    sys.exit(main())
