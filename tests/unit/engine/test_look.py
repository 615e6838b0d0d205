"""A look at one place: it tells what the chain does, and an answer paused for it does not notice."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from desktop import paths
from desktop.engine import cache as cache_module
from desktop.engine.engine import Engine
from desktop.engine.look import PENALTIES, TEMPERATURE, View, followable, look
from desktop.engine.sampling import Chain
from desktop.engine.types import Finished, LoadOptions, Mode, Request, Round, Sampling, Speculation, Step
from desktop.errors import BadInput, Cancelled, EngineFailed
from tests.tiny_gguf import Tiny, write_tiny
from tests.tiny_hybrids import write_convolving, write_delta
from tests.tiny_others import write_mamba, write_windowed
from tests.unit.engine.answers import GREEDY, ask, collect, user

PROMPT = "What does speculative decoding do, and why is it quick?"
WARM = Sampling(temperature=0.9, top_k=20, top_p=0.9, min_p=0.02, seed=11)
MODES: tuple[Mode, ...] = ("off", "lookup", "draft", "auto")
KINDS: dict[str, Callable[[Path], Path]] = {
    "dense": partial(write_tiny, tiny=Tiny(layers=2)),
    "windowed": write_windowed,
    "convolving": write_convolving,
    "convolving and windowed": partial(write_convolving, window=16),
    "delta": write_delta,
    "recurrent": write_mamba,
}
LONG = "the hello world and the stream of the system " * 3


@pytest.fixture(scope="module")
def guide() -> Iterator[Engine]:
    with Engine.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1)) as engine:
        yield engine


@pytest.fixture
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


def _request(sampling: Sampling, mode: Mode = "off", *, length: int = 0, text: str = PROMPT) -> Request:
    draft = paths.guide_draft() if mode in ("draft", "auto") else None
    return Request(user(text), sampling=sampling, max_tokens=40, speculation=Speculation(mode, draft, length))


def _looking(engine: Engine, request: Request, *, every: int = 1) -> tuple[list[int], list[Round]]:
    """An answer that is paused at every round, looked at here and there, and continued."""
    tokens: list[int] = []
    rounds: list[Round] = []
    for event in engine.generate(request):
        if isinstance(event, Step):
            tokens += event.tokens
            rounds.append(event.round)
            if len(rounds) % every == 0:
                for at in {len(tokens), 0, len(tokens) // 2, max(len(tokens) - 1, 0)}:
                    assert engine.look(request, tokens, at).at == at
        elif isinstance(event, Finished):
            assert event.stop_reason != "cancelled"
    return tokens, rounds


def _judged(rounds: Sequence[Round]) -> list[object]:
    """All of the rounds that does not hang on the clock."""
    return [(one.source, one.width, one.drafted, one.added, one.accepted, one.rule) for one in rounds]


@pytest.mark.parametrize("sampling", [GREEDY, WARM], ids=["greedy", "sampled"])
@pytest.mark.parametrize("mode", MODES)
def test_an_answer_does_not_notice_looks(guide: Engine, mode: Mode, sampling: Sampling) -> None:
    request = _request(sampling, mode, length=0 if mode == "auto" else 3)
    first, plain = (collect(guide.generate(request)) for _ in range(2))  # the prompt read, and reused
    assert first.tokens == plain.tokens
    tokens, rounds = _looking(guide, request)
    assert tokens == plain.tokens
    if mode != "auto":  # what auto drafts hangs on the clock
        assert _judged(rounds) == _judged(plain.rounds)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("sampling", [GREEDY, WARM], ids=["greedy", "sampled"])
def test_no_kind_of_memory_notices_looks(kind: str, sampling: Sampling, files: Path) -> None:
    path = KINDS[kind](files / "tiny.gguf")
    with Engine.load(LoadOptions(path, n_ctx=512, n_threads=1, probe=False)) as engine:
        for mode in ("off", "lookup"):
            request = replace(_request(sampling, mode, length=3, text=LONG), max_tokens=24, ignore_eos=True)
            first = collect(engine.generate(request))
            plain = collect(engine.generate(request))
            tokens, rounds = _looking(engine, request, every=3)
            assert tokens == first.tokens == plain.tokens
            assert _judged(rounds) == _judged(plain.rounds)
            again = collect(engine.generate(request))
            assert again.tokens == plain.tokens
            if "windowed" not in kind:  # what a window no longer sees is not in a copy
                assert again.finished.reused_tokens == plain.finished.reused_tokens


@pytest.mark.parametrize(
    "write",
    [partial(write_convolving, layers=2), partial(write_mamba, layers=1)],
    ids=["convolving", "recurrent"],
)
def test_no_kind_of_draft_notices_looks(write: Callable[[Path], Path], files: Path) -> None:
    target, draft = write_tiny(files / "tiny.gguf", Tiny(layers=3)), write(files / "draft.gguf")
    with Engine.load(LoadOptions(target, n_ctx=512, n_threads=1, probe=False)) as engine:
        speculation = Speculation("draft", draft, 3)
        for sampling in (GREEDY, WARM):
            request = Request(user(LONG), sampling=sampling, max_tokens=24, speculation=speculation)
            first, plain = (collect(engine.generate(request)) for _ in range(2))
            assert first.tokens == plain.tokens
            tokens, rounds = _looking(engine, request)
            assert any(one.drafted for one in rounds)
            assert tokens == plain.tokens
            assert _judged(rounds) == _judged(plain.rounds)


def test_the_caches_are_as_they_were_to_the_bit(guide: Engine) -> None:
    request = _request(WARM, "draft", length=3)
    tokens: list[int] = []
    for event in guide.generate(request):
        if isinstance(event, Step) and len(tokens) < 20:
            tokens += event.tokens
            draft = guide._sources.model
            assert draft is not None
            caches = (guide._cache, draft._cache)
            before = [(list(one.tokens), one._context.save_state(whole=True)) for one in caches]
            for at in (len(tokens), 0):
                assert guide.look(request, tokens, at).has_draft
            for one, (held, state) in zip(caches, before, strict=True):
                assert one.tokens == held
                assert np.array_equal(one._context.save_state(whole=True), state)


@pytest.mark.parametrize("sampling", [GREEDY, WARM], ids=["greedy", "sampled"])
def test_what_is_told_is_what_the_trace_says(guide: Engine, sampling: Sampling) -> None:
    request = _request(sampling, "draft", length=3)
    answer = collect(guide.generate(request))
    at = 0
    for one in answer.rounds:
        for drafted in one.drafted[: one.accepted + 1]:
            seen = guide.look(request, answer.tokens, at, (drafted.token,))
            choice = next(choice for choice in seen.choices if choice.token == drafted.token)
            assert choice.draft is not None
            assert choice.target.chance == pytest.approx(drafted.p, abs=2e-3)
            assert choice.draft.chance == pytest.approx(drafted.q, abs=2e-3)
            at += drafted.outcome == "accepted"
        at += 1


def test_ten_of_each_likeliest_first(guide: Engine) -> None:
    request = _request(WARM, "draft", length=2)
    answer = collect(guide.generate(request))
    seen = guide.look(request, answer.tokens, 5)
    ranks = [choice.target.rank for choice in seen.choices]
    assert ranks[:10] == list(range(10))
    drafted = sorted(choice.draft.rank for choice in seen.choices if choice.draft)
    assert drafted[:10] == list(range(10))
    assert answer.tokens[5] in [choice.token for choice in seen.choices]
    assert sum(choice.target.p for choice in seen.choices) <= 1.0 + 1e-9
    assert 0.0 <= seen.entropy <= math.log2(guide.info.n_vocab)
    assert seen.choices[0].data == guide.pieces([seen.choices[0].token])[seen.choices[0].token]


def test_a_finished_answer_leaves_the_cache_for_the_next_turn(guide: Engine) -> None:
    request = _request(GREEDY)
    answer = collect(guide.generate(request))
    held = list(guide._cache.tokens)
    guide.look(request, answer.tokens, 3)
    assert guide._cache.tokens == held
    other = Request(user("Hello"), sampling=GREEDY, max_tokens=5)
    seen = guide.look(other, (), 0)
    assert guide._cache.tokens[: len(held)] != held  # another text: it stays for looks at its other places
    again = guide.look(other, (), 0)
    assert again.choices[0].target.p == pytest.approx(seen.choices[0].target.p, abs=1e-5)


def test_what_cannot_be_looked_at_is_refused(guide: Engine) -> None:
    request = _request(GREEDY)
    for tokens, at in (((1, 2), 3), ((1, 2), -1), ((guide.info.n_vocab,), 0), ((-1,), 1)):
        with pytest.raises(BadInput):
            guide.look(request, tokens, at)
    with pytest.raises(Cancelled):
        guide.look(Request(user("Something else entirely"), sampling=GREEDY), (), 0, cancelled=lambda: True)
    assert ask(guide, PROMPT).tokens


def test_a_look_given_up_loses_nothing(guide: Engine) -> None:
    request = _request(GREEDY)
    plain = collect(guide.generate(request))
    tokens: list[int] = []
    for event in guide.generate(request):
        if isinstance(event, Step):
            tokens += event.tokens
            with pytest.raises(Cancelled):
                guide.look(request, tokens, 0, cancelled=lambda: True)
    assert tokens == plain.tokens


def test_looking_back_without_memory_for_it_is_refused_only_in_a_pause(
    guide: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    guide.use_draft(None)
    request = _request(GREEDY)
    plain = collect(guide.generate(request))
    monkeypatch.setattr(cache_module, "_SHARE", 0.0)
    tokens: list[int] = []
    for event in guide.generate(request):
        if isinstance(event, Step):
            tokens += event.tokens
            if len(tokens) > 2:
                assert guide.look(request, tokens, len(tokens)).choices
                with pytest.raises(EngineFailed, match="looking back takes"):
                    guide.look(request, tokens, 1)
    assert tokens == plain.tokens
    assert guide.look(request, tokens, 1).choices


def _view(sampling: Sampling, recent: Sequence[int] = (), seed: int = 3) -> View:
    logits = np.log(np.array([0.4, 0.3, 0.15, 0.1, 0.03, 0.02], np.float32))
    return View(logits, Chain(sampling, seed), recent, 7)


PLAIN = Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0)


def test_every_cut_bears_its_step() -> None:
    sampling = replace(PLAIN, top_k=5, top_p=0.9, min_p=0.3)
    seen = look(0, _view(sampling), None, lambda token: b"%d" % token)
    cuts = {choice.token: choice.target.cut for choice in seen.choices}
    assert cuts == {0: "", 1: "", 2: "", 3: "min-p", 4: "top-p", 5: "top-k"}
    assert seen.left == 3
    chances = [choice.target.chance for choice in seen.choices]
    assert sum(chances) == pytest.approx(1.0)
    assert chances[3:] == [0.0, 0.0, 0.0]


def test_a_greedy_answer_leaves_one() -> None:
    view = _view(replace(PLAIN, temperature=0.0))
    likely, other = view.of(0), view.of(1)
    assert likely is not None
    assert other is not None
    assert (likely.cut, other.cut) == ("", TEMPERATURE)
    assert other.chance == pytest.approx(0.3)  # the softmax, as in the trace


def test_a_penalty_that_cuts_is_named() -> None:
    sampling = replace(PLAIN, top_k=2, presence_penalty=2.0)
    view = _view(sampling, recent=(1,))
    opinions = [view.of(token) for token in range(4)]
    assert [one.cut for one in opinions if one] == ["", PENALTIES, "", "top-k"]
    assert opinions[1] is not None
    assert opinions[1].rank == 1


def test_xtc_is_followed_with_a_seed_only() -> None:
    sampling = replace(PLAIN, xtc_probability=1.0, xtc_threshold=0.2)
    assert _view(sampling).of(0).cut == "XTC"  # type: ignore[union-attr]
    chain, unknown = followable(Chain(sampling, 0), seeded=False)
    assert (unknown, chain.sampling.xtc_probability) == ("XTC", 0.0)
    assert followable(Chain(sampling, 0), seeded=True)[1] == ""
    assert followable(Chain(replace(PLAIN, mirostat_tau=5.0), 0), seeded=True)[1] == "Mirostat"


def test_entropy_is_in_bits() -> None:
    assert View(np.zeros(8, np.float32), Chain(PLAIN, 0), (), 0).entropy == pytest.approx(3.0)
