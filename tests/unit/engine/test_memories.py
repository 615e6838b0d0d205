"""Answers on memories of every kind: what is reused and what is drafted changes no answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Request, Speculation
from tests.tiny_gguf import Tiny, write_tiny
from tests.tiny_hybrids import write_convolving, write_delta
from tests.tiny_others import write_experts, write_mamba, write_windowed
from tests.unit.engine.answers import GREEDY, Answer, ask, user

Write = Callable[[Path], Path]
KINDS: dict[str, Write] = {
    "dense": partial(write_tiny, tiny=Tiny(layers=3)),
    "experts": write_experts,
    "windowed": write_windowed,
    "convolving": write_convolving,
    "convolving and windowed": partial(write_convolving, window=16),
    "delta": write_delta,
    "recurrent": write_mamba,
}
DRAFTS: dict[str, Write] = {
    "small dense": partial(write_tiny, tiny=Tiny(layers=1)),
    "small convolving": partial(write_convolving, layers=2),
    "small recurrent": partial(write_mamba, layers=1),
}
STATES = ("convolving", "convolving and windowed", "delta", "recurrent")
LONG = "the hello world and the stream of the system " * 3
TIE = 0.1
"""Of the logits' deviation: what may part two tokens that rounding puts in either order."""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("models")
    return {kind: write(folder / f"{kind}.gguf") for kind, write in (KINDS | DRAFTS).items()}


@pytest.fixture(scope="module", params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def opened(kind: str, files: dict[str, Path]) -> Iterator[Engine]:
    with Engine.load(LoadOptions(files[kind], n_ctx=1024, n_threads=1, probe=False)) as engine:
        yield engine


@pytest.fixture
def engine(opened: Engine, files: dict[str, Path], monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine of the module, its cache empty; what is tried and measured once is remembered."""
    monkeypatch.setenv("SLIPSTREAM_HOME", str(files["dense"].parent))
    opened.forget()
    return opened


def alike(engine: Engine, one: Answer, other: Answer, *texts: str) -> bool:
    """The same tokens, or different ones from where two are equally likely, rounding aside."""
    same = min(len(one.tokens), len(other.tokens))
    parted = next((at for at in range(same) if one.tokens[at] != other.tokens[at]), None)
    if parted is None:
        return len(one.tokens) == len(other.tokens)
    logits = engine.logits_after(Request(user(*texts), sampling=GREEDY), one.tokens[:parted])
    gap = abs(float(logits[one.tokens[parted]] - logits[other.tokens[parted]]))
    return gap < TIE * float(np.std(logits))


def as_fresh(engine: Engine, answer: Answer, *texts: str) -> bool:
    """Whether an empty cache gives the same answer."""
    engine.forget()
    return alike(engine, ask(engine, *texts), answer, *texts)


def test_reusing_gives_what_a_fresh_start_gives(engine: Engine) -> None:
    first = ask(engine, LONG)
    assert len(set(first.tokens)) > 3
    for texts in ((LONG, first.text, "and then the world"), (LONG, first.text, "and the user"), (LONG,)):
        reusing = ask(engine, *texts)
        assert reusing.finished.reused_tokens > 0
        assert as_fresh(engine, reusing, *texts)
        ask(engine, LONG)


def test_a_growing_conversation_is_reused(engine: Engine) -> None:
    first = ask(engine, LONG)
    second = ask(engine, LONG, first.text, "and then")
    assert second.finished.reused_tokens == first.finished.context_used


def test_answering_again_reads_one_token(engine: Engine) -> None:
    first = ask(engine, LONG)
    for _ in range(2):
        again = ask(engine, LONG)
        assert again.finished.reused_tokens == again.finished.prompt_tokens - 1
        assert alike(engine, first, again, LONG)


def test_a_changed_message_keeps_what_was_before_it(engine: Engine, kind: str) -> None:
    first = ask(engine, LONG)
    ask(engine, LONG, first.text, "and then the world")
    texts = (LONG, first.text, "and then hello")
    changed = ask(engine, *texts)
    if kind in STATES:
        assert changed.finished.reused_tokens == first.finished.context_used
    else:
        assert changed.finished.reused_tokens > first.finished.context_used
    assert as_fresh(engine, changed, *texts)


@pytest.mark.parametrize("asked", [1, 3, 8, 30, 100])
def test_a_stopped_answer_leaves_a_right_memory(engine: Engine, asked: int) -> None:
    """Stopped in the prompt, between chunks or within one, or while it writes."""
    counts = count()
    stopped = ask(engine, LONG, max_tokens=0, cancelled=lambda: next(counts) > asked)
    assert stopped.finished.stop_reason == "cancelled"
    assert as_fresh(engine, ask(engine, LONG), LONG)


def test_a_stopped_second_message_costs_no_more_than_itself(engine: Engine) -> None:
    first = ask(engine, LONG)
    texts = (LONG, first.text, LONG)
    counts = count()
    stopped = ask(engine, *texts, cancelled=lambda: next(counts) > 12)
    assert stopped.finished.output_tokens == 0
    after = ask(engine, *texts)
    assert after.finished.reused_tokens >= first.finished.context_used
    assert as_fresh(engine, after, *texts)


@pytest.mark.parametrize("drafts", ["itself", *DRAFTS])
def test_drafting_changes_no_answer(engine: Engine, kind: str, files: dict[str, Path], drafts: str) -> None:
    """By a draft that is always right, and by others that seldom are."""
    plain = ask(engine, LONG, max_tokens=30, ignore_eos=True)
    draft = files[kind if drafts == "itself" else drafts]
    for length in (1, 3, 8):
        spec = Speculation("draft", draft, length)
        answer = ask(engine, LONG, max_tokens=30, ignore_eos=True, speculation=spec)
        assert alike(engine, plain, answer, LONG)
        counts = answer.finished.speculated
        if kind == "recurrent":
            assert (counts.state, counts.drafted) == ("refused", 0)
            assert counts.reason == "the model's memory cannot take tokens back"
            continue
        assert counts.state == "active", counts.reason
        assert counts.accepted + counts.rejected >= 12
        if drafts == "itself":
            assert counts.rejected <= 1, "and then at a tie"
        assert answer.finished.reused_tokens == answer.finished.prompt_tokens - 1
    turn = (LONG, answer.text, "and the user")
    second = ask(engine, *turn, speculation=spec)
    assert second.finished.reused_tokens > 0
    assert as_fresh(engine, second, *turn)


def test_copying_changes_no_answer(engine: Engine, kind: str) -> None:
    texts = (LONG, ask(engine, LONG).text, LONG)
    plain = ask(engine, *texts, max_tokens=40, ignore_eos=True)
    copying = ask(engine, *texts, max_tokens=40, ignore_eos=True, speculation=Speculation("lookup", None, 4))
    assert (copying.finished.speculated.drafted > 0) is (kind != "recurrent")
    assert alike(engine, plain, copying, *texts)
