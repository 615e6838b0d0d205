"""The round strip: one block per round, as wide as the tokens it gave, as high as the milliseconds of each.

A red cap: a rejection ended the round. The dashed line: what a token costs without drafting. It shows the
tokens the chips have in sight; a click selects the first token of a round, arrows step round by round.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from math import ceil

from PySide6.QtCore import QEvent, QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from desktop.gui.chart import dashed, grid, nice_step
from desktop.gui.cost_chart import ms_text
from desktop.gui.numbers import count
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.record import Block, Recorded

_LEFT, _RIGHT, _TOP, _BOTTOM, _HEIGHT = 44, 106, 8, 20, 124


class RoundStrip(Painted):
    """`chosen` gives the index of a round's first token."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._answer, self._sight, self._round = Recorded(), (0, 0), -1
        self._top, self._step = _scale(self._answer)
        self.setObjectName("roundStrip")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.refresh()
        self._speak()

    def show_answer(self, answer: Recorded) -> None:
        """Another answer."""
        self._answer = answer
        self._top, self._step = _scale(answer)
        self._speak()
        self.update()

    def show_tokens(self, first: int, last: int) -> None:
        """Which tokens are in sight, by index."""
        if (first, last) != self._sight:
            self._sight = (first, last)
            self.update()

    def select(self, round_: int) -> None:
        """The round of the selected token, -1 = none."""
        if round_ != self._round:
            self._round = round_
            self._speak()
            self.update()

    @property
    def blocks(self) -> list[Block]:
        """Those in sight."""
        (first, last), blocks = self._sight, self._answer.blocks
        begin = bisect_left(blocks, first, key=lambda block: block.last)
        end = bisect_right(blocks, last, key=lambda block: block.first)
        return blocks[begin:end]

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(_HEIGHT))
        super().refresh()

    def block_rect(self, block: Block) -> QRectF:
        """Where a block is drawn."""
        area, top = self._area(), self._top
        first, last = self._sight
        step = area.width() / (last - first + 1)
        left = area.left() + (max(block.first, first) - first) * step
        right = area.left() + (min(block.last, last) - first + 1) * step
        height = area.height() * block.ms / top
        gap = 1.0 if right - left > 4 else 0.25
        return QRectF(left + gap, area.bottom() - height, right - left - 2 * gap, height)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right: the round before, the round after."""
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        blocks = self._answer.blocks
        if step is None or not blocks:
            event.ignore()
            return
        at = next((number for number, block in enumerate(blocks) if block.round == self._round), -1)
        self.chosen.emit(blocks[min(max(at + step, 0), len(blocks) - 1)].first)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select the round under the mouse."""
        block = self._under(event.position().x())
        if block is not None:
            self.chosen.emit(block.first)

    def event(self, event: QEvent) -> bool:
        """The figures of the round under the mouse."""
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            block = self._under(event.pos().x())
            if block is None:
                QToolTip.hideText()
            else:
                QToolTip.showText(event.globalPos(), self._told(block), self)
            return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The ring."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """The ring."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Grid, blocks, plain cost, places."""
        with QPainter(self) as painter:
            painter.setFont(self.theme.type_font("axis"))
            grid(painter, self.theme, self._area(), self._top, self._step)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            for block in self.blocks:
                self._block(painter, block)
            self._plain(painter)
            self._places(painter)
            if self.hasFocus():
                painter.setPen(QPen(self.theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _area(self) -> QRectF:
        px = self.theme.px
        right = px(_RIGHT) if self._answer.plain_ms else px(4)
        return QRectF(self.rect()).adjusted(px(_LEFT), px(_TOP), -right, -px(_BOTTOM))

    def _block(self, painter: QPainter, block: Block) -> None:
        area, rect = self._area(), self.block_rect(block)
        cut = rect.top() < area.top()
        rect.setTop(max(rect.top(), area.top()))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("accent", 1.0 if block.round == self._round else 0.45))
        painter.drawRoundedRect(rect, 2, 2)
        if cut:  # higher than the scale: broken by a gap
            painter.fillRect(
                QRectF(rect.left(), rect.top() + 4, rect.width(), 2), self.theme.color("surface")
            )
        if block.rejected:
            painter.setPen(QPen(self.theme.color("bad"), 2))
            y = max(rect.top() - 3, 1.0)
            painter.drawLine(QLineF(rect.left(), y, rect.right(), y))

    def _plain(self, painter: QPainter) -> None:
        area, plain = self._area(), self._answer.plain_ms
        if plain <= 0 or not self._answer.spans:
            return
        y = area.bottom() - area.height() * plain / self._top
        painter.setPen(dashed(self.theme))
        painter.drawLine(QLineF(area.left(), y, area.right(), y))
        painter.setPen(self.theme.color("text2"))
        box = QRectF(area.right() + self.theme.px(8), y - 8, self.theme.px(_RIGHT), 16)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignVCenter), f"plain {ms_text(plain)} ms")

    def _places(self, painter: QPainter) -> None:
        first, last = self._sight
        if not self._answer.spans:
            return
        area = self._area()
        step = area.width() / (last - first + 1)
        every = max(int(nice_step(last - first + 1, 9)), 1)
        painter.setPen(self.theme.color("text3"))
        for index in range(first, last + 1):
            if (index + 1) % every == 0:
                x = area.left() + (index - first + 0.5) * step
                box = QRectF(x - 24, area.bottom() + self.theme.px(4), 48, self.theme.px(14))
                painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), f"{index + 1:,}")

    def _under(self, x: float) -> Block | None:
        for block in self.blocks:
            rect = self.block_rect(block)
            if rect.left() - 1 <= x <= rect.right() + 1:
                return block
        return None

    def _told(self, block: Block) -> str:
        one = self._answer.rounds[block.round]
        gave = f"Round {block.round + 1:,}: {count(block.made, 'token')}"
        if not one.drafted:
            return f"{gave}, nothing drafted; {ms_text(one.verify_ms)} ms"
        spent = f"{ms_text(one.draft_ms)} ms drafting + {ms_text(one.verify_ms)} ms verifying"
        return (
            f"{gave}; {one.accepted:,} of {len(one.drafted):,} drafted accepted; "
            f"{spent} = {ms_text(block.ms)} ms a token"
        )

    def _speak(self) -> None:
        block = self._answer.block_of(self._round) if self._round >= 0 and self._answer.blocks else None
        plain = f"; plain {ms_text(self._answer.plain_ms)} ms" if self._answer.plain_ms else ""
        told = f". {self._told(block)}" if block else ""
        number = count(len(self._answer.blocks), "round")
        self.setAccessibleName(f"Milliseconds per token, one block per round, {number}{plain}{told}")


def _scale(answer: Recorded) -> tuple[float, float]:
    """Top and step, the same for the whole answer: blocks in sight can be compared with those before.

    One slow round in fifty may stand out at the top: it must not flatten all others.
    """
    times = sorted(block.ms for block in answer.blocks) or [1.0]
    highest = max(times[ceil(len(times) * 0.98) - 1] * 1.1, answer.plain_ms * 1.1, 1e-3)
    step = nice_step(highest, 4)
    return ceil(highest / step - 1e-9) * step, step
