"""The loop on real llama.cpp: tokens as a bare loop makes them, a cache that is always right, ends, times."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from pathlib import Path

import llama_cpp.llama_cpp as lib
import numpy as np
import pytest

from desktop.engine.types import Finished, Prefill, Request, Sampling, Step
from desktop.errors import BadInput, ContextFull, EngineFailed
from tests.tiny_gguf import Tiny, token_id
from tests.unit.engine.answers import GREEDY, ask, user
from tests.unit.engine.conftest import Load

PROMPT = "hello world and the stream"
CHAIN = (b"\n", b"h", b"e", b"l", b"o", b" ", b"y", b"a", "<|im_end|>")


def bare(path: Path, text: str, count: int) -> list[int]:
    """`llama_decode` and argmax, one token at a time, with nothing of ours."""
    model = lib.llama_model_load_from_file(str(path).encode(), lib.llama_model_default_params())
    params = lib.llama_context_default_params()
    params.n_ctx, params.n_threads, params.n_threads_batch = 512, 1, 1
    assert model is not None
    context = lib.llama_init_from_model(model, params)
    vocab = lib.llama_model_get_vocab(model)
    assert context is not None
    assert vocab is not None
    raw = text.encode()
    ids = (lib.llama_token * 100)()
    length = lib.llama_tokenize(vocab, raw, len(raw), ids, 100, False, True)
    size = lib.llama_vocab_n_tokens(vocab)
    lib.llama_decode(context, lib.llama_batch_get_one(ids, length))
    tokens: list[int] = []
    one = (lib.llama_token * 1)()
    while len(tokens) < count:
        logits = lib.llama_get_logits_ith(context, -1)
        tokens.append(
            int(
                np.argmax(np.ctypeslib.as_array(ctypes.cast(logits, ctypes.POINTER(ctypes.c_float)), (size,)))
            )
        )
        one[0] = tokens[-1]
        lib.llama_decode(context, lib.llama_batch_get_one(one, 1))
    lib.llama_free(context)
    lib.llama_model_free(model)
    return tokens


def test_greedy_tokens_are_those_of_a_bare_loop(load: Load, models: Callable[[Tiny], Path]) -> None:
    answer = ask(load(), PROMPT, raw=True, max_tokens=60, ignore_eos=True)
    assert answer.tokens == bare(models(Tiny()), PROMPT, 60)
    assert len(set(answer.tokens)) > 10


def test_events_come_in_order_and_count_right(load: Load) -> None:
    request = Request(user(PROMPT), sampling=GREEDY, max_tokens=5, ignore_eos=True)
    events = list(load().generate(request))
    kinds = [type(event) for event in events]
    assert kinds == [Prefill, Prefill, *[Step] * 5, Finished]
    steps = [event for event in events if isinstance(event, Step)]
    end = events[-1]
    assert isinstance(end, Finished)
    assert (end.output_tokens, end.stop_reason, end.reused_tokens) == (5, "length", 0)
    assert end.context_used == end.prompt_tokens + 4
    assert [step.round.width for step in steps] == [1] * 5
    assert [step.at_ms for step in steps] == sorted(step.at_ms for step in steps)
    assert end.timings.ttft_ms == pytest.approx(steps[0].at_ms)
    assert end.timings.decode_ms == pytest.approx(steps[-1].at_ms - steps[0].at_ms)
    assert 0 < end.timings.prefill_ms <= end.timings.ttft_ms


def test_a_long_prompt_is_read_in_chunks_with_progress(load: Load) -> None:
    answer = ask(load(Tiny(n_ctx=2048), n_ctx=2048), "word " * 140, max_tokens=1)
    total = answer.finished.prompt_tokens
    assert [event.done for event in answer.prefills] == [*range(0, total, 256), total]


def test_the_next_turn_reuses_all_of_the_turns_before(load: Load) -> None:
    engine = load()
    first = ask(engine, PROMPT, system="Be brief.")
    second = ask(engine, PROMPT, first.text, "and then", system="Be brief.")
    assert second.finished.reused_tokens == first.finished.context_used
    fresh = ask(load(), PROMPT, first.text, "and then", system="Be brief.")
    assert fresh.finished.reused_tokens == 0


def test_reuse_changes_no_token(load: Load) -> None:
    engine = load()
    first = ask(engine, PROMPT, max_tokens=30)
    again = ask(engine, PROMPT, max_tokens=30)
    assert again.finished.reused_tokens == again.finished.prompt_tokens - 1
    engine.forget()
    fresh = ask(engine, PROMPT, max_tokens=30)
    assert fresh.finished.reused_tokens == 0
    assert first.tokens == again.tokens == fresh.tokens


def test_an_edited_conversation_reuses_up_to_the_edit(load: Load) -> None:
    engine = load()
    ask(engine, PROMPT, "fine", "and the world")
    edited = ask(engine, PROMPT, "fine", "and the stream")
    assert 0 < edited.finished.reused_tokens < edited.finished.prompt_tokens - 1
    assert edited.tokens == ask(load(), PROMPT, "fine", "and the stream").tokens


@pytest.mark.parametrize("after", [0, 1, 4])
def test_an_abandoned_generator_leaves_a_right_cache(load: Load, after: int) -> None:
    engine = load()
    expected = ask(load(), PROMPT).tokens
    events = engine.generate(Request(user(PROMPT), sampling=GREEDY, max_tokens=50))
    for _ in range(2 + after):
        next(events)
    events.close()  # type: ignore[attr-defined]
    again = ask(engine, PROMPT)
    assert again.finished.reused_tokens == again.finished.prompt_tokens - 1
    assert again.tokens == expected


def test_a_generator_left_behind_cannot_disturb_its_successor(load: Load) -> None:
    engine = load()
    old = engine.generate(Request(user("another story"), sampling=GREEDY, max_tokens=50))
    for _ in range(4):
        next(old)
    new = engine.generate(Request(user(PROMPT), sampling=GREEDY, max_tokens=12))
    begun = [next(new) for _ in range(4)]
    rest = list(old)
    assert isinstance(rest[-1], Finished)
    assert rest[-1].stop_reason == "cancelled"
    tokens = [token for event in [*begun, *new] if isinstance(event, Step) for token in event.tokens]
    assert tokens == ask(load(), PROMPT).tokens


def test_a_generator_may_outlive_its_engine(load: Load) -> None:
    engine = load()
    running = engine.generate(Request(user(PROMPT), sampling=GREEDY, max_tokens=50))
    for _ in range(4):
        next(running)
    waiting = engine.generate(Request(user(PROMPT)))
    engine.close()
    assert isinstance(list(running)[-1], Finished)
    with pytest.raises(EngineFailed):
        next(waiting)
    with pytest.raises(EngineFailed):
        engine.generate(Request(user(PROMPT)))


@pytest.mark.parametrize("asked", [1, 2, 3, 6])
def test_stop_is_seen_at_once_and_the_cache_stays_right(load: Load, asked: int) -> None:
    engine = load()
    counts = iter(range(100))
    answer = ask(engine, PROMPT, cancelled=lambda: next(counts) >= asked, max_tokens=50)
    assert answer.finished.stop_reason == "cancelled"
    assert len(answer.tokens) < asked
    again = ask(engine, PROMPT, max_tokens=20)
    assert again.tokens == ask(load(), PROMPT, max_tokens=20).tokens


def test_stop_inside_a_decode_takes_back_the_chunk(load: Load) -> None:
    engine = load(Tiny(n_ctx=2048), n_ctx=2048)
    text = "word " * 150
    asked = 0

    def later() -> bool:
        nonlocal asked
        asked += 1
        return asked > 40  # far more than once per chunk: llama.cpp asks, node by node

    answer = ask(engine, text, cancelled=later)
    assert (answer.finished.stop_reason, answer.tokens) == ("cancelled", [])
    assert answer.finished.context_used in (0, 256, 512)
    again = ask(engine, text)
    assert again.finished.reused_tokens == answer.finished.context_used
    assert again.tokens == ask(load(Tiny(n_ctx=2048), n_ctx=2048), text).tokens


def test_equal_seeds_give_equal_answers(load: Load) -> None:
    engine = load()
    one, same, other = (
        ask(
            engine,
            PROMPT,
            sampling=Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0, seed=seed),
            max_tokens=25,
        )
        for seed in (7, 7, 8)
    )
    assert one.tokens == same.tokens != other.tokens
    assert (one.finished.seed, other.finished.seed) == (7, 8)


def test_a_random_seed_is_told_and_repeats_the_answer(load: Load) -> None:
    engine = load()
    free = ask(engine, PROMPT, sampling=Sampling(temperature=2.0, min_p=0.0), max_tokens=20)
    again = ask(
        engine, PROMPT, sampling=Sampling(temperature=2.0, min_p=0.0, seed=free.finished.seed), max_tokens=20
    )
    assert again.tokens == free.tokens


def test_top_k_of_one_is_greedy_at_any_temperature(load: Load) -> None:
    sampling = Sampling(temperature=3.0, top_k=1, seed=5)
    assert ask(load(), PROMPT, sampling=sampling).tokens == ask(load(), PROMPT).tokens


def test_penalties_count_the_answer_so_far(load: Load) -> None:
    plain = ask(load(), PROMPT, max_tokens=60)
    sampling = Sampling(temperature=0.0, frequency_penalty=2.0, presence_penalty=100.0)
    spread = ask(load(), PROMPT, sampling=sampling, max_tokens=60)
    assert len(set(plain.tokens)) < len(plain.tokens)
    assert len(set(spread.tokens)) == len(spread.tokens)


def test_penalties_count_the_prompt(load: Load) -> None:
    engine, presence = load(Tiny(chain=CHAIN)), Sampling(temperature=0.0, presence_penalty=100.0)
    assert ask(engine, "h\n", raw=True, max_tokens=1).text == "h"
    assert ask(engine, "h\n", raw=True, max_tokens=1, sampling=presence).text != "h"
    assert ask(engine, "x\n", raw=True, max_tokens=1, sampling=presence).text == "h"


def test_the_answer_ends_at_the_end_token(load: Load) -> None:
    answer = ask(load(Tiny(chain=CHAIN)), "Hi", max_tokens=50)
    assert (answer.text, answer.finished.stop_reason) == ("helo ya", "eos")
    assert answer.finished.output_tokens == len(answer.tokens) == 7


def test_ignore_eos_goes_on_without_showing_the_token(load: Load) -> None:
    answer = ask(load(Tiny(chain=CHAIN)), "Hi", max_tokens=9, ignore_eos=True)
    assert answer.finished.stop_reason == "length"
    assert answer.tokens[7] == token_id(Tiny(), "<|im_end|>")
    assert answer.text.startswith("helo ya")
    assert "im_end" not in answer.text


def test_a_stop_string_over_several_tokens_ends_the_answer_exactly(load: Load) -> None:
    answer = ask(load(Tiny(chain=CHAIN)), "Hi", max_tokens=50, stop=("o y",))
    assert (answer.text, answer.finished.stop_reason) == ("hel", "stop")


def test_thinking_is_told_apart_and_counted(load: Load) -> None:
    chain = (b"\n", "<think>", b"h", b"m", "</think>", b"o", b"k", b"\xc3", b"\xa9", "<|im_end|>")
    tiny = Tiny(chain=chain, user_defined=("<think>", "</think>"))
    answer = ask(load(tiny), "Hi", max_tokens=50)
    assert (answer.thinking, answer.text) == ("hm", "oké")
    assert (answer.finished.thinking_tokens, answer.finished.output_tokens) == (4, 8)


def test_control_tokens_that_mark_thinking_are_understood_too(load: Load) -> None:
    chain = (b"\n", "[THINK]", b"h", b"m", "[/THINK]", b"o", b"k", "<|im_end|>")
    tiny = Tiny(chain=chain, controls=(*Tiny().controls, "[THINK]", "[/THINK]"))
    answer = ask(load(tiny), "Hi", max_tokens=50)
    assert (answer.thinking, answer.text) == ("hm", "ok")


def test_without_a_limit_the_answer_ends_with_the_context(load: Load) -> None:
    engine = load(Tiny(n_ctx=256), n_ctx=256)
    answer = ask(engine, PROMPT, max_tokens=0, ignore_eos=True)
    assert answer.finished.stop_reason == "length"
    assert answer.finished.context_used == engine.info.n_ctx == 256
    assert answer.finished.output_tokens == 256 - answer.finished.prompt_tokens + 1


def test_continuing_gives_what_one_go_would_have_given(load: Load) -> None:
    whole = ask(load(), PROMPT, max_tokens=24)
    engine = load()
    half = ask(engine, PROMPT, max_tokens=10)
    rest = ask(engine, PROMPT, half.text, max_tokens=14, continue_last=True)
    assert half.tokens + rest.tokens == whole.tokens
    assert rest.finished.reused_tokens == half.finished.context_used
    after = ask(engine, PROMPT, half.text + rest.text, "next", max_tokens=1)
    assert after.finished.reused_tokens == rest.finished.context_used


def test_continuing_in_a_new_process_keeps_the_text(load: Load) -> None:
    answer = ask(load(Tiny(chain=CHAIN)), "Hi", "helo ", max_tokens=50, continue_last=True)
    assert answer.text == "ya"


@pytest.mark.parametrize(
    "sampling",
    [Sampling(temperature=float("nan")), Sampling(repeat_penalty=0.0), Sampling(top_p=float("inf"))],
)
def test_sampling_that_cannot_be_is_bad_input(load: Load, sampling: Sampling) -> None:
    with pytest.raises(BadInput):
        load().generate(Request(user("x"), sampling=sampling))


def test_nothing_to_answer_is_bad_input(load: Load) -> None:
    engine = load()
    with pytest.raises(BadInput):
        engine.generate(Request([]))
    with pytest.raises(BadInput):
        engine.generate(Request(user(""), raw=True))


def test_a_raw_prompt_longer_than_the_context_is_refused_with_numbers(load: Load) -> None:
    with pytest.raises(ContextFull) as refused:
        load(n_ctx=256).generate(Request(user("x" * 300), raw=True))
    assert refused.value.facts == {"needed": 300, "n_ctx": 256}


def test_a_broken_computation_is_told_not_shown(load: Load) -> None:
    engine = load(Tiny(scale=float("nan")))
    with pytest.raises(EngineFailed, match="numbers"):
        ask(engine, PROMPT)


def test_info_describes_the_model(load: Load, models: Callable[[Tiny], Path]) -> None:
    info = load().info
    assert (info.name, info.architecture, info.quantisation, info.n_ctx) == ("Tiny", "llama", "F32", 512)
    assert info.path == models(Tiny())
    assert info.has_template
    assert 100_000 < info.parameters < 200_000
    assert info.memory.weights == info.size == info.parameters * 4
