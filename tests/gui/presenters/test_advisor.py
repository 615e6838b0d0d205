"""Measuring drafts from the window: what is offered, measured, shown again, kept, and put to use."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.app import App
from desktop.bridge import advice_plan
from desktop.bridge.advice_file import advice_file
from desktop.gui.advisor.result_row import ResultRow
from desktop.gui.advisor.sheet import AdvisorSheet
from desktop.gui.presenters.advisor import AdvisorPresenter
from tests.gui.presenters.conftest import Start
from tests.tiny_gguf import Tiny, write_tiny

WAIT_MS = 60_000


@pytest.fixture
def guide_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A draft for the tiny model that stands for the guide."""
    path = write_tiny(tmp_path / "draft.gguf", Tiny(layers=1, name="Small"))
    monkeypatch.setattr(paths, "guide_draft", lambda: path)
    return path


@pytest.fixture
def drafting(
    start: Start, guide: Path, guide_draft: Path, monkeypatch: pytest.MonkeyPatch, qtbot: QtBot
) -> App:
    """The window with the model, its draft and its costs, and a file that cannot draft. Answers are short."""
    monkeypatch.setattr(advice_plan, "TOKENS", 24)
    paths.models_dir().mkdir(parents=True)
    odd = Tiny(layers=1, name="Odd", controls=("<a>", "<b>", "<c>"), eos="<a>", mute=())
    write_tiny(paths.models_dir() / "odd.gguf", odd)
    app = start()
    with qtbot.waitSignal(app.host.loaded, timeout=WAIT_MS):
        app.show()
    qtbot.waitUntil(lambda: bool(app.host.drafts.curve) and app.host.drafts._job is None, timeout=WAIT_MS)
    return app


def _presenter(app: App) -> AdvisorPresenter:
    return app.advisor


def _sheet(presenter: AdvisorPresenter) -> AdvisorSheet:
    assert presenter.sheet is not None
    return presenter.sheet


def _open(app: App, presenter: AdvisorPresenter, qtbot: QtBot) -> AdvisorSheet:
    app.window.composer.drafting.measure_clicked.emit()
    qtbot.waitUntil(lambda: not app.host.drafts.judging, timeout=WAIT_MS)
    return _sheet(presenter)


def _state(sheet: AdvisorSheet) -> str:
    return sheet.state


def _mode(app: App) -> str:
    return app.preferences.now.speculation


def _measure(app: App, presenter: AdvisorPresenter, qtbot: QtBot) -> AdvisorSheet:
    sheet = _open(app, presenter, qtbot)
    sheet._start.click()
    assert _state(sheet) == "running"
    qtbot.waitUntil(lambda: _state(sheet) == "result", timeout=WAIT_MS)
    return sheet


def _row(sheet: AdvisorSheet, mode: str) -> ResultRow:
    return next(row for row in sheet.result.rows if row.way.mode == mode)


def test_the_offer_says_what_is_tried_and_what_cannot_be(drafting: App, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    assert presenter.sheet is None, "made when first asked for"
    sheet = _open(drafting, presenter, qtbot)
    assert sheet.isVisible()
    assert _state(sheet) == "offer"
    assert sheet.offer.what.text().startswith(
        "Tries plain, lookup and 1 draft model on 4 prompts: 16 short answers of up to 96 tokens"
    )
    assert "(estimate)" in sheet.offer.what.text()
    assert not sheet.offer.mine.isEnabled(), "nothing was said yet"
    shown = " ".join(line.accessibleName() for line in sheet.offer._tried.findChildren(QWidget))
    assert "Odd: draft differs at token" in shown
    assert sheet.focusWidget() is sheet._start


def test_measured_ranked_kept_and_shown_again(drafting: App, guide: Path, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    drafting.preferences.update(speculation="off")
    sheet = _measure(drafting, presenter, qtbot)
    rows = sheet.result.rows
    assert sorted(row.way.mode for row in rows if row.way.name != "Odd") == ["auto", "draft", "lookup", "off"]
    assert rows[-1].way.name == "Odd"
    assert not rows[-1].keep.isVisible()
    assert "best" in rows[0].accessibleName()
    made = "Measured just now on 3 built-in prompts, 1 left out: too long for the context."
    assert sheet.result.made.text() == made, "the tiny model spells every letter"
    drafted = _row(sheet, "draft")
    assert drafted.keep.isVisible()
    assert not _row(sheet, "off").keep.isVisible(), "in use already"
    drafted.keep.click()
    assert drafting.preferences.now.speculation == "draft"
    assert drafting.preferences.now.drafts == {}, "the guide's own draft needs no choice"
    assert not drafted.keep.isVisible()
    assert drafted._used.isVisible()
    assert "Kept" in sheet.result.note.text()
    drafts = drafting.host.drafts
    qtbot.waitUntil(lambda: drafts.info is not None and drafts._job is None, timeout=WAIT_MS)
    order = [row.way.key for row in rows]
    sheet.dismiss()
    again = _open(drafting, presenter, qtbot)
    assert _state(again) == "result"
    assert [row.way.key for row in again.result.rows] == order
    assert advice_file().is_file()
    again.again_requested.emit()
    assert _state(again) == "offer"


def test_another_draft_is_kept_for_this_target_only(
    drafting: App, guide: Path, tmp_path: Path, qtbot: QtBot
) -> None:
    write_tiny(paths.models_dir() / "second.gguf", Tiny(layers=1, seed=4, name="Second"))
    drafting.preferences.update(drafts={"/models/other.gguf": "/models/its-draft.gguf"})
    presenter = _presenter(drafting)
    sheet = _measure(drafting, presenter, qtbot)
    second = next(row for row in sheet.result.rows if row.way.name == "Second" and row.way.mode == "auto")
    second.kept.emit(second.way)
    assert _mode(drafting) == "auto"
    assert drafting.preferences.now.drafts == {
        "/models/other.gguf": "/models/its-draft.gguf",
        str(guide): str(paths.models_dir() / "second.gguf"),
    }
    drafts = drafting.host.drafts
    qtbot.waitUntil(lambda: drafts.info is not None and drafts.info.name == "Second", timeout=WAIT_MS)
    lookup = _row(sheet, "lookup")
    lookup.kept.emit(lookup.way)
    assert _mode(drafting) == "lookup"
    assert str(guide) in drafting.preferences.now.drafts, "the choice of a draft stays for later"


def test_esc_cancels_and_the_draft_stays_in_use(drafting: App, guide_draft: Path, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    sheet = _open(drafting, presenter, qtbot)
    sheet._start.click()
    qtbot.waitUntil(lambda: "Answer 3" in sheet.result.now.text(), timeout=WAIT_MS)
    QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Escape)
    assert _state(sheet) == "offer"
    assert sheet.isVisible()
    qtbot.waitUntil(sheet._start.isEnabled, timeout=WAIT_MS)
    assert drafting.host.drafts.info is not None
    assert drafting.host.drafts.info.path == guide_draft
    assert not advice_file().exists()
    QTest.keyClick(sheet.focusWidget(), Qt.Key.Key_Escape)
    assert not sheet.isVisible()


def test_it_goes_on_in_the_background_while_somebody_chats(drafting: App, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    sheet = _open(drafting, presenter, qtbot)
    sheet._start.click()
    sheet._hide.click()
    assert not sheet.isVisible()
    entry = drafting.window.composer.drafting._measure
    qtbot.waitUntil(lambda: entry.text().startswith("Measuring drafts: 2 of"), timeout=WAIT_MS)
    with qtbot.waitSignal(drafting.chat.finished, timeout=WAIT_MS) as finished:
        drafting.conversations.send("hello there, stream of words")
    assert finished.args is not None
    assert finished.args[0].text
    assert finished.args[0].state == "cut"
    qtbot.waitUntil(lambda: entry.text().startswith("Drafts are measured"), timeout=WAIT_MS)
    assert _state(_open(drafting, presenter, qtbot)) == "result"
    assert entry.text().startswith("Measure drafts")


def test_the_persons_own_prompts_are_chosen_when_there_are_enough(drafting: App, qtbot: QtBot) -> None:
    for number in range(4):
        drafting._store.begin(f"A question of mine, number {number}")
    presenter = _presenter(drafting)
    sheet = _open(drafting, presenter, qtbot)
    assert sheet.offer.own
    assert "stay on this computer" in sheet.offer.mine.accessibleDescription()
    sheet.offer.builtin.click()
    drafting.host.drafts.changed.emit()
    assert not sheet.offer.own, "a choice stays"
    sheet.offer.mine.click()
    sheet._start.click()
    qtbot.waitUntil(lambda: _state(sheet) == "result", timeout=WAIT_MS)
    assert sheet.result.made.text() == "Measured just now on 4 of your last prompts."
    assert "question of mine" not in advice_file().read_text("utf-8")


def test_a_result_that_cannot_be_written_is_shown_all_the_same(drafting: App, qtbot: QtBot) -> None:
    advice_file().mkdir(parents=True)  # nothing can take its place, whoever one is
    presenter = _presenter(drafting)
    sheet = _measure(drafting, presenter, qtbot)
    assert "is not kept for the next time" in sheet.result.note.text()
    assert _row(sheet, "draft").keep.isVisible() or _row(sheet, "auto").keep.isVisible()
    sheet.dismiss()
    assert _state(_open(drafting, presenter, qtbot)) == "result", "known until the program ends"


def test_a_damaged_file_is_as_none(drafting: App, qtbot: QtBot) -> None:
    advice_file().write_text('{"truncat', "utf-8")
    presenter = _presenter(drafting)
    assert _state(_open(drafting, presenter, qtbot)) == "offer"


def test_no_model(start: Start, no_guide: None, qtbot: QtBot) -> None:
    app = start()
    app.show()
    presenter = _presenter(app)
    presenter.open()
    sheet = _sheet(presenter)
    assert sheet.offer.what.text().startswith("Load a model first")
    assert not sheet._start.isEnabled()
    assert sheet.focusWidget() is sheet._close


def test_no_draft_that_fits(app: App, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qtbot: QtBot) -> None:
    monkeypatch.setattr(paths, "guide_draft", lambda: tmp_path / "absent.gguf")
    presenter = _presenter(app)
    sheet = _open(app, presenter, qtbot)
    assert sheet._start.isEnabled(), "lookup can be measured"
    assert "plain and lookup" in sheet.offer.what.text()
    note = sheet.offer._tried.findChild(QLabel, "advisor_no_draft")
    assert note is not None
    assert "same family" in note.text()


def test_while_an_answer_is_written(drafting: App, qtbot: QtBot) -> None:
    drafting.preferences.update(max_tokens=0)
    drafting.conversations.send("go on and on")
    presenter = _presenter(drafting)
    presenter.open()
    assert "An answer is being written" in _sheet(presenter).offer.note.text()
    drafting.host.stop()
    qtbot.waitUntil(lambda: not drafting.host.busy, timeout=WAIT_MS)
    assert "being written" not in _sheet(presenter).offer.note.text()


def test_a_draft_whose_file_is_gone_cannot_be_kept(drafting: App, guide_draft: Path, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    sheet = _measure(drafting, presenter, qtbot)
    sheet.dismiss()
    drafting.preferences.update(speculation="off")
    guide_draft.unlink()
    sheet = _open(drafting, presenter, qtbot)
    drafted = _row(sheet, "draft")
    assert not drafted.keep.isVisible()
    assert drafted._pill.text() == "File is gone"


def test_why_it_stopped_is_told(drafting: App, tmp_path: Path, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    sheet = _open(drafting, presenter, qtbot)
    sheet._start.click()
    other = write_tiny(tmp_path / "other.gguf", Tiny(seed=9, name="Other"))
    with qtbot.waitSignal(drafting.host.loaded, timeout=WAIT_MS):
        drafting.models.open_files([str(other)])
    qtbot.waitUntil(lambda: bool(sheet.offer.problem.text()), timeout=WAIT_MS)
    assert "a model was loaded meanwhile" in sheet.offer.problem.text()
    assert _state(sheet) == "offer"


def test_results_belong_to_their_model_and_settings(drafting: App, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    sheet = _measure(drafting, presenter, qtbot)
    sheet.dismiss()
    drafting.preferences.update(temperature=1.3)
    assert _state(_open(drafting, presenter, qtbot)) == "offer"
    sheet.dismiss()
    drafting.preferences.update(temperature=0.0)
    assert _state(_open(drafting, presenter, qtbot)) == "result"


def test_the_sheet_stays_above_a_panel_that_docks(drafting: App, qtbot: QtBot) -> None:
    drafting.window.resize(1280, 800)
    sheet = _open(drafting, _presenter(drafting), qtbot)
    for width in (900, 1280):
        drafting.window.resize(width, 700)
        qtbot.waitUntil(lambda: sheet.width() == drafting.window.width(), timeout=2000)

    def on_top() -> bool:
        inside = sheet.mapTo(drafting.window, sheet.rect().center())
        inside.setX(drafting.window.width() - 40)  # where the panel is
        found = drafting.window.childAt(inside)
        return found is sheet or (found is not None and sheet.isAncestorOf(found))

    qtbot.waitUntil(on_top, timeout=2000)


def test_when_it_stops_in_the_background_the_window_says_why(
    drafting: App, tmp_path: Path, qtbot: QtBot
) -> None:
    presenter = _presenter(drafting)
    sheet = _open(drafting, presenter, qtbot)
    sheet._start.click()
    sheet.dismiss()
    other = write_tiny(tmp_path / "other.gguf", Tiny(seed=9, name="Other"))
    drafting.models.open_files([str(other)])
    qtbot.waitUntil(lambda: drafting.window.error is not None, timeout=WAIT_MS)
    card = drafting.window.error
    assert card is not None
    told = card.accessibleDescription() + card.accessibleName()
    assert "Measuring has stopped: a model was loaded meanwhile" in told


def test_it_is_asked_for_from_the_settings_too(drafting: App, qtbot: QtBot) -> None:
    presenter = _presenter(drafting)
    drafting.drafts.settings_requested.emit()
    page = drafting.window.page
    assert page is not None
    asked = page.findChild(QAbstractButton, "measure_drafts")
    assert asked is not None
    assert asked.isVisible()
    asked.click()
    qtbot.waitUntil(_sheet(presenter)._start.isEnabled, timeout=WAIT_MS)
    assert _sheet(presenter).isVisible()
    assert drafting.window.page is page, "and back there afterwards"
