"""`slipstream selftest`: the built-in pair through the whole path, on this computer, in a few seconds.

Knows: the engine. Must not know: Qt. Says what it found line by line; anything not as promised fails it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from desktop import paths
from desktop.engine.engine import Engine
from desktop.engine.types import Finished, LoadOptions, Message, Request, Sampling, Step

QUESTION = "What is a token?"
_LENGTH = 48


def run(
    model: Path | None, draft: Path | None, say: Callable[[str], None], cancelled: Callable[[], bool]
) -> bool:
    """Check the pair (the built-in one unless given). Returns whether everything is as promised.

    Raises: UserError when something does not even load, Cancelled.
    """
    options = LoadOptions(model or paths.guide_model(), n_ctx=1024)
    request = Request(
        [Message("user", QUESTION)], sampling=Sampling(temperature=0.0), max_tokens=_LENGTH, ignore_eos=True
    )
    with Engine.load(options, cancelled=cancelled) as engine:
        info = engine.info
        say(f"model: {info.name}, {info.parameters / 1e6:.1f}M parameters, loaded in {info.load_ms:.0f} ms")
        first, finished, text = _answer(engine, request, cancelled)
        rate = finished.timings.decode_rate(finished.output_tokens)
        say(f"stream: {finished.output_tokens} tokens, {len(text)} characters, {rate:.0f} tok/s")
        again, reusing, _ = _answer(engine, request, cancelled)
        say(f"reuse: {reusing.reused_tokens} of {reusing.prompt_tokens} prompt tokens from the KV cache")
        paired = _check_draft(engine, draft or paths.guide_draft(), say, cancelled)
    with Engine.load(options, cancelled=cancelled) as engine:
        fresh, _, _ = _answer(engine, request, cancelled)
    exact = first == again == fresh and bool(first)
    say("exact: the same tokens three times" if exact else f"exact: no: {_difference(first, again, fresh)}")
    reused = reusing.reused_tokens == reusing.prompt_tokens - 1
    good = exact and reused and paired and bool(text.strip())
    say("selftest passed" if good else "selftest FAILED")
    return good


def _answer(
    engine: Engine, request: Request, cancelled: Callable[[], bool]
) -> tuple[list[int], Finished, str]:
    """Tokens, end and text of one streamed answer."""
    tokens: list[int] = []
    text: list[str] = []
    for event in engine.generate(request, cancelled):
        if isinstance(event, Step | Finished):
            text += [part.text for part in event.parts]
        if isinstance(event, Step):
            tokens += event.tokens
    assert isinstance(event, Finished)
    return tokens, event, "".join(text)


def _check_draft(
    engine: Engine, draft: Path, say: Callable[[str], None], cancelled: Callable[[], bool]
) -> bool:
    with Engine.load(LoadOptions(draft, n_ctx=1024), cancelled=cancelled) as other:
        same = engine.same_vocabulary(other)
        kind = "the same vocabulary" if same else "ANOTHER vocabulary"
        say(f"draft: {other.info.name}, {other.info.parameters / 1e6:.2f}M parameters, {kind}")
        return same


def _difference(*runs: list[int]) -> str:
    shortest = min(map(len, runs))
    at = next((i for i in range(shortest) if len({run[i] for run in runs}) > 1), shortest)
    return f"the runs differ from token {at} on"
