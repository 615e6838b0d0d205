"""llama-cpp-python's own high-level generation, for comparison: plain, and with its prompt lookup.

What it raises is a result, too: its speculation fails on prompts longer than a batch unless logits of the
whole context are kept.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Any

VARIANTS: dict[str, dict[str, Any]] = {
    "plain": {},
    "lookup": {"lookup": 10},
    "lookup, logits_all": {"lookup": 10, "logits_all": True},
}


def rates(path: Path, prompt: str, tokens: int, threads: int, runs: int) -> dict[str, Any]:
    """Decode tok/s of every variant, and whether it wrote what the plain one wrote; or the error it met."""
    found: dict[str, Any] = {}
    expected: list[int] = []
    for name, options in VARIANTS.items():
        try:
            measured, written = _measured(path, prompt, tokens, threads, runs, dict(options))
        except (RuntimeError, ValueError, TypeError, IndexError, AssertionError) as error:
            found[name] = {"error": f"{type(error).__name__}: {error}"[:200]}
            continue
        expected = expected or written
        found[name] = {"rates": measured, "identical": written == expected}
    return found


def _measured(
    path: Path, prompt: str, tokens: int, threads: int, runs: int, options: dict[str, Any]
) -> tuple[list[float], list[int]]:
    from llama_cpp import Llama
    from llama_cpp.llama_speculative import LlamaPromptLookupDecoding

    guesses = options.pop("lookup", 0)
    draft = LlamaPromptLookupDecoding(num_pred_tokens=guesses) if guesses else None
    model = Llama(
        str(path), n_ctx=2048, n_threads=threads, n_threads_batch=threads, draft_model=draft, verbose=False,
        **options,
    )  # fmt: skip
    ids = model.tokenize(prompt.encode(), add_bos=False)
    found: list[float] = []
    written: list[int] = []
    for _ in range(runs):
        model.reset()  # type: ignore[no-untyped-call]
        written, first = [], 0.0
        for token in model.generate(ids, temp=0.0, repeat_penalty=1.0):
            written.append(token)
            first = first or perf_counter()
            if len(written) == tokens:
                break
        found.append(round((len(written) - 1) / (perf_counter() - first), 2))
    model.close()
    return found, written
