"""The answer as chips that flow like text. Only the rows in sight are painted, so length costs nothing.

One chip is selected; the mouse or the arrow keys move it. Struck proposals, when shown, cannot be selected
and are never copied: Ctrl+C copies the selected token's text.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QFocusEvent,
    QFontMetricsF,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame

from desktop.gui.theme import Theme
from desktop.gui.tokens_view.chip_paint import Ink, draw_box
from desktop.gui.tokens_view.flow import Box, Flow, Measures, flow
from desktop.gui.tokens_view.record import Recorded
from desktop.gui.tokens_view.why_card import WhyCard
from desktop.gui.tokens_view.words import Why, spoken, why, why_proposal

_SLICE = 2500
"""Spans laid out at once: the window must not wait for a long answer."""
_ROW, _CHIP, _PAD, _GAP, _GUTTER, _TOP = 30, 24, 6, 5, 44, 4


class ChipField(QAbstractScrollArea):
    """`show_answer` gives it an answer; `selected` and `sight` tell what is looked at, as span numbers."""

    selected = Signal(int)
    arranged = Signal()
    """There are more rows, or fewer."""
    sight = Signal(int, int)
    """First and last span in sight."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._answer, self._flow = theme, Recorded(), Flow()
        self._measures = Measures(len, 0, 0)
        self._width = -1
        """What the flow is laid out for, -1 = for nothing that still holds."""
        self._current, self._proposals, self._caret, self._muted = -1, False, False, False
        self.setObjectName("tokenChips")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.card = WhyCard(theme, self)
        self.card.dismissed.connect(self._mute)
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._lay_on)
        self.verticalScrollBar().valueChanged.connect(self._scrolled)
        theme.changed.connect(self._themed)
        self._speak()

    def show_answer(self, answer: Recorded) -> None:
        """Another answer, or the same one grown. The selection stays where it can."""
        follows = self.verticalScrollBar().value() == self.verticalScrollBar().maximum()
        grown = len(answer.spans) > len(self._answer.spans) > 0
        self._answer = answer
        self._current = min(self._current, len(answer.spans) - 1)
        self.card.dismiss()
        self._arrange(answer.shared)
        if grown and follows:
            self.verticalScrollBar().setValue(self.verticalScrollBar().maximum())
        self._speak()

    def show_proposals(self, on: bool) -> None:
        """Show what was rejected or dropped, struck through, before what replaced it."""
        self._proposals = on
        self._arrange()
        self._reveal()

    def show_caret(self, on: bool) -> None:
        """A caret behind the last token: the answer is paused there."""
        self._caret = on
        self.viewport().update()

    @property
    def current(self) -> int:
        """The selected span, -1 = none."""
        return self._current

    @property
    def laid_out(self) -> Flow:
        """Where everything stands."""
        self._lay_to(len(self._answer.spans) - 1)
        return self._flow

    def _lay_to(self, span: int) -> None:
        """See to it that a span has its place."""
        if self._width < 0:
            self._arrange()
        if self._flow.spans <= span:
            self._lay(span + 1, len(self._flow.rows))

    def select(self, span: int) -> None:
        """Select and bring into sight."""
        if not self._answer.spans:
            return
        span = min(max(span, 0), len(self._answer.spans) - 1)
        if span != self._current:
            self._current = span
            self._lay_to(span)
            self._reveal()
            self._speak()
            self.viewport().update()
            self.selected.emit(span)

    def step(self, by: int) -> None:
        """Select so many tokens on."""
        self.select(self._current + by if self._current >= 0 else 0)

    @property
    def rows(self) -> int:
        """How many there are, as last laid out; `arranged` tells when there are others."""
        return len(self._flow.rows)

    def show_rows(self, rows: int) -> None:
        """Be as high as so many rows."""
        self.setFixedHeight(self._theme.px(_ROW) * rows + 2 * self._theme.px(_TOP))

    def chip_rect(self, span: int) -> QRect:
        """Where a chip is, in the viewport."""
        self._lay_to(span)
        return self._rect(self._flow.of_span(span), self._flow.row_of_span[span]).toAlignedRect()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, Home, End, Page: move. Enter: why. Everything else is the view's."""
        key, rows = event.key(), max(self._room() - 1, 1)
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}
        jumps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1, Qt.Key.Key_PageUp: -rows, Qt.Key.Key_PageDown: rows}
        if event.matches(QKeySequence.StandardKey.Copy) and self._current >= 0:
            QGuiApplication.clipboard().setText(self._answer.spans[self._current].text)
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier or not self._answer.spans:
            event.ignore()
        elif key in steps:
            self.step(steps[Qt.Key(key)])
        elif key in jumps:
            self._jump(jumps[Qt.Key(key)])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.select(0 if key == Qt.Key.Key_Home else len(self._answer.spans) - 1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._muted = False
        else:
            event.ignore()
        if event.isAccepted():
            self._explain()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """With the keyboard: something is selected, and explained."""
        super().focusInEvent(event)
        self._muted = False
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.select(max(self._current, 0))
            self._explain()
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """No card without focus."""
        super().focusOutEvent(event)
        self.card.dismiss()
        self.viewport().update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Explain what is under the mouse."""
        self._hover(event.position().toPoint())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select; a struck word selects what replaced it."""
        found = self._under(event.position().toPoint())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.select(found[0].span)

    def viewportEvent(self, event: QEvent) -> bool:
        """The mouse has left."""
        if event.type() == QEvent.Type.Leave:
            self.card.dismiss()
        return super().viewportEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Flow to the new width."""
        super().resizeEvent(event)
        self._fit_bar()
        if event.size().width() != event.oldSize().width():
            self._width = -1  # laid out once it is painted or asked for: a window is resized in many steps
            self.viewport().update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The rows in sight."""
        self._lay_to(0)
        first, last = self._rows_in_sight()
        ink = Ink(self._theme)
        with QPainter(self.viewport()) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for row in range(first, last + 1):
                self._number(painter, row)
                for box in self._flow.row(row):
                    span = self._answer.spans[box.span]
                    draw_box(painter, ink, box, span, self._rect(box, row), box.span == self._current)
            if (
                self._caret
                and self._flow.spans == len(self._answer.spans) > 0
                and last == len(self._flow.rows) - 1
            ):
                end = self._rect(self._flow.boxes[-1], last)
                painter.fillRect(
                    QRectF(end.right() + 7, end.top() + 1, 2.5, end.height() - 2), self._theme.color("accent")
                )

    def _number(self, painter: QPainter, row: int) -> None:
        px, box = self._theme.px, self._flow.row(row)[0]
        painter.setFont(self._theme.font(11, mono=True))
        painter.setPen(self._theme.color("text3"))
        at = QRectF(0, self._y(row), px(_GUTTER) - px(14), px(_CHIP))
        flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(at, int(flags), str(self._answer.spans[box.span].first + 1))

    def _y(self, row: int) -> float:
        px = self._theme.px
        return px(_TOP) + (row - self.verticalScrollBar().value()) * px(_ROW) + (px(_ROW) - px(_CHIP)) / 2

    def _rect(self, box: Box, row: int) -> QRectF:
        return QRectF(self._theme.px(_GUTTER) + box.x, self._y(row), box.width, self._theme.px(_CHIP))

    def _rows_in_sight(self) -> tuple[int, int]:
        first = self.verticalScrollBar().value()
        return first, min(first + self._room(), len(self._flow.rows)) - 1

    def _room(self) -> int:
        """Whole rows that fit."""
        return max((self.viewport().height() - 2 * self._theme.px(_TOP)) // self._theme.px(_ROW), 1)

    def _under(self, at: QPoint) -> tuple[Box, int] | None:
        px = self._theme.px
        row = (at.y() - px(_TOP)) // px(_ROW) + self.verticalScrollBar().value()
        if row > self._rows_in_sight()[1] or self._width < 0:
            return None
        box = self._flow.at(row, at.x() - px(_GUTTER))
        return None if box is None else (box, row)

    def _hover(self, at: QPoint) -> None:
        found = self._under(at)
        if found is None:
            self.card.dismiss()
        else:
            self.card.hover(self._why(found[0]), self._global(self._rect(*found)))

    def _why(self, box: Box) -> Why:
        span = self._answer.spans[box.span]
        if box.proposal < 0:
            return why(span, self._answer.round_of(span))
        owner = next(token for token in span.tokens if token.before)
        return why_proposal(span.before[box.proposal], self._answer.rounds[owner.round])

    def _explain(self) -> None:
        if self._current < 0 or self._muted or not self.hasFocus():
            return
        box, rect = self._flow.of_span(self._current), self.chip_rect(self._current)
        self.card.show_now(self._why(box), self._global(QRectF(rect)))

    def _global(self, rect: QRectF) -> QRect:
        whole = rect.toAlignedRect()
        return QRect(self.viewport().mapToGlobal(whole.topLeft()), whole.size())

    def _jump(self, rows: int) -> None:
        if self._current < 0:
            self.select(0)
            return
        box = self._flow.of_span(self._current)
        self.select(self._flow.nearest(self._flow.row_of_span[self._current] + rows, box.x + box.width / 2))

    @Slot()
    def _mute(self) -> None:
        self._muted = True

    @Slot()
    def _themed(self) -> None:
        self._arrange()
        self.viewport().update()

    @Slot()
    def _scrolled(self) -> None:
        self.card.dismiss()
        self._tell_sight()

    def _tell_sight(self) -> None:
        first, last = self._rows_in_sight()
        if first <= last:
            self.sight.emit(self._flow.row(first)[0].span, self._flow.row(last)[-1].span)

    def _arrange(self, kept: int = 0) -> None:
        """Lay out. `kept`: spans in front whose places stand."""
        px = self._theme.px
        width = max(self.viewport().width() - px(_GUTTER) - px(4), px(80))
        if width != self._width or not kept:
            metrics = QFontMetricsF(self._theme.font(13, mono=True))
            self._measures = Measures(metrics.horizontalAdvance, px(_PAD), px(_GAP))
            self._width, kept = width, 0
        rows = len(self._flow.rows)
        self._flow.cut(min(kept, self._flow.spans))
        self._lay(self._flow.spans + self._slice, rows)

    @property
    def _slice(self) -> int:
        """Spans laid out at once; proposals are some more boxes each."""
        return _SLICE // 3 if self._proposals else _SLICE

    @Slot()
    def _lay_on(self) -> None:
        self._lay(self._flow.spans + self._slice, len(self._flow.rows))

    def _lay(self, until: int, rows: int) -> None:
        """Lay out as far as a span; the rest follows when there is time. `rows`: how many there were."""
        spans, known = self._answer.spans, self._flow.spans
        flow(spans, self._width, self._measures, proposals=self._proposals, made=self._flow, until=until)
        if self._flow.spans < len(spans):
            self._rest.start()
        else:
            self._rest.stop()
        self._fit_bar()
        if known <= self._current < self._flow.spans:
            self._reveal()
        if len(self._flow.rows) != rows:
            self.arranged.emit()

    def _fit_bar(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(len(self._flow.rows) - self._room(), 0))  # in rows: none is ever cut
        bar.setPageStep(self._room())
        bar.setSingleStep(1)
        self.viewport().update()
        self._tell_sight()

    def _reveal(self) -> None:
        if not 0 <= self._current < self._flow.spans or self._width < 0:
            return
        bar, row = self.verticalScrollBar(), self._flow.row_of_span[self._current]
        if row < bar.value():
            bar.setValue(row)
        elif row >= bar.value() + self._room():
            bar.setValue(row - self._room() + 1)

    def _speak(self) -> None:
        answer = self._answer
        if self._current < 0:
            self.setAccessibleName(f"Tokens of the answer, {answer.total:,}")
            return
        span = answer.spans[self._current]
        self.setAccessibleName(spoken(span, answer.total, answer.round_of(span)))
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.NameChanged))
