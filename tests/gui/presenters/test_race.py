"""Races in the whole window, on the built-in pair: from the prompt to the verdict, and all around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.app import App
from desktop.contest.data import LANES, Lane, Race
from desktop.gui.controls import Elided
from desktop.gui.numbers import three_digits
from desktop.gui.race.player import FRAME_MS
from desktop.gui.race.replay import SPEEDS, Timeline
from tests.gui.presenters.conftest import Start

RACE_MS = 120_000
PROMPT = "How does speculative decoding work?"


class Dialogs:
    """Stands in for the file dialogs: answers with `name`, and remembers what was proposed."""

    def __init__(self) -> None:
        self.name = ""
        self.proposed: list[str] = []

    def __call__(self, _parent: QWidget, _title: str, start: str, _kinds: str) -> str:
        self.proposed.append(start)
        return self.name


class Room:
    """The program with its race view, and what the tests reach for."""

    def __init__(self, app: App, qtbot: QtBot) -> None:
        self.app, self.window, self.qtbot = app, app.window, qtbot
        self.dialogs = Dialogs()
        app.preferences.update(price_per_kwh=0.30, currency="EUR")

    def load(self) -> None:
        with self.qtbot.waitSignal(self.app.host.loaded, timeout=20_000):
            self.show()

    def show(self) -> None:
        self.app.show()
        self.qtbot.waitUntil(lambda: self.app.race is not None)
        assert self.app.race is not None
        self.presenter = self.app.race
        self.view, self.racing = self.presenter._view, self.presenter._racing
        self.races = self.presenter._races
        self.presenter.files.ask_open = self.presenter.files.ask_save = self.dialogs

    def said(self, name: str) -> str:
        found = self.view.findChild(QLabel, name)
        assert found is not None, name
        return found.text()

    @property
    def race(self) -> Race:
        assert self.view.race is not None
        return self.view.race

    @property
    def error(self) -> str:
        card = self.window.error
        return "" if card is None else card.accessibleName() + card.accessibleDescription()

    def ask(self, prompt: str = PROMPT, repeats: int = 1, tokens: int = 32) -> None:
        self.window.show_view("race")
        setup = self.view.setup
        setup.prompt.edit.setPlainText(prompt)
        setup.repeats.setValue(repeats)
        setup.longest.edit.setText(str(tokens))
        assert setup.run.isEnabled(), setup.why.text()
        QTest.mouseClick(setup.run, Qt.MouseButton.LeftButton)

    def run(self, **how: Any) -> Race:
        with self.qtbot.waitSignal(self.racing.finished, timeout=RACE_MS):
            self.ask(**how)
        return self.race


@pytest.fixture
def fresh(start: Start, qtbot: QtBot) -> Callable[[], Room]:
    return lambda: Room(start(), qtbot)


@pytest.fixture
def room(fresh: Callable[[], Room]) -> Room:
    made = fresh()
    made.load()
    return made


def test_from_the_prompt_to_the_verdict(room: Room, qtbot: QtBot) -> None:
    lanes = []
    room.racing.begun.connect(lambda number, lane: lanes.append((number, lane)))
    race = room.run(repeats=2)
    assert lanes == [(1, "plain"), (2, "speculative"), (3, "speculative"), (4, "plain")]
    assert room.view.state == "result"
    total = race.shown.plain.finished.output_tokens
    assert room.said("raceVerdict") == "Output identical"
    assert room.said("raceVerdictDetail") == f"{total:,} of {total:,} tokens, in all 2 pairs"
    assert room.said("raceSpeedup") == f"×{race.speedup:.2f}"
    room.view.seek(1e9)
    for lane in LANES:
        run = race.shown.run(lane)
        card = room.view.lanes[lane]
        assert card.rate.text() == three_digits(run.rate)
        assert card.tokens.value.text() == f"{total:,} / {total:,}"
        assert run.energy is not None
        assert run.energy.cost == pytest.approx(run.energy.joules * 0.30 / 3.6e6)
    assert len(room.view.setup.history.rows) == 1
    assert room.races.load(room.races.list()[0].id).shown.plain.tokens == race.shown.plain.tokens


def test_a_lane_may_hold_anything_and_other_temperatures_are_no_fault(room: Room) -> None:
    room.window.show_view("race")
    setup = room.view.setup
    setup.plain.mode.choose("lookup")
    setup.plain.temperature.edit.setText("1.5")
    setup.speculative.mode.choose("draft")
    setup.speculative.length.choose("3")
    race = room.run()
    pair = race.shown
    assert (pair.plain.config.speculation.mode, pair.plain.config.temperature) == ("lookup", 1.5)
    assert (pair.speculative.config.speculation.length, pair.speculative.config.temperature) == (3, 0.0)
    assert all(len(one.drafted) <= 3 for one in pair.speculative.rounds)
    assert race.names == ("Lookup, temperature 1.5", "Draft of 3, temperature 0")
    if race.parting is not None:  # at 1.5 it does, nearly always
        assert room.said("raceVerdict").endswith(", as expected")
        assert "temperatures" in room.said("raceVerdictDetail")


def test_it_races_in_the_open_conversation(room: Room, qtbot: QtBot) -> None:
    chat = room.app.chat
    for text in ("What is a token?", "And what is a draft?"):
        with qtbot.waitSignal(chat.finished, timeout=20_000):
            chat.send(text)
    room.window.show_view("race")
    prompt = room.view.setup.prompt
    assert (prompt.text, prompt.in_conversation) == ("And what is a draft?", True)
    with qtbot.waitSignal(room.racing.finished, timeout=RACE_MS):
        QTest.mouseClick(room.view.setup.run, Qt.MouseButton.LeftButton)
    history = room.race.asked.history
    assert [message.role for message in history] == ["user", "assistant"]
    assert history[0].content == "What is a token?"
    room.view.show_setup()
    prompt.alone.click()
    with qtbot.waitSignal(room.racing.finished, timeout=RACE_MS):
        QTest.mouseClick(room.view.setup.run, Qt.MouseButton.LeftButton)
    assert room.race.asked.history == ()


def test_nothing_is_raced_while_an_answer_is_written(room: Room, qtbot: QtBot) -> None:
    chat = room.app.chat
    room.window.show_view("race")
    room.view.setup.prompt.edit.setPlainText(PROMPT)
    with qtbot.waitSignal(chat.finished, timeout=20_000):
        chat.send("What is a token?")
        assert "being written" in room.view.setup.why.text()
        assert not room.view.setup.run.isEnabled()
        assert not room.view.setup.demonstration.show_it.isEnabled()
    qtbot.waitUntil(room.view.setup.run.isEnabled)


def test_without_a_model_it_says_what_to_do(fresh: Callable[[], Room], no_guide: None) -> None:
    room = fresh()
    room.show()
    room.window.show_view("race")
    room.view.setup.prompt.edit.setPlainText(PROMPT)
    assert room.view.setup.why.text() == "No model is loaded. Choose one (Ctrl+M)."
    assert not room.view.setup.run.isEnabled()


def test_escape_cancels_and_keeps_nothing(room: Room, qtbot: QtBot) -> None:
    with qtbot.waitSignal(room.racing.stepped, timeout=RACE_MS):
        room.ask(repeats=10, tokens=256)
    assert room.presenter.busy
    with qtbot.waitSignal(room.racing.cancelled, timeout=RACE_MS):
        QTest.keyClick(room.view.headline.cancel, Qt.Key.Key_Escape)
    assert not room.presenter.busy
    assert room.view.state == "setup"
    assert "Nothing of it was kept" in room.view.setup.why.text()
    assert room.races.list() == []
    assert room.view.setup.prompt.text == PROMPT


def test_a_failure_is_told_and_can_be_tried_again(room: Room, qtbot: QtBot) -> None:
    with qtbot.waitSignal(room.racing.failed, timeout=RACE_MS):
        room.ask(prompt="token " * 2000)  # the context holds 512
    assert room.view.state == "setup"
    assert not room.presenter.busy
    assert room.window.error is not None
    assert room.window.error.isVisible()
    assert room.view.setup.prompt.text.startswith("token token")
    assert room.run().shown.plain.finished.output_tokens > 0
    assert room.window.error is None


def test_an_earlier_race_is_opened_and_deleted(room: Room, qtbot: QtBot) -> None:
    race = room.run()
    QTest.mouseClick(room.view.headline.again, Qt.MouseButton.LeftButton)
    row = room.view.setup.history.rows[0]
    QTest.mouseClick(row.open, Qt.MouseButton.LeftButton)
    assert room.race.shown.speculative.tokens == race.shown.speculative.tokens
    assert room.said("raceSpeedup") == f"×{race.speedup:.2f}"
    QTest.keyClick(room.view, Qt.Key.Key_Escape)
    row = room.view.setup.history.rows[0]
    QTest.mouseClick(row.delete, Qt.MouseButton.LeftButton)
    QTest.mouseClick(row.sure, Qt.MouseButton.LeftButton)
    assert room.races.list() == []
    assert room.view.setup.history.rows == []


def _figures(room: Room) -> dict[str, str]:
    room.view.seek(1e9)
    names = ("raceSpeedup", "raceVerdict", "raceVerdictDetail", "raceSaved", "raceRate_plain")
    told = {name: room.said(name) for name in names}
    for lane, card in room.view.lanes.items():
        told[lane] = card.flow.visible_text()
        told[f"{lane} tokens"] = card.tokens.value.text()
        told[f"{lane} first"] = card._first.value.text()
        told[f"{lane} energy"] = card._joules.accessibleName() + card._cost.accessibleName()
    told["what-if"] = room.view.side.whatif.error.text()
    return told


def test_an_exported_receipt_gives_the_same_figures_elsewhere(
    room: Room, tmp_path: Path, qtbot: QtBot
) -> None:
    room.run(repeats=2)
    before = _figures(room)
    room.dialogs.name = str(tmp_path / "mine")
    QTest.mouseClick(room.view.side.export, Qt.MouseButton.LeftButton)
    assert (tmp_path / "mine.json").is_file()
    assert "race-" in room.dialogs.proposed[0]
    assert room.view.headline.second.full_text() == "Saved as mine.json"
    for one in room.races.list():
        room.races.remove(one.id)
    room.view.show_setup()
    room.dialogs.name = str(tmp_path / "mine.json")
    QTest.mouseClick(room.view.setup.history.bring, Qt.MouseButton.LeftButton)
    assert _figures(room) == before
    assert len(room.races.list()) == 1


def test_a_receipt_is_repeated_with_the_same_tokens(room: Room, qtbot: QtBot) -> None:
    room.run()
    with qtbot.waitSignal(room.racing.finished, timeout=RACE_MS):
        QTest.mouseClick(room.view.side.repeat, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: room.view.repeated is not None)
    assert room.said("raceRepeated") == "Same tokens as in the receipt"
    assert room.said("raceDiffers").startswith("Same files")


def test_what_differs_here_is_said_when_another_model_stands_in(room: Room, qtbot: QtBot) -> None:
    race = room.run()
    assert race.target is not None
    foreign = replace(race.target, name="Other", path="/nowhere/other.gguf", sha256_16="0" * 16)
    machine = replace(race.machine, library="0.0.1")
    room.view.show_race(replace(race, target=foreign, machine=machine))
    with qtbot.waitSignal(room.racing.failed, timeout=RACE_MS):
        QTest.mouseClick(room.view.side.repeat, Qt.MouseButton.LeftButton)
    assert "not on this computer" in room.view.headline.second.full_text()
    assert room.view.side.repeat.text().strip() == "Repeat with Guide"
    with qtbot.waitSignal(room.racing.finished, timeout=RACE_MS):
        QTest.mouseClick(room.view.side.repeat, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: room.view.repeated is not None)
    assert room.said("raceRepeated") == "Same tokens as in the receipt"
    assert "The model is another file" in room.said("raceDiffers")
    assert "0.0.1" in room.said("raceDiffers")


def test_the_picture_holds_the_whole_result(room: Room, tmp_path: Path) -> None:
    room.run()
    room.dialogs.name = str(tmp_path / "race.png")
    QTest.mouseClick(room.view.side.picture, Qt.MouseButton.LeftButton)
    image = QImage(str(tmp_path / "race.png"))
    assert image.width() >= 2400
    assert image.height() >= 1400


def test_a_file_that_cannot_be_written_is_told(room: Room, tmp_path: Path) -> None:
    room.run()
    for button in (room.view.side.picture, room.view.side.export):
        room.window.clear_error()
        room.dialogs.name = str(tmp_path / "missing" / "race.out")
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)
        assert room.window.error is not None


def test_a_damaged_receipt_is_told_and_changes_nothing(room: Room, tmp_path: Path) -> None:
    room.window.show_view("race")
    for content in (b"", b"{}", b"\x00\xff" * 1000, b'{"slipstream_receipt": 99}', b"[" * 100_000):
        file = tmp_path / "bad.json"
        file.write_bytes(content)
        room.dialogs.name = str(file)
        room.window.clear_error()
        QTest.mouseClick(room.view.setup.history.bring, Qt.MouseButton.LeftButton)
        assert room.window.error is not None
        assert room.view.state == "setup"
    assert room.races.list() == []


def test_the_demonstration_is_made_raced_and_deleted(room: Room, qtbot: QtBot) -> None:
    told: list[str] = []
    room.racing.preparing.connect(lambda words, _fraction: told.append(words))
    card = room.window.first_run.findChild(QAbstractButton, "starter3")
    assert card is not None
    assert "186 MB" in card.accessibleName()
    with qtbot.waitSignal(room.racing.stepped, timeout=RACE_MS):
        room.window.first_run.race_requested.emit()
    assert room.window.view == "race"
    assert "Making the demonstration model" in told
    with qtbot.waitSignal(room.racing.cancelled, timeout=RACE_MS):
        room.view.leave()
    shown = room.view.setup.demonstration
    assert "padded" in room.said("raceDemonstrationDetail")
    assert "186 MB" in room.said("raceDemonstrationDetail")
    assert shown.delete.isVisible()
    QTest.mouseClick(shown.delete, Qt.MouseButton.LeftButton)
    assert not shown.delete.isVisible()
    assert room.racing.demonstration_size() == 0


@pytest.mark.parametrize("speed", [1.0, 0.25, 4.0])
def test_the_replay_keeps_the_recordings_time_within_a_frame(room: Room, qtbot: QtBot, speed: float) -> None:
    race = room.run(tokens=64)
    view = room.view
    lines = {lane: Timeline(race.shown.run(lane).steps) for lane in LANES}
    if view.transport.play.accessibleName().startswith("Pause"):
        view.toggle()
    view.transport.speeds.buttons[SPEEDS.index(speed)].click()
    view.seek(0.0)
    assert view.player.clock.end_ms * view.player.clock.slow >= 6000.0
    seen: list[tuple[float, dict[Lane, int]]] = []

    def look() -> None:
        at = (monotonic() - began) * 1000 * speed / view.player.clock.slow
        seen.append((at, {lane: int(view.lanes[lane].tokens.value.text().split(" ")[0]) for lane in LANES}))

    began = monotonic()
    view.toggle()
    view.player.timer.timeout.connect(look)
    qtbot.waitUntil(lambda: len(seen) >= 25, timeout=20_000)
    view.toggle()
    frame = FRAME_MS * speed / view.player.clock.slow
    for at, tokens in seen:
        for lane in LANES:
            assert lines[lane].tokens_at(at - frame) <= tokens[lane] <= lines[lane].tokens_at(at)
    gaps = sorted(after[0] - before[0] for before, after in pairwise(seen))
    assert gaps[len(gaps) // 2] <= 1.25 * frame


def _stops(room: Room, root: QWidget) -> list[QWidget]:
    """Everything below `root` that can be used."""
    kinds = (QAbstractButton, QAbstractSlider, QPlainTextEdit, QLineEdit)
    found = [one for one in root.findChildren(QWidget) if isinstance(one, kinds)]
    return [one for one in found if one.isVisible() and one.isEnabled() and one.focusPolicy()]


def test_the_setup_is_usable_by_keyboard_alone(room: Room, qtbot: QtBot) -> None:
    room.run()
    QTest.keyClick(room.view, Qt.Key.Key_Escape)
    setup = room.view.setup
    wanted = [one for one in _stops(room, setup) if one is not setup.prompt.within]
    assert len(wanted) > 12
    assert all(one.objectName() and one.accessibleName() for one in wanted)
    assert len({one.objectName() for one in wanted}) == len(wanted)
    setup.prompt.edit.setFocus()
    order: list[str] = []
    for _ in range(60):
        focused = room.window.focusWidget()
        order.append(focused.objectName())
        QTest.keyClick(focused, Qt.Key.Key_Tab)
    assert {one.objectName() for one in wanted} <= set(order)
    first = [order.index(name) for name in ("racePrompt", "racePlainLaneMode", "raceSpecLaneMode", "raceRun")]
    assert first == sorted(first)
    setup.run.setFocus()
    with qtbot.waitSignal(room.racing.finished, timeout=RACE_MS):
        QTest.keyClick(setup.run, Qt.Key.Key_Space)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (900, 600)])
@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_nothing_is_clipped(room: Room, qtbot: QtBot, width: int, height: int, scheme: str) -> None:
    room.window._theme.set(scheme="light" if scheme == "light" else "dark")
    room.window.resize(width, height)
    room.window.show_view("race")
    room.view.setup.plain.mode.choose("auto")
    room.view.setup.speculative.length.choose("12")
    _settle(room.view, qtbot)
    room.run()
    room.view.seek(room.view.player.clock.end_ms / 2)
    _settle(room.view, qtbot)


def _settle(view: QWidget, qtbot: QtBot) -> None:
    """Sizes follow a change of state by a few events."""

    def whole() -> None:
        assert _clipped(view) == []

    qtbot.waitUntil(whole)


def _clipped(view: QWidget) -> list[str]:
    """Words that have less room than they need, or reach beyond what they stand in."""
    found = []
    for area in view.findChildren(QScrollArea):
        inside = area.widget()
        if area.isVisible() and inside is not None and inside.width() > area.viewport().width():
            found.append(f"{area.objectName()} is too wide")
    for one in view.findChildren(QWidget):
        if not one.isVisible() or not isinstance(one, QLabel | QAbstractButton | QLineEdit):
            continue
        needed = 0
        if isinstance(one, QLineEdit):
            needed = one.fontMetrics().horizontalAdvance(one.text()) + 18
        elif not isinstance(one, Elided):
            needed = (one.minimumSizeHint() if isinstance(one, QLabel) else one.sizeHint()).width()
        parent = one.parentWidget()
        assert parent is not None
        if one.width() < needed or one.x() < -1 or one.x() + one.width() > parent.width() + 1:
            found.append(f"{one.objectName()} {one.text()}")
    return found


def test_the_window_closes_in_the_middle_of_a_race(room: Room, qtbot: QtBot) -> None:
    with qtbot.waitSignal(room.racing.stepped, timeout=RACE_MS):
        room.ask(repeats=10, tokens=256)
    began = monotonic()
    room.app.close()
    assert monotonic() - began < 5
    assert room.races.list() == []
