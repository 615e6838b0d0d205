"""Races through the real engine thread: what is told and when, cancelling, the demonstration."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Slot
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.racing import RaceOrder, Racing
from desktop.contest import receipt
from desktop.contest.again import compare
from desktop.contest.data import Configuration, Race
from desktop.engine.types import LoadOptions, Message, Request, Sampling, Speculation, Step
from desktop.errors import UserError

OFF = Configuration("off", "Plain")
ON = Configuration("on", "Draft of 4", speculation=Speculation("draft", paths.guide_draft(), 4))
ORDER = RaceOrder("What is a token?", (OFF, ON), 2, sampling=Sampling(temperature=0.0), max_tokens=40, seed=7)
LONG_MS = 120_000


class Heard(QObject):
    """Everything a Racing says, in order."""

    def __init__(self, racing: Racing) -> None:
        super().__init__()
        self.begun: list[tuple[int, str]] = []
        self.steps: list[tuple[str, list[Step]]] = []
        self.prepared: list[tuple[str, float]] = []
        self.ends: list[object] = []
        self.without_words = 0
        self._racing = racing
        racing.begun.connect(self._on_begun)
        racing.stepped.connect(self._on_stepped)
        racing.preparing.connect(self._on_preparing)
        racing.finished.connect(self._on_end)
        racing.failed.connect(self._on_end)
        racing.cancelled.connect(self._on_cancelled)

    @Slot(int, str)
    def _on_begun(self, number: int, lane: str) -> None:
        self.begun.append((number, lane))

    @Slot(str, object)
    def _on_stepped(self, lane: str, steps: list[Step]) -> None:
        self.steps.append((lane, steps))
        self.without_words += any(token not in self._racing.words for step in steps for token in step.tokens)

    @Slot(str, float)
    def _on_preparing(self, words: str, fraction: float) -> None:
        self.prepared.append((words, fraction))

    @Slot(object)
    def _on_end(self, end: object) -> None:
        self.ends.append(end)

    @Slot()
    def _on_cancelled(self) -> None:
        self.ends.append(None)


@pytest.fixture
def guide(host: EngineHost, qtbot: QtBot) -> EngineHost:
    """The engine with the guide, without its draft."""
    with qtbot.waitSignal(host.loaded, timeout=20_000):
        host.load(LoadOptions(paths.guide_model(), n_ctx=512, n_threads=1))
    return host


@pytest.fixture
def racing(host: EngineHost) -> Racing:
    return Racing(host)


@pytest.fixture
def heard(racing: Racing) -> Heard:
    return Heard(racing)


def ended(qtbot: QtBot, heard: Heard, timeout: int = LONG_MS) -> object:
    qtbot.waitUntil(lambda: bool(heard.ends), timeout=timeout)
    (end,) = heard.ends
    return end


def finished(qtbot: QtBot, heard: Heard) -> Race:
    end = ended(qtbot, heard)
    assert isinstance(end, Race), end
    return end


def test_a_race_is_told_as_it_is_run(guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot) -> None:
    racing.start(ORDER)
    assert racing.busy
    race = finished(qtbot, heard)
    assert not racing.busy
    assert heard.begun == [(1, "plain"), (2, "speculative"), (3, "speculative"), (4, "plain")]
    told = [
        token for lane, steps in heard.steps[:] if lane == "plain" for step in steps for token in step.tokens
    ]
    assert told == [*race.pairs[0].plain.tokens, *race.pairs[1].plain.tokens]
    assert heard.without_words == 0
    assert race.speedup is not None
    assert race.parting is None
    assert receipt.of_json(receipt.to_json(race).encode()) == race


def test_steps_come_in_bundles_and_each_of_one_run(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    racing.start(replace(ORDER, repeats=1, prompt="Tell me about tokens.", max_tokens=200))
    race = finished(qtbot, heard)
    for lane, run in (("plain", race.pairs[0].plain), ("speculative", race.pairs[0].speculative)):
        bundles = [steps for one, steps in heard.steps if one == lane]
        assert sum(len(steps) for steps in bundles) == len(run.steps)
        assert len(bundles) <= 3 + run.end_ms * 30 / 1000  # 30 a second, and one at either end


def test_the_draft_that_was_in_use_is_put_back(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    assert guide.drafts.info is None
    racing.start(replace(ORDER, repeats=1))
    race = finished(qtbot, heard)
    assert race.drafts[0].path == str(paths.guide_draft())
    assert guide.drafts.info is None


def test_an_answer_goes_on_as_before_after_a_race(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    request = Request(
        [Message("user", "What is a token?")], sampling=Sampling(temperature=0.0), max_tokens=20
    )
    texts = []
    for _ in range(2):
        events: list[object] = []
        guide.events.connect(lambda _run, batch, to=events: to.extend(batch))  # the host lives on this thread
        with qtbot.waitSignal(guide.ended, timeout=20_000):
            guide.generate(request)
        guide.events.disconnect()
        texts.append([event.tokens for event in events if isinstance(event, Step)])
        if not heard.ends:
            racing.start(replace(ORDER, repeats=1))
            finished(qtbot, heard)
    assert texts[0] == texts[1]


def test_cancelled_half_way_nothing_is_kept_and_another_can_begin(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    racing.start(replace(ORDER, repeats=10, max_tokens=300))
    qtbot.waitUntil(lambda: len(heard.begun) >= 3, timeout=LONG_MS)
    racing.cancel()
    assert ended(qtbot, heard, 5000) is None
    assert len(heard.begun) < 20
    assert not racing.busy
    heard.ends.clear()
    racing.start(replace(ORDER, repeats=1))
    assert isinstance(ended(qtbot, heard), Race)


def test_loading_another_model_ends_a_race(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot, tiny: Path
) -> None:
    racing.start(replace(ORDER, repeats=10, max_tokens=300))
    qtbot.waitUntil(lambda: len(heard.begun) >= 2, timeout=LONG_MS)
    with qtbot.waitSignal(guide.loaded, timeout=20_000):
        guide.load(LoadOptions(tiny, n_ctx=512, n_threads=1, probe=False))
    assert ended(qtbot, heard) is None


def test_without_a_model_the_reason_is_told(racing: Racing, heard: Heard, qtbot: QtBot) -> None:
    racing.start(ORDER)
    end = ended(qtbot, heard)
    assert isinstance(end, UserError)
    assert "no model" in end.detail


@pytest.mark.parametrize(
    "order",
    [
        replace(ORDER, prompt=" "),
        replace(ORDER, repeats=0),
        replace(ORDER, repeats=1001),
        replace(ORDER, sampling=Sampling(temperature=float("nan"))),
        replace(ORDER, prompt="word " * 100_000),
        replace(ORDER, lanes=(OFF, replace(ON, speculation=replace(ON.speculation, length=99)))),
        replace(ORDER, lanes=(OFF, replace(ON, speculation=replace(ON.speculation, draft=Path("/no.gguf"))))),
        replace(ORDER, model=LoadOptions(Path("/no such model.gguf"))),
    ],
)
def test_what_cannot_be_raced_fails_with_a_reason(
    order: RaceOrder, guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    racing.start(order)
    end = ended(qtbot, heard)
    assert isinstance(end, UserError)
    assert not racing.busy
    assert guide.info is not None  # the loaded model is none the worse


def test_only_one_at_a_time(guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot) -> None:
    racing.start(ORDER)
    racing.start(ORDER)
    assert [type(end).__name__ for end in heard.ends] == ["BadInput"]
    assert racing.busy
    qtbot.waitUntil(lambda: len(heard.ends) == 2, timeout=LONG_MS)
    assert isinstance(heard.ends[1], Race)


def test_a_model_of_its_own_is_loaded_for_the_race_only(
    loaded: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot, tiny: Path
) -> None:
    own = LoadOptions(paths.guide_model(), n_ctx=512, n_threads=1)
    racing.start(replace(ORDER, repeats=1, model=own))
    race = finished(qtbot, heard)
    assert race.target is not None
    assert race.target.path == str(paths.guide_model())
    assert ("Loading the model", 1.0) in heard.prepared
    assert loaded.info is not None
    assert loaded.info.path == tiny


def test_a_receipt_is_repeated_with_the_files_it_names(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    racing.start(replace(ORDER, repeats=1))
    race = finished(qtbot, heard)
    heard.ends.clear()
    racing.repeat(receipt.of_json(receipt.to_json(race).encode()))
    repeated = compare(race, finished(qtbot, heard))
    assert repeated.same_tokens == {"plain": True, "speculative": True}
    assert repeated.differs == ()


def test_a_receipt_of_a_model_that_is_not_here_says_which(
    guide: EngineHost, racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    racing.start(replace(ORDER, repeats=1))
    race = finished(qtbot, heard)
    assert race.target is not None
    heard.ends.clear()
    lost = replace(race.target, path="/nowhere/lost.gguf", sha256_16="0" * 16)
    racing.repeat(replace(race, target=lost))
    end = ended(qtbot, heard)
    assert isinstance(end, UserError)
    assert "lost.gguf" in end.detail


@pytest.mark.slow
def test_the_demonstration_needs_no_model_and_is_deleted_on_request(
    racing: Racing, heard: Heard, qtbot: QtBot
) -> None:
    assert racing.demonstration_size() == 0
    racing.delete_demonstration()  # none: fine
    racing.start(replace(ORDER, repeats=1, max_tokens=24, demonstration=True))
    race = finished(qtbot, heard)
    made = [fraction for words, fraction in heard.prepared if words == "Making the demonstration model"]
    assert made == sorted(made)
    assert made[-1] == 1.0
    assert race.asked.demonstration
    assert race.target is not None
    assert "padded" in race.target.name
    assert race.parting is None
    assert racing.demonstration_size() == race.target.size
    racing.delete_demonstration()
    assert racing.demonstration_size() == 0
    heard.ends.clear()
    racing.repeat(race)  # made again
    repeated = compare(race, finished(qtbot, heard))
    assert repeated.same_tokens == {"plain": True, "speculative": True}
    assert repeated.differs == ()


def test_making_the_demonstration_can_be_cancelled(racing: Racing, heard: Heard, qtbot: QtBot) -> None:
    racing.start(replace(ORDER, demonstration=True))
    qtbot.waitUntil(lambda: bool(heard.prepared), timeout=LONG_MS)
    racing.cancel()
    assert ended(qtbot, heard, 10_000) is None
    assert racing.demonstration_size() == 0
    assert list(paths.demonstration_dir().iterdir()) == []
