"""How one chip, or one struck proposal, is drawn. Knows colours and states, nothing of where or why."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from desktop.engine.spans import Span
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.flow import Box

_RADIUS = 5


def draw_box(painter: QPainter, theme: Theme, box: Box, span: Span, rect: QRectF, current: bool) -> None:
    """A chip in its state; a proposal as struck text without a box."""
    if box.proposal >= 0:
        rejected = span.before[box.proposal].outcome == "rejected"
        _text(painter, theme, box.text, rect, "bad" if rejected else "text3", struck=True)
        return
    accepted, replaced = span.how == "accepted", span.how == "replaced"
    line = theme.color("ok", 0.28) if accepted else theme.color("bad" if replaced else "line2")
    painter.setPen(QPen(theme.color("accent"), 2) if current else QPen(line, 1.2 if replaced else 1))
    painter.setBrush(theme.color("ok_bg" if accepted else "bg"))
    inset = 1.0 if current else 0.5
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
    if current and replaced:  # the outline says selected: keep the state in sight
        under = QRectF(rect.left() + 6, rect.bottom() - 4.5, rect.width() - 12, 1.5)
        painter.fillRect(under, theme.color("bad"))
    _text(painter, theme, box.text, rect, "text" if span.text else "text3")


def _text(
    painter: QPainter, theme: Theme, text: str, rect: QRectF, token: str, *, struck: bool = False
) -> None:
    font = theme.font(13, mono=True)
    font.setStrikeOut(struck)
    painter.setFont(font)
    painter.setPen(theme.color(token))
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
