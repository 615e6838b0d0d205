"""Paints under a text what came from where: a rounded shape for a run of accepted tokens, a caret under one
that replaced a rejected one, a frame around the chosen one. Knows documents and tints.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import (
    QFontMetricsF,
    QPainter,
    QPainterPath,
    QPen,
    QPolygonF,
    QTextBlock,
    QTextDocument,
    QTextLine,
)

from desktop.gui.chat_view.struck import paint_struck
from desktop.gui.chat_view.tints import Kind, Tint
from desktop.gui.theme import R_TINT, Theme

_RIGHT_TO_LEFT = re.compile(
    "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\U00010800-\U00010fff\U0001e800-\U0001efff]"
)


class _Known(NamedTuple):
    """What was found out about one paragraph, and for what."""

    revision: int
    width: float
    tints: list[tuple[int, int, Kind]]
    shapes: QPainterPath
    carets: QPainterPath


def _start(tint: Tint) -> int:
    return tint.start


class Shades:
    """The tints of one document. Where they are is found paragraph by paragraph, when it is seen."""

    def __init__(self, document: QTextDocument, theme: Theme) -> None:
        self._document, self._theme = document, theme
        self._tints: Sequence[Tint] = ()
        self._known: dict[int, _Known] = {}
        self.chosen: tuple[int, int] | None = None

    @property
    def tints(self) -> Sequence[Tint]:
        """In the order of the text."""
        return self._tints

    def show(self, tints: Sequence[Tint]) -> int:
        """Paint these from now on; returns the first unit where they are others, -1 = they are the same."""
        before, self._tints = self._tints, tints
        pairs = enumerate(zip(before, tints, strict=False))
        same = next((number for number, (old, new) in pairs if old != new), min(len(before), len(tints)))
        others = [*before[same : same + 1], *tints[same : same + 1]]
        return min((tint.start for tint in others), default=-1)

    def _of(self, block: QTextBlock) -> _Known:
        """The tints of a paragraph, from its own place on; found again only when it has changed."""
        start, number = block.position(), block.blockNumber()
        first = bisect_left(self._tints, start, key=_start)
        last = bisect_left(self._tints, start + block.length(), key=_start)
        mine = [(t.start - start, t.end - start, t.kind) for t in self._tints[first:last]]
        known, width = self._known.get(number), self._document.textWidth()
        if known is None or (known.revision, known.width, known.tints) != (block.revision(), width, mine):
            known = self._known[number] = _Known(
                block.revision(), width, mine, QPainterPath(), QPainterPath()
            )
            known.shapes.setFillRule(Qt.FillRule.WindingFill)
            for low, high, kind in mine:
                boxes = _of_block(block, low, high, self._theme)
                if kind == "accepted":
                    for box in boxes:
                        known.shapes.addRoundedRect(box, R_TINT, R_TINT)
                elif boxes:
                    known.carets.addPolygon(caret(self._theme, boxes[0].bottomLeft()))
        return known

    def paint(self, painter: QPainter, clip: QRectF) -> None:
        """What can be seen of it."""
        layout, block = self._document.documentLayout(), self._document.firstBlock()
        while block.isValid():
            place = layout.blockBoundingRect(block)
            if place.top() > clip.bottom():
                break
            if place.bottom() >= clip.top():
                self._paint(painter, block)
            block = block.next()
        if self.chosen is not None:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(self._theme.color("accent"), 2))
            for rect in rects(self._document, *self.chosen, self._theme):
                painter.drawRoundedRect(rect.adjusted(1, 1, -1, -1), R_TINT, R_TINT)

    def _paint(self, painter: QPainter, block: QTextBlock) -> None:
        if self._tints:
            known, place = self._of(block), block.layout().position()
            painter.translate(place)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("ok_bg"))
            painter.drawPath(known.shapes)
            painter.setBrush(self._theme.color("bad"))
            painter.drawPath(known.carets)
            painter.translate(-place)
        paint_struck(painter, block, self._theme)


def caret(theme: Theme, at: QPointF) -> QPolygonF:
    """The sign of a replaced token: a caret under where it begins, as in a corrected manuscript."""
    side = theme.px(6)
    corners = [QPointF(0, 1), QPointF(side, 1), QPointF(side / 2, 1 - 0.8 * side)]
    return QPolygonF([at + corner for corner in corners])


def rects(document: QTextDocument, start: int, end: int, theme: Theme) -> list[QRectF]:
    """Where units `start` to `end` of a document are drawn: a rectangle for every line and direction."""
    out: list[QRectF] = []
    block = document.findBlock(start)
    while block.isValid() and block.position() < end:
        first, last = max(start - block.position(), 0), min(end - block.position(), block.length() - 1)
        if first < last:
            place = block.layout().position()
            out += [rect.translated(place) for rect in _of_block(block, first, last, theme)]
        block = block.next()
    return out


def unit_at(document: QTextDocument, point: QPointF) -> int:
    """The unit drawn at a point of a document; -1 = none."""
    near = document.documentLayout().hitTest(point, Qt.HitTestAccuracy.FuzzyHit)
    block = document.findBlock(max(0, near))
    layout = block.layout()
    inside = point - layout.position()
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        drawn = line.naturalTextRect()
        if line.y() <= inside.y() < line.y() + line.height() and drawn.left() <= inside.x() < drawn.right():
            value: Any = line.xToCursor(inside.x(), QTextLine.CursorPosition.CursorOnCharacter)
            return block.position() + int(value)
    return -1


def _of_block(block: QTextBlock, start: int, end: int, theme: Theme) -> list[QRectF]:
    """Of units of a paragraph, from its own place on."""
    layout, out = block.layout(), []
    metrics = QFontMetricsF(block.charFormat().font())
    up, down = metrics.capHeight() + theme.px(4.5), metrics.descent() + theme.px(1.5)
    mixed = _RIGHT_TO_LEFT.search(layout.text()) is not None
    for number in range(layout.lineCount()):
        line = layout.lineAt(number)
        first, last = max(start, line.textStart()), min(end, line.textStart() + line.textLength())
        if first >= last:
            continue
        base = line.y() + line.ascent()
        for left, right in _parts(line, first, last) if mixed else [(_x(line, first), _x(line, last))]:
            right = min(right, line.naturalTextRect().right())  # not the spaces at a line's end
            x = max(1.0 - layout.position().x(), left)
            out.append(QRectF(x - 1, base - up, right - x + 2, up + down))
    return out


def _parts(line: QTextLine, first: int, last: int) -> list[tuple[float, float]]:
    """What is drawn from left to right of a line of both directions: neighbours joined."""
    edges = sorted(sorted((_x(line, at), _x(line, at, trailing=True))) for at in range(first, last))
    out: list[tuple[float, float]] = []
    for left, right in edges:
        if out and left <= out[-1][1] + 0.5:
            out[-1] = (out[-1][0], max(out[-1][1], right))
        elif right > left:
            out.append((left, right))
    return out


def _x(line: QTextLine, at: int, *, trailing: bool = False) -> float:
    edge = QTextLine.Edge.Trailing if trailing else QTextLine.Edge.Leading
    value: Any = line.cursorToX(at, edge)
    return float(value[0] if isinstance(value, tuple) else value)
