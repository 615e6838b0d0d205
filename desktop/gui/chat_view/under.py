"""Paints what a text document cannot draw itself: list markers, quote bars, rules, grounds of inline code."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QTextBlock, QTextDocument, QTextLayout

from desktop.gui.chat_view.ink import CHIP, MARKER, QUOTE, QUOTE_INDENT, RULE
from desktop.gui.chat_view.pieces import DONE_TASK, OPEN_TASK
from desktop.gui.theme import R_TINT, Theme


def paint_under(painter: QPainter, document: QTextDocument, clip: QRectF, theme: Theme) -> None:
    """Paints for all blocks in `clip`. A document is short: a section has at most some dozens of blocks."""
    layout, block = document.documentLayout(), document.firstBlock()
    while block.isValid():
        rect = layout.blockBoundingRect(block)
        if rect.top() > clip.bottom():
            break
        if rect.bottom() >= clip.top() - 30:
            _block(painter, block, rect, clip, theme)
        block = block.next()


def _block(painter: QPainter, block: QTextBlock, rect: QRectF, clip: QRectF, theme: Theme) -> None:
    form = block.blockFormat()
    if form.property(QUOTE):
        _quote(painter, block, int(form.property(QUOTE)), theme)
    if form.property(RULE):
        line = QRectF(form.leftMargin(), round(rect.center().y()), clip.right() - form.leftMargin() + 1, 1)
        painter.fillRect(line, theme.color("line2"))
    if form.property(MARKER) and block.layout().lineCount():
        _marker(painter, block, str(form.property(MARKER)), theme)
    for span in block.textFormats():
        if span.format.property(CHIP):
            _chip(painter, block.layout(), span.start, span.length, theme)


def _quote(painter: QPainter, block: QTextBlock, levels: int, theme: Theme) -> None:
    above = block.previous()
    shared = int(above.blockFormat().property(QUOTE) or 0) if above.isValid() else 0
    bottom = _base(block, last=True) + theme.px(6)
    for level in range(levels):
        joined = level < shared
        top = _base(above, last=True) + theme.px(6) if joined else _base(block, last=False) - theme.px(15)
        bar = QRectF(theme.px(QUOTE_INDENT) * level, top, theme.px(3), bottom - top)
        painter.fillRect(bar, theme.color("line2"))


def _marker(painter: QPainter, block: QTextBlock, marker: str, theme: Theme) -> None:
    layout = block.layout()
    base = _base(block, last=False)
    right = layout.position().x() + layout.lineAt(0).x() - theme.px(8)
    if marker in (OPEN_TASK, DONE_TASK):
        _task(painter, QPointF(right, base), theme, done=marker == DONE_TASK)
        return
    painter.setFont(block.charFormat().font())
    painter.setPen(theme.color("text3" if len(marker) == 1 else "text2"))
    painter.drawText(QPointF(right - painter.fontMetrics().horizontalAdvance(marker), base), marker)


def _task(painter: QPainter, at: QPointF, theme: Theme, *, done: bool) -> None:
    """A box, with a tick when done; its lower right corner at `at`."""
    side = theme.px(13)
    box = QRectF(at.x() - side + 0.5, at.y() - side + 1.5, side, side)
    painter.setPen(theme.color("line3"))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box, R_TINT, R_TINT)
    if done:
        painter.drawPixmap(box.topLeft() + QPointF(1, 1), theme.pixmap("check", "text", 11))


def _chip(painter: QPainter, layout: QTextLayout, start: int, length: int, theme: Theme) -> None:
    """The rounded ground of inline code, one rounded shape per line."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("raised"))
    room = theme.px(3)
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        begin, end = line.textStart(), line.textStart() + line.textLength()
        begin, end = max(start, begin), min(start + length, end)
        if begin < end:
            left, right = _x(line, begin), _x(line, end)
            base = layout.position().y() + line.y() + line.ascent()
            left += layout.position().x() - room
            box = QRectF(left, base - theme.px(14), right + layout.position().x() - left, theme.px(19))
            painter.drawRoundedRect(box, R_TINT + 1, R_TINT + 1)


def _base(block: QTextBlock, *, last: bool) -> float:
    """Where the first or last line of a block stands, in the document."""
    layout = block.layout()
    if layout.lineCount() == 0:
        return layout.position().y()
    line = layout.lineAt(layout.lineCount() - 1 if last else 0)
    return layout.position().y() + line.y() + line.ascent()


def _x(line: Any, position: int) -> float:
    value = line.cursorToX(position)
    return float(value[0] if isinstance(value, tuple) else value)
