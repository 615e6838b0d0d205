"""The hover card that says why a word stands where it stands; for chips and for words in the chat.

It floats over the window its host is in, above what it points at, or below where there is no room. `hover`
opens it after 150 ms, `show_now` at once (keyboard focus); `dismiss` and Esc close it. It takes no focus and
lets the mouse through. Knows `Why`, nothing of answers.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, QRectF, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QKeyEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.gui.escape import claims_escape
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.words import Why, WhyRow, p_words, rank_words

DELAY_MS = 150
_PAD, _ROW, _TIP, _BAR, _GAP, _EDGE = 14, 22, 7, 70, 10, 6
_WIDEST_WORD = 150


class WhyCard(Painted):
    """Give it the widget it serves as `host`; that widget's Esc closes the card."""

    dismissed = Signal()
    """Closed with Esc."""

    def __init__(self, theme: Theme, host: QWidget) -> None:
        super().__init__(theme)
        self._host, self._why, self._next = host, Why((), ""), Why((), "")
        self._tip, self._above, self._at = 0.0, True, QRect()
        self.setObjectName("whyCard")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._open)
        self.setParent(host)
        self.hide()
        host.installEventFilter(self)
        host.destroyed.connect(self.deleteLater)  # it lives in the window, not in its host

    @property
    def why(self) -> Why:
        """What it shows, or last showed."""
        return self._why

    def hover(self, why: Why, at: QRect) -> None:
        """Open in 150 ms. `at`: what to point at, in global coordinates. An open card moves at once."""
        if (why, at) == (self._next, self._at) and (self.isVisible() or self._timer.isActive()):
            return
        self._next, self._at = why, at
        if self.isVisible():
            self._open()
        else:
            self._timer.start()

    def show_now(self, why: Why, at: QRect) -> None:
        """Open at once."""
        self._next, self._at = why, at
        self._open()

    @Slot()
    def dismiss(self) -> None:
        """Close, and forget what was about to open."""
        self._timer.stop()
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Esc of the host, and its going away."""
        if self.isVisible() and claims_escape(event):
            return True
        if self.isVisible() and event.type() == QEvent.Type.KeyPress:
            if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
                self.dismiss()
                self.dismissed.emit()
                return True
        elif event.type() in (QEvent.Type.Hide, QEvent.Type.WindowDeactivate):
            self.dismiss()
        return super().eventFilter(watched, event)

    @Slot()
    def _open(self) -> None:
        self._timer.stop()
        window = self._host.window()
        if not self._host.isVisible():
            return
        self._why = self._next
        self.setAccessibleName(self._why.in_words())
        if self.parentWidget() is not window:
            self.setParent(window)
        self._place(window)
        self.show()
        self.raise_()
        self.update()

    def _place(self, window: QWidget) -> None:
        px = self.theme.px
        size = self._measure(window.width() - 2 * px(_EDGE))
        at = QRect(window.mapFromGlobal(self._at.topLeft()), self._at.size())
        self._above = at.top() - size.height() >= px(_EDGE)
        y = at.top() - size.height() if self._above else at.bottom() + 1
        left = at.center().x() - size.width() // 2
        left = max(px(_EDGE), min(left, window.width() - size.width() - px(_EDGE)))
        self.setGeometry(QRect(QPoint(left, y), size))
        margin = px(_PAD) + px(_TIP)
        self._tip = max(margin, min(at.center().x() - left, size.width() - margin))

    def _columns(self) -> tuple[float, float, float, float]:
        """Widths: name, word, probability, rank."""
        caption = QFontMetricsF(self.theme.type_font("caption"))
        strong = QFontMetricsF(self.theme.type_font("strong"))
        rows = self._why.rows
        names = max((caption.horizontalAdvance(row.name) for row in rows), default=0)
        words = max((strong.horizontalAdvance(row.word) for row in rows), default=0)
        ranks = max(
            (caption.horizontalAdvance(rank_words(row.rank)) for row in rows if row.rank >= 0), default=0
        )
        return names, min(words, self.theme.px(_WIDEST_WORD)), caption.horizontalAdvance("p = .00"), ranks

    def _measure(self, widest: int) -> QSize:
        px = self.theme.px
        name, word, value, rank = self._columns()
        width = (
            name + word + px(_BAR) + value + (rank + px(_GAP) if rank else 0) + 3 * px(_GAP) + 2 * px(_PAD)
        )
        width = min(max(width, px(300)), widest)
        height = len(self._why.rows) * px(_ROW) + self._note_height(width) + 2 * px(9) + px(_TIP)
        return QSize(round(width), round(height))

    def _note_height(self, width: float) -> float:
        metrics = QFontMetricsF(self.theme.type_font("caption"))
        box = QRectF(0, 0, width - 2 * self.theme.px(_PAD), 1000)
        return metrics.boundingRect(
            box, int(Qt.TextFlag.TextWordWrap), self._why.note
        ).height() + self.theme.px(4)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Frame with its tip, rows, note."""
        px = self.theme.px
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(self.theme.color("line3"), 1))
            painter.setBrush(self.theme.color("raised"))
            painter.drawPath(self._frame())
            top = px(9) + (0 if self._above else px(_TIP))
            for number, row in enumerate(self._why.rows):
                self._row(painter, row, top + number * px(_ROW))
            top += len(self._why.rows) * px(_ROW) + px(2)
            painter.setFont(self.theme.type_font("caption"))
            painter.setPen(self.theme.color("text2"))
            box = QRectF(px(_PAD), top, self.width() - 2 * px(_PAD), self.height() - top)
            painter.drawText(box, int(Qt.TextFlag.TextWordWrap), self._why.note)

    def _frame(self) -> QPainterPath:
        tip, radius = self.theme.px(_TIP), self.theme.px(8)
        body = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        body = body.adjusted(0, 0, 0, -tip) if self._above else body.adjusted(0, tip, 0, 0)
        edge, point = (body.bottom(), body.bottom() + tip) if self._above else (body.top(), body.top() - tip)
        path, arrow = QPainterPath(), QPainterPath(QPointF(self._tip - tip, edge))
        path.addRoundedRect(body, radius, radius)
        arrow.lineTo(self._tip, point)
        arrow.lineTo(self._tip + tip, edge)
        arrow.closeSubpath()
        return path.united(arrow)

    def _row(self, painter: QPainter, row: WhyRow, top: float) -> None:
        theme, px = self.theme, self.theme.px
        name, word, value, rank = self._columns()
        height, flags = px(_ROW), int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
        x = float(px(_PAD))
        painter.setFont(theme.type_font("caption"))
        painter.setPen(theme.color("text2"))
        painter.drawText(QRectF(x, top, name + 1, height), flags, row.name)
        x += name + px(_GAP)
        font = theme.type_font("strong")
        font.setStrikeOut(row.struck)
        painter.setFont(font)
        painter.setPen(theme.color("bad" if row.struck else "text"))
        shown = QFontMetricsF(font).elidedText(row.word, Qt.TextElideMode.ElideRight, word + 1)
        painter.drawText(QRectF(x, top, word + 2, height), flags, shown)
        x += word + px(_GAP)
        if row.value is None:
            return
        _bar(painter, theme, QRectF(x, top + height / 2 - px(3), px(_BAR), px(6)), row.value, row.by_target)
        x += px(_BAR) + px(_GAP)
        painter.setFont(theme.type_font("caption"))
        painter.setPen(theme.color("text2"))
        painter.drawText(QRectF(x, top, value + 1, height), flags, p_words(row.value))
        if row.rank >= 0:
            painter.drawText(QRectF(x + value + px(_GAP), top, rank + 1, height), flags, rank_words(row.rank))


def _bar(painter: QPainter, theme: Theme, box: QRectF, value: float, by_target: bool) -> None:
    half = box.height() / 2
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("line2"))
    painter.drawRoundedRect(box, half, half)
    if value > 0:
        painter.setBrush(theme.color("accent" if by_target else "text3"))
        width = max(box.height(), box.width() * min(value, 1.0))
        painter.drawRoundedRect(QRectF(box.left(), box.top(), width, box.height()), half, half)
