"""A receipt may come from anybody: its words are shown as they are, and a long one holds nothing up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QScrollArea, QWidget
from pytestqt.qtbot import QtBot

from desktop.contest import receipt
from desktop.contest.data import Candidate, Configuration, Machine, ModelFile, Pair, Parting, Race, Run
from desktop.contest.history import Races
from desktop.errors import ReceiptUnreadable
from desktop.gui.race.picture import picture
from desktop.gui.race.summaries import dated
from desktop.gui.race.view import RaceView
from desktop.gui.theme import Theme
from tests.gui.race.conftest import FIRST, HIT, OFF, ON, PLAIN, finished, step

EVIL = "<img src='file:///etc/passwd'><a href='http://x'>&amp;click\x1b[31m\u202e\x00</a>" + "W" * 300


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> Iterator[RaceView]:
    made = RaceView(theme)
    made.resize(844, 544)
    made.show()
    yield made
    made.close()
    shiboken6.delete(made)


def evil(race: Race) -> Race:
    """The race with the same text in every field that holds one."""
    words = dict.fromkeys((1, 2, 3, 4, 9), EVIL)
    lanes = replace(OFF, name=EVIL, detail=EVIL), replace(ON, name=EVIL, detail=EVIL)

    def run(one: Run, lane: Configuration) -> Run:
        steps = tuple(
            replace(made, parts=tuple(replace(part, text=EVIL) for part in made.parts)) for made in one.steps
        )
        return replace(one, label=EVIL, config=lane, steps=steps, words=words)

    pairs = tuple(
        replace(p, plain=run(p.plain, lanes[1]), speculative=run(p.speculative, lanes[0])) for p in race.pairs
    )
    return replace(
        race,
        prompt=EVIL,
        pairs=pairs,
        model=EVIL,
        draft=EVIL,
        parting=Parting(0, 3, Candidate(EVIL, 1.0), Candidate(None, 0.5), None),
        target=ModelFile(EVIL, EVIL, EVIL),
        machine=Machine(EVIL, 1, 1, EVIL, EVIL, EVIL, EVIL),
        date=EVIL,
    )


def _rich(root: QWidget) -> list[str]:
    """Texts that Qt would take for HTML."""
    found = []
    for widget in (root, *root.findChildren(QWidget)):
        tip = widget.toolTip()
        if "<img" in tip or "<a " in tip:
            found.append(tip)
        if isinstance(widget, QLabel) and widget.textFormat() != Qt.TextFormat.PlainText and widget.text():
            found.append(widget.text())
    return found


def test_what_looks_like_html_is_text(view: RaceView, race: Race, theme: Theme) -> None:
    view.show_race(evil(race))
    view.seek(1e9)
    assert _rich(view) == []
    assert "\x1b" not in "".join(one.text for part in view.lanes["plain"].flow._slices for one in part)
    view.grab()
    picture(theme, evil(race))


def test_names_of_any_length_keep_the_page_in_its_window(view: RaceView, race: Race) -> None:
    for width in (844, 1224):
        view.resize(width, 744)
        view.show_race(evil(race))
        QApplication.processEvents()
        assert view.width() == width
        for area in view.findChildren(QScrollArea):
            inside = area.widget()
            if area.isVisible() and inside is not None:
                assert inside.minimumSizeHint().width() <= area.viewport().width(), area.objectName()


def test_summaries_of_any_text_are_listed(view: RaceView, race: Race, tmp_path: Path) -> None:
    races = Races(tmp_path)
    races.keep(evil(race))
    view.setup.history.set_summaries(dated(races.list()))
    assert len(view.setup.history.rows) == 1
    assert _rich(view.setup.history) == []
    assert view.minimumSizeHint().width() <= 844


def long(tokens: int) -> Race:
    plain = [step((1,), FIRST, 100.0)] + [step((2,), PLAIN, 100.0 + n) for n in range(1, tokens)]
    drafted = [step((1,), FIRST, 100.0)] + [step((1, 2, 3, 4), HIT, 100.0 + n) for n in range(1, tokens // 4)]
    end = replace(finished(float(tokens)), output_tokens=tokens)
    return Race("x", (Pair(Run("p", OFF, plain, end), Run("s", ON, drafted, end)),))


def test_a_hundred_thousand_tokens_are_laid_out_bit_by_bit(view: RaceView, qtbot: QtBot) -> None:
    race = long(100_000)
    view.show_race(race)
    flow = view.lanes["plain"].flow
    assert flow._cut < len(race.shown.plain.steps)  # the window is not held up by all of it
    before = flow._cut
    qtbot.waitUntil(lambda: flow._cut > before)
    view.seek(50.0)
    assert view.lanes["plain"].tokens.value.text() == "0 / 100,000"
    assert len(flow.accessibleName()) < 100_000


def test_slices_make_the_same_text_as_one_piece(view: RaceView, qtbot: QtBot) -> None:
    race = long(2400)
    view.show_race(race)
    flow = view.lanes["plain"].flow
    qtbot.waitUntil(lambda: flow._laid == len(flow._slices) and flow._cut == len(race.shown.plain.steps))
    view.seek(1e9)
    placed = "".join(one.text for one in flow._placed)
    assert placed.replace(" ", "") == flow.visible_text().replace(" ", "")
    assert flow._lines == sorted(flow._lines)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("prompt",), 7), (("pairs",), {}), (("pairs",), []), (("seed",), "x"), (("pieces",), [1]),
        (("machine",), None), (("lanes", "plain", "speculation", "mode"), "warp"), (("costs", "curve"), "x"),
        (("pairs", 0, "plain"), []), (("first_difference",), 3),
    ],
)  # fmt: skip
def test_wrong_types_are_refused_before_anything_is_shown(
    race: Race, path: tuple[str | int, ...], value: object
) -> None:
    told: Any = json.loads(receipt.to_json(race))
    at = told
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    with pytest.raises(ReceiptUnreadable):
        receipt.of_json(json.dumps(told).encode())


def test_live_text_is_there_at_once_after_a_change_of_width(view: RaceView) -> None:
    view.begin("x", (OFF, ON), 1)
    view.begin_run(1, "plain")
    for one in long(200).shown.plain.steps:
        view.live_step("plain", [one])
    flow = view.lanes["plain"].flow
    view.resize(1224, 744)
    QApplication.processEvents()
    assert flow._laid == len(flow._slices)
    assert flow._placed[-1].step == 199
