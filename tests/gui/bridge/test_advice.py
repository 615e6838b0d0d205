"""Measuring drafts on the engine thread: what is tried, what fails, who goes first, what is left behind."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.bridge.advice import Advice, Draft, rank
from desktop.bridge.advice_plan import Plan
from desktop.bridge.advisor import Advisor
from desktop.bridge.engine_host import EngineHost
from desktop.engine.types import Finished, LoadOptions, Message, Request, Sampling, Speculation
from desktop.errors import UserError
from desktop.settings import Settings
from tests.tiny_gguf import Tiny, write_tiny

WAIT_MS = 60_000
GREEDY = Settings(temperature=0.0)
PROMPTS = ("hello world, who are you", "the user and the system", "slip stream and slip")


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A draft for the tiny model: its vocabulary, half its layers."""
    return write_tiny(tmp_path_factory.mktemp("drafts") / "small.gguf", Tiny(layers=1, name="Small"))


@pytest.fixture(scope="session")
def foreign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with other words."""
    path = tmp_path_factory.mktemp("drafts") / "foreign.gguf"
    odd = Tiny(layers=1, name="Foreign", controls=("<a>", "<b>", "<c>"), eos="<a>", mute=())
    return write_tiny(path, odd)


@dataclass
class Watched:
    """An advisor and what it has told."""

    advisor: Advisor
    results: list[Advice] = field(default_factory=list)
    reasons: list[UserError | None] = field(default_factory=list)

    @property
    def over(self) -> bool:
        return bool(self.results or self.reasons)


@pytest.fixture
def watched(host: EngineHost) -> Watched:
    made = Watched(Advisor(host))
    made.advisor.finished.connect(made.results.append)
    made.advisor.stopped.connect(made.reasons.append)
    return made


def _plan(
    host: EngineHost, *drafts: Draft, prompts: tuple[str, ...] = PROMPTS, settings: Settings = GREEDY
) -> Plan:
    assert host.info is not None
    return Plan(host.info.path, "Tiny", drafts, prompts, False, settings)


def _measured(watched: Watched, plan: Plan, qtbot: QtBot) -> Advice:
    watched.advisor.start(plan)
    qtbot.waitUntil(lambda: watched.over, timeout=WAIT_MS)
    assert watched.reasons == []
    assert watched.advisor.plan is None
    return watched.results[0]


def _use(host: EngineHost, draft: Path | None, qtbot: QtBot) -> None:
    host.drafts.use(Speculation("draft" if draft else "off", draft))
    qtbot.waitUntil(lambda: host.drafts._job is None and not host.drafts._due, timeout=WAIT_MS)


def _in_use(host: EngineHost) -> Path | None:
    return host.drafts.info.path if host.drafts.info is not None else None


def _request(tokens: int = 30) -> Request:
    return Request((Message("user", "hello"),), sampling=Sampling(temperature=0.0), max_tokens=tokens)


def test_the_guide_with_its_draft(host: EngineHost, watched: Watched, qtbot: QtBot) -> None:
    """Real answers: every way on every prompt, the same text, everything counted."""
    with qtbot.waitSignal(host.loaded, timeout=WAIT_MS):
        host.load(LoadOptions(paths.guide_model(), n_ctx=1024, n_threads=1, probe=False))
    draft = Draft(paths.guide_draft(), "Guide draft", 1_000_000)
    prompts = ("How does a language model write?", "What is a draft model?", "What is a token?")
    advice = _measured(watched, _plan(host, draft, prompts=prompts), qtbot)
    assert [row.way.mode for row in advice.rows] == ["off", "lookup", "draft", "auto"]
    for row in advice.rows:
        assert row.problem == ""
        assert len(row.rates) == 3
        assert [prompt for prompt, _ in row.speedups] == [0, 1, 2]
        assert row.energy is not None
    plain, lookup, drafted, _ = advice.rows
    assert plain.ratios == (1.0, 1.0, 1.0)
    assert plain.energy == 1.0
    assert plain.drafted == 0
    assert (lookup.same, drafted.same) == ("same", "same"), "greedy"
    assert drafted.drafted >= drafted.accepted > 0
    assert drafted.way.memory == 1_000_000
    assert rank(advice.rows).best is not None
    assert (advice.prompts, advice.skipped, advice.own) == (3, 0, False)


def test_files_that_cannot_draft_are_rows_with_their_reason(
    loaded: EngineHost, watched: Watched, small: Path, foreign: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    corrupt = tmp_path / "corrupt.gguf"
    corrupt.write_bytes(small.read_bytes()[: small.stat().st_size // 2])
    drafts = [Draft(path, path.stem) for path in (small, foreign, tmp_path / "gone.gguf", corrupt)]
    judged = Draft(tmp_path / "judged.gguf", "judged", reason="draft is larger than the target")
    advice = _measured(watched, _plan(loaded, *drafts, judged), qtbot)
    told = {row.way.name: row.problem for row in advice.rows if row.problem}
    assert sorted(told) == ["corrupt", "foreign", "gone", "judged"]
    assert told["judged"] == "draft is larger than the target"
    assert told["gone"] == "no such file"
    assert told["corrupt"]
    assert "differs" in told["foreign"] or "vocabulary" in told["foreign"]
    fine = [row for row in advice.rows if not row.problem]
    assert [row.way.mode for row in fine] == ["off", "lookup", "draft", "auto"]
    assert all(len(row.speedups) == 3 for row in fine)
    assert rank(advice.rows).rows[-1].problem


def test_the_draft_that_was_in_use_is_in_use_again(
    loaded: EngineHost, watched: Watched, small: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = shutil.copy(small, tmp_path / "other.gguf")
    drafts = Draft(small, "small"), Draft(Path(other), "other")
    _use(loaded, small, qtbot)
    _measured(watched, _plan(loaded, *drafts), qtbot)
    qtbot.waitUntil(lambda: _in_use(loaded) == small, timeout=WAIT_MS)
    _use(loaded, None, qtbot)
    watched.results.clear()
    _measured(watched, _plan(loaded, *drafts), qtbot)
    qtbot.waitUntil(lambda: _in_use(loaded) is None, timeout=WAIT_MS)


def test_cancelled_half_way(
    loaded: EngineHost, watched: Watched, small: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = Path(shutil.copy(small, tmp_path / "other.gguf"))
    _use(loaded, small, qtbot)
    watched.advisor.start(_plan(loaded, Draft(other, "other")))

    def half() -> bool:
        progress = watched.advisor.progress
        return progress is not None and progress.done >= 4

    qtbot.waitUntil(half, timeout=WAIT_MS)
    watched.advisor.cancel()
    assert watched.advisor.ending
    qtbot.waitUntil(lambda: watched.over, timeout=WAIT_MS)
    assert watched.reasons == [None]
    assert watched.results == []
    assert watched.advisor.rows == ()
    qtbot.waitUntil(lambda: _in_use(loaded) == small, timeout=WAIT_MS)
    assert loaded.work.current is None
    _measured(Watched(watched.advisor, watched.results, []), _plan(loaded, Draft(small, "small")), qtbot)


def test_cancelled_at_once(loaded: EngineHost, watched: Watched, small: Path, qtbot: QtBot) -> None:
    watched.advisor.start(_plan(loaded, Draft(small, "small")))
    watched.advisor.cancel()
    watched.advisor.cancel()
    qtbot.waitUntil(lambda: watched.over, timeout=WAIT_MS)
    assert watched.reasons == [None]


def test_an_answer_asked_for_in_between_is_written_and_the_measuring_goes_on(
    loaded: EngineHost, watched: Watched, small: Path, qtbot: QtBot
) -> None:
    done: list[Finished] = []
    order: list[str] = []

    def keep(_run: int, events: list[object]) -> None:
        done.extend(event for event in events if isinstance(event, Finished))

    def ask() -> None:
        progress = watched.advisor.progress
        if progress is not None and progress.done == 3 and not loaded.busy and not done:
            loaded.generate(_request(tokens=40))

    loaded.events.connect(keep)
    loaded.ended.connect(lambda _run, _error: order.append("answer"))
    watched.advisor.finished.connect(lambda _advice: order.append("advice"))
    watched.advisor.changed.connect(ask)
    advice = _measured(watched, _plan(loaded, Draft(small, "small")), qtbot)
    assert [one.output_tokens for one in done] == [40]
    assert done[0].stop_reason == "length", "nobody cut it short"
    assert order == ["answer", "advice"]
    assert all(len(row.speedups) == 3 for row in advice.rows), "what was broken off was made again"


def test_a_paused_answer_keeps_its_cache(
    loaded: EngineHost, watched: Watched, small: Path, qtbot: QtBot
) -> None:
    texts: list[tuple[int, ...]] = []
    tokens: list[int] = []

    def keep(_run: int, events: list[object]) -> None:
        for event in events:
            tokens.extend(getattr(event, "tokens", ()))

    loaded.events.connect(keep)
    with qtbot.waitSignal(loaded.ended, timeout=WAIT_MS):
        loaded.generate(_request())
    texts.append(tuple(tokens))
    tokens.clear()
    loaded.generate(_request())
    loaded.pause()
    qtbot.waitUntil(lambda: loaded.is_paused, timeout=WAIT_MS)
    watched.advisor.start(_plan(loaded, Draft(small, "small")))
    qtbot.waitUntil(lambda: loaded.work.current is None, timeout=WAIT_MS)
    progress = watched.advisor.progress
    assert progress is not None
    assert progress.waits
    assert progress.done == 0
    with qtbot.waitSignal(loaded.ended, timeout=WAIT_MS):
        loaded.resume()
    texts.append(tuple(tokens))
    assert texts[0] == texts[1]
    qtbot.waitUntil(lambda: bool(watched.results), timeout=WAIT_MS)


def test_another_model_ends_it(
    loaded: EngineHost, watched: Watched, small: Path, tiny: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    other = Path(shutil.copy(tiny, tmp_path / "other.gguf"))
    watched.advisor.start(_plan(loaded, Draft(small, "small")))
    with qtbot.waitSignal(loaded.loaded, timeout=WAIT_MS):
        loaded.load(LoadOptions(other, n_ctx=256, n_threads=1, probe=False))
    qtbot.waitUntil(lambda: watched.over, timeout=WAIT_MS)
    assert watched.results == []
    assert watched.reasons[0] is not None
    assert watched.reasons[0].detail == "a model was loaded meanwhile"


def test_a_prompt_that_does_not_fit_is_left_out(
    loaded: EngineHost, watched: Watched, small: Path, qtbot: QtBot
) -> None:
    long = "0123456789" * 200
    advice = _measured(
        watched, _plan(loaded, Draft(small, "small"), prompts=(PROMPTS[0], long, PROMPTS[1])), qtbot
    )
    assert (advice.prompts, advice.skipped) == (2, 1)
    assert all([prompt for prompt, _ in row.speedups] == [0, 2] for row in advice.rows)
    watched.advisor.start(_plan(loaded, prompts=(long,)))
    qtbot.waitUntil(lambda: bool(watched.reasons), timeout=WAIT_MS)
    assert watched.reasons[0] is not None
    assert watched.reasons[0].kind == "ContextFull"


def test_sampling_with_a_seed_gives_plains_text_and_without_one_its_own(
    loaded: EngineHost, watched: Watched, small: Path, qtbot: QtBot
) -> None:
    draft = Draft(small, "small")
    seeded = _measured(watched, _plan(loaded, draft, settings=Settings(temperature=0.7, seed=5)), qtbot)
    assert [row.same for row in seeded.rows] == ["", "same", "same", "same"]
    watched.results.clear()
    free = _measured(watched, _plan(loaded, draft, settings=Settings(temperature=0.7, draft_length=3)), qtbot)
    assert free.rows[2].drafted > 0
    assert free.rows[2].same in ("own", "same")


def test_no_model_no_prompts(host: EngineHost, watched: Watched, qtbot: QtBot) -> None:
    watched.advisor.start(Plan(Path("gone.gguf"), "Gone", (), (), False, GREEDY))
    assert watched.advisor.plan is None
    watched.advisor.start(Plan(Path("gone.gguf"), "Gone", (), PROMPTS, False, GREEDY))
    qtbot.waitUntil(lambda: watched.over, timeout=WAIT_MS)
    assert watched.reasons[0] is not None


@pytest.fixture
def ending(tiny: Path, qtbot: QtBot) -> EngineHost:
    host = EngineHost()
    with qtbot.waitSignal(host.loaded, timeout=WAIT_MS):
        host.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))
    return host


def test_the_program_ends_meanwhile(ending: EngineHost, small: Path, qtbot: QtBot) -> None:
    advisor = Advisor(ending)
    advisor.start(_plan(ending, Draft(small, "small")))
    ending.shutdown()
