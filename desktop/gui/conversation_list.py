"""The sidebar's list: moves, opens, renames, deletes. Rows are painted, so 5,000 of them cost no widgets."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QItemSelectionModel, Qt, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QListView, QMenu

from desktop.gui.conversation_delegate import MENU_WIDTH, RowDelegate
from desktop.gui.conversation_model import ConversationModel, Entry, Row
from desktop.gui.theme import Theme

_OPEN_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)


class ConversationList(QListView):
    """Arrow keys move, Enter opens, F2 renames, Del deletes; the menu key or a right click shows the same."""

    opened = Signal(int)
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._later = theme, list[Row]()
        self._has_later = False
        self.rows = ConversationModel(self)
        self.setModel(self.rows)
        self._delegate = delegate = RowDelegate(theme, self)
        delegate.renamed.connect(self.rename_requested)
        self.setItemDelegate(delegate)
        delegate.closeEditor.connect(self._editor_closed)  # after the view's own, which ends the editing
        self.setObjectName("conversations")
        self.setAccessibleName("Conversations")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QListView.SelectionMode.SingleSelection)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        theme.changed.connect(self._refresh)

    def set_rows(self, rows: list[Row]) -> None:
        """Show these rows; scroll position and keyboard row stay. Waits while a title is being typed."""
        if self.state() == QListView.State.EditingState:
            self._later, self._has_later = rows, True
            return
        bar, before = self.verticalScrollBar().value(), self.rows.entry(self.currentIndex())
        self.rows.set_rows(rows)
        index = self.rows.find(before.id if before else self.rows.current)
        if index.isValid():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self.doItemsLayout()  # now, or the scroll bar would not know its range yet
        self.verticalScrollBar().setValue(bar)

    def set_current(self, conversation_id: int | None) -> None:
        """Mark the conversation on screen and bring its row into view."""
        self.rows.current = conversation_id
        index = self.rows.find(conversation_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
        else:
            self.clearSelection()
        self.viewport().update()

    def rename(self, conversation_id: int) -> None:
        """Edit that row's title in place."""
        index = self.rows.find(conversation_id)
        if index.isValid():
            self.setCurrentIndex(index)
            self.scrollTo(index)
            self.edit(index)

    def menu_for(self, entry: Entry) -> QMenu:
        """Rename and Delete for a row; the caller shows it."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for icon, text, keys, slot in (
            ("pencil", "Rename", "F2", self.rename),
            ("trash-2", "Delete", "Del", self.delete_requested.emit),
        ):
            action = menu.addAction(self._theme.icon(icon), f"{text}\t{keys}")
            action.triggered.connect(lambda _checked=False, slot=slot, entry=entry: slot(entry.id))
        return menu

    def event(self, event: QEvent) -> bool:
        """F2 and Del mean this list's row while it has the focus, not the window's actions."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride:
            mine = event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Delete) and not event.modifiers()
            event.setAccepted(mine)
            if mine:
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Open, rename, delete; the rest is Qt's (arrows, Home, End, typing a letter)."""
        entry = self.rows.entry(self.currentIndex())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if entry and plain and event.key() in _OPEN_KEYS:
            self.opened.emit(entry.id)
        elif entry and plain and event.key() == Qt.Key.Key_F2:
            self.rename(entry.id)
        elif entry and plain and event.key() == Qt.Key.Key_Delete:
            self.delete_requested.emit(entry.id)
        else:
            super().keyPressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click opens the row, on its "…" shows the menu."""
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        entry = self.rows.entry(index)
        if entry is None or event.button() != Qt.MouseButton.LeftButton:
            return
        edge = self._delegate.row_rect(self.visualRect(index)).right()
        if event.position().x() > edge - self._theme.px(MENU_WIDTH):
            self.menu_for(entry).popup(event.globalPosition().toPoint())
        else:
            self.opened.emit(entry.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Menu of the row under the mouse, or of the keyboard's row."""
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        index = self.currentIndex() if by_key else self.indexAt(event.pos())
        entry = self.rows.entry(index)
        if entry:
            spot = self.visualRect(index).center() if by_key else event.pos()
            self.menu_for(entry).popup(self.viewport().mapToGlobal(spot))

    @Slot()
    def _editor_closed(self) -> None:
        self.setFocus()
        if self._has_later:
            self._has_later = False
            self.set_rows(self._later)

    @Slot()
    def _refresh(self) -> None:
        self.scheduleDelayedItemsLayout()
        self.viewport().update()
