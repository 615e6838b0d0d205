"""A scrolled column of entries: decides what has widgets, keeps the reader's place, sticks to the end.

Knows no messages.
"""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QApplication, QFrame, QWidget

from desktop.gui.chat_view.controls import JumpButton, in_tab_order
from desktop.gui.chat_view.entry import Entry
from desktop.gui.chat_view.section import Section
from desktop.gui.chat_view.turn import NEAR, Turn
from desktop.gui.theme import MEASURE, Theme

_SIDE, _BOTTOM, _STEP = 24, 24, 48  # design px
_PASSES = 10
_POINTER, _JUMP = 110, 54  # design px above a part that is shown, and below it: the jump button is there
_CANVAS_STEP = 4096  # pixels


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
        self._ordered: tuple[int, ...] = ()
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
        turn = Turn(self._column()[1])
        for _ in range(_PASSES):
            if not self._make(turn, self._target(self._lay_out(turn.width))):
                break
        self._put(self._lay_out(turn.width))
        self._syncing = False
        if turn.pending or turn.changed:
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

    def _make(self, turn: Turn, value: int) -> bool:
        """Expands, builds and measures around `value`; true when heights changed."""
        turn.look(value, self.viewport().height())
        for entry in self.entries:
            top = self._tops[id(entry)]
            if not turn.near(top, entry.height):
                continue
            if not entry.expanded:
                if not turn.may(top, entry.height):
                    continue
                entry.expand()
                entry.layout(turn.width)
                turn.changed = True
            self._build(turn, entry, top)
            unread = entry.unread()
            if unread and turn.near(top + entry.height - unread, unread) and turn.may_read():
                turn.changed = entry.read_more() or turn.changed
        return turn.changed

    def _build(self, turn: Turn, entry: Entry, top: int) -> None:
        for section in list(entry.sections):
            y = top + section.top
            ready = section.widget is not None and section.fitted == turn.width
            if ready or not turn.near(y, section.height) or not turn.may(y, section.height):
                continue
            if section.widget is None:
                self._live.append((entry, section))
            turn.changed = section.fit(turn.width) or turn.changed

    def _put(self, total: int) -> None:
        """Scroll range, positions; widgets that are far away are given back."""
        bar, height = self.verticalScrollBar(), self.viewport().height()
        value = self._target(total)
        self._placing = True
        # In steps: resizing draws everything anew, moving only what comes into view.
        tall = -(-max(total, height) // _CANVAS_STEP) * _CANVAS_STEP
        if self.canvas.size() != QSize(self.viewport().width(), tall):
            self.canvas.resize(self.viewport().width(), tall)
        bar.setRange(0, max(0, total - height))
        bar.setPageStep(height)
        bar.setSingleStep(self.theme.px(_STEP))
        bar.setValue(value)
        self.canvas.move(0, -value)
        self._placing = False
        x, width = self._column()
        far = height + 2 * NEAR
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

    def _order_focus(self) -> None:
        """Tab goes through the column from top to bottom."""
        places = {id(entry): i for i, entry in enumerate(self.entries)}
        live = sorted(self._live, key=lambda es: (places.get(id(es[0]), 0), es[1].top))
        widgets = [section.widget for _, section in live if section.widget is not None]
        self._ordered = in_tab_order(self, widgets, self.jump, self._ordered)

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

    def is_seen(self, entry: Entry) -> bool:
        """Whether some of an entry is in the viewport."""
        top, value = self._tops.get(id(entry), 0), self.verticalScrollBar().value()
        return top + entry.height > value and top < value + self.viewport().height()

    def is_shown(self, section: Section) -> bool:
        """Whether some of a section's widget is in the viewport."""
        return section.widget is not None and not section.widget.visibleRegion().isEmpty()

    def show_section(self, entry: Entry, section: Section) -> None:
        """Makes a section that has no widget, by going there."""
        if section.widget is None:
            self._stick, self._anchor = False, (entry, section, 0)
            self.sync()

    def show_part(self, widget: QWidget, part: QRect) -> None:
        """Scrolls so that a part of a widget is seen, with room for what may point at it."""
        top = widget.mapTo(self.canvas, part.topLeft()).y()
        bar, height, margin = self.verticalScrollBar(), self.viewport().height(), self.theme.px(_POINTER)
        if top - margin < bar.value():
            bar.setValue(top - margin)
        elif top + part.height() + self.theme.px(_JUMP) > bar.value() + height:
            bar.setValue(top + part.height() + self.theme.px(_JUMP) - height)

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
        inside = bar.value() <= top and top + new.height() <= bar.value() + height
        if inside or new.height() > height:
            return
        bar.setValue(top - margin if top < bar.value() else top + new.height() + margin - height)
