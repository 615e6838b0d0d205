"""The sidebar: groups, keyboard, renaming, deleting, searching, and many conversations."""

from __future__ import annotations

import time
from datetime import datetime

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu
from pytestqt.qtbot import QtBot

from desktop.gui.conversation_model import Entry, Heading
from desktop.gui.sidebar import Sidebar
from desktop.gui.theme import Theme
from desktop.store.types import Conversation, Hit

NOW = datetime(2026, 11, 27, 14, 30).timestamp()
HOUR, DAY = 3600.0, 86400.0


def conversation(number: int, title: str, age: float, tokens: int = 0) -> Conversation:
    return Conversation(number, title, NOW - age, NOW - age, tokens)


@pytest.fixture
def sidebar(qtbot: QtBot, theme: Theme) -> Sidebar:
    made = Sidebar(theme)
    qtbot.addWidget(made)
    made.resize(244, 700)
    made.set_conversations(
        [
            conversation(1, "Binary search", 2 * HOUR, 452),
            conversation(2, "Rental contracts", 3 * HOUR, 1148),
            conversation(3, "Release notes", DAY),
            conversation(4, "Lisbon", 200 * DAY),
        ],
        NOW,
    )
    made.show()
    qtbot.waitExposed(made)
    return made


def rows(sidebar: Sidebar) -> list[str]:
    model = sidebar.list.rows
    return [str(model.index(number).data()) for number in range(model.rowCount())]


def test_conversations_are_grouped_by_day_newest_first(sidebar: Sidebar) -> None:
    assert rows(sidebar) == [
        "Today", "Binary search", "Rental contracts", "Yesterday", "Release notes", "Older", "Lisbon",
    ]  # fmt: skip
    first = sidebar.list.rows.entry(sidebar.list.rows.index(1))
    assert first == Entry(1, "Binary search", "12:30 · 452 tokens")


def test_headings_are_stepped_over_by_the_arrow_keys(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.set_current(2)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.opened) as opened:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert opened.args == [3]


def test_a_click_opens(qtbot: QtBot, sidebar: Sidebar) -> None:
    spot = sidebar.list.visualRect(sidebar.list.rows.find(3)).center()
    with qtbot.waitSignal(sidebar.opened) as opened:
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    assert opened.args == [3]


def test_a_click_on_a_heading_does_nothing(qtbot: QtBot, sidebar: Sidebar) -> None:
    spot = sidebar.list.visualRect(sidebar.list.rows.index(0)).center()
    with qtbot.assertNotEmitted(sidebar.opened):
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)


def test_f2_renames_in_place_and_asks(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.set_current(1)
    sidebar.list.setFocus()
    QTest.keyClick(sidebar.list, Qt.Key.Key_F2)
    editor = sidebar.list.findChild(QLineEdit, "renameConversation")
    assert editor is not None
    assert editor.selectedText() == "Binary search"
    QTest.keyClicks(editor, "  Bisection ")
    with qtbot.waitSignal(sidebar.rename_requested) as renamed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == [1, "Bisection"]
    assert rows(sidebar)[1] == "Binary search", "the list changes when the store has it"


@pytest.mark.parametrize("typed", ["", "   ", "Binary search"])
def test_no_rename_without_a_new_title(qtbot: QtBot, sidebar: Sidebar, typed: str) -> None:
    sidebar.rename(1)
    editor = sidebar.list.findChild(QLineEdit, "renameConversation")
    assert editor is not None
    editor.setText(typed)
    with qtbot.assertNotEmitted(sidebar.rename_requested):
        QTest.keyClick(editor, Qt.Key.Key_Return)


def test_a_change_while_a_title_is_typed_waits(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.rename(1)
    editor = sidebar.list.findChild(QLineEdit, "renameConversation")
    assert editor is not None
    QTest.keyClicks(editor, "Bis")
    sidebar.set_conversations([conversation(9, "Another", 0)], NOW)
    assert editor.text() == "Bis"
    assert "Binary search" in rows(sidebar)
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert rows(sidebar) == ["Today", "Another"]


def test_del_asks_to_delete_the_keyboards_row(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.set_current(4)
    sidebar.list.setFocus()
    with qtbot.waitSignal(sidebar.delete_requested) as deleted:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Delete)
    assert deleted.args == [4]


def test_the_rows_menu_renames_and_deletes(qtbot: QtBot, sidebar: Sidebar) -> None:
    menu = sidebar.list.menu_for(Entry(2, "Rental contracts"))
    rename, delete = menu.actions()
    with qtbot.waitSignal(sidebar.delete_requested) as deleted:
        delete.trigger()
    assert deleted.args == [2]
    rename.trigger()
    assert sidebar.list.findChild(QLineEdit, "renameConversation") is not None


@pytest.mark.qt_log_ignore("This plugin does not support", extend=True)
def test_the_dots_of_a_row_open_its_menu(qtbot: QtBot, sidebar: Sidebar) -> None:
    area = sidebar.list.visualRect(sidebar.list.rows.find(1))
    with qtbot.assertNotEmitted(sidebar.opened):
        spot = QPoint(244 - 12 - 12 - 12, area.center().y())
        QTest.mouseClick(sidebar.list.viewport(), Qt.MouseButton.LeftButton, pos=spot)
    menu = sidebar.list.findChild(QMenu)
    assert menu is not None
    menu.close()


def test_search_shows_results_with_the_match_and_comes_back(qtbot: QtBot, sidebar: Sidebar) -> None:
    with qtbot.waitSignal(sidebar.search_changed) as changed:
        QTest.keyClicks(sidebar.search, "k")
    assert changed.args == ["k"]
    sidebar.set_hits([Hit(2, "Rental contracts", "what the landlord keeps", 17, 22)])
    assert rows(sidebar) == ["1 result", "Rental contracts"]
    QTest.keyClick(sidebar.search, Qt.Key.Key_Down)
    with qtbot.waitSignal(sidebar.opened) as opened:
        QTest.keyClick(sidebar.list, Qt.Key.Key_Return)
    assert opened.args == [2]
    sidebar.set_hits(None)
    assert "Lisbon" in rows(sidebar)


def test_the_match_is_painted_differently(qtbot: QtBot, sidebar: Sidebar, theme: Theme) -> None:
    def picture(start: int, end: int) -> object:
        sidebar.set_hits([Hit(2, "Rental contracts", "what the landlord keeps", start, end)])
        return sidebar.list.viewport().grab().toImage()

    assert picture(17, 22) != picture(0, 0)


def test_nothing_found_says_so(sidebar: Sidebar) -> None:
    sidebar.set_hits([])
    words = sidebar.findChild(QLabel, "noConversations")
    assert words is not None
    assert words.isVisible()
    assert words.text().startswith("Nothing found")


def test_no_conversations_says_where_they_will_stay(sidebar: Sidebar) -> None:
    sidebar.set_conversations([], NOW)
    words = sidebar.findChild(QLabel, "noConversations")
    assert words is not None
    assert words.text() == "None yet. They stay on this computer."


def test_esc_clears_the_search(qtbot: QtBot, sidebar: Sidebar) -> None:
    QTest.keyClicks(sidebar.search, "abc")
    QTest.keyClick(sidebar.search, Qt.Key.Key_Escape)
    assert sidebar.search.text() == ""


def test_neighbours_follow_the_list(sidebar: Sidebar) -> None:
    sidebar.set_current(2)
    assert (sidebar.neighbour(-1), sidebar.neighbour(1)) == (1, 3)
    sidebar.set_current(4)
    assert sidebar.neighbour(1) is None
    sidebar.set_current(None)
    assert sidebar.neighbour(1) == 1


def test_the_model_card_says_what_is_loaded(qtbot: QtBot, sidebar: Sidebar) -> None:
    sidebar.set_model("Qwen3 8B", "Q4_K_M · 5.03 GB", "ready")
    assert sidebar.model.accessibleName() == "Model: Qwen3 8B, Q4_K_M · 5.03 GB. Choose a model"
    with qtbot.waitSignal(sidebar.model_clicked):
        QTest.mouseClick(sidebar.model, Qt.MouseButton.LeftButton)


def test_hostile_titles_are_shown_as_they_are(sidebar: Sidebar) -> None:
    sidebar.set_conversations([conversation(1, "<img src=x>\n" + "W" * 4000, 0)], NOW)
    sidebar.list.viewport().grab()
    assert rows(sidebar)[1].startswith("<img src=x>")


def test_five_thousand_conversations_are_quick(sidebar: Sidebar) -> None:
    many = [conversation(number, f"Conversation {number}", number * HOUR, number) for number in range(5000)]

    def cost(items: list[Conversation]) -> float:
        start = time.thread_time()
        sidebar.set_conversations(items, NOW)
        sidebar.list.viewport().grab()
        return time.thread_time() - start

    cost(many[:5])
    assert cost(many) < 1.0
    assert sidebar.list.rows.rowCount() > 5000
    sidebar.set_current(4999)
    assert sidebar.list.viewport().rect().intersects(sidebar.list.visualRect(sidebar.list.rows.find(4999)))


def test_the_same_rows_keep_the_scroll_position(sidebar: Sidebar) -> None:
    many = [conversation(number, f"Conversation {number}", number * HOUR) for number in range(200)]
    sidebar.set_conversations(many, NOW)
    sidebar.list.verticalScrollBar().setValue(900)
    sidebar.set_conversations([*many, conversation(999, "New", 0)], NOW)
    assert sidebar.list.verticalScrollBar().value() == 900


def test_headings_cannot_be_chosen(sidebar: Sidebar) -> None:
    index = sidebar.list.rows.index(0)
    assert isinstance(index.data(int(Qt.ItemDataRole.UserRole)), Heading)
    assert sidebar.list.rows.flags(index) == Qt.ItemFlag.NoItemFlags
