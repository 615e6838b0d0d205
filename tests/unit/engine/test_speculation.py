"""Speculation in the engine: the same answer as without it, whatever is drafted and whatever goes wrong."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from benchmarks import pairs
from benchmarks.prompts import short
from desktop import paths
from desktop.engine import memory
from desktop.engine.engine import Engine
from desktop.engine.types import LoadOptions, Mode, Sampling, Speculation
from desktop.errors import BadInput, EngineFailed, ModelError
from tests.tiny_gguf import Tiny, token_id
from tests.unit.engine.answers import GREEDY, ask
from tests.unit.engine.conftest import Load

PROMPT = "hello world and the stream of the user and the system and the world"
WARM = Sampling(temperature=0.9, top_k=20, seed=11)
MODES: tuple[Mode, ...] = ("draft", "lookup", "auto")
LENGTHS = range(1, 13)
Models = Callable[[Tiny], Path]


@pytest.fixture(scope="module")
def guide() -> Iterator[Engine]:
    with Engine.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1)) as engine:
        yield engine


def drafting(mode: Mode, draft: Path | None, length: int = 0, **more: object) -> Speculation:
    return Speculation(mode, draft, length, longest=12, **more)  # type: ignore[arg-type]


def test_two_hundred_prompts_are_answered_alike(guide: Engine) -> None:
    """Every mode and length takes its turn; the whole product is `python -m benchmarks.exact`."""
    prompts = short()
    assert len(prompts) >= 200
    combinations = itertools.cycle(itertools.product(MODES, (*LENGTHS, 0)))
    for prompt, (mode, length) in zip(prompts, combinations, strict=False):
        plain = ask(guide, prompt, max_tokens=24, ignore_eos=True)
        spec = drafting(mode, paths.guide_draft(), length)
        assert ask(guide, prompt, max_tokens=24, ignore_eos=True, speculation=spec).tokens == plain.tokens, (
            spec
        )


@pytest.mark.parametrize("quantisation", ["Q4_0", "Q8_0", "F16"])
def test_a_synthetic_pair_answers_alike(quantisation: str, tmp_path: Path) -> None:
    pair = pairs.small(quantisation, folder=tmp_path)
    accepted = drafted = 0
    with Engine.load(LoadOptions(pair.target, n_ctx=1024, n_threads=1, probe=False)) as engine:
        for prompt in short()[:3]:
            plain = ask(engine, prompt, raw=True, max_tokens=48, ignore_eos=True)
            for mode, length in itertools.product(MODES, (*LENGTHS, 0)):
                spec = drafting(mode, pair.draft, length)
                answer = ask(engine, prompt, raw=True, max_tokens=48, ignore_eos=True, speculation=spec)
                assert answer.tokens == plain.tokens, spec
                accepted += answer.finished.speculated.accepted
                drafted += answer.finished.speculated.drafted
    assert 0 < accepted < drafted


def test_a_model_that_drafts_for_itself_is_always_right(load: Load, models: Models) -> None:
    engine = load()
    for sampling, rule in itertools.product((GREEDY, WARM), ("rejection", "block", "coupled")):
        spec = drafting("draft", models(Tiny()), 4, rule=rule)
        answer = ask(
            engine, PROMPT, raw=True, max_tokens=60, ignore_eos=True, sampling=sampling, speculation=spec
        )
        counts = answer.finished.speculated
        assert (counts.accepted, counts.rejected) == (counts.drafted, 0)
        assert counts.rounds == 12


@pytest.mark.parametrize("sampling", [
    WARM,
    Sampling(temperature=0.8, seed=3, repeat_penalty=1.3, frequency_penalty=0.3, penalty_last_n=16),
    Sampling(temperature=0.8, seed=3, xtc_probability=0.5, xtc_threshold=0.05),
    Sampling(temperature=0.0, repeat_penalty=1.4, presence_penalty=0.4),
], ids=str)  # fmt: skip
def test_a_seed_gives_the_same_text_with_and_without(load: Load, models: Models, sampling: Sampling) -> None:
    engine, more = load(), {"raw": True, "max_tokens": 50, "ignore_eos": True}
    plain = ask(engine, PROMPT, sampling=sampling, **more)  # type: ignore[arg-type]
    for mode, length in (("draft", 3), ("lookup", 5), ("auto", 0), ("draft", 1)):
        spec = drafting(mode, models(Tiny(layers=1)), length)  # type: ignore[arg-type]
        answer = ask(engine, PROMPT, sampling=sampling, speculation=spec, **more)  # type: ignore[arg-type]
        assert answer.tokens == plain.tokens


def test_mirostat_steers_alike(load: Load, models: Models) -> None:
    """Its state sums up the rounding of every decode, so only the beginning is compared."""
    more = {"raw": True, "max_tokens": 12, "ignore_eos": True}
    sampling = Sampling(temperature=0.8, seed=3, mirostat_tau=3.0)
    engine, spec = load(), drafting("draft", models(Tiny()), 3, rule="rejection")
    plain = ask(engine, PROMPT, sampling=sampling, **more)  # type: ignore[arg-type]
    answer = ask(engine, PROMPT, sampling=sampling, speculation=spec, **more)  # type: ignore[arg-type]
    assert answer.tokens == plain.tokens
    assert answer.finished.speculated.accepted > 0
    assert answer.finished.speculated.rule == "coupled"


def test_a_ratio_rule_repeats_itself_for_a_seed(load: Load, models: Models) -> None:
    engine, spec = load(), drafting("draft", models(Tiny(layers=1)), 3, rule="block")
    answers = [
        ask(engine, PROMPT, raw=True, max_tokens=40, sampling=WARM, ignore_eos=True, speculation=spec)
        for _ in range(2)
    ]
    assert answers[0].tokens == answers[1].tokens
    assert answers[0].finished.speculated.rule == "block"


def test_every_round_is_told(load: Load, models: Models) -> None:
    engine = load()
    spec = drafting("draft", models(Tiny(layers=1)), 4)
    answer = ask(engine, PROMPT, raw=True, max_tokens=40, ignore_eos=True, speculation=spec)
    first, *rounds = answer.rounds
    assert (first.source, first.added.why if first.added else "") == ("prompt", "first")
    written = [first.added.token if first.added else -1]
    for round_ in rounds:
        outcomes = [drafted.outcome for drafted in round_.drafted]
        assert round_.width == len(outcomes) + 1
        assert outcomes[: round_.accepted] == ["accepted"] * round_.accepted
        assert all(0.0 <= drafted.p <= 1.0 and 0.0 < drafted.q <= 1.0 for drafted in round_.drafted)
        assert round_.added is not None
        if round_.accepted < len(outcomes):
            assert outcomes[round_.accepted] == "rejected"
            assert set(outcomes[round_.accepted + 1 :]) <= {"dropped"}
            assert round_.added.why == "replaced"
        written += [drafted.token for drafted in round_.drafted[: round_.accepted]] + [round_.added.token]
        assert round_.verify_ms > 0.0
    assert written[: len(answer.tokens)] == answer.tokens
    counts = answer.finished.speculated
    assert counts.drafted == sum(len(round_.drafted) for round_ in rounds)
    assert counts.accepted + counts.rejected + counts.dropped == counts.drafted
    assert counts.rounds == len(rounds)


def test_limits_and_stops_cut_an_answer_where_they_would_without(load: Load, models: Models) -> None:
    engine, spec = load(), drafting("draft", models(Tiny()), 8)
    plain = ask(engine, PROMPT, raw=True, max_tokens=40, ignore_eos=True)
    for limit in range(1, 20):
        answer = ask(engine, PROMPT, raw=True, max_tokens=limit, ignore_eos=True, speculation=spec)
        assert answer.tokens == plain.tokens[:limit]
        assert answer.finished.context_used == answer.finished.prompt_tokens + limit - 1
    text = plain.text
    stop = text[8:11]
    cut = ask(engine, PROMPT, raw=True, max_tokens=40, ignore_eos=True, stop=(stop,))
    same = ask(engine, PROMPT, raw=True, max_tokens=40, ignore_eos=True, stop=(stop,), speculation=spec)
    assert (same.text, same.tokens) == (cut.text, cut.tokens)
    assert same.finished.stop_reason == "stop"
    assert same.finished.context_used == cut.finished.context_used


def test_an_end_inside_a_draft_ends_the_answer(load: Load, models: Models) -> None:
    chain = Tiny(chain=(b"\n", b"h", b"e", b"l", b"o", b" ", b"y", b"a", "<|im_end|>"))
    engine = load(chain)
    spec = drafting("draft", models(chain), 6)
    plain, answer = ask(engine, "x"), ask(engine, "x", speculation=spec)
    assert answer.finished.stop_reason == plain.finished.stop_reason == "eos"
    assert answer.tokens == plain.tokens
    assert answer.finished.context_used == plain.finished.context_used
    assert (
        ask(engine, "x", answer.text, "y", speculation=spec).finished.reused_tokens
        == answer.finished.context_used
    )


def test_the_context_may_end_in_the_middle_of_a_round(load: Load, models: Models) -> None:
    engine = load(n_ctx=64)
    spec = drafting("draft", models(Tiny()), 7)
    plain = ask(engine, "hello world", raw=True, max_tokens=0, ignore_eos=True)
    answer = ask(engine, "hello world", raw=True, max_tokens=0, ignore_eos=True, speculation=spec)
    assert answer.finished.stop_reason == plain.finished.stop_reason == "length"
    assert answer.tokens == plain.tokens
    after = ask(engine, PROMPT[:20], speculation=spec)
    engine.forget()
    assert after.tokens == ask(engine, PROMPT[:20]).tokens


def test_a_draft_goes_on_across_turns(load: Load, models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    from desktop.engine.draft import ModelDraft

    engine, spec = load(), drafting("draft", models(Tiny(layers=1)), 3)
    first = ask(engine, PROMPT, max_tokens=20, speculation=spec)
    read: list[int] = []
    plain = ModelDraft._decode

    def counted(self: ModelDraft, chunk: list[int], outputs: int) -> None:
        read.append(len(chunk))
        plain(self, chunk, outputs)

    monkeypatch.setattr(ModelDraft, "_decode", counted)
    second = ask(engine, PROMPT, first.text, "and then", max_tokens=1, speculation=spec)
    new = second.finished.prompt_tokens - second.finished.reused_tokens
    assert 0 < read[0] <= new + 4


def test_a_draft_may_have_a_smaller_context(load: Load, models: Models) -> None:
    engine = load(Tiny(n_ctx=2048), n_ctx=2048)
    spec = drafting("draft", models(Tiny(layers=1, n_ctx=512)), 3)
    prompt = "the world " * 120
    plain = ask(engine, prompt, raw=True, max_tokens=150, ignore_eos=True)
    answer = ask(engine, prompt, raw=True, max_tokens=150, ignore_eos=True, speculation=spec)
    assert answer.tokens == plain.tokens
    assert answer.finished.speculated.drafted > 100
    assert answer.finished.speculated.state == "active"


def test_modes_change_from_answer_to_answer(load: Load, models: Models) -> None:
    engine, draft = load(), models(Tiny(layers=1))
    plain = ask(engine, PROMPT)
    for mode in (*MODES, "off", *MODES):
        answer = ask(engine, PROMPT, speculation=drafting(mode, draft))
        assert answer.tokens == plain.tokens
        assert answer.finished.speculated.mode == mode
        assert answer.finished.reused_tokens == plain.finished.prompt_tokens - 1


def test_what_a_pause_costs_is_said(load: Load, models: Models) -> None:
    """A draft as large as the target cannot pay."""
    engine = load(Tiny(layers=1))
    spec = drafting("auto", models(Tiny(layers=1, seed=9)))
    answer = ask(engine, PROMPT, raw=True, max_tokens=80, ignore_eos=True, speculation=spec)
    counts = answer.finished.speculated
    assert counts.state == "paused", counts
    assert counts.reason.startswith("drafting costs ")
    assert counts.rounds > counts.drafted
    assert counts.plain_rate > 0.0


def test_switching_the_pause_off_drafts_all_the_same(load: Load, models: Models) -> None:
    engine = load(Tiny(layers=1))
    spec = drafting("draft", models(Tiny(layers=1, seed=9)), pause=False)
    counts = ask(
        engine, PROMPT, raw=True, max_tokens=40, ignore_eos=True, speculation=spec
    ).finished.speculated
    assert counts.state == "active"
    assert counts.drafted >= counts.rounds - 1


def test_costs_are_measured_once_and_kept(load: Load, slipstream_home: Path) -> None:
    engine = load()
    assert engine.curve() == []
    engine.measure(Speculation("lookup"))
    curve = engine.curve()
    assert [width for width, _ in curve] == list(range(1, 17))
    assert all(ms > 0.0 for _, ms in curve)
    again = load()
    again.measure(Speculation("lookup"))
    assert [ms for _, ms in again.curve()] == pytest.approx([ms for _, ms in curve], rel=1e-3)


@pytest.fixture(params=["missing", "no model", "truncated", "another vocabulary", "larger"])
def bad(request: pytest.FixtureRequest, models: Models, tmp_path: Path) -> Path:
    """Files that cannot draft."""
    path, good = tmp_path / "draft.gguf", models(Tiny(layers=1)).read_bytes()
    match request.param:
        case "no model":
            path.write_bytes(b"GGUF, or so it says")
        case "truncated":
            path.write_bytes(good[:-5000])
        case "another vocabulary":
            return models(Tiny(layers=1, controls=("<|endoftext|>", "<|im_end|>", "<|im_start|>")))
        case "larger":
            return models(Tiny(layers=4))
    return path


REASONS = (
    "no such file",
    "GGUF version",
    "cut off",
    "draft differs at token",
    "larger than the target",
)


@pytest.mark.parametrize("mode", ["draft", "auto"])
def test_a_draft_that_cannot_be_used_costs_no_answer(load: Load, bad: Path, mode: Mode) -> None:
    engine = load()
    plain = ask(engine, PROMPT)
    answer = ask(engine, PROMPT, speculation=drafting(mode, bad))
    counts = answer.finished.speculated
    assert answer.tokens == plain.tokens
    assert counts.state == "refused"
    assert any(reason in counts.reason for reason in REASONS), counts.reason
    with pytest.raises(ModelError):
        engine.use_draft(bad)
    assert engine.draft is None
    judged = engine.judge_draft(bad)
    assert judged.reason


def test_copying_goes_on_when_the_draft_is_refused(load: Load, tmp_path: Path) -> None:
    engine = load()
    spec = drafting("auto", tmp_path / "x", 2)
    answer = ask(engine, PROMPT, raw=True, max_tokens=120, ignore_eos=True, speculation=spec)
    counts = answer.finished.speculated
    assert (counts.state, counts.source) == ("refused", "lookup")
    assert counts.drafted > 0


def test_a_draft_that_does_not_fit_beside_the_target_is_refused(
    load: Load, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine, draft = load(), models(Tiny(layers=1))
    monkeypatch.setattr(memory, "free_bytes", lambda: 1 << 20)
    counts = ask(engine, PROMPT, speculation=drafting("draft", draft)).finished.speculated
    assert counts.state == "refused"
    assert counts.reason.startswith("not enough memory for the draft: needs ")
    assert engine.judge_draft(draft).reason == counts.reason


def test_a_refused_draft_is_tried_again_when_it_has_changed(
    load: Load, models: Models, tmp_path: Path
) -> None:
    engine, path = load(), tmp_path / "draft.gguf"
    spec = drafting("draft", path, 2)
    assert ask(engine, PROMPT, speculation=spec).finished.speculated.state == "refused"
    path.write_bytes(models(Tiny(layers=1)).read_bytes())
    assert ask(engine, PROMPT, speculation=spec).finished.speculated.state == "active"


def test_a_draft_file_may_be_deleted_while_in_use(load: Load, models: Models, tmp_path: Path) -> None:
    engine, path = load(), tmp_path / "draft.gguf"
    path.write_bytes(models(Tiny(layers=1)).read_bytes())
    spec = drafting("draft", path, 2)
    plain = ask(engine, PROMPT)
    assert ask(engine, PROMPT, speculation=spec).tokens == plain.tokens
    path.unlink()
    after = ask(engine, PROMPT, speculation=spec)
    assert after.tokens == plain.tokens
    assert after.finished.speculated.state == "active"


def test_a_draft_that_fails_while_drafting_leaves_the_answer_whole(
    load: Load, models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.engine.draft import ModelDraft

    engine, spec = load(), drafting("draft", models(Tiny(layers=1)), 3)
    plain = ask(engine, PROMPT, max_tokens=30, ignore_eos=True)
    decode, calls = ModelDraft._decode, itertools.count()

    def failing(self: ModelDraft, chunk: list[int], outputs: int) -> None:
        if next(calls) == 8:
            raise EngineFailed("llama_decode returned -3", code=-3)
        decode(self, chunk, outputs)

    monkeypatch.setattr(ModelDraft, "_decode", failing)
    answer = ask(engine, PROMPT, max_tokens=30, ignore_eos=True, speculation=spec)
    counts = answer.finished.speculated
    assert answer.tokens == plain.tokens
    assert (counts.state, counts.reason) == ("refused", "llama_decode returned -3")
    assert counts.drafted > 0
    again = ask(engine, PROMPT, max_tokens=30, ignore_eos=True, speculation=spec)
    assert again.tokens == plain.tokens
    assert again.finished.speculated.state == "active"


@pytest.mark.parametrize("length", [1, 4, 0])
def test_cancelling_anywhere_leaves_the_next_answer_right(load: Load, models: Models, length: int) -> None:
    """In the draft's own reading, between its steps, in a verification: at every question asked."""
    engine, spec = load(), drafting("draft", models(Tiny(layers=1)), length)
    plain = ask(engine, PROMPT, max_tokens=25, ignore_eos=True)
    for stop in range(40):
        if stop % 5 == 0:
            engine.forget()
        asked = itertools.count()

        def cancelled(asked: Iterator[int] = asked, stop: int = stop) -> bool:
            return next(asked) >= stop

        cut = ask(engine, PROMPT, max_tokens=25, ignore_eos=True, speculation=spec, cancelled=cancelled)
        assert cut.tokens == plain.tokens[: len(cut.tokens)]
        whole = ask(engine, PROMPT, max_tokens=25, ignore_eos=True, speculation=spec)
        assert whole.tokens == plain.tokens


def test_a_token_the_draft_lacks_is_named(load: Load, models: Models) -> None:
    """Vocabularies may differ by a few tokens at the end."""
    more = Tiny(user_defined=("<|extra|>",))
    engine = load(more)
    spec = drafting("draft", models(Tiny(layers=1)), 3)
    plain = ask(engine, PROMPT + "<|extra|>", speculation=Speculation())
    answer = ask(engine, PROMPT + "<|extra|>", speculation=spec)
    counts = answer.finished.speculated
    assert answer.tokens == plain.tokens
    assert (counts.state, counts.reason) == ("refused", f"draft lacks token {token_id(more, '<|extra|>')}")


def test_options_out_of_range_are_refused(load: Load) -> None:
    engine = load()
    for spec in (Speculation("lookup", length=16), Speculation("lookup", longest=0), Speculation("no")):  # type: ignore[arg-type]
        with pytest.raises(BadInput):
            ask(engine, PROMPT, speculation=spec)
