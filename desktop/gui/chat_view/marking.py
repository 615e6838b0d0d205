"""What mouse and keyboard do with shown text: mark it, copy it, open its menu. Knows panes, not content."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from PySide6.QtCore import QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QContextMenuEvent, QMouseEvent
from PySide6.QtWidgets import QMenu

from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.area import ScrolledColumn
from desktop.gui.chat_view.entry import Entry, MessageEntry
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.passage import passage
from desktop.gui.chat_view.sanitize import safe_url
from desktop.gui.chat_view.section import Section
from desktop.gui.chat_view.selection import Selection

_FASTEST = 60  # pixels a tick, while the mouse drags outside


class Marking(QObject):
    """Joins the panes of a column to one selection. `put(text, what)` fills the clipboard."""

    passage_asked = Signal(int, int, int)  # message id, from, to

    def __init__(self, column: ScrolledColumn, put: Callable[[str, str], None]) -> None:
        super().__init__(column)
        self._column, self._put = column, put
        self.selection = Selection(self, self._scroll_towards)

    def adopt(self, section: Section, pane: TextPane) -> None:
        """A pane was made, perhaps where something was marked before."""
        pane.pressed.connect(lambda p, e: self._press(section, p))
        pane.dragged.connect(lambda p, e: self.selection.drag(cast("QMouseEvent", e)))
        pane.released.connect(self.selection.end)
        pane.copy_asked.connect(self.copy)
        pane.select_all_asked.connect(lambda: self._select_all(section))
        pane.menu_asked.connect(lambda p, e: self._menu(section, p, e))
        if self.selection.covers(section):
            QTimer.singleShot(0, self.selection, self.selection.restore)

    def copy(self) -> None:
        """Copies what is marked, if anything is."""
        text = self.selection.text()
        if text:
            self._put(text, "selection")

    def source(self) -> tuple[int, int, int] | None:
        """Message, from, to: what is marked of an answer, in its raw Markdown; None = nothing of one."""
        chosen = self.selection.parts()
        if chosen is None or not isinstance(chosen[0], AnswerEntry):
            return None
        found = passage(chosen[0].text, chosen[1])
        return (chosen[0].id, *found) if found is not None else None

    @Slot()
    def ask_passage(self) -> None:
        """Wants what is marked changed, if it is part of a finished answer."""
        found = self.source()
        chosen = self.selection.parts()
        entry = chosen[0] if chosen is not None else None
        if found is not None and isinstance(entry, AnswerEntry) and not entry.streaming:
            self.passage_asked.emit(*found)

    def _owner(self, section: Section) -> Entry | None:
        return next((entry for entry in self._column.entries if section in entry.sections), None)

    def _press(self, section: Section, pane: TextPane) -> None:
        entry = self._owner(section)
        if entry is not None:
            self.selection.begin(entry, section, pane)

    def _select_all(self, section: Section) -> None:
        entry = self._owner(section)
        if entry is not None:
            self.selection.select_all(entry)

    def _scroll_towards(self, point: QPoint) -> bool:
        """Scrolls while the mouse drags outside; true when it did."""
        viewport, bar = self._column.viewport(), self._column.verticalScrollBar()
        y = viewport.mapFromGlobal(point).y()
        over = y if y < 0 else max(0, y - viewport.height())
        if over:
            bar.setValue(bar.value() + max(-_FASTEST, min(_FASTEST, over)))
        return bool(over)

    def _menu(self, section: Section, pane: TextPane, event: QContextMenuEvent) -> None:
        self.menu(section, pane.anchorAt(event.pos())).popup(event.globalPos())

    def menu(self, section: Section, address: str) -> QMenu:
        """What can be done with shown text, and with the link it is."""
        entry, link = self._owner(section), safe_url(address)
        menu = QMenu(self._column)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Copy", self.copy).setEnabled(bool(self.selection.text()))
        if isinstance(entry, AnswerEntry):
            change = menu.addAction("Change this passage…", self.ask_passage)
            change.setObjectName("change_passage")
            here = self.selection.parts()
            mine = here is not None and here[0] is entry
            change.setEnabled(mine and not entry.streaming and self.source() is not None)
        if link:
            menu.addAction("Copy link", lambda: self._put(link, "link"))
        if isinstance(entry, MessageEntry):
            menu.addAction("Copy message", lambda: self._put(entry.text, "message"))
        menu.addAction("Select all", lambda: self._select_all(section))
        return menu
