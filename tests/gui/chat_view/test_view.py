"""The conversation view as its owner and the person see it: signals, place, keys, hostile messages."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TypeVar

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.types import Part
from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.big_text import BigText
from desktop.gui.chat_view.bubble import EditBox
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.theme import Theme
from tests.gui.chat_view.conftest import message, thread
from tests.gui.chat_view.corpus import ANSWER

W = TypeVar("W", bound=QWidget)


def button(view: QWidget, name: str, index: int = -1) -> QAbstractButton:
    """The last (or other) button of a name, in the order of the conversation."""
    found = [b for b in view.findChildren(QAbstractButton) if b.objectName() == name and b.isVisible()]
    found.sort(key=lambda b: b.mapTo(view, QPoint(0, 0)).y())
    return found[index]


def one(view: QWidget, kind: type[W]) -> W:
    """The one shown widget of a kind."""
    (found,) = [w for w in view.findChildren(kind) if w.isVisible()]
    return found


def pane(view: QWidget, name: str) -> TextPane:
    return next(p for p in view.findChildren(TextPane) if p.objectName() == name and p.isVisible())


# -- actions -------------------------------------------------------------------------------------------------


def test_copy_gives_the_raw_markdown(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(1, "user", "**Hi**\n there"), message(2, "assistant", ANSWER)])
    with qtbot.waitSignal(view.copied) as got:
        button(view, "copy_message").click()
    assert got.args == ["message"]
    assert QGuiApplication.clipboard().text() == ANSWER
    view.verticalScrollBar().setValue(0)
    button(view, "copy_message", 0).click()
    assert QGuiApplication.clipboard().text() == "**Hi**\n there"


def test_copy_code_gives_the_code(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "```py\n\tx = 1\u202e\n\n```\nend")])
    with qtbot.waitSignal(view.copied) as got:
        button(view, "copy_code").click()
    assert got.args == ["code"]
    assert QGuiApplication.clipboard().text() == "\tx = 1\u202e\n"


def test_answer_again_and_versions(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "Hello", version=2, versions=3)])
    with qtbot.waitSignal(view.regenerate_requested) as again:
        button(view, "answer_again").click()
    assert again.args == [2]
    with qtbot.waitSignal(view.version_requested) as back:
        button(view, "previous_version").click()
    assert back.args == [2, -1]
    with qtbot.waitSignal(view.version_requested) as on:
        button(view, "next_version").click()
    assert on.args == [2, 1]
    assert any(label.text() == "2 / 3" for label in view.findChildren(QLabel))


def test_versions_end_at_the_ends(view: ChatView) -> None:
    view.set_thread(
        [message(1, "user", "Hi", version=1, versions=2), message(2, "assistant", "A", version=2, versions=2)]
    )
    assert not button(view, "previous_version", 0).isEnabled()
    assert button(view, "next_version", 0).isEnabled()
    assert not button(view, "next_version", 1).isEnabled()


@pytest.mark.parametrize("state", ["interrupted", "cut", "stopped"])
def test_an_unfinished_answer_can_go_on(view: ChatView, qtbot: QtBot, state: str) -> None:
    view.set_thread(
        [message(1, "user", "Hi"), message(2, "assistant", "Hel", state=state, receipt={"output_tokens": 68})]
    )
    with qtbot.waitSignal(view.continue_requested) as got:
        button(view, "continue_answer").click()
    assert got.args == [2]
    with qtbot.waitSignal(view.regenerate_requested):
        button(view, "answer_again_row").click()
    card = next(w for w in view.findChildren(QWidget) if w.objectName() == "ending")
    assert "68 tokens kept" in card.accessibleName()


def test_a_failure_before_the_first_word_says_so(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "", state="failed")])
    card = next(w for w in view.findChildren(QWidget) if w.objectName() == "ending")
    assert card.accessibleName() == "Failed. The engine gave up before the first word."
    assert not any(w.objectName() == "copy_message" for w in view.findChildren(QWidget))


def test_only_the_last_answer_can_go_on(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "Hel", state="cut")])
    assert button(view, "continue_answer").isVisible()
    view.append(message(3, "user", "And?"))
    assert not [b for b in view.findChildren(QPushButton, "continue_answer") if b.isVisible()]


def test_editing_submits_or_gives_up(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread(thread(2))
    view.edit_last()
    box = one(view, EditBox)
    assert box.editor.toPlainText() == "Question 1"
    QTest.keyClick(box.editor, Qt.Key.Key_Escape)
    view.sync()
    assert pane(view, "user_text").toPlainText() == "Question 1"
    button(view, "edit_message").click()
    box = one(view, EditBox)
    box.editor.setPlainText("Another")
    with qtbot.waitSignal(view.edit_submitted) as got:
        QTest.keyClick(box.editor, Qt.Key.Key_Return)
    assert got.args == [1, "Another"]


def test_the_editor_is_as_high_as_its_text(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(1, "user", "so many words " * 40 + "\n\nand a last line")])
    view.edit_last()

    def whole() -> bool:
        box = one(view, EditBox)
        bar = box.editor.verticalScrollBar()
        return bar.maximum() == 0 and box.editor.geometry().bottom() < button(view, "edit_send").y()

    qtbot.waitUntil(whole)


def test_an_open_editor_survives_a_change_of_theme(view: ChatView, theme: Theme) -> None:
    view.set_thread(thread(2))
    view.edit_last()
    one(view, EditBox).editor.setPlainText("half written")
    theme.set("light", 120)
    boxes = [b for b in view.findChildren(EditBox) if b.isVisible()]
    assert [b.editor.toPlainText() for b in boxes] == ["half written"]


def test_busy_disables_what_would_disturb(view: ChatView) -> None:
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "Hel", state="cut")])
    view.set_busy(True)
    assert not button(view, "answer_again").isEnabled()
    assert not button(view, "continue_answer").isEnabled()
    assert not button(view, "edit_message").isEnabled()
    assert button(view, "copy_message").isEnabled()
    view.edit_last()
    assert view.findChild(EditBox) is None
    view.set_busy(False)
    assert button(view, "answer_again").isEnabled()


def test_no_actions_while_it_is_written(view: ChatView) -> None:
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "", state="streaming")])
    assert not [b for b in view.findChildren(QAbstractButton, "answer_again") if b.isVisible()]
    view.finish(message(2, "assistant", "Hello"))
    assert button(view, "answer_again").isVisible()


def test_status_until_something_arrives_and_note_above(view: ChatView) -> None:
    def texts() -> list[str]:
        return [x.accessibleName() for x in view.findChildren(QLabel) if x.isVisible()]

    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "", state="streaming")])
    view.status(2, "Reading the prompt 512 of 2,048")
    view.note(2, "The oldest 6 messages were left out to fit the context")
    assert "Reading the prompt 512 of 2,048" in texts()
    view.stream(2, [Part("answer", "Hel")])
    view._render()
    assert "Reading the prompt 512 of 2,048" not in texts()
    view.finish(message(2, "assistant", "Hello"))
    assert "The oldest 6 messages were left out to fit the context" in texts()


def test_a_receipt_says_what_was_left_out(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "Hi", receipt={"cut_messages": 1})])
    notes = [x.accessibleName() for x in view.findChildren(QLabel)]
    assert "The oldest message was left out to fit the context" in notes


def test_foreign_widgets_come_last_and_go(view: ChatView) -> None:
    view.set_thread(thread(2))
    card = QLabel("It broke")
    card.setFixedHeight(90)
    view.insert_widget(card)
    assert card.isVisible()
    assert card.mapTo(view, QPoint(0, 0)).y() > button(view, "answer_again").mapTo(view, QPoint(0, 0)).y()
    view.append(message(3, "user", "Again"))
    assert card.mapTo(view, QPoint(0, 0)).y() > pane(view, "user_text").mapTo(view, QPoint(0, 0)).y()
    view.clear_widgets()
    assert len(view.entries) == 3
    assert not any(label.text() == "It broke" and label.isVisible() for label in view.findChildren(QLabel))


def test_a_foreign_widget_may_grow_and_go(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread(thread(2))
    box = QWidget()
    column = QVBoxLayout(box)
    column.addWidget(QLabel("one"))
    view.insert_widget(box)
    before = box.height()
    column.addWidget(QLabel("two\nthree"))
    qtbot.waitUntil(lambda: box.height() > before + 20)
    box.deleteLater()
    qtbot.waitUntil(lambda: not shiboken6.isValid(box))
    view.append(message(3, "user", "Go on"))
    view.resize(650, 600)
    view.clear_widgets()
    assert [entry.id for entry in view.entries] == [1, 2, 3]


# -- links ---------------------------------------------------------------------------------------------------


def test_only_web_links_leave_the_view(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "[a](https://e.org/x)")])
    text = pane(view, "answer_text")
    with qtbot.waitSignal(view.link_activated) as got:
        text.anchorClicked.emit(QUrl("https://e.org/x"))
    assert got.args == ["https://e.org/x"]
    with qtbot.assertNotEmitted(view.link_activated):
        for bad in ("javascript:alert(1)", "file:///etc/passwd", "data:text/html,x"):
            text.anchorClicked.emit(QUrl(bad))


def test_a_click_on_a_link_opens_it(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "[a long enough label](https://e.org/x)")])
    text = pane(view, "answer_text")
    with qtbot.waitSignal(view.link_activated):
        QTest.mouseClick(text.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(20, 12))


# -- place ---------------------------------------------------------------------------------------------------


def test_opens_at_the_newest_and_few_have_widgets(view: ChatView) -> None:
    view.set_thread(thread(500))
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 10_000
    assert sum(entry.expanded for entry in view.entries) < 60


def test_reading_further_up_is_not_disturbed(view: ChatView) -> None:
    view.set_thread([*thread(41), message(42, "assistant", "", state="streaming")])
    view.verticalScrollBar().setValue(700)
    first = next(
        p for p in view.findChildren(TextPane) if p.isVisible() and p.mapTo(view, QPoint(0, 0)).y() > 0
    )
    before = first.mapTo(view, QPoint(0, 0)).y()
    view.stream(42, [Part("answer", "new text\n\n" * 50)])
    view._render()
    assert first.mapTo(view, QPoint(0, 0)).y() == before
    assert not view.at_end


def test_follows_the_end_while_the_person_is_there(view: ChatView) -> None:
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "", state="streaming")])
    for _ in range(30):
        view.stream(2, [Part("answer", "a paragraph\n\n")])
        view._render()
    bar = view.verticalScrollBar()
    assert bar.value() == bar.maximum() > 0


def test_estimates_that_were_wrong_do_not_move_the_text(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread(thread(60, "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 20))
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    qtbot.wait(30)
    seen = next(
        p for p in view.findChildren(TextPane) if p.isVisible() and p.mapTo(view, QPoint(0, 0)).y() > 50
    )
    for _ in range(12):  # upwards, where everything is still an estimate
        before = seen.mapTo(view, QPoint(0, 0)).y()
        bar.setValue(bar.value() - 40)
        moved = seen.mapTo(view, QPoint(0, 0)).y() - before
        assert moved == 40
        seen = next(
            p for p in view.findChildren(TextPane) if p.isVisible() and p.mapTo(view, QPoint(0, 0)).y() > 50
        )


def test_the_jump_button_leads_back(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread(thread(40))
    assert not view.jump.isVisible()
    view.verticalScrollBar().setValue(0)
    assert view.jump.isVisible()
    QTest.mouseClick(view.jump, Qt.MouseButton.LeftButton)
    assert view.at_end
    assert not view.jump.isVisible()


def test_a_new_question_goes_to_the_end(view: ChatView) -> None:
    view.set_thread(thread(40))
    view.verticalScrollBar().setValue(0)
    view.append(message(41, "user", "More"))
    assert view.at_end


def test_resizing_keeps_the_first_line(view: ChatView) -> None:
    view.set_thread(thread(80))
    bar = view.verticalScrollBar()
    bar.setValue(bar.maximum() // 2)
    assert view._anchor is not None
    entry, section, _ = view._anchor
    for width in (640, 560, 480, 700):
        view.resize(width, 600)
    assert view._anchor is not None
    assert view._anchor[:2] == (entry, section)


def test_another_version_keeps_what_is_the_same(view: ChatView) -> None:
    view.set_thread(thread(4))
    kept = view.entries[0]
    view.set_thread([*thread(3), message(9, "assistant", "Another answer", version=2, versions=2)])
    assert view.entries[0] is kept
    assert len(view.entries) == 4
    assert pane(view, "answer_text").isVisible()


# -- keys ----------------------------------------------------------------------------------------------------


def test_keys_scroll(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread(thread(60))
    bar = view.verticalScrollBar()
    QTest.keyClick(view, Qt.Key.Key_Home)
    assert bar.value() == 0
    for key in (Qt.Key.Key_Down, Qt.Key.Key_PageDown):
        before = bar.value()
        QTest.keyClick(view, key)
        assert bar.value() > before
    for key in (Qt.Key.Key_Up, Qt.Key.Key_PageUp):
        before = bar.value()
        QTest.keyClick(view, key)
        assert bar.value() < before
    QTest.keyClick(view, Qt.Key.Key_End)
    assert bar.value() == bar.maximum()


def test_tab_goes_through_the_actions_in_order(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", "```py\nx\n```\nend", versions=2)])
    view.setFocus()
    names = []
    for _ in range(8):
        focus = view.window().focusWidget()
        names.append(focus.objectName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert names[0] == "conversation"
    assert names[1:] == [
        "copy_message",
        "edit_message",
        "copy_code",
        "next_version",
        "copy_message",
        "show_tokens",
        "answer_again",
    ]


def test_links_are_reached_and_opened_by_keyboard(view: ChatView, qtbot: QtBot) -> None:
    view.activateWindow()
    view.set_thread([message(2, "assistant", "[one](https://e.org/1) and [two](https://e.org/2)")])
    view.setFocus()
    QTest.keyClick(view, Qt.Key.Key_Tab)
    text = pane(view, "answer_text")
    assert view.window().focusWidget() is text
    for address in ("https://e.org/1", "https://e.org/2"):
        with qtbot.waitSignal(view.link_activated) as got:
            QTest.keyClick(text, Qt.Key.Key_Return)
        assert got.args == [address]
        QTest.keyClick(text, Qt.Key.Key_Tab)
    assert view.window().focusWidget() is not text


def test_every_control_has_a_name(view: ChatView) -> None:
    view.set_thread([
        message(1, "user", "long " * 900, versions=2, version=2),
        message(2, "assistant", ANSWER, thinking="hm", state="cut", versions=2, receipt={"cut_messages": 2}),
    ])  # fmt: skip
    view.verticalScrollBar().setValue(0)
    for control in view.findChildren(QAbstractButton):
        assert control.objectName(), control
        assert control.accessibleName(), control.objectName()
    for text in view.findChildren(TextPane):
        assert text.accessibleName()


# -- theme ---------------------------------------------------------------------------------------------------


def test_a_change_of_theme_redraws_the_text(view: ChatView, theme: Theme) -> None:
    view.set_thread(thread(2))
    theme.set("light")
    text = pane(view, "answer_text")
    assert text.document().firstBlock().textFormats()[0].format.foreground().color() == theme.color("text")
    assert text.toPlainText().startswith("Some words")


def test_a_change_of_size_measures_again(view: ChatView, theme: Theme) -> None:
    view.set_thread(thread(2))
    before = pane(view, "answer_text").height()
    theme.set(percent=150)
    assert pane(view, "answer_text").height() > before * 1.3


# -- hostile -------------------------------------------------------------------------------------------------

HOSTILE = {
    "one line": "word " * 200_000,
    "no space": "x" * 1_000_000,
    "code": "```python\n" + "value = compute(value, 1)\n" * 40_000 + "```",
    "code line": "```\n" + "x" * 1_000_000,
    "brackets": "[" * 20_000,
    "quotes": "> " * 10_000,
    "nul": "a\x00b\u202ec" * 1_000,
    "surrogates": "\ud800 \udfff",
    "combining": "a" + "\u0301" * 20_000,
    "arabic": "\u0645\u0631\u062d\u0628\u0627 " * 5_000,
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answers_do_not_freeze(view: ChatView, qtbot: QtBot, name: str) -> None:
    """CPU time, with a wide margin: a frozen window would take many seconds."""
    view.set_thread([message(1, "user", "Go")])
    start = time.thread_time()
    view.append(message(2, "assistant", HOSTILE[name]))
    assert time.thread_time() - start < 1.5
    view.grab()
    view.verticalScrollBar().setValue(0)
    view.grab()
    assert time.thread_time() - start < 4


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_questions_do_not_freeze(view: ChatView, qtbot: QtBot, name: str) -> None:
    start = time.thread_time()
    view.set_thread([message(1, "user", HOSTILE[name])])
    view.grab()
    more = [b for b in view.findChildren(QPushButton, "show_all_message") if b.isVisible()]
    for show in more:
        show.click()
        view.sync()
    view.grab()
    assert time.thread_time() - start < 4


def test_a_long_question_is_folded_and_whole_on_demand(view: ChatView, qtbot: QtBot) -> None:
    text = "what is this? " * 15_000
    view.set_thread([message(1, "user", text)])
    assert len(pane(view, "user_text").toPlainText()) < 1_300
    button(view, "show_all_message").click()
    view.sync()
    big = one(view, BigText)
    qtbot.waitUntil(lambda: big.complete)
    assert big.toPlainText().replace("\n", "") == text


def test_the_rest_of_an_endless_answer_is_kept(view: ChatView, qtbot: QtBot) -> None:
    text = "word " * 60_000
    view.set_thread([message(2, "assistant", text)])
    qtbot.waitUntil(lambda: view.entries[0].unread() == 0, timeout=20_000)
    view.to_end()
    button(view, "show_rest").click()
    view.sync()
    big = one(view, BigText)
    qtbot.waitUntil(lambda: big.complete)
    assert len(big.toPlainText().replace("\n", "")) == len(text) - 256_000


def test_markup_is_shown_as_text(view: ChatView) -> None:
    view.set_thread(
        [
            message(1, "user", "<b>hi</b> **you**"),
            message(2, "assistant", "<script>alert(1)</script> <b>x</b>"),
        ]
    )
    assert pane(view, "user_text").toPlainText() == "<b>hi</b> **you**"
    assert pane(view, "answer_text").toPlainText() == "<script>alert(1)</script> <b>x</b>"


def test_replacing_changes_only_what_differs(view: ChatView) -> None:
    answer = message(2, "assistant", "Hello")
    view.set_thread([message(1, "user", "Hi"), answer])
    text = pane(view, "answer_text")
    view.replace(replace(answer, versions=2, receipt={"output_tokens": 5}))
    assert pane(view, "answer_text") is text
    assert any(x.text() == "5 tokens" for x in view.findChildren(QLabel))
