"""The Speculation section: modes, draft models with their checks and memory, and what was measured here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.types import Check, DraftInfo, Memory
from desktop.gui.cost_chart import CostChart
from desktop.gui.settings_page.draft_facts import Candidate, DraftFacts
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.speculation import SpeculationSection
from desktop.gui.theme import Theme
from desktop.settings import Settings
from tests.gui.pages.conftest import assert_named_and_reachable

TARGET, SMALL, ODD = Path("/models/big.gguf"), Path("/models/small.gguf"), Path("/models/odd.gguf")
GOOD = DraftInfo(
    SMALL, "Qwen3 0.6B", 600_000_000, (Check("Tokenizer", True, "both byte-level BPE"),),
    Memory(639_000_000, 900_000_000, 61_000_000, 9_400_000_000),
)  # fmt: skip
BAD = DraftInfo(
    ODD, "Llama 1B", 1_000_000_000,
    (Check("Tokenizer", True, "both byte-level BPE"),
     Check("Vocabulary", False, "target 151,936, draft 32,000")),
    None, "draft has a vocabulary of another size",
)  # fmt: skip
FACTS = DraftFacts(
    target=TARGET, target_name="Qwen3 8B", target_needs=6_200_000_000, free=9_400_000_000,
    candidates=(Candidate(ODD, "Llama 1B", "Q8_0", 1_300_000_000, BAD),
                Candidate(SMALL, "Qwen3 0.6B", "Q8_0", 639_000_000, GOOD)),
    curve=tuple((n, 30.0 + 3.0 * n) for n in range(1, 17)),
)  # fmt: skip


@pytest.fixture
def section(qtbot: QtBot, theme: Theme) -> Iterator[SpeculationSection]:
    made = SpeculationSection(theme)
    made.resize(760, 900)
    made.show_values(Settings(), SettingsFacts(drafts=FACTS))
    made.show()
    qtbot.waitExposed(made)
    yield made
    shiboken6.delete(made)


def said(section: QWidget, name: str) -> str:
    found = section.findChild(QLabel, name)
    assert found is not None
    return found.text() if found.isVisible() else ""


def choice(section: QWidget, number: int) -> QAbstractButton:
    found = section.findChild(QAbstractButton, f"draft_choice_{number}")
    assert found is not None
    return found


def heard(section: SpeculationSection) -> list[dict[str, Any]]:
    got: list[dict[str, Any]] = []
    section.edited.connect(got.append)
    return got


def show(section: SpeculationSection, facts: DraftFacts, **settings: Any) -> None:
    section.show_values(replace(Settings(), **settings), SettingsFacts(drafts=facts))


def test_everything_is_named_and_reached_by_keyboard(section: SpeculationSection) -> None:
    assert_named_and_reachable(section)


def test_a_mode_is_chosen_by_click_and_by_arrow_keys(section: SpeculationSection) -> None:
    got = heard(section)
    found = section.findChild(QAbstractButton, "speculation_draft")
    assert found is not None
    found.click()
    assert got == [{"speculation": "draft"}]
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Right)
    assert got[-1] == {"speculation": "lookup"}


def test_what_can_draft_comes_first_with_its_memory_and_what_cannot_says_why(
    section: SpeculationSection,
) -> None:
    names = [choice(section, number).text() for number in range(4)]
    assert names == ["Automatic", "No draft model", "Qwen3 0.6B", "Llama 1B"]
    assert said(section, "draft_caption_0") == "No draft comes with this model."
    memory = said(section, "draft_caption_2")
    assert memory.startswith("7.80 GB in all: Qwen3 8B 6.20 GB, the draft 1.60 GB, contexts included.")
    assert memory.endswith("9.40 GB are free now.")
    assert said(section, "draft_caption_3") == "Draft has a vocabulary of another size."
    assert choice(section, 2).isEnabled()
    assert not choice(section, 3).isEnabled()


def test_the_checks_are_shown_one_by_one_on_demand(section: SpeculationSection) -> None:
    toggle = section.findChild(QAbstractButton, "draft_checks_3")
    checks = section.findChild(QWidget, "draft_check_list_3")
    assert toggle is not None
    assert checks is not None
    assert not checks.isVisible()
    toggle.click()
    assert checks.isVisible()
    told = checks.accessibleName()
    assert "Tokenizer: passed, both byte-level BPE" in told
    assert "Vocabulary: failed, target 151,936, draft 32,000" in told
    toggle.click()
    assert not checks.isVisible()


def test_a_draft_is_chosen_for_this_target_only(section: SpeculationSection) -> None:
    other = {"/models/other.gguf": "/models/x.gguf"}
    show(section, FACTS, drafts=other)
    got = heard(section)
    assert choice(section, 0).isChecked()
    choice(section, 2).click()
    assert got[-1] == {"drafts": {**other, str(TARGET): str(SMALL)}}
    choice(section, 1).click()
    assert got[-1] == {"drafts": {**other, str(TARGET): ""}}
    choice(section, 0).click()
    assert got[-1] == {"drafts": other}


def test_the_chosen_one_is_marked_and_what_is_wrong_with_it_is_told_once(section: SpeculationSection) -> None:
    problem = replace(FACTS, problem="small.gguf is not in use: no memory.")
    show(section, problem, drafts={str(TARGET): str(SMALL)})
    assert choice(section, 2).isChecked()
    assert said(section, "draft_note") == "small.gguf is not in use: no memory."
    show(section, problem, drafts={str(TARGET): str(ODD)})
    assert choice(section, 3).isChecked()
    assert said(section, "draft_note") == "", "its row says it"


def test_a_verdict_that_comes_later_is_filled_in(section: SpeculationSection) -> None:
    waiting = replace(FACTS, candidates=(Candidate(SMALL, "Qwen3 0.6B"),))
    show(section, waiting)
    kept = choice(section, 2)
    assert said(section, "draft_caption_2") == ""
    show(section, replace(waiting, candidates=(Candidate(SMALL, "Qwen3 0.6B", verdict=GOOD),)))
    assert choice(section, 2) is kept, "what the person is about to click stays"
    assert said(section, "draft_caption_2")


def test_the_draft_that_comes_with_the_target_stands_at_automatic(section: SpeculationSection) -> None:
    show(section, replace(FACTS, automatic=Candidate(Path("/guide.gguf"), "Guide draft", verdict=GOOD)))
    assert choice(section, 0).text() == "Automatic: Guide draft"
    assert "in all" in said(section, "draft_caption_0")


def test_without_a_model_or_files_it_says_what_to_do(section: SpeculationSection) -> None:
    show(section, DraftFacts())
    assert said(section, "draft_note").startswith("Load a model first")
    assert said(section, "costEmpty").startswith("Load a model")
    show(section, replace(FACTS, candidates=()))
    assert said(section, "draft_note").startswith("No smaller model")


def test_the_costs_are_drawn_and_said(section: SpeculationSection) -> None:
    chart = section.findChild(CostChart)
    assert chart is not None
    assert chart.isVisible()
    assert chart.accessibleName().startswith("Milliseconds to check n tokens at once: 1: 33.0, 2: 36.0")
    words = said(section, "breakEven")
    assert "Checking 9 tokens at once takes 57.0 ms; writing 9 one by one takes 297 ms." in words
    assert "With lookup" in words
    assert "Qwen3 0.6B" not in words, "its price was not measured"
    show(section, replace(FACTS, in_use="Qwen3 0.6B", step_ms=4.0))
    assert "With Qwen3 0.6B, a draft of" in said(section, "breakEven")


def test_before_measuring_it_offers_to(section: SpeculationSection, qtbot: QtBot) -> None:
    nothing = replace(FACTS, curve=())
    show(section, nothing)
    button = section.findChild(QAbstractButton, "measure_costs")
    chart = section.findChild(CostChart)
    assert button is not None
    assert chart is not None
    assert not chart.isVisible()
    assert said(section, "costEmpty").startswith("Not measured yet")
    with qtbot.waitSignal(section.measure_requested):
        button.click()
    show(section, replace(nothing, measuring=True))
    assert said(section, "costEmpty") == "Being measured now."
    assert not button.isVisible()
    show(section, nothing, speculation="off")
    assert said(section, "costEmpty").startswith("Drafting is off")
    assert not button.isVisible()
