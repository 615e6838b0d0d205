"""A race as it is run: turns, one request for all, what is recorded, and how it ends early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from desktop import paths
from desktop.contest import course
from desktop.contest.course import Stepped
from desktop.contest.data import Began, Configuration, Pair, Race
from desktop.contest.order import RaceOrder
from desktop.contest.packed import Packed
from desktop.engine.engine import Engine, never
from desktop.engine.types import Message, Sampling, Speculation
from desktop.errors import BadInput, Cancelled
from tests.unit.contest.conftest import OFF, drafting, order, run

HOT = Sampling(temperature=1.5, top_k=0, top_p=1.0, min_p=0.0)


def test_lanes_take_turns_in_going_first(engine: Engine) -> None:
    events = list(course.race(engine, order(repeats=3), None, never))
    assert [(one.number, one.lane) for one in events if isinstance(one, Began)] == [
        (1, "plain"), (2, "speculative"), (3, "speculative"), (4, "plain"), (5, "plain"), (6, "speculative"),
    ]  # fmt: skip
    assert [one.plain_first for one in events if isinstance(one, Pair)] == [True, False, True]
    assert isinstance(events[-1], Race)


def test_what_is_told_meanwhile_is_what_is_recorded(engine: Engine) -> None:
    events = list(course.race(engine, order(repeats=1), None, never))
    made = events[-1]
    assert isinstance(made, Race)
    live = [one.step for one in events if isinstance(one, Stepped) and one.lane == "speculative"]
    assert tuple(token for step in live for token in step.tokens) == made.pairs[0].speculative.tokens
    assert [step.round.accepted for step in live] == [
        one.accepted for one in made.pairs[0].speculative.rounds
    ]


def test_every_run_reads_the_whole_prompt(race: Race) -> None:
    runs = [run for pair in race.pairs for run in (pair.plain, pair.speculative)]
    assert [run.finished.reused_tokens for run in runs] == [0, 0, 0, 0]
    assert len({run.finished.prompt_tokens for run in runs}) == 1
    assert len({run.tokens for run in runs}) == 1  # greedy: the same in all of them


def test_a_race_says_what_it_was_made_with(race: Race) -> None:
    assert race.target is not None
    assert race.target.path == str(paths.guide_model())
    assert len(race.target.sha256_16) == 16
    assert race.target.size == paths.guide_model().stat().st_size
    assert [one.path for one in race.drafts] == [str(paths.guide_draft())]
    assert race.machine.library == "0.3.36"
    assert race.machine.cores >= 1
    assert (race.seed, race.asked.sampling.seed, race.asked.max_tokens) == (7, 7, 40)
    assert race.asked.load.n_ctx == 1024
    assert race.curve
    assert race.step_ms > 0


def test_every_run_was_metered_and_estimates_are_labelled(race: Race) -> None:
    for pair in race.pairs:
        for one in (pair.plain, pair.speculative):
            assert one.energy is not None
            assert one.energy.metered is not None
            assert one.energy.joules == one.energy.metered.joules
            assert one.energy.measured == (one.energy.metered.kind != "estimated")


def test_all_tokens_of_all_rounds_have_their_bytes(race: Race) -> None:
    for pair in race.pairs:
        for one in (pair.plain, pair.speculative):
            text = b"".join(race.pieces[token] for token in one.tokens).decode("utf-8")
            shown = "".join(part.text for step in one.steps for part in step.parts)
            assert text == shown + "".join(part.text for part in one.finished.parts)
            assert all(drafted.token in race.pieces for made in one.rounds for drafted in made.drafted)
            assert all(one.words[token] == race.pieces[token].decode() for token in one.tokens)


def test_only_the_pair_on_screen_is_kept_as_objects(engine: Engine) -> None:
    made = run(engine, order(repeats=3))
    assert isinstance(made.shown.plain.steps, tuple)
    assert sum(isinstance(pair.plain.steps, Packed) for pair in made.pairs) == 2


def test_lanes_may_differ_in_temperature(engine: Engine) -> None:
    cold, hot = replace(OFF, temperature=0.0), replace(OFF, key="hot", name="Hot", temperature=9.0)
    wanted = replace(order(repeats=1, sampling=HOT), lanes=(cold, hot))
    made = run(engine, wanted)
    assert made.temperatures == (0.0, 9.0)
    assert not made.expected_identical
    assert made.parting is not None
    assert made.parting.expected
    assert made.names == ("Plain", "Hot")


def test_lanes_may_draft_from_different_sources(engine: Engine) -> None:
    made = run(engine, replace(order(repeats=1), lanes=(drafting(3, "lookup"), drafting(3, "draft"))))
    first, second = made.shown.plain.finished.speculated, made.shown.speculative.finished.speculated
    assert (first.mode, second.mode) == ("lookup", "draft")
    assert second.source == "draft"
    assert made.parting is None


def test_lanes_may_have_different_draft_models(engine: Engine) -> None:
    """The guide drafts for itself in one lane: loaded in turn, and everything is accepted."""
    own = Configuration("own", "Own", speculation=Speculation("draft", paths.guide_model(), 4))
    made = run(engine, replace(order(), lanes=(own, drafting())))
    assert {one.path for one in made.drafts} == {str(paths.guide_model()), str(paths.guide_draft())}
    did = made.shown.plain.finished.speculated
    assert did.rejected == 0
    assert did.accepted > 0
    assert made.parting is None


def test_the_conversation_comes_before_the_prompt(engine: Engine) -> None:
    before = (Message("user", "Hello"), Message("assistant", "Hello. How can I help?"))
    alone, later = run(engine, order(repeats=1)), run(engine, replace(order(repeats=1), history=before))
    assert later.shown.plain.finished.prompt_tokens > alone.shown.plain.finished.prompt_tokens
    assert later.asked.history == before


def test_a_seed_is_drawn_once_and_kept(engine: Engine) -> None:
    made = run(engine, replace(order(sampling=HOT), seed=-1))
    assert made.seed is not None
    assert made.seed >= 0
    runs = [run for pair in made.pairs for run in (pair.plain, pair.speculative)]
    assert {run.finished.seed for run in runs} == {made.seed}
    assert len({run.tokens for run in runs}) == 1  # coupled: a seed gives the same text with a draft


def test_cancelling_ends_it_within_the_answer(engine: Engine) -> None:
    steps: list[Stepped] = []
    events = course.race(engine, order(repeats=10), None, lambda: len(steps) > 3)
    with pytest.raises(Cancelled):
        steps.extend(event for event in events if isinstance(event, Stepped))
    assert 3 < len(steps) < 10


@pytest.mark.parametrize(
    "wanted",
    [
        replace(order(), prompt="  \n"),
        replace(order(), repeats=0),
        replace(order(), raw=True, history=(Message("user", "Hello"),)),
    ],
)
def test_what_cannot_be_raced_is_refused(engine: Engine, wanted: RaceOrder) -> None:
    with pytest.raises(BadInput):
        next(course.race(engine, wanted, None, never))
