"""The window: drawers, keys, pages, errors, undo, dropping a file, and the order of the keyboard focus."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QRect, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from desktop import errors
from desktop.gui.first_run import STARTERS
from desktop.gui.keys import SHORTCUTS, Shortcut
from desktop.gui.main_window import MainWindow
from desktop.gui.theme import Theme
from desktop.gui.undo_bar import SHOWN_MS
from tests.gui.window.conftest import named, press


def test_wide_windows_show_both_sides(window: MainWindow) -> None:
    assert window.sidebar.width() == 244
    assert window.panel.width() == 304
    assert window.left.shown
    assert window.right.shown
    assert not named(window, "showSidebar").isVisible()


def test_typing_can_begin_at_once(window: MainWindow) -> None:
    assert window.focusWidget() is window.composer.editor


def test_under_1100_the_panel_is_a_drawer(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(1000, 700)
    assert not window.panel.isVisible()
    QApplication.processEvents()
    centre = window.composer.width()
    press(window, "Ctrl+J")
    assert window.panel.isVisible()
    assert window.right.widget.geometry().right() == window.rect().right()
    assert window.composer.width() == centre, "a drawer covers, it does not push"
    press(window, "Esc")
    assert not window.panel.isVisible()
    assert window.focusWidget() is window.composer.editor


def test_under_860_the_sidebar_is_a_drawer_too(qtbot: QtBot, window: MainWindow) -> None:
    window.resize(700, 600)
    assert not window.sidebar.isVisible()
    QTest.mouseClick(named(window, "showSidebar"), Qt.MouseButton.LeftButton)
    assert window.sidebar.geometry().topLeft() == QPoint(0, 0)
    assert window.sidebar.height() == window.height()
    window.sidebar.opened.emit(1)
    assert not window.sidebar.isVisible(), "opening a conversation shows it"


def test_the_sides_come_back_with_the_width(window: MainWindow) -> None:
    window.resize(700, 600)
    window.resize(1280, 800)
    assert window.sidebar.isVisible()
    assert window.panel.isVisible()
    assert window.right.widget.geometry().right() == window.rect().right()


def test_what_was_hidden_stays_hidden(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.sidebar_wanted) as wanted:
        press(window, "Ctrl+B")
    assert wanted.args == [False]
    window.resize(700, 600)
    window.resize(1280, 800)
    assert not window.sidebar.isVisible()
    assert named(window, "showSidebar").isVisible()


def test_interface_size_moves_the_limits(window: MainWindow, theme: Theme) -> None:
    theme.set(percent=150)
    assert not window.panel.isVisible()
    assert window.sidebar.width() == 366 or not window.sidebar.isVisible()


@pytest.mark.parametrize("shortcut", [s for s in SHORTCUTS if s.action], ids=lambda s: s.id)
def test_every_key_of_the_table_does_its_action(qtbot: QtBot, window: MainWindow, shortcut: Shortcut) -> None:
    action = window.shortcuts[shortcut.id]
    if shortcut.id == "quit":
        action.triggered.disconnect()
    for keys in shortcut.keys:
        window.composer.focus_editor()
        with qtbot.waitSignal(action.triggered, timeout=1000):
            press(window, keys)


def test_other_commands_are_passed_on_by_id(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.command) as command:
        press(window, "Ctrl+R")
    assert command.args == ["regenerate"]


def test_ctrl_k_searches_even_from_the_message_box(window: MainWindow) -> None:
    window.composer.set_text("some words")
    press(window, "Ctrl+L")
    press(window, "Ctrl+K")
    assert window.focusWidget() is window.sidebar.search
    assert window.composer.text() == "some words"


def test_esc_stops_the_answer(qtbot: QtBot, window: MainWindow) -> None:
    window.composer.set_state("generating")
    with qtbot.waitSignal(window.composer.stop_requested):
        press(window, "Esc")


def test_f2_renames_in_the_header(qtbot: QtBot, window: MainWindow) -> None:
    window.set_title("Binary search", can_rename=True)
    press(window, "F2")
    editor = window.findChild(QLineEdit, "titleEditor")
    assert editor is not None
    assert window.focusWidget() is editor
    QTest.keyClicks(editor, "Bisection")
    with qtbot.waitSignal(window.header.rename_requested) as renamed:
        QTest.keyClick(editor, Qt.Key.Key_Return)
    assert renamed.args == ["Bisection"]


def test_esc_in_the_title_drops_the_edit_and_nothing_else(qtbot: QtBot, window: MainWindow) -> None:
    window.set_title("Binary search", can_rename=True)
    window.composer.set_state("generating")
    press(window, "F2")
    press(window, "X")
    with (
        qtbot.assertNotEmitted(window.composer.stop_requested),
        qtbot.assertNotEmitted(window.header.rename_requested),
    ):
        press(window, "Esc")
    assert window.header.title() == "Binary search"


def test_a_new_conversation_has_no_title_to_change(window: MainWindow) -> None:
    window.set_title("New conversation", can_rename=False)
    press(window, "F2")
    assert window.focusWidget() is window.composer.editor


def test_the_window_is_named_after_the_conversation(window: MainWindow) -> None:
    window.set_title("Binary search", can_rename=True)
    assert window.windowTitle() == "Binary search · Slipstream"


def test_a_page_takes_the_place_of_the_conversation(qtbot: QtBot, window: MainWindow) -> None:
    page = QWidget()
    window.set_title("Binary search", can_rename=True)
    window.show_chat()
    window.show_page(page, "Settings")
    assert page.isVisible()
    assert not window.composer.isVisible()
    assert not window.panel.isVisible()
    assert not window.header.isVisible()
    assert window.windowTitle() == "Settings · Slipstream"
    with qtbot.waitSignal(window.page_closed):
        press(window, "Esc")
    assert window.chat.isVisible()
    assert window.composer.isVisible()
    assert window.panel.isVisible()
    assert window.header.title() == "Binary search"


def test_starters_send_their_own_words(qtbot: QtBot, window: MainWindow) -> None:
    window.first_run.set_guide()
    for number, (_, prompt, _) in enumerate(STARTERS):
        with qtbot.waitSignal(window.first_run.prompt_chosen) as chosen:
            QTest.mouseClick(named(window, f"starter{number + 1}"), Qt.MouseButton.LeftButton)
        assert chosen.args == [prompt]
    with qtbot.waitSignal(window.first_run.add_model_clicked):
        QTest.keyClick(named(window, "addModel"), Qt.Key.Key_Space)


def test_the_guide_cannot_be_asked_while_it_is_loading(qtbot: QtBot, window: MainWindow) -> None:
    window.first_run.set_loading("Guide", guide=True)
    hello, starter = window.findChild(QLabel, "hello"), named(window, "starter1")
    assert hello is not None
    assert hello.text() == "Hello. Guide is loading."
    assert starter.isVisible()
    with qtbot.assertNotEmitted(window.first_run.prompt_chosen):
        QTest.mouseClick(starter, Qt.MouseButton.LeftButton)


def test_a_load_moves_nothing(window: MainWindow) -> None:
    window.composer.set_state("ready")
    before = window.composer.height()
    window.composer.set_state("loading", "Qwen3 8B", 0.4)
    assert window.composer.sizeHint().height() == before


def test_a_model_of_ones_own_gets_no_guide_prompts(window: MainWindow) -> None:
    window.first_run.set_model("Qwen3 8B")
    assert not named(window, "starter1").isVisible()
    hello = window.findChild(QLabel, "hello")
    assert hello is not None
    assert hello.text() == "Qwen3 8B is ready."


TOO_LARGE = errors.ModelTooLarge(
    "failed to allocate",
    path="/m/Big.gguf",
    needed=14_400_000_000,
    free=11_400_000_000,
    n_ctx=32768,
    n_ctx_fits=8192,
)


def test_an_error_offers_the_fix_and_another_model(qtbot: QtBot, window: MainWindow) -> None:
    window.show_error(TOO_LARGE)
    first = window.findChild(QPushButton, "errorAction")
    assert first is not None
    assert first.text() == "Use 8,192 tokens"
    with qtbot.waitSignal(window.error_action) as action:
        QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    assert action.args == ["smaller_context"]
    window.show_error(TOO_LARGE)
    with qtbot.waitSignal(window.error_action) as action:
        QTest.mouseClick(named(window, "errorOther"), Qt.MouseButton.LeftButton)
    assert action.args == ["choose_model"]


def test_details_are_copied_whole(window: MainWindow) -> None:
    window.show_error(errors.ModelUnreadable("bad magic\n" + "x" * 2000, path="/m/a.gguf"))
    QTest.mouseClick(named(window, "errorCopy"), Qt.MouseButton.LeftButton)
    copied = QGuiApplication.clipboard().text()
    assert "ModelUnreadable" in copied
    assert "/m/a.gguf" in copied
    assert "x" * 2000 in copied
    quote = window.findChild(QLabel, "errorQuote")
    assert quote is not None
    assert len(quote.text()) < 700


def test_a_new_error_takes_the_place_of_the_old_and_esc_closes_it(window: MainWindow) -> None:
    window.show_error(TOO_LARGE)
    window.show_error(errors.EngineFailed("decode failed", code=-3))
    shown = [label.text() for label in window.findChildren(QLabel, "errorTitle") if label.isVisible()]
    assert shown == ["The engine stopped"]
    press(window, "Esc")
    assert not any(label.isVisible() for label in window.findChildren(QLabel, "errorTitle"))


def test_undo_is_offered_for_ten_seconds(qtbot: QtBot, window: MainWindow) -> None:
    window.offer_undo("Names for a sailing boat")
    bar = window.undo_bar
    assert bar.isVisible()
    assert SHOWN_MS == 10_000
    assert abs(bar.remaining_ms - SHOWN_MS) < 1000
    assert abs(bar.geometry().center().x() - window.composer.geometry().center().x()) <= 1
    assert bar.geometry().bottom() < window.composer.y()
    with qtbot.waitSignal(bar.undone), qtbot.assertNotEmitted(bar.expired):
        QTest.keyClick(named(window, "undo"), Qt.Key.Key_Space)
    assert not bar.isVisible()


def test_a_second_deletion_ends_the_first_offer(qtbot: QtBot, window: MainWindow) -> None:
    window.offer_undo("One")
    with qtbot.waitSignal(window.undo_bar.expired):
        window.offer_undo("Two " * 60)
    assert window.undo_bar.width() <= 520
    assert window.rect().contains(window.undo_bar.geometry().translated(244, 0))


def test_undo_is_not_offered_on_top_of_an_error(qtbot: QtBot, window: MainWindow) -> None:
    window.offer_undo("Old")
    window.show_error(TOO_LARGE)
    card = window.error
    assert card is not None
    qtbot.waitUntil(lambda: card.height() > 50 and not _over(window.undo_bar, card))


def test_in_a_low_window_an_error_is_short_but_whole(qtbot: QtBot, window: MainWindow, theme: Theme) -> None:
    theme.set("dark", 150)
    window.resize(700, 500)
    window.show_error(TOO_LARGE)
    card = window.error
    assert card is not None
    quote = card.findChild(QLabel, "errorQuote")
    assert quote is not None
    assert not quote.isVisible()
    assert "failed to allocate" in card.details()
    layout = card.layout()
    assert layout is not None
    qtbot.waitUntil(lambda: card.height() >= layout.totalHeightForWidth(card.width()) > 100)


def _over(one: QWidget, other: QWidget) -> bool:
    box = QRect(one.mapToGlobal(QPoint()), one.size())
    return box.intersects(QRect(other.mapToGlobal(QPoint()), other.size()))


def test_closing_the_offer_ends_it(qtbot: QtBot, window: MainWindow) -> None:
    window.offer_undo("One")
    with qtbot.waitSignal(window.undo_bar.expired):
        QTest.mouseClick(named(window, "closeUndo"), Qt.MouseButton.LeftButton)


def files(*paths: str) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl(path) for path in paths])
    return data


def enter(window: MainWindow, data: QMimeData) -> bool:
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    event = QDragEnterEvent(QPoint(400, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    event.ignore()
    window.dragEnterEvent(event)
    return event.isAccepted()


def test_a_model_file_can_be_dropped_on_the_window(qtbot: QtBot, window: MainWindow) -> None:
    data = files("file:///m/a.GGUF", "file:///m/readme.txt", "https://example.org/b.gguf")
    assert enter(window, data)
    assert named(window, "dropOverlay").isVisible()
    assert named(window, "dropOverlay").geometry() == window.rect()
    buttons, keys = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    drop = QDropEvent(QPointF(400, 300), Qt.DropAction.CopyAction, data, buttons, keys)
    with qtbot.waitSignal(window.files_dropped) as dropped:
        window.dropEvent(drop)
    assert dropped.args == [["/m/a.GGUF"]]
    assert not named(window, "dropOverlay").isVisible()


@pytest.mark.parametrize("url", ["file:///m/readme.txt", "https://example.org/b.gguf"])
def test_nothing_else_can_be_dropped(window: MainWindow, url: str) -> None:
    assert not enter(window, files(url))
    assert not named(window, "dropOverlay").isVisible()


def test_closing_says_so_first(qtbot: QtBot, window: MainWindow) -> None:
    with qtbot.waitSignal(window.closing):
        window.close()


def test_tab_goes_sidebar_header_centre_composer_panel(window: MainWindow) -> None:
    window.first_run.set_guide()
    window.show_first_run()
    window.composer.set_text("x")
    start = named(window, "hideSidebar")
    start.setFocus()
    order = []
    for _ in range(30):
        widget = window.focusWidget()
        order.append(widget.objectName())
        QTest.keyClick(widget, Qt.Key.Key_Tab)
        if window.focusWidget() is start:
            break
    places = [order.index(name) for name in (
        "hideSidebar", "newConversation", "search", "modelCard", "settingsButton", "themeButton",
        "togglePanel", "starter1", "starter3", "addModel", "message", "sampling", "send",
    )]  # fmt: skip
    assert places == sorted(places), order


def test_every_control_has_a_name_and_words(window: MainWindow) -> None:
    window.show_error(TOO_LARGE)
    window.offer_undo("One")
    for kind in (QPushButton, QToolButton, QLineEdit):
        for widget in window.findChildren(kind):
            if widget.objectName().startswith("qt_"):
                continue
            if isinstance(widget.parentWidget(), QLineEdit):
                continue  # the buttons inside a line edit are Qt's own
            assert widget.objectName(), widget
            assert widget.accessibleName(), widget.objectName()


def test_click_targets_are_large_enough(window: MainWindow) -> None:
    window.show_error(TOO_LARGE)
    window.offer_undo("One")
    for kind in (QPushButton, QToolButton):
        for widget in window.findChildren(kind):
            if widget.isVisible() and not isinstance(widget.parentWidget(), QLineEdit):
                assert min(widget.width(), widget.height()) >= 28, widget.objectName()


@pytest.mark.parametrize("size", [(1280, 800), (900, 600), (560, 420)])
@pytest.mark.parametrize("percent", [100, 150])
def test_no_words_are_cut_off(window: MainWindow, theme: Theme, size: tuple[int, int], percent: int) -> None:
    theme.set(percent=percent)
    window.resize(*size)
    window.sidebar.set_model("Qwen3 8B", "Q4_K_M · 5.03 GB", "ready")
    QApplication.processEvents()
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text():
            assert button.width() >= button.fontMetrics().horizontalAdvance(button.text()), (
                button.objectName()
            )
    for label in window.findChildren(QLabel):
        if label.isVisible() and label.text() and not label.wordWrap():
            assert label.width() >= label.fontMetrics().horizontalAdvance(label.text()), label.text()
