"""The composer: what sends and what does not, its states, its drafts, and a very large paste."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QMimeData, Qt, QTimer, QUrl
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QProgressBar, QPushButton
from pytestqt.qtbot import QtBot

from desktop.gui.composer import Composer
from desktop.gui.theme import Theme


@pytest.fixture
def composer(qtbot: QtBot, theme: Theme) -> Composer:
    made = Composer(theme)
    qtbot.addWidget(made)
    made.resize(720, 300)
    made.set_window_height(800)
    made.set_model("Guide")
    made.set_state("ready")
    made.show()
    qtbot.waitExposed(made)
    return made


def send_button(composer: Composer) -> QPushButton:
    found = composer.findChild(QPushButton, "send")
    assert found is not None
    return found


def test_enter_sends_and_empties_the_box(qtbot: QtBot, composer: Composer) -> None:
    QTest.keyClicks(composer.editor, "Hello")
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert sent.args == ["Hello"]
    assert composer.text() == ""


def test_shift_enter_breaks_the_line_with_a_plain_newline(qtbot: QtBot, composer: Composer) -> None:
    QTest.keyClicks(composer.editor, "one")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClicks(composer.editor, "two")
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.keyClick(composer.editor, Qt.Key.Key_Enter, Qt.KeyboardModifier.KeypadModifier)
    assert sent.args == ["one\ntwo"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n\t"])
def test_nothing_is_not_sent(qtbot: QtBot, composer: Composer, text: str) -> None:
    composer.set_text(text)
    assert not send_button(composer).isEnabled()
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)


def test_indentation_is_kept(qtbot: QtBot, composer: Composer) -> None:
    composer.set_text("\n    return 1  \n")
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.mouseClick(send_button(composer), Qt.MouseButton.LeftButton)
    assert sent.args == ["    return 1  "]


def test_the_round_button_stops_while_writing_and_enter_does_nothing(
    qtbot: QtBot, composer: Composer
) -> None:
    composer.set_state("generating")
    QTest.keyClicks(composer.editor, "next question")
    assert send_button(composer).accessibleName() == "Stop"
    with qtbot.waitSignal(composer.stop_requested), qtbot.assertNotEmitted(composer.send_requested):
        QTest.mouseClick(send_button(composer), Qt.MouseButton.LeftButton)
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.text() == "next question", "what was typed meanwhile stays"


@pytest.mark.parametrize("state", ["no_model", "loading"])
def test_without_a_model_nothing_is_sent_but_typing_works(
    qtbot: QtBot, composer: Composer, state: str
) -> None:
    composer.set_state("loading" if state == "loading" else "no_model")
    QTest.keyClicks(composer.editor, "early")
    with qtbot.assertNotEmitted(composer.send_requested):
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert composer.text() == "early"


def test_loading_shows_progress_and_can_be_cancelled(qtbot: QtBot, composer: Composer) -> None:
    composer.set_state("loading", "qwen.gguf", 0.42)
    bar, hint = composer.findChild(QProgressBar, "loading"), composer.findChild(QLabel, "composerHint")
    cancel = composer.findChild(QPushButton, "cancelLoad")
    assert bar is not None
    assert hint is not None
    assert cancel is not None
    QApplication.processEvents()
    assert (bar.isVisible(), bar.value(), hint.text()) == (True, 420, "Loading qwen.gguf 42%")
    with qtbot.waitSignal(composer.cancel_load_requested):
        QTest.mouseClick(cancel, Qt.MouseButton.LeftButton)
    composer.set_state("ready")
    assert not bar.isVisible()
    assert not cancel.isVisible()


def test_without_a_model_it_offers_to_choose_one(qtbot: QtBot, composer: Composer) -> None:
    composer.set_state("no_model")
    choose = composer.findChild(QPushButton, "chooseModel")
    assert choose is not None
    assert not send_button(composer).isVisible()
    with qtbot.waitSignal(composer.choose_model_requested):
        QTest.mouseClick(choose, Qt.MouseButton.LeftButton)


def test_up_in_an_empty_box_edits_the_last_message(qtbot: QtBot, composer: Composer) -> None:
    with qtbot.waitSignal(composer.edit_last_requested):
        QTest.keyClick(composer.editor, Qt.Key.Key_Up)
    composer.set_text("text")
    with qtbot.assertNotEmitted(composer.edit_last_requested):
        QTest.keyClick(composer.editor, Qt.Key.Key_Up)


def test_the_placeholder_names_the_model(composer: Composer) -> None:
    assert composer.editor.placeholderText() == "Message Guide"
    composer.set_model("Qwen3 8B")
    assert composer.editor.placeholderText() == composer.editor.accessibleName() == "Message Qwen3 8B"


def test_pasted_rich_text_becomes_plain(composer: Composer) -> None:
    data = QMimeData()
    data.setHtml("<b>bold</b> <img src='file:///etc/passwd'>")
    data.setText("bold text")
    QGuiApplication.clipboard().setMimeData(data)
    composer.editor.paste()
    assert composer.text() == "bold text"


def test_files_are_left_to_the_window(composer: Composer) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile("/m/a.gguf")])
    assert not composer.editor.canInsertFromMimeData(data)


def test_it_grows_to_two_fifths_and_then_scrolls(composer: Composer) -> None:
    heights = []
    for lines in (1, 2, 5, 40, 4000):
        composer.set_text("\n".join(["line"] * lines))
        heights.append(composer.editor.height())
    assert heights[0] < heights[1] < heights[2] < heights[3] == heights[4] == 320
    assert composer.editor.verticalScrollBar().maximum() > 0
    composer.set_text("")
    assert composer.editor.height() == heights[0]


def test_a_long_line_wraps_and_grows(composer: Composer) -> None:
    low = composer.editor.height()
    composer.set_text("word " * 200)
    assert composer.editor.height() > 2 * low


@pytest.mark.parametrize(
    "text",
    ["a line of some length\n" * 9000, "one endless line " * 12000, "x" * 200_000],
    ids=["lines", "line", "word"],
)
def test_a_paste_of_200_kb_does_not_freeze(qtbot: QtBot, composer: Composer, text: str) -> None:
    QGuiApplication.clipboard().setText(text)
    start = time.thread_time()
    composer.editor.paste()
    composer.grab()
    QTest.keyClicks(composer.editor, "typed after")
    assert time.thread_time() - start < 2.0
    with qtbot.waitSignal(composer.send_requested) as sent:
        QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    assert sent.args is not None
    assert len(sent.args[0]) >= 190_000


def test_drafts_stay_with_their_conversation(composer: Composer) -> None:
    composer.set_text("for a new one")
    composer.switch_to(7)
    assert composer.text() == ""
    composer.set_text("for seven")
    composer.switch_to(None)
    assert composer.text() == "for a new one"
    composer.switch_to(7)
    assert composer.text() == "for seven"


def test_a_new_conversation_keeps_its_draft_when_it_gets_an_id(composer: Composer) -> None:
    composer.set_text("typed while the first answer is written")
    composer.adopt(3)
    composer.switch_to(None)
    assert composer.text() == ""
    composer.switch_to(3)
    assert composer.text() == "typed while the first answer is written"


def chip_action(composer: Composer, name: str) -> QAction:
    menu = composer.drafting.menu()
    assert menu is not None
    return next(action for action in menu.actions() if action.objectName() == name)


def test_the_chip_says_how_is_drafted_and_asks_for_another_way(qtbot: QtBot, composer: Composer) -> None:
    chip = composer.drafting
    chip.set_mode(None, "auto")
    assert chip.accessibleName() == "Drafting: Auto"
    assert chip_action(composer, "draft_default").isChecked()
    assert "Auto" in chip_action(composer, "draft_default").text()
    with qtbot.waitSignal(chip.mode_chosen) as chosen:
        chip_action(composer, "draft_off").trigger()
    assert chosen.args == ["off"]
    chip.set_mode("off", "auto")
    assert chip.accessibleName() == "Drafting: Off"
    assert chip_action(composer, "draft_off").isChecked()
    with qtbot.waitSignal(chip.mode_chosen) as chosen:
        chip_action(composer, "draft_default").trigger()
    assert chosen.args == [None]
    chip.set_mode(None, "lookup")
    assert chip.accessibleName() == "Drafting: Lookup"
    with qtbot.waitSignal(chip.settings_clicked):
        chip_action(composer, "draft_settings").trigger()


def test_the_chip_tells_what_keeps_it_from_drafting_where_that_matters(composer: Composer) -> None:
    chip = composer.drafting
    chip.set_mode(None, "auto")
    chip.set_state("Draft model: Small.")
    assert chip.toolTip() == "As in the settings: auto, picks what pays.\nDraft model: Small."
    chip.set_state("", "small.gguf is not in use: no memory.")
    assert "no memory" in chip.toolTip()
    chip.set_mode("lookup", "auto")
    assert "no memory" not in chip.toolTip(), "lookup needs no draft model"


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_chip_is_opened_by_keyboard(qtbot: QtBot, composer: Composer) -> None:
    chip = composer.drafting
    menu = chip.menu()
    assert menu is not None
    assert chip.focusPolicy() & Qt.FocusPolicy.TabFocus
    chip.setFocus()
    shown: list[bool] = []
    menu.aboutToShow.connect(lambda: shown.append(True))
    menu.aboutToShow.connect(lambda: QTimer.singleShot(0, menu, menu.close))  # it waits for a choice
    QTest.keyClick(chip, Qt.Key.Key_Space)
    assert shown
