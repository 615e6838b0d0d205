"""A scrolled column of entries: decides what has widgets, keeps the reader's place, sticks to the end.

Knows no messages.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from desktop.gui.chat_view.controls import JumpButton
from desktop.gui.chat_view.entry import Entry
from desktop.gui.chat_view.section import Section
from desktop.gui.theme import MEASURE, Theme

_SIDE, _BOTTOM, _STEP = 24, 24, 48  # design px
_NEAR = 500  # pixels beyond the viewport that are made ready when there is time
_BUDGET = 0.012  # seconds of making ready in one turn of the event loop
_PASSES = 10


class ScrolledColumn(QAbstractScrollArea):
    """Holds entries. `sync` makes what is visible, measures it and puts it in place."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.entries: list[Entry] = []
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.viewport().setBackgroundRole(QPalette.ColorRole.Window)
        self.canvas = QWidget(self.viewport())
        self.canvas.setObjectName("conversation_canvas")
        self.canvas.setBackgroundRole(QPalette.ColorRole.Window)
        self.canvas.setAutoFillBackground(True)  # opaque: Qt then scrolls by moving pixels
        self.jump = JumpButton(theme, self)
        self.jump.clicked.connect(self.to_end)
        self.jump.hide()
        self._live: list[tuple[Entry, Section]] = []
        self._tops: dict[int, int] = {}
        self._stick, self._placing, self._syncing = True, False, False
        self._anchor: tuple[Entry, Section | None, int] | None = None
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.timeout.connect(self.sync)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._focus_moved)

    # -- what sections ask -----------------------------------------------------------------------------

    def moved(self) -> None:
        """Lay out soon."""
        if not self._later.isActive():
            self._later.start(0)

    def take_focus(self) -> None:
        """The widget with the keyboard goes: the column has it then."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    # -- layout ----------------------------------------------------------------------------------------

    def _column(self) -> tuple[int, int]:
        """Left edge and width of the column, centred on the whole view: the scroll bar must not shift it."""
        width = max(120, min(self.theme.px(MEASURE), self.width() - 2 * self.theme.px(_SIDE)))
        return (self.width() - width) // 2, width

    @Slot()
    def sync(self) -> None:
        """Makes the visible part right; what is only near is made while there is time."""
        if self._syncing:
            return
        self._syncing = True
        deadline = time.perf_counter() + _BUDGET
        _, width = self._column()
        pending = False
        for _ in range(_PASSES):
            total = self._lay_out(width)
            changed, pending = self._make(self._target(total), width, deadline)
            if not changed:
                break
        else:
            pending = True
        total = self._lay_out(width)
        self._put(total)
        self._syncing = False
        if pending:
            self._later.start(0)

    def _lay_out(self, width: int) -> int:
        """Tops of all entries; returns the height of everything."""
        y = 0
        for entry in self.entries:
            entry.layout(width)
            self._tops[id(entry)] = y
            y += entry.height
        return y + self.theme.px(_BOTTOM)

    def _target(self, total: int) -> int:
        """Where the view should be scrolled to."""
        last = max(0, total - self.viewport().height())
        if self._stick or self._anchor is None:
            return last if self._stick else min(self.verticalScrollBar().value(), last)
        entry, section, offset = self._anchor
        top = self._tops.get(id(entry), 0) + (
            section.top if section is not None and section in entry.sections else 0
        )
        return max(0, min(top + offset, last))

    def _make(self, value: int, width: int, deadline: float) -> tuple[bool, bool]:
        """Expands, builds and measures around `value`. Returns (heights changed, more to do)."""
        height, changed, pending, read = self.viewport().height(), False, False, False
        for entry in self.entries:
            y = self._tops[id(entry)]
            if y + entry.height < value - _NEAR or y > value + height + _NEAR:
                continue
            seen = y + entry.height >= value and y <= value + height
            if not entry.expanded:
                if not seen and time.perf_counter() > deadline:
                    pending = True
                    continue
                entry.expand()
                entry.layout(width)
                changed = True
            for section in list(entry.sections):
                if section.fitted == width and section.widget is not None:
                    continue
                top = y + section.top
                if top + section.height < value - _NEAR or top > value + height + _NEAR:
                    continue
                if (
                    not (top + section.height >= value and top <= value + height)
                    and time.perf_counter() > deadline
                ):
                    pending = True
                    continue
                new = section.widget is None
                changed = section.fit(width) or changed
                if new:
                    self._live.append((entry, section))
            unread = entry.unread()
            if unread and y + entry.height - unread <= value + height + _NEAR:
                if read and time.perf_counter() > deadline:
                    pending = True
                else:  # one slice in any case: a busy computer must not starve it
                    read = changed = entry.read_more() or changed
        return changed, pending

    def _put(self, total: int) -> None:
        """Scroll range, positions; widgets that are far away are given back."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        value = self._target(total)
        self._placing = True
        self.canvas.resize(self.viewport().width(), max(total, height))
        bar.setRange(0, max(0, total - height))
        bar.setPageStep(height)
        bar.setSingleStep(self.theme.px(_STEP))
        bar.setValue(value)
        self.canvas.move(0, -value)
        self._placing = False
        x, width = self._column()
        far = height + 2 * _NEAR
        live = []
        for entry, section in self._live:
            if section.widget is None or id(entry) not in self._tops or section not in entry.sections:
                continue
            y = self._tops[id(entry)] + section.top
            if (y + section.height < value - far or y > value + height + far) and not section.holds_focus():
                section.release()
                continue
            section.place(x, y, width)
            live.append((entry, section))
        if live != self._live or len(live) != len(self._ordered):
            self._live = live
            self._order_focus()
        self._show_jump()
        if not self._stick:
            self._keep_place(value)

    _ordered: tuple[int, ...] = ()

    def _order_focus(self) -> None:
        """Tab goes through the column from top to bottom."""
        places = {id(entry): i for i, entry in enumerate(self.entries)}
        live = sorted(self._live, key=lambda es: (places.get(id(es[0]), 0), es[1].top))
        order = tuple(id(section.widget) for _, section in live)
        if order == self._ordered:
            return
        self._ordered = order
        before: QWidget = self
        for _, section in live:
            widget = section.widget
            for child in [widget, *widget.findChildren(QWidget)] if widget is not None else []:
                if child.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(before, child)
                    before = child
        QWidget.setTabOrder(before, self.jump)

    def remove(self, entries: list[Entry]) -> None:
        """Gives the widgets of entries back and forgets them."""
        gone = {id(entry) for entry in entries}
        for entry in entries:
            entry.release()
            self._tops.pop(id(entry), None)
        self.entries = [entry for entry in self.entries if id(entry) not in gone]
        self._live = [(e, s) for e, s in self._live if id(e) not in gone]
        if self._anchor is not None and id(self._anchor[0]) in gone:
            self._anchor = None

    def release_all(self) -> None:
        """Gives all widgets back: they are made anew in other colours or sizes."""
        for entry in self.entries:
            entry.release()
            entry.forget_estimate()
        self._live = []

    # -- place -----------------------------------------------------------------------------------------

    def _keep_place(self, value: int) -> None:
        """Remembers what is at the top of the viewport."""
        for entry in self.entries:
            y = self._tops.get(id(entry), 0)
            if y + entry.height <= value:
                continue
            for section in entry.sections:
                if y + section.top + section.height > value:
                    self._anchor = (entry, section, value - y - section.top)
                    return
            self._anchor = (entry, None, value - y)
            return

    @Slot(int)
    def _scrolled(self, value: int) -> None:
        if self._placing:
            return
        self._stick = value >= self.verticalScrollBar().maximum() - self.theme.px(4)
        self.canvas.move(0, -value)
        self._keep_place(value)
        self.sync()

    @property
    def at_end(self) -> bool:
        """Whether new text is followed."""
        return self._stick

    @Slot()
    def to_end(self) -> None:
        """Goes to the newest and stays there."""
        self._stick = True
        if self.jump.hasFocus():
            self.take_focus()
        self.sync()

    def show_entry(self, entry: Entry) -> None:
        """Scrolls so that an entry is seen, if it is not."""
        self.sync()
        value, height = self.verticalScrollBar().value(), self.viewport().height()
        top = self._tops.get(id(entry), 0)
        if top < value or top + min(entry.height, height) > value + height:
            self._stick = False
            self._anchor = (entry, None, 0)
        self.sync()

    def _show_jump(self) -> None:
        bar = self.verticalScrollBar()
        wanted = not self._stick and bar.maximum() - bar.value() > self.theme.px(120)
        side = self.jump.width()
        self.jump.move((self.width() - side) // 2, self.height() - side - self.theme.px(12))
        self.jump.setVisible(wanted)

    # -- events ----------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Only what is visible is laid out again."""
        super().resizeEvent(event)
        self.sync()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, pages, ends."""
        bar = self.verticalScrollBar()
        steps = {
            Qt.Key.Key_Up: -bar.singleStep(),
            Qt.Key.Key_Down: bar.singleStep(),
            Qt.Key.Key_PageUp: -bar.pageStep() + bar.singleStep(),
            Qt.Key.Key_PageDown: bar.pageStep() - bar.singleStep(),
            Qt.Key.Key_Home: -bar.maximum(),
            Qt.Key.Key_End: bar.maximum(),
        }
        key = Qt.Key(event.key())
        plain = not event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if key in steps and plain:
            bar.setValue(bar.value() + steps[key])
            event.accept()
        else:
            event.ignore()

    @Slot(QWidget, QWidget)
    def _focus_moved(self, old: QWidget | None, new: QWidget | None) -> None:
        """What the keyboard was moved to is brought into view; not when only the window became active."""
        if old is None or new is None or not self.canvas.isAncestorOf(new) or QApplication.mouseButtons():
            return
        if old.window() is not new.window():
            return
        top = new.mapTo(self.canvas, QPoint(0, 0)).y()
        bar, height, margin = self.verticalScrollBar(), self.viewport().height(), self.theme.px(16)
        seen = QRect(0, bar.value(), 1, height)
        if new.height() > height or (seen.top() <= top and top + new.height() <= seen.bottom()):
            return
        bar.setValue(top - margin if top < seen.top() else top + new.height() + margin - height)
