"""The header over the conversation: its title, its three views, and buttons for what can be hidden."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QStackedLayout, QWidget

from desktop.gui.controls import Elided, ToolButton
from desktop.gui.segmented import Segmented
from desktop.gui.theme import HEADER, Theme

VIEWS = ("chat", "race", "tokens")
_NAMES = (("Chat", "Chat (Ctrl+1)"), ("Race", "Race (Ctrl+2)"), ("Tokens", "Tokens (Ctrl+3)"))


class Title(Elided):
    """A title that can be double-clicked."""

    double_clicked = Signal()

    def mouseDoubleClickEvent(self, _event: QMouseEvent) -> None:
        """Rename."""
        self.double_clicked.emit()


class TitleEdit(QLineEdit):
    """Esc drops the edit; it must not reach the window, where it stops the answer."""

    cancelled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("titleEditor")
        self.setAccessibleName("Title of the conversation")
        self.setMaxLength(200)

    def event(self, event: QEvent) -> bool:
        """Keep Esc."""
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()
            if event.type() == QEvent.Type.KeyPress:
                self.cancelled.emit()
            return True
        return super().event(event)


class Header(QFrame):
    """56 px. A double click on the title, or F2, renames the conversation in place."""

    rename_requested = Signal(str)
    sidebar_toggled = Signal()
    panel_toggled = Signal()
    view_chosen = Signal(str)
    """One of VIEWS."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._can_rename, self._editing = theme, False, False
        self.setObjectName("header")
        self._title, self._editor = Title("New conversation", "heading", name="title"), TitleEdit()
        self._title.double_clicked.connect(self.start_rename)
        self._editor.editingFinished.connect(self._finish)
        self._editor.cancelled.connect(self._drop)
        self._sidebar = ToolButton(theme, "panel-left", "Show the sidebar (Ctrl+B)", name="showSidebar")
        self._panel = ToolButton(
            theme, "panel-right", "Show or hide this answer's numbers (Ctrl+J)", name="togglePanel"
        )
        self._views = Segmented(theme, _NAMES, 0, name="views")
        for one, (_, tip) in zip(self._views.buttons, _NAMES, strict=True):
            one.setToolTip(tip)
        self._views.chosen.connect(self._choose)
        self._sidebar.hide()
        self._sidebar.clicked.connect(self.sidebar_toggled)
        self._panel.clicked.connect(self.panel_toggled)
        self._panel.setCheckable(True)
        policy = self._panel.sizePolicy()
        policy.setRetainSizeWhenHidden(True)  # the views stay where they are
        self._panel.setSizePolicy(policy)
        self._build()
        theme.changed.connect(self.refresh)
        self.refresh()

    def _build(self) -> None:
        self._place = QWidget()  # its height is the editor's: a stack puts what is lower at the top
        self._stack = QStackedLayout(self._place)
        self._stack.addWidget(self._title)
        self._stack.addWidget(self._editor)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(24, 0, 16, 0)
        layout.setSpacing(8)
        layout.addWidget(self._sidebar)
        layout.addWidget(self._place, 1)
        layout.addWidget(self._views, 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(self._panel)

    def set_title(self, title: str, *, can_rename: bool) -> None:
        """Show a title; a new conversation or a page cannot be renamed."""
        self._can_rename = can_rename
        self._title.set_text(title)
        self._title.setCursor(Qt.CursorShape.IBeamCursor if can_rename else Qt.CursorShape.ArrowCursor)
        if not can_rename:
            self._drop()

    def title(self) -> str:
        """The title shown."""
        return self._title.full_text()

    def set_room(self, width: int) -> None:
        """Leave so many pixels free at the right, where another view has a side."""
        self.layout().setContentsMargins(24, 0, 16 + width, 0)  # type: ignore[union-attr]

    def set_view(self, view: str) -> None:
        """Mark the view that is shown."""
        self._views.set_current(VIEWS.index(view))

    def set_sidebar_hidden(self, hidden: bool) -> None:
        """Offer a button for the sidebar while it is hidden."""
        self._sidebar.setVisible(hidden)

    def set_panel_shown(self, shown: bool) -> None:
        """Mark the panel's button."""
        self._panel.setChecked(shown)

    def set_panel_available(self, available: bool) -> None:
        """Pages like Settings have no panel."""
        self._panel.setVisible(available)

    @Slot()
    def start_rename(self) -> None:
        """Edit the title in place; Enter keeps, Esc drops."""
        if not self._can_rename:
            return
        self._editing = True
        self._editor.setText(self.title())
        self._stack.setCurrentWidget(self._editor)
        self._editor.setFocus(Qt.FocusReason.OtherFocusReason)
        self._editor.selectAll()

    @Slot()
    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self._theme.px(HEADER))
        self._place.setFixedHeight(self._theme.px(34))

    @Slot(int)
    def _choose(self, number: int) -> None:
        self.view_chosen.emit(VIEWS[number])

    @Slot()
    def _drop(self) -> None:
        # First: losing the focus counts as finished.
        self._editing = False
        self._stack.setCurrentWidget(self._title)

    @Slot()
    def _finish(self) -> None:
        if not self._editing:
            return
        self._editing = False
        title = " ".join(self._editor.text().split())
        self._stack.setCurrentWidget(self._title)
        if title and title != self.title():
            self.rename_requested.emit(title)
