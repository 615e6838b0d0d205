"""The window: sidebar, header, centre, composer, panel, and what floats over them. Decides where things are.

Holds the widgets and turns keys into commands; what a command does is the composition root's business.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QEvent, QPoint, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.errors import UserError
from desktop.gui.actions import add_actions
from desktop.gui.composer import Composer
from desktop.gui.drop_overlay import DropOverlay, model_files
from desktop.gui.error_card import ErrorCard, ErrorPlace
from desktop.gui.first_run import FirstRun
from desktop.gui.header import VIEWS, Header
from desktop.gui.panel import Panel
from desktop.gui.rail import Rail
from desktop.gui.side import Side
from desktop.gui.sidebar import Sidebar
from desktop.gui.theme import PANEL, Theme
from desktop.gui.undo_bar import UndoBar
from desktop.gui.views import CHAT, Views

PANEL_NEEDS, SIDEBAR_NEEDS = 1100, 860
"""Under these widths, at 100 %, panel and sidebar are drawers."""
_QUOTE_NEEDS = 520
"""Under this height, at 100 %, an error leaves out what the engine said; Copy details has it."""
_SIZE, _LEAST = (1280, 800), (560, 420)


class Centre(QFrame):
    """The middle column."""

    resized = Signal()

    def event(self, event: QEvent) -> bool:
        """Tell what floats over it, also when something in it came or went."""
        done = super().event(event)
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self.resized.emit()
        return done


class MainWindow(QWidget):
    """`chat` shows the conversation; it is given so that the window does not know how."""

    command = Signal(str)
    """The id of a shortcut in keys.py that is not about where things are."""
    files_dropped = Signal(list)
    closing = Signal()
    page_closed = Signal()
    view_changed = Signal(str)
    """chat, race or tokens."""
    error_action = Signal(str)
    sidebar_wanted = Signal(bool)
    panel_wanted = Signal(bool)

    def __init__(self, theme: Theme, chat: QWidget) -> None:
        super().__init__()
        self._theme = theme
        self._sides: dict[str, QWidget] = {}
        self._title, self._can_rename, self._was_page = "New conversation", False, False
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAcceptDrops(True)
        self.sidebar, self.header, self.chat = Sidebar(theme), Header(theme), chat
        self.rail = Rail(theme)
        self.first_run, self.composer, self.panel = FirstRun(theme), Composer(theme), Panel(theme)
        self._errors = ErrorPlace(theme)
        self._build()
        self.undo_bar, self._overlay = UndoBar(theme), DropOverlay(theme, self)
        self.undo_bar.setParent(self._centre)
        self.undo_bar.hide()
        self.shortcuts = add_actions(self, self._own_commands(), self._command)
        self._connect()
        self.show_first_run()
        self.setMinimumSize(*_LEAST)
        self.resize(*_SIZE)

    def _build(self) -> None:
        self._views = Views(self.chat, self.first_run)
        self._centre = Centre()
        self._centre.setObjectName("centre")
        centre = QVBoxLayout(self._centre)
        centre.setContentsMargins(0, 0, 0, 0)
        centre.setSpacing(0)
        centre.addWidget(self.header)
        centre.addWidget(self._views, 1)
        centre.addWidget(self._errors)
        centre.addWidget(self.composer)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.rail)
        layout.addWidget(self._centre, 1)
        self._beside = QStackedWidget()
        self._beside.setObjectName("beside")
        self._beside.addWidget(self.panel)
        self.left = Side(self._theme, self, layout, self.sidebar, "left")
        self.right = Side(self._theme, self, layout, self._beside, "right")

    def _connect(self) -> None:
        self.header.sidebar_toggled.connect(self.left.toggle)
        self.header.panel_toggled.connect(self.right.toggle)
        self.sidebar.hide_clicked.connect(self.left.toggle)
        self.sidebar.opened.connect(self.left.close)
        self.sidebar.new_requested.connect(self.left.close)
        self.header.view_chosen.connect(self.show_view)
        self.rail.sidebar_clicked.connect(self.left.toggle)
        self.rail.new_clicked.connect(self.sidebar.new_requested)
        self.rail.search_clicked.connect(self._search)
        self.rail.model_clicked.connect(self.sidebar.model_clicked)
        self.rail.theme_clicked.connect(self.sidebar.theme_clicked)
        self.rail.settings_clicked.connect(self.sidebar.settings_clicked)
        self.left.wanted_changed.connect(self.sidebar_wanted)
        self.right.wanted_changed.connect(self.panel_wanted)
        self.left.changed.connect(self._sides_changed)
        self.right.changed.connect(self._sides_changed)
        self._errors.action_chosen.connect(self.error_action)
        self._theme.changed.connect(self.refresh)
        self._centre.resized.connect(self._place_undo)
        self.composer.resized.connect(self._place_undo)
        self._views.changed.connect(self._arrange)
        self._arrange()

    def _own_commands(self) -> dict[str, Callable[[], object]]:
        return {
            "focus_composer": self._focus_composer, "search": self._search, "rename": self._rename,
            "toggle_sidebar": self.left.toggle, "toggle_panel": self.right.toggle, "escape": self._escape,
            "quit": self.close, **{f"view_{view}": partial(self.show_view, view) for view in VIEWS},
        }  # fmt: skip

    def set_title(self, title: str, *, can_rename: bool) -> None:
        """Name what is on screen, in the header and in the window's title."""
        self._title, self._can_rename = title, can_rename
        self._show_title()

    def show_chat(self) -> None:
        """The view Chat has a conversation to show."""
        self._views.set_home(self.chat)

    def show_first_run(self) -> None:
        """The view Chat shows the empty state of a new conversation."""
        self._views.set_home(self.first_run)

    def add_view(self, key: str, page: QWidget, side: QWidget | None = None) -> None:
        """What the view Race or Tokens shows; `side` in the panel's place, None = the page has its own."""
        self._views.add(key, page)
        if side is not None:
            self._sides[key] = side
            self._beside.addWidget(side)

    @property
    def view(self) -> str:
        """Which of chat, race and tokens is shown, or waits behind a page."""
        return self._views.view

    @Slot(str)
    def show_view(self, view: str) -> None:
        """Show the conversation, a race, or the tokens of an answer."""
        before = self._views.view
        if self._views.show_view(view) and view != before:
            for side in (self.left, self.right):
                side.close()
            self._focus_view()
            self.view_changed.emit(view)

    def show_page(self, page: QWidget, title: str) -> None:
        """Show a page such as Settings instead; it has a header and a way back of its own."""
        self._views.show_page(page)
        self.setWindowTitle(f"{title} · Slipstream")
        page.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def close_page(self) -> None:
        """Back to the view behind it."""
        if self._views.page is not None:
            self._views.show_page(None)
            self._focus_view()

    @property
    def page(self) -> QWidget | None:
        """The page shown instead of the conversation, if any."""
        return self._views.page

    def show_error(self, error: UserError, when: str = "") -> None:
        """Tell of an error above the composer; a new one takes the place of the old."""
        self._errors.tell(error, when)

    @property
    def error(self) -> ErrorCard | None:
        """The error shown, if any."""
        return self._errors.card

    @Slot()
    def clear_error(self) -> None:
        """Take the error away."""
        self._errors.clear()

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
        self._fit()

    def showEvent(self, event: QShowEvent) -> None:
        """Typing can begin at once."""
        super().showEvent(event)
        if self.focusWidget() is None:
            self._focus_composer()

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
        self._beside.setFixedWidth(self._theme.px(PANEL))
        docked = self.right.wanted and self.width() >= self._theme.px(PANEL_NEEDS)
        aside = self._views.view != CHAT and self._views.view not in self._sides
        self.header.set_room(self._theme.px(PANEL) if docked and aside else 0)
        self.left.set_narrow(self._views.view != CHAT or self.width() < self._theme.px(SIDEBAR_NEEDS))
        self.right.set_narrow(self.width() < self._theme.px(PANEL_NEEDS))
        self.left.fit()
        self.right.fit()
        self.composer.set_window_height(self.height())
        self._errors.set_brief(self.height() < self._theme.px(_QUOTE_NEEDS))

    @Slot()
    def _arrange(self) -> None:
        """What stands around the view or page that is shown."""
        views = self._views
        bare = views.page is not None
        side = self.panel if views.view == CHAT else self._sides.get(views.view)
        self.composer.setVisible(views.in_chat)
        self.header.setVisible(not bare)
        self.header.set_view(views.view)
        self.rail.setVisible(not bare and not views.in_chat)
        self.left.set_available(not bare)
        self.right.set_available(not bare and side is not None)
        self.header.set_panel_available(not bare and side is not None)
        if side is not None:
            self._beside.setCurrentWidget(side)
        self._errors.setVisible(not bare and self._errors.card is not None)
        self._fit()
        self._sides_changed()
        self._show_title()
        if self._was_page and not bare:
            self.page_closed.emit()
        self._was_page = bare

    def _show_title(self) -> None:
        if self._views.page is None:
            self.header.set_title(self._title, can_rename=self._can_rename and self._views.in_chat)
            self.setWindowTitle(f"{self._title} · Slipstream")

    def _focus_view(self) -> None:
        if self._views.view == CHAT:
            self.composer.focus_editor()
        else:
            (self._views.currentWidget() or self).setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _place_undo(self) -> None:
        bar, above = self.undo_bar, self._centre.height()
        for below in (self.composer, self._errors):
            if below.isVisibleTo(self._centre):
                above = min(above, below.y())
        bar.move(QPoint((self._centre.width() - bar.width()) // 2, above - bar.height() - self._theme.px(8)))

    @Slot()
    def _sides_changed(self) -> None:
        self.header.set_sidebar_hidden(not self.left.shown and self._views.in_chat)
        self.header.set_panel_shown(self.right.shown)

    @Slot()
    def _command(self) -> None:
        self.command.emit(self.sender().objectName())

    @Slot()
    def _focus_composer(self) -> None:
        if self._views.page is None:
            self.show_view(CHAT)
            self.composer.focus_editor()

    @Slot()
    def _search(self) -> None:
        if not self.left.shown:
            self.left.open()
        self.sidebar.focus_search()

    @Slot()
    def _rename(self) -> None:
        if self._views.in_chat:
            self.header.start_rename()

    @Slot()
    def _escape(self) -> None:
        """Close what is open, the topmost first; then stop the answer."""
        if self.left.drawer_open:
            self.left.close()
        elif self.right.drawer_open:
            self.right.close()
        elif self._views.page is not None:
            self.close_page()
        elif self.composer.state == "generating":
            self.composer.stop_requested.emit()
        elif self._errors.card is not None:
            self.clear_error()
        elif self._views.view != CHAT:
            self.show_view(CHAT)
        else:
            self._focus_composer()
