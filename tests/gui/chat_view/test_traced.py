"""The rounds of an answer beside its text: every token finds what it wrote, however both arrive."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from desktop.engine.spans import spans
from desktop.gui.chat_view.traced import Traced
from tests.gui.chat_view.corpus import CORPUS
from tests.gui.chat_view.rounds import Trace
from tests.gui.chat_view.test_align import INLINE

TEXTS = [t for t in INLINE + CORPUS if t.strip() and len(t) < 9_000 and "\r" not in t and "\0" not in t]


def covered(traced: Traced, text: str) -> Iterator[tuple[str, str]]:
    for number, start, end in traced.between(0, len(text)):
        yield text[start:end], traced.spans[number].text


@pytest.mark.parametrize("split", [False, True], ids=["words", "halves"])
@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_every_token_finds_what_it_wrote(text: str, split: bool) -> None:
    trace, traced = Trace(text, split=split), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    assert traced.follow(text)
    assert all(part == said for part, said in covered(traced, text))
    assert "".join(part for part, _ in covered(traced, text)) == text


@pytest.mark.parametrize("text", TEXTS[::3], ids=range(len(TEXTS[::3])))
def test_rounds_that_come_one_by_one_end_as_those_that_come_together(text: str) -> None:
    trace, grown, whole = Trace(text, split=True), Traced(), Traced()
    rng, at = random.Random(len(text)), 0
    for start in range(0, len(trace.rounds), 3):
        grown.add(trace.rounds[start : start + 3], lambda t: trace.pieces[t])
        at = max(at, min(len(text), grown._tokens * 2 + rng.randrange(9)))
        grown.follow(text[:at], final=False)
    grown.end()
    assert grown.follow(text)
    whole.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    whole.follow(text)
    for name in ("_begins", "_ends", "firsts", "numbers", "hows", "reach"):
        assert getattr(grown, name) == getattr(whole, name)
    wanted = spans(trace.rounds, lambda t: trace.pieces[t])
    assert [s.text for s in grown.spans] == [s.text for s in wanted]
    assert grown.firsts == [s.first for s in wanted]


def test_thinking_has_no_part_of_the_answer() -> None:
    thought = "The user says I should say I think so. "
    trace, traced = Trace(f"<think>\n{thought}</think>\n\nI think so."), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("I think so.", thought)
    assert "".join(said for _, said in covered(traced, "I think so.")).strip() == "I think so."
    assert traced.spans[traced.ends()[0]].text.strip() == "I"
    assert traced.ends()[1] == len(traced.spans) - 1


def test_what_a_stop_string_cut_off_has_no_place() -> None:
    trace, traced = Trace("One two three END four five"), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("One two thr")
    assert "".join(part for part, _ in covered(traced, "One two thr")) == "One two thr"
    assert traced.spans[traced.ends()[1]].text == " three"


def test_text_without_tokens_has_none() -> None:
    trace, traced = Trace("and then went on."), Traced()
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("The beginning, and then went on.")
    assert traced.at(0) == -1
    assert not traced.whole
    assert traced.spans[traced.at(15)].text == "and"
    empty = Traced()
    empty.add([], lambda t: b"", final=True)
    assert empty.follow("Words")
    assert empty.at(0) == -1


def test_tokens_that_were_not_taken_are_not_counted() -> None:
    trace, traced = Trace("one two three four five six"), Traced(3)
    traced.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    traced.follow("one two three")
    assert traced.tokens == 3
    continued = Traced(1)  # the receipt of an answer that went on counts its last part
    continued.add(trace.rounds, lambda t: trace.pieces[t], final=True)
    continued.follow("one two three four five six")
    assert continued.tokens == 6
    assert "".join(part for part, _ in covered(continued, "one two three four five six")).endswith("six")
