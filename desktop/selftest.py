"""`slipstream selftest`: the built-in pair through the whole path, on this computer, in a few seconds.

Knows: the engine. Must not know: Qt. Says what it found line by line; anything not as promised fails it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from desktop import difference, paths
from desktop.contest.collected import Collected
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Message, Mode, Request, Sampling, Speculation
from desktop.errors import Cancelled

QUESTION = "What is a token?"
_LENGTH = 48
_MODES: tuple[Mode, ...] = ("draft", "auto")


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
        first = _answer(engine, request, cancelled)
        say(f"stream: {len(first.tokens)} tokens, {len(first.text)} characters, {first.rate:.0f} tok/s")
        again = _answer(engine, request, cancelled)
        reused, prompt = again.finished.reused_tokens, again.finished.prompt_tokens
        say(f"reuse: {reused} of {prompt} prompt tokens from the KV cache")
        drafting = _check_draft(engine, draft or paths.guide_draft(), request, first, say, cancelled)
    with Engine.load(options, cancelled=cancelled) as engine:
        fresh = _answer(engine, request, cancelled)
    runs = (first.tokens, again.tokens, fresh.tokens)
    exact = runs[0] == runs[1] == runs[2] and bool(runs[0])
    say("exact: the same tokens three times" if exact else f"exact: no: {_difference(*runs)}")
    good = exact and reused == prompt - 1 and drafting and bool(first.text.strip())
    say("selftest passed" if good else "selftest FAILED")
    return good


def _answer(engine: Engine, request: Request, cancelled: Callable[[], bool]) -> Collected:
    collected = Collected.of(engine.generate(request, cancelled))
    if cancelled():
        raise Cancelled
    return collected


def _check_draft(
    engine: Engine,
    draft: Path,
    request: Request,
    plain: Collected,
    say: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> bool:
    """Whether the draft fits, and the answer is the same with it."""
    judged = engine.judge_draft(draft, cancelled)
    fits = "fits the model" if not judged.reason else f"CANNOT BE USED: {judged.reason}"
    say(f"draft: {judged.name}, {judged.parameters / 1e6:.2f}M parameters, {fits}")
    if judged.reason:
        return False
    engine.use_draft(draft, cancelled=cancelled)
    good = True
    for mode in _MODES:  # every one is tried, whatever became of the one before
        speculative = replace(request, speculation=Speculation(mode, draft))
        good &= _check_mode(engine, speculative, plain, say, cancelled)
    return good


def _check_mode(
    engine: Engine,
    request: Request,
    plain: Collected,
    say: Callable[[str], None],
    cancelled: Callable[[], bool],
) -> bool:
    engine.measure(request.speculation, cancelled)
    drafted = _answer(engine, request, cancelled)
    did = drafted.finished.speculated
    found = difference.find(engine, request, plain.answered, drafted.answered)
    same = "the same tokens"
    if found is not None:
        same = f"{'a tie' if found.tie else 'ANOTHER TOKEN'} at position {found.position + 1}"
    ratio = f"x{drafted.rate / plain.rate:.2f} of plain speed" if plain.rate else "too short to time"
    say(f"speculation, {did.mode}: {same}, {did.accepted} of {did.drafted} drafted tokens accepted, {ratio}")
    return did.state != "refused" and (found is None or bool(found.tie))


def _difference(*runs: list[int]) -> str:
    shortest = min(map(len, runs))
    at = next((i for i in range(shortest) if len({run[i] for run in runs}) > 1), shortest)
    return f"the runs differ from token {at} on"
