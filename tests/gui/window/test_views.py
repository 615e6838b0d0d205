"""Chat, Race, Tokens: what is shown beside each, by mouse and by key."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.gui.main_window import MainWindow
from desktop.gui.theme import Theme
from tests.gui.window.conftest import named, press


@pytest.fixture
def race() -> QWidget:
    """A page with a side of its own."""
    return QWidget()


@pytest.fixture
def side() -> QWidget:
    """What stands in the panel's place beside the tokens."""
    return QWidget()


@pytest.fixture
def views(window: MainWindow, race: QWidget, side: QWidget) -> MainWindow:
    """The window with all three."""
    window.add_view("race", race)
    window.add_view("tokens", QWidget(), side)
    return window


def test_a_race_has_the_rail_and_no_composer(views: MainWindow, race: QWidget) -> None:
    press(views, "Ctrl+2")
    assert views.view == "race"
    assert race.isVisible()
    assert named(views, "rail").isVisible()
    for hidden in (views.composer, views.sidebar, views.panel):
        assert not hidden.isVisible()
    press(views, "Ctrl+1")
    assert not race.isVisible()
    assert not named(views, "rail").isVisible()
    for shown in (views.composer, views.sidebar, views.panel):
        assert shown.isVisible()


def test_tokens_have_their_own_side(views: MainWindow, side: QWidget) -> None:
    press(views, "Ctrl+3")
    assert side.isVisible()
    assert not views.panel.isVisible()
    press(views, "Ctrl+J")
    assert not side.isVisible()
    press(views, "Ctrl+J")
    press(views, "Ctrl+1")
    assert views.panel.isVisible()
    assert not side.isVisible()


def test_the_header_switches_and_follows(views: MainWindow, qtbot: QtBot) -> None:
    with qtbot.waitSignal(views.view_changed) as changed:
        named(views, "views_1").click()  # type: ignore[attr-defined]
    assert changed.args == ["race"]
    press(views, "Ctrl+3")
    assert [named(views, f"views_{number}").isChecked() for number in range(3)] == [False, False, True]  # type: ignore[attr-defined]


def test_esc_and_writing_lead_back_to_the_chat(views: MainWindow) -> None:
    press(views, "Ctrl+2")
    press(views, "Esc")
    assert views.view == "chat"
    press(views, "Ctrl+3")
    press(views, "Ctrl+L")
    assert views.view == "chat"
    assert views.composer.isVisible()


def test_a_page_comes_and_goes_over_any_view(views: MainWindow, race: QWidget) -> None:
    press(views, "Ctrl+2")
    page = QWidget()
    views.show_page(page, "Settings")
    assert not named(views, "rail").isVisible()
    views.close_page()
    assert views.view == "race"
    assert race.isVisible()
    assert named(views, "rail").isVisible()


def test_a_conversation_that_changes_leaves_the_view_alone(views: MainWindow) -> None:
    press(views, "Ctrl+3")
    views.show_chat()
    assert views.view == "tokens"
    press(views, "Ctrl+1")
    assert views.chat.isVisible()


def test_the_rail_opens_the_sidebar_over_the_race(views: MainWindow, qtbot: QtBot) -> None:
    press(views, "Ctrl+2")
    named(views, "railSidebar").click()  # type: ignore[attr-defined]
    assert views.sidebar.isVisible()
    press(views, "Esc")
    qtbot.waitUntil(lambda: not views.sidebar.isVisible())
    assert views.view == "race"


def test_an_unknown_view_is_none(window: MainWindow) -> None:
    window.show_view("race")
    assert window.view == "chat"


def test_the_sides_follow_the_size_of_the_interface(views: MainWindow, theme: Theme) -> None:
    theme.set("dark", 150)
    QApplication.processEvents()
    assert views.right.widget.width() == theme.px(304)
    press(views, "Ctrl+2")
    assert named(views, "rail").width() == theme.px(56)


def test_a_drawer_closes_with_its_view(views: MainWindow, side: QWidget, qtbot: QtBot) -> None:
    views.resize(900, 600)
    press(views, "Ctrl+3")
    press(views, "Ctrl+J")
    assert side.isVisible()
    press(views, "Ctrl+1")
    qtbot.waitUntil(lambda: not views.right.widget.isVisible())


def test_the_switch_stays_where_it_is(views: MainWindow) -> None:
    places = set()
    for keys in ("Ctrl+1", "Ctrl+2", "Ctrl+3"):
        press(views, keys)
        QApplication.processEvents()
        switch = named(views, "views")
        places.add(switch.mapTo(views, switch.rect().topLeft()).toTuple())
        assert switch.height() < 40
    assert len(places) == 1
