"""Selecting with the mouse, within one pane and across the panes of a message, and copying it."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.pane import TextPane
from tests.gui.chat_view.conftest import message, thread

MIXED = "First words here.\n\n```py\nx = 1\ny = 2\n```\n\nLast words here."


def panes(view: ChatView, role: str = "answer_text") -> list[TextPane]:
    out = [p for p in view.findChildren(TextPane) if p.isVisible() and p.objectName() == role]
    return sorted(out, key=lambda p: p.mapTo(view, QPoint(0, 0)).y())


def drag(start: TextPane, at: QPoint, end: TextPane, to: QPoint) -> None:
    """Presses in one pane and moves into another, as the mouse does: all events go to the first."""
    inside = start.viewport()
    goal = inside.mapFromGlobal(end.viewport().mapToGlobal(to))
    QTest.mousePress(inside, Qt.MouseButton.LeftButton, pos=at)
    for step in (1, 2, 3):
        point = at + (goal - at) * (step / 3)
        _move(inside, point)
    QTest.mouseRelease(inside, Qt.MouseButton.LeftButton, pos=goal)


def _move(widget: object, point: QPoint) -> None:
    from PySide6.QtCore import QEvent, QPointF
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication, QWidget

    assert isinstance(widget, QWidget)
    left = Qt.MouseButton.LeftButton
    where = QPointF(point)
    event = QMouseEvent(
        QEvent.Type.MouseMove,
        where,
        QPointF(widget.mapToGlobal(point)),
        Qt.MouseButton.NoButton,
        left,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(widget, event)


def copied(view: ChatView, qtbot: QtBot, target: TextPane) -> str:
    with qtbot.waitSignal(view.copied) as got:
        QTest.keyClick(target, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert got.args == ["selection"]
    return QGuiApplication.clipboard().text()


def test_selecting_within_a_paragraph(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "First words here.")])
    (text,) = panes(view)
    drag(text, QPoint(0, 12), text, QPoint(text.width() - 1, 12))
    assert copied(view, qtbot, text) == "First words here."


def test_selecting_across_code(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", MIXED)])
    first, last = panes(view)
    drag(first, QPoint(0, 12), last, QPoint(last.width() - 1, 12))
    assert copied(view, qtbot, first) == "First words here.\n\nx = 1\ny = 2\n\nLast words here."
    drag(last, QPoint(last.width() - 1, 12), first, QPoint(0, 12))
    assert copied(view, qtbot, last) == "First words here.\n\nx = 1\ny = 2\n\nLast words here."


def test_going_back_takes_the_marking_back(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", MIXED)])
    first, last = panes(view)
    drag(first, QPoint(0, 12), last, QPoint(last.width() - 1, 12))
    drag(first, QPoint(0, 12), first, QPoint(first.width() - 1, 12))
    assert not last.textCursor().hasSelection()
    assert copied(view, qtbot, first) == "First words here."


def test_one_selection_at_a_time(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "One answer"), message(4, "assistant", "Another answer")])
    one, other = panes(view)
    drag(one, QPoint(0, 12), one, QPoint(one.width() - 1, 12))
    drag(other, QPoint(0, 12), other, QPoint(other.width() - 1, 12))
    assert not one.textCursor().hasSelection()
    assert other.textCursor().selectedText() == "Another answer"


def test_select_all_is_the_message(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(1, "user", "Hi"), message(2, "assistant", MIXED)])
    first, _ = panes(view)
    QTest.keyClick(first, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert copied(view, qtbot, first) == "First words here.\n\nx = 1\ny = 2\n\nLast words here."


def test_lists_are_copied_with_their_markers(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", "1. one\n2. two\n   - deep")])
    (text,) = panes(view)
    QTest.keyClick(text, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    assert copied(view, qtbot, text).split() == ["1.", "one", "2.", "two", "◦", "deep"]


def test_a_selection_survives_leaving_the_viewport(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", MIXED), *thread(80)[2:]])
    bar = view.verticalScrollBar()
    bar.setValue(0)
    first, _ = panes(view)[:2]
    QTest.keyClick(first, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    bar.setValue(bar.maximum())
    assert not first.isVisible()
    view.setFocus()
    with qtbot.waitSignal(view.copied):
        QTest.keyClick(view, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == "First words here.\n\nx = 1\ny = 2\n\nLast words here."
    bar.setValue(0)
    qtbot.waitUntil(lambda: panes(view)[0].textCursor().selectedText() == "First words here.")


def test_a_marked_word_is_marked_again_when_it_comes_back(view: ChatView, qtbot: QtBot) -> None:
    view.set_thread([message(2, "assistant", MIXED), *thread(80)[2:]])
    bar = view.verticalScrollBar()
    bar.setValue(0)
    first = panes(view)[0]
    QTest.mouseDClick(first.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(10, 12))
    assert first.textCursor().selectedText() == "First"
    view.setFocus()
    bar.setValue(bar.maximum())
    assert not first.isVisible()
    bar.setValue(0)
    qtbot.waitUntil(lambda: panes(view)[0].textCursor().selectedText() == "First")
    view.copy_selection()
    assert QGuiApplication.clipboard().text() == "First"


def test_selecting_goes_on_while_an_answer_is_written(view: ChatView, qtbot: QtBot) -> None:
    from desktop.engine.types import Part

    view.set_thread([message(2, "assistant", "", state="streaming")])
    view.stream(2, [Part("answer", "A first paragraph.\n\nA second one that")])
    view._render()
    (text,) = panes(view)
    text.select(0, 7)
    view.stream(2, [Part("answer", " goes on.\n\nAnd a third.")])
    view._render()
    assert text.textCursor().selectedText() == "A first"


def test_the_text_can_be_read_aloud(view: ChatView) -> None:
    from PySide6.QtGui import QAccessible

    view.set_thread([message(2, "assistant", "Some **bold** words")])
    (text,) = panes(view)
    interface = QAccessible.queryAccessibleInterface(text)
    assert interface.text(QAccessible.Text.Name) == "Answer text"
    assert interface.text(QAccessible.Text.Value) == "Some bold words"
    assert interface.textInterface() is not None
