"""Ranking what was measured, on made-up numbers; what is made of trials; keeping it in a file."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from desktop.bridge.advice import (
    LOOKUP,
    MOST_DRAFTS,
    PLAIN,
    Advice,
    Draft,
    Row,
    Trial,
    Way,
    is_tie,
    rank,
    row_of,
)
from desktop.bridge.advice_file import advice_file, keep, key_of, read
from desktop.bridge.advice_plan import SEED, Plan, order, request_for
from desktop.bridge.advice_prompts import FEWEST, MOST, builtin_prompts, own_prompts
from desktop.difference import Answered
from desktop.errors import UserError
from desktop.meter.types import Energy
from desktop.settings import Settings
from desktop.store.store import Store

SMALL = Draft(Path("/models/small.gguf"), "Small", memory=100)
LARGE = Draft(Path("/models/large.gguf"), "Large", memory=900)
FOREIGN = Draft(Path("/models/foreign.gguf"), "Foreign", reason="draft has another tokenizer")


def _row(way: Way, *ratios: float, energy: float | None = None) -> Row:
    speedups = tuple(enumerate(ratios))
    return Row(way, rates=tuple(20.0 * ratio for ratio in ratios), speedups=speedups, energy=energy)


def _names(rows: tuple[Row, ...]) -> list[str]:
    return [row.way.key.replace("/models/", "") for row in rows]


PLAINLY = _row(PLAIN, 1.0, 1.0, 1.0, 1.0, energy=1.0)


def test_the_fastest_comes_first_when_it_is_apart_on_every_prompt() -> None:
    slow = _row(SMALL.ways[0], 1.30, 1.35, 1.28, 1.31)
    fast = _row(LARGE.ways[0], 1.70, 1.78, 1.66, 1.71)
    ranking = rank([PLAINLY, slow, fast])
    assert _names(ranking.rows) == ["draft:large.gguf", "draft:small.gguf", "off:"]
    assert ranking.best is fast
    assert ranking.tied == ()
    assert ranking.by == "speed"


def test_within_the_spread_less_memory_wins() -> None:
    small = _row(SMALL.ways[0], 1.40, 1.62, 1.51, 1.49)
    large = _row(LARGE.ways[0], 1.52, 1.58, 1.50, 1.55)
    ranking = rank([PLAINLY, large, small])
    assert large.speedup > small.speedup
    assert ranking.best is small
    assert ranking.tied == (large,)
    assert ranking.by == "memory"


def test_with_the_same_memory_less_energy_wins_and_then_what_is_simpler() -> None:
    alone = _row(SMALL.ways[0], 1.50, 1.52, 1.48, energy=0.90)
    mixed = _row(SMALL.ways[1], 1.53, 1.49, 1.50, energy=0.70)
    ranking = rank([PLAINLY, alone, mixed])
    assert ranking.best is mixed
    assert ranking.by == "energy"
    unknown = rank([PLAINLY, replace(alone, energy=None), mixed])
    assert unknown.best is not None
    assert unknown.best.way.mode == "draft"
    assert unknown.by == "simple"


def test_plain_is_best_where_nothing_is_faster_beyond_the_spread() -> None:
    lookup = _row(LOOKUP, 0.97, 1.04, 1.01, 0.99, energy=1.0)
    draft = _row(SMALL.ways[0], 0.80, 0.85, 0.78, 0.90)
    ranking = rank([PLAINLY, lookup, draft])
    assert ranking.best is PLAINLY
    assert ranking.tied == (lookup,)
    assert ranking.by == "simple"
    assert _names(ranking.rows)[-1] == "draft:small.gguf"


def test_what_is_ahead_on_every_prompt_is_ahead_however_much_it_varies() -> None:
    """A text to be repeated makes lookup three times as fast; that does not make the others noise."""
    lookup = _row(LOOKUP, 1.20, 1.25, 1.22, 3.0)
    assert not is_tie(lookup, PLAINLY)
    assert rank([PLAINLY, lookup]).best is lookup


def test_a_lead_far_larger_than_the_spread_survives_one_bad_prompt() -> None:
    assert not is_tie(_row(SMALL.ways[0], 1.5, 0.98, 1.55, 1.6), PLAINLY)
    assert is_tie(_row(SMALL.ways[0], 1.1, 0.90, 1.2, 1.05), PLAINLY)


def test_a_way_that_ties_with_the_fastest_must_not_be_beaten_by_another() -> None:
    """Plain cannot be told from the erratic one, but the steady one is clearly faster than plain."""
    erratic = _row(SMALL.ways[1], 1.27, 1.60, 0.90)
    steady = _row(SMALL.ways[0], 1.19, 1.31, 1.10)
    assert is_tie(erratic, PLAINLY)
    assert rank([PLAINLY, steady, erratic]).best is steady


def test_a_wide_spread_below_plain_is_never_best() -> None:
    wide = _row(LOOKUP, 0.75, 0.86, 0.97, 2.44, energy=0.5)
    proven = _row(SMALL.ways[1], 1.05, 1.12, 1.16, 1.31)
    assert is_tie(wide, proven)
    assert rank([PLAINLY, wide, proven]).best is proven
    assert rank([PLAINLY, wide]).best is PLAINLY


def test_two_percent_are_a_tie_however_steady() -> None:
    ranking = rank([PLAINLY, _row(SMALL.ways[0], 1.011, 1.012, 1.010, 1.011)])
    assert ranking.best is PLAINLY


def test_one_prompt_is_compared_by_itself() -> None:
    assert rank([_row(PLAIN, 1.0), _row(SMALL.ways[0], 1.4)]).rows[0].way.mode == "draft"
    assert rank([_row(PLAIN, 1.0), _row(SMALL.ways[0], 1.01)]).rows[0].way.mode == "off"


def test_what_could_not_be_measured_comes_last_and_is_never_best() -> None:
    failed = Row(FOREIGN.ways[0], problem="draft has another tokenizer")
    assert _names(rank([failed, PLAINLY]).rows) == ["off:", "draft:foreign.gguf"]
    assert rank([failed]).best is None
    assert rank([]).best is None


def _energy(joules: float, kind: str = "measured-package") -> Energy:
    return Energy(joules, joules, joules, "test", kind, 1.0)  # type: ignore[arg-type]  # one of three words


def _trial(rate: float, tokens: tuple[int, ...] = tuple(range(10)), **more: object) -> Trial:
    answered = Answered(tokens, [0.5] * len(tokens), "length", 5, SEED)
    return replace(Trial(answered, rate), **more)  # type: ignore[arg-type]  # fields of Trial


def test_a_row_pairs_each_prompt_with_plain() -> None:
    plain = {0: _trial(20.0, energy=_energy(10.0)), 1: _trial(10.0, energy=_energy(30.0))}
    drafted = {
        0: _trial(30.0, energy=_energy(8.0), drafted=20, accepted=15),
        1: _trial(20.0, energy=_energy(16.0), drafted=10, accepted=9),
    }
    row = row_of(SMALL.ways[0], drafted, plain)
    assert row.speedups == ((0, 1.5), (1, 2.0))
    assert row.speedup == 1.75
    assert row.rate == 25.0
    assert (row.accepted, row.drafted) == (24, 30)
    assert row.energy == pytest.approx(24.0 / 40.0)
    assert row.measured
    assert row.same == "same"


def test_an_estimate_or_a_gap_in_the_energy_is_not_called_measured() -> None:
    plain = {0: _trial(20.0, energy=_energy(10.0)), 1: _trial(20.0, energy=_energy(10.0, "estimated"))}
    guessed = {0: _trial(20.0, energy=_energy(5.0)), 1: _trial(20.0, energy=_energy(5.0))}
    row = row_of(SMALL.ways[0], guessed, plain)
    assert row.energy == 0.5
    assert not row.measured
    gap = {0: _trial(20.0, energy=_energy(5.0)), 1: _trial(20.0)}
    assert row_of(SMALL.ways[0], gap, plain).energy is None


def test_texts_are_compared_with_plain() -> None:
    plain = {0: _trial(20.0)}
    other = _trial(20.0, (0, 1, 2, 99, 4, 5, 6, 7, 8, 9))
    way = SMALL.ways[0]
    assert row_of(way, {0: other}, plain).same == "differs"
    assert row_of(way, {0: other}, plain).at == 4
    assert row_of(way, {0: other}, plain, {(0, way.key): True}).same == "tie"
    assert row_of(way, {0: other}, plain, {(0, way.key): None}).same == "differs"
    assert row_of(way, {0: replace(other, draws=True)}, plain).same == "own"
    assert row_of(way, {1: other}, plain).same == ""


def test_answers_too_short_to_measure_are_said_to_be() -> None:
    row = row_of(LOOKUP, {0: _trial(0.0, (1, 2))}, {0: _trial(20.0)})
    assert row.problem == "the answers are too short to measure"
    assert row.speedups == ()


def _plan(*drafts: Draft, prompts: int = 3, settings: Settings | None = None) -> Plan:
    words = tuple(f"prompt {number}" for number in range(prompts))
    return Plan(Path("/models/target.gguf"), "Target", drafts, words, False, settings or Settings())


def test_every_prompt_meets_every_way_and_who_begins_changes() -> None:
    plan = _plan(LARGE, SMALL, FOREIGN)
    todo = order(plan)
    assert len(todo) == plan.answers == 18
    assert len(set(todo)) == 18
    assert FOREIGN not in plan.tried
    assert [draft.name for draft in plan.tried] == ["Small", "Large"]
    firsts = [next(way for number, way in todo if number == prompt) for prompt in range(3)]
    assert len({way.key for way in firsts}) == 3
    for prompt in range(3):
        drafts = [way.draft for number, way in todo if number == prompt and way.draft]
        assert sum(one != other for one, other in pairwise(drafts)) == 1, "each is loaded once a prompt"


def test_not_too_many_drafts_are_tried() -> None:
    many = [Draft(Path(f"/models/{number}.gguf"), str(number), memory=-number) for number in range(20)]
    tried = _plan(*many).tried
    assert len(tried) == MOST_DRAFTS
    assert tried[0].name == "19"


def test_requests_are_as_the_persons_but_short_and_seeded() -> None:
    settings = Settings(temperature=0.6, system_prompt="Be brief.", stop=("END",), draft_longest=5)
    plan = _plan(SMALL, settings=settings)
    plain, drafted = request_for(plan, 0, PLAIN), request_for(plan, 0, SMALL.ways[0])
    assert plain.sampling == drafted.sampling
    assert plain.sampling.seed == SEED
    assert plain.sampling.temperature == 0.6
    assert plain.system == "Be brief."
    assert plain.stop == ("END",)
    assert not plain.ignore_eos
    assert [message.content for message in plain.messages] == ["prompt 0"]
    assert plain.speculation.mode == "off"
    assert plain.speculation.draft is None
    assert drafted.speculation.draft == SMALL.path
    assert drafted.speculation.longest == 5
    assert drafted.speculation.rule == "block", "what an answer without a fixed seed begins with"
    fixed = request_for(_plan(SMALL, settings=replace(settings, seed=3)), 0, SMALL.ways[0])
    assert fixed.sampling.seed == 3
    assert fixed.speculation.rule == "auto"


ADVICE = Advice(
    "Target", (PLAINLY, _row(SMALL.ways[0], 1.5, 1.4), Row(FOREIGN.ways[0], problem="no")), 1e9, True, 2
)


def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    file = tmp_path / "data" / "advice.json"
    keep("one", ADVICE, file)
    keep("two", replace(ADVICE, target="Other"), file)
    assert read("one", file) == ADVICE
    other = read("two", file)
    assert other is not None
    assert other.target == "Other"
    assert read("three", file) is None
    assert [path.name for path in file.parent.iterdir()] == ["advice.json"]


def test_a_file_name_that_is_no_unicode_is_kept(tmp_path: Path) -> None:
    odd = Row(Way("draft", "Odd", "/models/\udcff.gguf"), problem="no")
    keep("one", replace(ADVICE, rows=(odd,)), tmp_path / "advice.json")
    assert read("one", tmp_path / "advice.json") == replace(ADVICE, rows=(odd,))


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{", '{"one": null}', '{"one": {}}', '{"one": {"rows": 3}}', "[" * 5000, "\x00",
        '{"one": {"target": "x", "rows": [7], "when": 1, "own": true, "prompts": 1, "skipped": 0}}',
    ],
)  # fmt: skip
def test_a_damaged_file_counts_as_none_and_is_replaced(text: str, tmp_path: Path) -> None:
    file = tmp_path / "advice.json"
    file.write_text(text, "utf-8")
    assert read("one", file) is None
    keep("one", ADVICE, file)
    assert read("one", file) == ADVICE


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("speedups", [[0, -1.0]]), ("speedups", [[0, "fast"]]), ("speedups", [[0]]), ("speedups", 3),
        ("rates", [float("nan")]), ("rates", [True]), ("same", "perhaps"), ("way", {"mode": "warp"}),
        ("way", None), ("problem", 5), ("drafted", -1), ("energy", float("inf")),
    ],
)  # fmt: skip
def test_a_damaged_entry_counts_as_none(field: str, value: object, tmp_path: Path) -> None:
    file = tmp_path / "advice.json"
    keep("one", ADVICE, file)
    book = json.loads(file.read_text("utf-8"))
    book["one"]["rows"][1][field] = value
    file.write_text(json.dumps(book), "utf-8")
    assert read("one", file) is None


def test_what_cannot_be_written_says_why(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", "utf-8")
    with pytest.raises(UserError, match=r"advice\.json could not be written"):
        keep("one", ADVICE, tmp_path / "file" / "advice.json")
    (tmp_path / "advice.json").mkdir()
    with pytest.raises(UserError, match=r"could not be written"):
        keep("one", ADVICE, tmp_path / "advice.json")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["advice.json", "file"]


def test_no_prompt_is_kept(tmp_path: Path) -> None:
    keep("one", ADVICE, tmp_path / "advice.json")
    assert "prompt 0" not in (tmp_path / "advice.json").read_text("utf-8")


def test_the_key_changes_with_the_model_and_with_what_changes_speed(tmp_path: Path) -> None:
    one, other = tmp_path / "one.gguf", tmp_path / "other.gguf"
    one.write_bytes(b"a" * 100)
    other.write_bytes(b"b" * 100)
    settings = Settings()
    assert key_of(one, settings) == key_of(one, replace(settings, theme="dark", speculation="draft"))
    assert key_of(one, settings) != key_of(other, settings)
    assert key_of(one, settings) != key_of(one, replace(settings, temperature=0.0))
    assert key_of(one, settings) != key_of(one, replace(settings, n_threads=3))
    with pytest.raises(OSError, match="absent"):
        key_of(tmp_path / "absent.gguf", settings)


def test_it_is_kept_with_the_persons_data(slipstream_home: Path) -> None:
    assert advice_file() == slipstream_home / "data" / "advice.json"


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "conversations.sqlite3") as store:
        yield store


def test_the_newest_prompts_of_the_person_each_once_and_cut(store: Store) -> None:
    old, first = store.begin("Tell me about the sea, please.")
    store.add_user(old.id, first.id, "yes")
    long = "word " * 1000
    store.begin(long)
    _, said = store.begin("What does a harbour master do?")
    store.finish(
        store.start_answer(said.conversation_id, said.id, "m").id, "An answer of the model's", "", "done", {}
    )
    store.begin("What does a harbour master do?")
    found = own_prompts(store, 1024)
    assert found[0] == "What does a harbour master do?"
    assert len(found) == 3
    assert found[1].startswith("word word")
    assert 900 < len(found[1]) <= 1024
    assert found[1].endswith("word")
    assert found[2] == "Tell me about the sea, please."


def test_no_more_prompts_than_are_tried(store: Store) -> None:
    for number in range(10):
        store.begin(f"Question number {number} of ten")
    found = own_prompts(store, 4096)
    assert len(found) == MOST
    assert found[0] == "Question number 9 of ten"


def test_of_a_conversation_that_was_deleted_nothing_is_used(store: Store) -> None:
    gone, _ = store.begin("Nobody shall see this again.")
    store.delete(gone.id)
    assert own_prompts(store, 4096) == ()


def test_a_prompt_without_a_space_is_cut_too(store: Store) -> None:
    store.begin("字" * 3000)
    assert own_prompts(store, 1024) == ("字" * 1024,)


def test_the_builtin_set_is_varied_and_short() -> None:
    kinds = dict(builtin_prompts())
    assert sorted(kinds) == ["chat", "code", "rewrite", "summary"]
    assert all(16 <= len(text) < 1000 for text in kinds.values())
    assert FEWEST <= len(kinds) <= MOST
