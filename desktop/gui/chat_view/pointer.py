"""Why a token stands where it stands: the card under the mouse, and going from token to token by keyboard.

F9 begins with the answer that has the keyboard, or the last that is seen; arrows go by token, Home and End to
the first and last, Return opens one, Esc leaves. A click opens a token, unless it becomes a double click.
"""

from __future__ import annotations

import shiboken6
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QGuiApplication, QKeyEvent

from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.area import ScrolledColumn
from desktop.gui.chat_view.look import Layer
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.prose import ProseSection
from desktop.gui.chat_view.section import Section
from desktop.gui.chat_view.shade import rects
from desktop.gui.chat_view.traced import Traced
from desktop.gui.escape import claims_escape
from desktop.gui.tokens_view.why_card import WhyCard
from desktop.gui.tokens_view.words import Why, spoken, why, why_proposal


class TokenPointer(QObject):
    """One for a view. `opened(message id, number of the token)`."""

    opened = Signal(int, int)

    def __init__(self, column: ScrolledColumn) -> None:
        super().__init__(column)
        self._column = column
        self.card = WhyCard(column.theme, column)
        self.card.dismissed.connect(self.leave)
        self._entry: AnswerEntry | None = None  # gone through by keyboard
        self._span = -1
        self._pane: TextPane | None = None
        self._clicked = (0, -1)
        self._click = QTimer(self, singleShot=True)
        self._click.timeout.connect(self._open_clicked)
        column.installEventFilter(self)
        column.verticalScrollBar().valueChanged.connect(self._scrolled)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of the column, while the keyboard goes from token to token; Esc before it is the window's."""
        if not self.walking:
            return False
        if event.type() == QEvent.Type.FocusOut:
            self.leave()
        elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            return self.key(event)
        return claims_escape(event)

    def adopt(self, section: Section, pane: TextPane) -> None:
        """A pane whose tokens may be asked about."""
        if isinstance(section, ProseSection):
            pane.pointed.connect(lambda p, unit: self._point(section, p, unit))
            pane.clicked.connect(lambda p, unit: self._press(section, unit))
            pane.twice.connect(self._click.stop)

    # -- mouse -----------------------------------------------------------------------------------------

    def _point(self, section: ProseSection, pane: TextPane, unit: int) -> None:
        if self.walking:
            return
        found = section.span_at(unit) if unit >= 0 else None
        traced = section.layer.traced if section.layer is not None else None
        if found is None or traced is None:
            self.card.dismiss()
            return
        number, struck = found
        part = (unit, unit + 1) if struck else section.part_of(number)
        if part is not None:
            self.card.hover(_why(traced, number, struck=struck), self._place(pane, part, unit))

    def _press(self, section: ProseSection, unit: int) -> None:
        entry = self._owner(section)
        found = section.span_at(unit) if unit >= 0 else None
        traced = section.layer.traced if section.layer is not None else None
        if entry is not None and found is not None and traced is not None:
            self._clicked = (entry.id, traced.firsts[found[0]])
            self._click.start(QGuiApplication.styleHints().mouseDoubleClickInterval())

    @Slot()
    def _open_clicked(self) -> None:
        self.card.dismiss()
        self.opened.emit(*self._clicked)

    def _place(self, pane: TextPane, part: tuple[int, int], unit: int = -1) -> QRect:
        """Where on the screen a part of a pane is; of several lines the one with `unit`, else the first."""
        theme, document = self._column.theme, pane.document()
        boxes = rects(document, *part, theme)
        here = rects(document, unit, unit + 1, theme) if unit >= 0 else []
        box = next((b for b in boxes if here and b.top() <= here[0].center().y() <= b.bottom()), None)
        box = box or (boxes[0] if boxes else None)
        if box is None:
            return QRect(pane.viewport().mapToGlobal(QPoint(0, 0)), pane.size())
        at = box.toAlignedRect().translated(-pane.horizontalScrollBar().value(), 0)
        return QRect(pane.viewport().mapToGlobal(at.topLeft()), at.size())

    def _owner(self, section: Section) -> AnswerEntry | None:
        found = next((e for e in self._column.entries if section in e.sections), None)
        return found if isinstance(found, AnswerEntry) else None

    # -- keyboard --------------------------------------------------------------------------------------

    @property
    def walking(self) -> bool:
        """Whether the keyboard goes from token to token."""
        return self._entry is not None

    @property
    def chosen(self) -> tuple[int, int] | None:
        """Message and token the keyboard is at."""
        traced = self._traced()
        if self._entry is None or traced is None:
            return None
        return self._entry.id, traced.firsts[self._span]

    def begin(self, entry: AnswerEntry) -> None:
        """Goes to the first token that is seen of an answer."""
        traced = entry.layer.traced
        if traced is None or traced.ends()[0] < 0:
            return
        self._entry = entry
        self._column.setFocus(Qt.FocusReason.OtherFocusReason)
        self._go(self._first_seen(entry, traced))

    def _first_seen(self, entry: AnswerEntry, traced: Traced) -> int:
        for section in entry.sections:
            for pane in section.panes() if isinstance(section, ProseSection) else ():
                top = pane.mapFromGlobal(self._column.viewport().mapToGlobal(QPoint(0, 0))).y()
                if pane.isVisible() and top < pane.height() and isinstance(section, ProseSection):
                    unit = pane.cursorForPosition(QPoint(0, max(0, top) + 4)).position()
                    found = section.span_at(unit)
                    if found is not None:
                        return found[0]
        return traced.ends()[0]

    @Slot()
    def leave(self) -> None:
        """The keyboard is the view's again."""
        self._entry, self._span = None, -1
        self._choose(None, None)
        self.card.dismiss()

    def key(self, event: QKeyEvent) -> bool:
        """A key while going from token to token; false: not for this."""
        traced, key = self._traced(), event.key()
        if traced is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            return False
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            step = 1 if key == Qt.Key.Key_Right else -1
            self._go(traced.beside(self._span, step), step)
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            last = key == Qt.Key.Key_End
            self._go(traced.ends()[last], -1 if last else 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            chosen = self.chosen
            self.leave()
            if chosen is not None:
                self.opened.emit(*chosen)
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_F9):
            self.leave()
        else:
            return False
        return True

    def _traced(self) -> Traced | None:
        layer: Layer | None = self._entry.layer if self._entry is not None else None
        return layer.traced if layer is not None else None

    def _go(self, number: int, step: int = 1) -> None:
        """To a span, or the next in this direction that stands in prose; none: stays where it is."""
        traced = self._traced()
        if traced is None or self._entry is None:
            return
        while number >= 0:
            found = self._find(self._entry, number)
            if found is not None:
                self._span = number
                self._frame(traced, *found)
                told = spoken(traced.told(number), traced.tokens, traced.judges[number])
                QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._column, told))
                return
            number = traced.beside(number, step)

    def _find(self, entry: AnswerEntry, number: int) -> tuple[ProseSection, tuple[int, int]] | None:
        for section in entry.sections:
            part = section.part_of(number) if isinstance(section, ProseSection) else None
            if part is not None and isinstance(section, ProseSection):
                return section, part
        return None

    def _frame(self, traced: Traced, section: ProseSection, part: tuple[int, int]) -> None:
        """Shows where the keyboard is, and why."""
        assert self._entry is not None
        self._column.show_section(self._entry, section)
        for pane in section.panes():
            self._choose(pane, part)
            boxes = rects(pane.document(), *part, self._column.theme)
            if boxes:
                self._column.show_part(pane, boxes[0].toAlignedRect())
            self.card.show_now(_why(traced, self._span), self._place(pane, part))

    def _choose(self, pane: TextPane | None, part: tuple[int, int] | None) -> None:
        if self._pane is not None and self._pane is not pane and shiboken6.isValid(self._pane):
            self._pane.choose(None)
        self._pane = pane
        if pane is not None:
            pane.choose(part)

    def refresh(self, message_id: int = -1) -> None:
        """What an answer shows of its tokens is another; -1 = of all. Positions in its text are, too."""
        if self._entry is None:
            self.card.dismiss()
        elif message_id in (-1, self._entry.id):
            self.leave()

    @Slot()
    def _scrolled(self) -> None:
        """What was under the mouse is so no longer."""
        if not self.walking:
            self.card.dismiss()


def _why(traced: Traced, number: int, *, struck: bool = False) -> Why:
    span, judge = traced.spans[number], traced.judges[number]
    refused = traced.refused[number] if struck else None
    return why(span, judge) if refused is None else why_proposal(refused, judge)
