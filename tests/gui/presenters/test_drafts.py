"""Drafting from the window: chip, settings, one answer otherwise, the trace as a file; the target stays."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog, QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.app import App
from desktop.engine.trace import from_lines
from desktop.gui.settings_page.speculation import SpeculationSection
from tests.gui.presenters.conftest import Start, answered
from tests.tiny_gguf import Tiny, write_tiny

WAIT_MS = 20_000


@pytest.fixture
def guide_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A draft for the tiny model that stands for the guide."""
    path = write_tiny(tmp_path / "draft.gguf", Tiny(layers=1, name="Small"))
    monkeypatch.setattr(paths, "guide_draft", lambda: path)
    return path


@pytest.fixture
def drafting(start: Start, guide: Path, guide_draft: Path, qtbot: QtBot) -> App:
    """The window with the model, its draft and its costs."""
    app = start()
    with qtbot.waitSignal(app.host.loaded, timeout=WAIT_MS):
        app.show()
    qtbot.waitUntil(lambda: bool(app.host.drafts.curve) and app.host.drafts._job is None, timeout=WAIT_MS)
    return app


def _loads(app: App) -> list[object]:
    seen: list[object] = []
    app.host.loading.connect(seen.append)
    return seen


def _card(app: App) -> str:
    return app.window.sidebar.model.accessibleName()


def test_the_guides_draft_is_loaded_by_itself_and_the_card_says_so(drafting: App, guide_draft: Path) -> None:
    assert drafting.host.drafts.info is not None
    assert drafting.host.drafts.info.path == guide_draft
    assert "+ draft" in _card(drafting)
    assert "Draft model: Guide draft." in drafting.window.composer.drafting.toolTip()


def test_the_chip_changes_this_conversation_and_no_other(drafting: App, qtbot: QtBot) -> None:
    loads, chip = _loads(drafting), drafting.window.composer.drafting
    answered(drafting, qtbot)
    first = drafting.chat.conversation
    chip.mode_chosen.emit("off")
    assert chip.accessibleName() == "Drafting: Off"
    assert answered(drafting, qtbot).receipt["speculation"]["mode"] == "off"
    drafting.conversations.new()
    assert chip.accessibleName() == "Drafting: Auto"
    drafting.preferences.update(speculation="lookup")
    assert chip.accessibleName() == "Drafting: Lookup"
    drafting.window.sidebar.opened.emit(first)
    assert chip.accessibleName() == "Drafting: Off"
    assert loads == [], "the target was not loaded again"


def test_one_answer_is_made_without_drafting_and_with(drafting: App, qtbot: QtBot) -> None:
    answer = answered(drafting, qtbot)
    assert answer.receipt["speculation"]["mode"] == "auto"
    with qtbot.waitSignal(drafting.chat.finished, timeout=WAIT_MS) as plain:
        drafting.view.regenerate_otherwise.emit(answer.id, False)
    assert plain.args is not None
    assert plain.args[0].receipt["speculation"]["mode"] == "off"
    assert plain.args[0].text == answer.text
    assert drafting.chat.mode is None
    drafting.chat.set_mode("off")
    with qtbot.waitSignal(drafting.chat.finished, timeout=WAIT_MS) as again:
        drafting.view.regenerate_otherwise.emit(answer.id, True)
    assert again.args is not None
    assert again.args[0].receipt["speculation"]["mode"] == "auto"


def test_settings_bring_the_draft_in_and_out(drafting: App, guide: Path, qtbot: QtBot) -> None:
    loads, drafts = _loads(drafting), drafting.host.drafts
    drafting.preferences.update(drafts={str(guide): ""})
    qtbot.waitUntil(lambda: drafts.info is None and drafts._job is None, timeout=WAIT_MS)
    assert "+ draft" not in _card(drafting)
    drafting.preferences.update(drafts={})
    qtbot.waitUntil(lambda: drafts.info is not None, timeout=WAIT_MS)
    drafting.preferences.update(drafts={str(guide): str(guide.with_name("gone.gguf"))})
    qtbot.waitUntil(lambda: drafts.error is not None, timeout=WAIT_MS)
    tip = drafting.window.composer.drafting.toolTip()
    assert "gone.gguf is not in use" in tip
    assert drafting.window.error is None, "an answer does not need a draft: no card in the way"
    answer = answered(drafting, qtbot)
    assert answer.text
    assert loads == []


def test_the_settings_page_lists_and_judges_what_could_draft(drafting: App, qtbot: QtBot) -> None:
    paths.models_dir().mkdir(parents=True)
    odd = Tiny(layers=1, name="Odd", controls=("<a>", "<b>", "<c>"), eos="<a>", mute=())
    write_tiny(paths.models_dir() / "odd.gguf", odd)
    write_tiny(paths.models_dir() / "larger.gguf", Tiny(layers=4, name="Larger"))
    drafting.drafts.settings_requested.emit()
    qtbot.waitUntil(lambda: not drafting.host.drafts.judging, timeout=WAIT_MS)
    facts = drafting.drafts.facts()
    assert [candidate.name for candidate in facts.candidates] == ["Odd"], "none larger than the target"
    assert facts.candidates[0].verdict is not None
    assert facts.candidates[0].verdict.reason
    assert facts.automatic is not None
    assert facts.automatic.verdict is not None
    assert facts.automatic.verdict.loaded
    assert facts.target_needs > 0
    page = drafting.window.page
    assert isinstance(page, QWidget)
    section = page.findChild(SpeculationSection)
    assert section is not None
    assert section.isVisible()


def test_a_trace_is_exported(
    drafting: App, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> None:
    answer = answered(drafting, qtbot)
    wanted = tmp_path / "out.jsonl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(wanted), ""))
    drafting.view.trace_requested.emit(answer.id)
    written = from_lines(wanted.read_text("utf-8").splitlines())
    rounds = drafting.chat.traces.rounds(answer.id)
    assert [(one.source, one.width, one.accepted) for one in written] == [
        (one.source, one.width, one.accepted) for one in rounds
    ]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path), ""))
    drafting.view.trace_requested.emit(answer.id)
    card = drafting.window.error
    assert card is not None
    assert "could not be written" in card.accessibleDescription() + card.accessibleName()
