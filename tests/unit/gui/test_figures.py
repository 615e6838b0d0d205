"""The panel's numbers: right while writing, right at the end, and each with what it was computed from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop.engine.spans import counts, spans, thinking_and_answer
from desktop.engine.types import (
    Added,
    Drafted,
    Finished,
    Outcome,
    Part,
    Prefill,
    Round,
    Speculated,
    Step,
    Timings,
    Why,
)
from desktop.gui.figures import EMPTY, Answer, from_receipt

PLAIN = Round("plain", 1, 0.0, 20.0)


def step(at_ms: float, tokens: int = 1) -> Step:
    return Step((Part("answer", "x"),), tuple(range(tokens)), PLAIN, at_ms)


def written(count: int, every_ms: float = 20.0, first_ms: float = 200.0) -> Answer:
    answer = Answer(n_ctx=1000)
    answer.prefill(Prefill(37, 37, 12))
    answer.steps([step(first_ms + number * every_ms) for number in range(count)])
    return answer


def test_speed_counts_the_gaps_between_tokens() -> None:
    speed = written(101).speed()
    assert (speed.value, speed.unit) == ("50.0", "tok/s")
    assert speed.source == "(101 - 1) tokens / 2.00 s between first and last token"


def test_one_token_has_no_speed() -> None:
    assert written(1).speed() is EMPTY
    assert written(1).first_token().value == "200"


def test_a_round_may_bring_several_tokens_and_some_bring_none() -> None:
    answer = Answer(n_ctx=100)
    answer.steps([step(5, 0), step(100, 3), step(150, 0), step(200, 2)])
    assert answer.output_tokens == 5
    assert answer.first_token().value == "100"
    assert answer.speed().value == "40.0"


def test_context_grows_while_writing() -> None:
    figure, share = written(63).context()
    assert figure.value == "100 / 1,000"
    assert share == pytest.approx(0.1)


def test_the_engine_has_the_last_word() -> None:
    answer = written(100)
    answer.finished(Finished("eos", 40, 10, 99, 30, 139, Timings(210.0, 150.0, 1960.0), 7))
    assert answer.answer().value == "99"
    assert "30 of them thinking" in answer.answer().source
    assert "seed 7" in answer.answer().source
    assert answer.reading().value == "200"
    assert answer.reading().source == "(40 - 10 reused) tokens / 150 ms"
    assert answer.reused().value == "10 of 40"
    assert answer.context()[0].value == "139 / 1,000"
    assert answer.speed().value == "50.0"


def test_a_receipt_shows_what_the_end_showed() -> None:
    receipt = {
        "output_tokens": 415, "thinking_tokens": 245, "prompt_tokens": 37, "reused_tokens": 12,
        "context_used": 452, "n_ctx": 8192, "ttft_ms": 205.0, "prefill_ms": 180.0, "decode_ms": 8021.0,
        "seed": 42, "stop_reason": "eos", "model": "Qwen3 8B", "rates": [[250, 50.0], [500, 52.0]],
    }  # fmt: skip
    answer = from_receipt(receipt)
    assert answer.speed().source == "(415 - 1) tokens / 8.02 s between first and last token"
    assert answer.first_token().value == "205"
    assert answer.context()[0].value == "452 / 8,192"
    assert answer.rates == [(0.25, 50.0), (0.5, 52.0)]


@pytest.mark.parametrize(
    "receipt", [{}, {"output_tokens": "many", "rates": [1, [2], ["a", "b"]], "n_ctx": None}]
)
def test_a_receipt_without_numbers_shows_dashes(receipt: dict[str, object]) -> None:
    answer = from_receipt(receipt)
    assert answer.rates == []
    for figure in (answer.speed(), answer.first_token(), answer.answer(), answer.prompt(), answer.reading()):
        assert figure is EMPTY


def drafted(*outcomes: Outcome) -> Round:
    """A round that brings the accepted tokens and one of the target's own."""
    tokens = tuple(Drafted(5, 0.5, outcome=outcome) for outcome in outcomes)
    accepted = outcomes.count("accepted")
    why: Why = "bonus" if accepted == len(outcomes) else "replaced"
    return Round("draft", len(tokens) + 1, 1.0, 5.0, tokens, Added(9, 0.5, 0, why), accepted, state="active")


def thought() -> tuple[list[Step], Finished]:
    """Two rounds of thinking with 3 of 4 accepted, then one of text with 1 of 3."""
    rounds = (drafted("accepted", "accepted"), drafted("accepted", "rejected"))
    steps = [
        Step((Part("thinking", "x"),), (5, 5, 9), rounds[0], 200.0),
        Step((), (5, 9), rounds[1], 220.0),
        Step((Part("answer", "y"),), (5, 9), drafted("accepted", "rejected", "dropped"), 240.0),
    ]
    did = Speculated("draft", "active", "", "draft", None, 3, 7, 4, 2, 1)
    return steps, Finished("eos", 37, 0, 7, 5, 44, Timings(200.0, 150.0, 40.0), 7, speculated=did)


def test_thinking_and_visible_text_are_counted_apart_with_their_acceptance() -> None:
    steps, finished = thought()
    live = Answer()
    live.steps(steps[:2])
    assert (live.thinking().value, live.visible().value) == ("5", "0")
    live.steps(steps[2:])
    live.finished(finished)
    assert (live.thinking().value, live.thinking().unit) == ("5", "· 75% accepted")
    assert (live.visible().value, live.visible().unit) == ("2", "· 33% accepted")
    assert live.thinking().source == (
        "5 of 7 tokens written are thinking; 3 of 4 drafted tokens accepted (75.0%); 1 rejected, 0 dropped"
    )
    kept = {"output_tokens": 7, "thinking_tokens": 5}
    again = from_receipt(kept, [step.round for step in steps])
    assert (again.thinking(), again.visible()) == (live.thinking(), live.visible())
    assert from_receipt(kept).thinking().unit == "tokens", "without a trace there is no share"


def test_the_parts_add_up_to_the_whole_where_the_end_was_drafted_for_too() -> None:
    steps, finished = thought()
    last = drafted("accepted", "rejected", "dropped", "dropped")  # replaced by the end, which is no text
    steps.append(Step((), (5,), last, 260.0))
    answer = Answer()
    answer.steps(steps)
    answer.finished(replace(finished, output_tokens=8))
    parts = answer._parts()
    assert parts is not None
    total = counts([step.round for step in steps])
    assert (parts[0] + parts[1]).drafted == total.drafted == 11
    assert (parts[0] + parts[1]).accepted == total.accepted == 5


def test_a_receipt_that_thinks_more_than_it_wrote_is_cut_to_that() -> None:
    answer = from_receipt({"output_tokens": 3, "thinking_tokens": 10**9})
    assert (answer.thinking().value, answer.visible().value) == ("3", "0")


def test_the_short_way_counts_as_the_long_one() -> None:
    rounds = [step.round for step in thought()[0]] * 4
    for tokens in range(1, counts(rounds).tokens + 2):
        answer = from_receipt({"output_tokens": 99, "thinking_tokens": tokens}, rounds)
        assert answer._parts() == thinking_and_answer(spans(rounds, lambda _token: b""), tokens)


def test_without_thinking_the_visible_text_has_the_counts_of_the_whole() -> None:
    did = {"state": "active", "rounds": 3, "drafted": 11, "accepted": 5, "rejected": 3, "dropped": 3}
    answer = from_receipt({"output_tokens": 8, "speculation": did})
    assert answer.visible().source.endswith("5 of 11 drafted tokens accepted (45.5%); 3 rejected, 3 dropped")
    assert answer.thinking().unit == "tokens"


def test_a_changed_passage_is_told_apart_from_a_whole_answer() -> None:
    told = from_receipt({"output_tokens": 12, "passage": {"start": 3, "end": 40}}).answer()
    assert told.value == "12"
    assert "passage" in told.unit
    assert "older" in told.source
