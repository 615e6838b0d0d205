"""How one chip, or one struck proposal, is drawn. Knows colours and states, nothing of where or why."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from desktop.engine.spans import Span
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.flow import Box

_RADIUS = 5
_MIDDLE = int(Qt.AlignmentFlag.AlignCenter)


class Ink:
    """Fonts, pens and fills of a theme: made once for all chips of a repaint."""

    def __init__(self, theme: Theme) -> None:
        self.font, self.struck = theme.font(13, mono=True), theme.font(13, mono=True)
        self.struck.setStrikeOut(True)
        self.text, self.faint, self.bad = (theme.color(name) for name in ("text", "text3", "bad"))
        self.accepted, self.plain = theme.color("ok_bg"), theme.color("bg")
        self.selected = QPen(theme.color("accent"), 2)
        self.lines = {
            "accepted": QPen(theme.color("ok", 0.28), 1),
            "replaced": QPen(theme.color("bad"), 1.2),
            "chosen": QPen(theme.color("accent"), 1.2, Qt.PenStyle.DashLine),
            "": QPen(theme.color("line2"), 1),
        }


def draw_box(painter: QPainter, ink: Ink, box: Box, span: Span, rect: QRectF, current: bool) -> None:
    """A chip in its state; a proposal as struck text without a box."""
    if box.proposal >= 0:
        rejected = span.before[box.proposal].outcome == "rejected"
        painter.setFont(ink.struck)
        painter.setPen(ink.bad if rejected else ink.faint)
        painter.drawText(rect, _MIDDLE, box.text)
        return
    how = span.how
    painter.setPen(ink.selected if current else ink.lines.get(how, ink.lines[""]))
    painter.setBrush(ink.accepted if how == "accepted" else ink.plain)
    inset = 1.0 if current else 0.5
    painter.drawRoundedRect(rect.adjusted(inset, inset, -inset, -inset), _RADIUS, _RADIUS)
    if current and how == "replaced":  # the outline says selected: keep the state in sight
        painter.fillRect(QRectF(rect.left() + 6, rect.bottom() - 4.5, rect.width() - 12, 1.5), ink.bad)
    painter.setFont(ink.font)
    painter.setPen(ink.text if span.text else ink.faint)
    painter.drawText(rect, _MIDDLE, box.text)
