"""The window: sidebar, header, centre, composer, panel, and what floats over them. Decides where things are.

Holds the widgets and turns keys into commands; what a command does is the composition root's business.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.gui.composer import Composer
from desktop.gui.controls import row
from desktop.gui.drop_overlay import DropOverlay, model_files
from desktop.gui.error_card import ErrorCard
from desktop.gui.first_run import FirstRun
from desktop.gui.header import Header
from desktop.gui.keys import SHORTCUTS
from desktop.gui.panel import Panel
from desktop.gui.side import Side
from desktop.gui.sidebar import Sidebar
from desktop.gui.theme import MEASURE, Theme
from desktop.gui.undo_bar import UndoBar

PANEL_NEEDS, SIDEBAR_NEEDS = 1100, 860
"""Under these widths, at 100 %, panel and sidebar are drawers."""
_SIZE, _LEAST = (1280, 800), (560, 420)


class Centre(QFrame):
    """The middle column."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Tell what floats over it."""
        super().resizeEvent(event)
        self.resized.emit()


class MainWindow(QWidget):
    """`chat` shows the conversation; it is given so that the window does not know how."""

    command = Signal(str)
    """The id of a shortcut in keys.py that is not about where things are."""
    files_dropped = Signal(list)
    closing = Signal()
    page_closed = Signal()
    error_action = Signal(str)
    sidebar_wanted = Signal(bool)
    panel_wanted = Signal(bool)

    def __init__(self, theme: Theme, chat: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._page: QWidget | None = None
        self._before: QWidget = chat
        self._error: ErrorCard | None = None
        self._title, self._can_rename = "New conversation", False
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.sidebar, self.header, self.chat = Sidebar(theme), Header(theme), chat
        self.first_run, self.composer, self.panel = FirstRun(theme), Composer(theme), Panel(theme)
        self._build()
        self.undo_bar, self._overlay = UndoBar(theme), DropOverlay(theme, self)
        self.undo_bar.setParent(self._centre)
        self.undo_bar.hide()
        self.shortcuts = self._make_actions()
        self._connect()
        self.set_title("New conversation", can_rename=False)
        self.show_first_run()
        self.setMinimumSize(*_LEAST)
        self.resize(*_SIZE)

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.setObjectName("stack")
        self._stack.addWidget(self.chat)
        self._stack.addWidget(self.first_run)
        self._error_place = QWidget()
        self._error_place.setMaximumWidth(self._theme.px(MEASURE))
        self._error_place.setLayout(row())
        self._error_place.hide()
        errors = row(None, self._error_place, None, spacing=0, margins=(16, 0, 16, 8))
        errors.setStretch(1, 1000)
        self._centre = Centre()
        self._centre.setObjectName("centre")
        centre = QVBoxLayout(self._centre)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.setSpacing(0)
        centre.addWidget(self.header)
        centre.addWidget(self._stack, 1)
        centre.addLayout(errors)
        centre.addWidget(self.composer)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self._centre, 1)
        self.left = Side(self._theme, self, layout, self.sidebar, "left")
        self.right = Side(self._theme, self, layout, self.panel, "right")

    def _connect(self) -> None:
        self.header.sidebar_toggled.connect(self.left.toggle)
        self.header.panel_toggled.connect(self.right.toggle)
        self.sidebar.hide_clicked.connect(self.left.toggle)
        self.sidebar.opened.connect(self.left.close)
        self.sidebar.new_requested.connect(self.left.close)
        self.left.changed.connect(self._sides_changed)
        self.right.changed.connect(self._sides_changed)
        self._theme.changed.connect(self.refresh)
        self._centre.resized.connect(self._place_undo)
        self.composer.resized.connect(self._place_undo)
        self._sides_changed()

    def _make_actions(self) -> dict[str, QAction]:
        here = {
            "focus_composer": self._focus_composer, "search": self._search, "rename": self._rename,
            "toggle_sidebar": self.left.toggle, "toggle_panel": self.right.toggle, "escape": self._escape,
            "quit": self.close,
        }  # fmt: skip
        actions = {}
        for shortcut in SHORTCUTS:
            if not shortcut.action:
                continue
            action = QAction(shortcut.text, self)
            action.setObjectName(shortcut.id)
            action.setShortcuts([QKeySequence(keys) for keys in shortcut.keys])
            action.triggered.connect(here.get(shortcut.id, self._command))
            self.addAction(action)
            actions[shortcut.id] = action
        return actions

    def set_title(self, title: str, *, can_rename: bool) -> None:
        """Name what is on screen, in the header and in the window's title."""
        self._title, self._can_rename = title, can_rename
        if self._page is None:
            self.header.set_title(title, can_rename=can_rename)
        self.setWindowTitle(f"{title} · Slipstream")

    def show_chat(self) -> None:
        """Show the conversation."""
        self.close_page()
        self._stack.setCurrentWidget(self.chat)

    def show_first_run(self) -> None:
        """Show the empty state of a new conversation."""
        self.close_page()
        self._stack.setCurrentWidget(self.first_run)

    def show_page(self, page: QWidget, title: str) -> None:
        """Show a page such as Settings instead, without composer and panel."""
        if self._stack.indexOf(page) < 0:
            self._stack.addWidget(page)
        if self._page is None:
            self._before = self._stack.currentWidget() or self.chat
        self._page = page
        self._stack.setCurrentWidget(page)
        self._arrange_page()
        self.header.set_title(title, can_rename=False)
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def close_page(self) -> None:
        """Back to the conversation."""
        if self._page is None:
            return
        self._page = None
        self._stack.setCurrentWidget(self._before)
        self._arrange_page()
        self.header.set_title(self._title, can_rename=self._can_rename)
        self._focus_composer()
        self.page_closed.emit()

    @property
    def page(self) -> QWidget | None:
        """The page shown instead of the conversation, if any."""
        return self._page

    def show_error(self, error: UserError, when: str = "") -> None:
        """Tell of an error above the composer; a new one takes the place of the old."""
        self.clear_error()
        self._error = ErrorCard(self._theme, error, when)
        self._error.action_chosen.connect(self._error_chosen)
        self._error.closed.connect(self.clear_error)
        layout = self._error_place.layout()
        if layout is not None:
            layout.addWidget(self._error)
        self._error_place.show()

    @Slot()
    def clear_error(self) -> None:
        """Take the error away."""
        if self._error is not None:
            self._error.setParent(None)
            self._error.deleteLater()
            self._error = None
        self._error_place.hide()

    def offer_undo(self, title: str) -> None:
        """Say that a conversation was deleted, with Undo, for ten seconds."""
        self.undo_bar.offer(title)
        self._place_undo()

    def set_sides(self, *, sidebar: bool, panel: bool) -> None:
        """Show or hide what can be hidden, as saved."""
        self.left.set_wanted(sidebar)
        self.right.set_wanted(panel)

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self._error_place.setMaximumWidth(self._theme.px(MEASURE))
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Dock or undock the sides."""
        super().resizeEvent(event)
        self._fit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Say so first: the composition root stops the engine and saves."""
        self.closing.emit()
        super().closeEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """A model file may be dropped anywhere."""
        if model_files(event.mimeData()):
            event.acceptProposedAction()
            self._overlay.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        """Gone again."""
        super().dragLeaveEvent(event)
        self._overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Take the files."""
        self._overlay.hide()
        files = model_files(event.mimeData())
        if files:
            event.acceptProposedAction()
            self.files_dropped.emit(files)

    def _fit(self) -> None:
        self.left.set_narrow(self.width() < self._theme.px(SIDEBAR_NEEDS))
        self.right.set_narrow(self.width() < self._theme.px(PANEL_NEEDS))
        self.left.fit()
        self.right.fit()
        self.composer.set_window_height(self.height())

    def _arrange_page(self) -> None:
        self.composer.setVisible(self._page is None)
        self.right.set_available(self._page is None)
        self.header.set_panel_available(self._page is None)
        self._error_place.setVisible(self._page is None and self._error is not None)

    @Slot()
    def _place_undo(self) -> None:
        bar, above = self.undo_bar, self.composer.y() if self.composer.isVisible() else self._centre.height()
        bar.move(QPoint((self._centre.width() - bar.width()) // 2, above - bar.height() - self._theme.px(8)))

    @Slot()
    def _sides_changed(self) -> None:
        self.header.set_sidebar_hidden(not self.left.shown)
        self.header.set_panel_shown(self.right.shown)
        self.sidebar_wanted.emit(self.left.wanted)
        self.panel_wanted.emit(self.right.wanted)

    @Slot(str)
    def _error_chosen(self, action: str) -> None:
        self.clear_error()
        self.error_action.emit(action)

    @Slot()
    def _command(self) -> None:
        self.command.emit(self.sender().objectName())

    @Slot()
    def _focus_composer(self) -> None:
        if self._page is None:
            self.composer.focus_editor()

    @Slot()
    def _search(self) -> None:
        if not self.left.shown:
            self.left.open()
        self.sidebar.focus_search()

    @Slot()
    def _rename(self) -> None:
        if self._page is None:
            self.header.start_rename()

    @Slot()
    def _escape(self) -> None:
        """Close what is open, the topmost first; then stop the answer."""
        if self.left.drawer_open:
            self.left.close()
        elif self.right.drawer_open:
            self.right.close()
        elif self._page is not None:
            self.close_page()
        elif self.composer.state == "generating":
            self.composer.stop_requested.emit()
        elif self._error is not None:
            self.clear_error()
        else:
            self._focus_composer()
