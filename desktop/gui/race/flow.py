"""Streaming text of a lane, painted by hand: tints per round, struck proposals, a caret, the end in view.

A recording is laid out once per width, a slice at a time, so that a long one does not hold up the window;
playing only changes how much of it is painted.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import (
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)

from desktop.engine.types import Step
from desktop.gui.parts import Painted
from desktop.gui.race.pieces import Pen, Piece, Placed, pieces, place
from desktop.gui.theme import R_TINT, Theme

_LINE, _PAD = 23, 4
_SLICE = 500
_TOLD = 4000
"""Steps laid out at a time, and told to a screen reader."""


class Flow(Painted):
    """Text that grows; `show_steps` says how much of it. Up and Down scroll back once it is longer."""

    def __init__(self, theme: Theme, accessible: str, *, name: str) -> None:
        super().__init__(theme)
        self._named = accessible
        self._run: list[Step] = []
        self._words: Mapping[int, str] = {}
        self._slices: list[list[Piece]] = []
        self._cut, self._laid = 0, 0
        """Steps cut into pieces, slices of them that are laid out."""
        self._placed: list[Placed] = []
        self._pen: Pen = (0.0, 0)
        self._steps: list[int] = []
        self._lines: list[int] = []
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._go_on)
        self._shown, self._back = 0, 0
        self._caret = False
        self._widths: dict[str, float] = {}
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_run((), {})

    def set_run(self, steps: Sequence[Step], words: Mapping[int, str]) -> None:
        """Another text; all of it is shown."""
        self._run, self._words, self._slices, self._cut = list(steps), words, [], 0
        self._shown, self._back = len(steps), 0
        self._lay()

    def append(self, steps: Sequence[Step], words: Mapping[int, str]) -> None:
        """Live: more of it. What was laid out stays, so that a long answer costs no more than a short one."""
        self._run += steps
        self._words = words
        self._shown += len(steps)
        self._go_on()

    def show_steps(self, count: int, *, caret: bool) -> None:
        """Show so many steps; `caret`: more is to come."""
        if (count, caret) != (self._shown, self._caret):
            self._shown, self._caret, self._back = count, caret, 0
            self.update()

    def name_text(self) -> None:
        """Tell a screen reader the text, when it is done."""
        text = "".join(part.text for step in self._run[:_TOLD] for part in step.parts)
        more = "…" if len(self._run) > _TOLD else ""
        self.setAccessibleName(f"{self._named}: {text}{more}" if text else f"{self._named}: nothing yet")

    def lines(self) -> int:
        """How many lines there are at this width, as far as they are laid out."""
        return self._placed[-1].line + 1 if self._placed else 0

    def show_top(self, lines: int) -> None:
        """Be exactly so many lines high, and begin with the first."""
        self.setFixedHeight(lines * self.theme.px(_LINE))
        self._back = self.lines()

    def visible_text(self) -> str:
        """What is shown, rejected proposals left out."""
        return "".join(part.text for step in self._run[: self._shown] for part in step.parts)

    def minimumSizeHint(self) -> QSize:
        """Four lines."""
        return QSize(self.theme.px(180), self.theme.px(_LINE) * 4)

    def sizeHint(self) -> QSize:
        """Nine lines."""
        return QSize(self.theme.px(400), self.theme.px(_LINE) * 9)

    def refresh(self) -> None:
        """Fonts from the theme."""
        self._widths.clear()
        self._lay()
        super().refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay out for the new width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._lay()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll back."""
        self._scroll(1 if event.angleDelta().y() > 0 else -1)
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down scroll by a line; everything else is for others."""
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1, Qt.Key.Key_PageUp: 6, Qt.Key.Key_PageDown: -6}
        if event.key() in step:
            self._scroll(step[Qt.Key(event.key())])
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the ring."""
        super().focusInEvent(event)
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Tints, then words, then the caret."""
        upto = bisect_right(self._steps, self._shown - 1)
        first, rows = self._window(upto)
        line_height = self.theme.px(_LINE)
        start = bisect_left(self._lines, first, 0, upto)
        shown = self._placed[start : bisect_left(self._lines, first + rows, start, upto)]
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(self.theme.font(13))
            if self.hasFocus():
                painter.setPen(QPen(self.theme.color("accent"), 2))
                painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), R_TINT, R_TINT)
            painter.translate(_PAD, -first * line_height)
            self._tints(painter, shown, line_height)
            for one in shown:
                self._word(painter, one, line_height)
            if self._caret and not self._back:
                self._draw_caret(painter, self._placed[upto - 1] if upto else None, line_height)

    def _measure(self, text: str) -> float:
        width = self._widths.get(text)
        if width is None:
            width = self._widths[text] = self._metrics.horizontalAdvance(text)
        return width

    def _lay(self) -> None:
        self._metrics = QFontMetricsF(self.theme.font(13))
        self._placed, self._steps, self._lines = [], [], []
        self._pen, self._laid = (0.0, 0), 0
        self._go_on()

    @Slot()
    def _go_on(self) -> None:
        """Some more: a few hundred steps take a moment."""
        width = max(self.width() - 2 * _PAD - 6, 40)
        budget = _SLICE
        while budget > 0 and self._is_behind():
            if self._laid == len(self._slices):
                fresh = self._run[self._cut : self._cut + _SLICE]
                self._slices.append(pieces(fresh, self._words, self._cut))
                self._cut += len(fresh)
            placed, self._pen = place(self._slices[self._laid], width, self._measure, self._pen)
            budget -= len(self._slices[self._laid]) + 1
            self._laid += 1
            self._placed += placed
            self._steps += [one.step for one in placed]
            self._lines += [one.line for one in placed]
        self.update()
        if self._is_behind():
            self._timer.start(0)

    def _is_behind(self) -> bool:
        return self._laid < len(self._slices) or self._cut < len(self._run)

    def _window(self, upto: int) -> tuple[int, int]:
        """First line to show, and how many whole lines fit."""
        rows = max(self.height() // self.theme.px(_LINE), 1)
        last = self._placed[upto - 1].line if upto else 0
        return max(last - rows + 1 - self._back, 0), rows

    def _scroll(self, lines: int) -> None:
        upto = bisect_right(self._steps, self._shown - 1)
        last = self._placed[upto - 1].line if upto else 0
        rows = max(self.height() // self.theme.px(_LINE), 1)
        self._back = min(max(self._back + lines, 0), max(last - rows + 1, 0))
        self.update()

    def _tints(self, painter: QPainter, shown: Sequence[Placed], line_height: int) -> None:
        """One rounded shape a round and line. Indentation carries none."""
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("ok_bg"))
        shape: QRectF | None = None
        last = (-1, -1)
        for one in shown:
            if one.kind != "accepted" or (shape is not None and (one.step, one.line) != last):
                self._shape(painter, shape)
                shape = None
            if one.kind != "accepted" or (shape is None and not one.text.strip()):
                continue
            lead = self._measure(" ") - 2 if shape is None and one.text[0] == " " else -1.0
            left = one.x + max(lead, -1.0)
            box = QRectF(left, one.line * line_height + 2, one.x + one.width + 1 - left, line_height - 4)
            shape = box if shape is None else shape.united(box)
            last = (one.step, one.line)
        self._shape(painter, shape)

    @staticmethod
    def _shape(painter: QPainter, shape: QRectF | None) -> None:
        if shape is not None:
            painter.drawRoundedRect(shape, R_TINT, R_TINT)

    def _word(self, painter: QPainter, one: Placed, line_height: int) -> None:
        token = "bad" if one.kind == "rejected" else "text2" if one.thinking else "text"
        painter.setPen(self.theme.color(token))
        box = QRectF(one.x, one.line * line_height, one.width + 6, line_height)
        painter.drawText(box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter), one.text)
        if one.kind == "rejected":
            lead = self._measure(one.text) - self._measure(one.text.lstrip())
            y = box.center().y() + 0.5
            painter.setPen(QPen(self.theme.color("bad"), 1.3))
            painter.drawLine(QPointF(one.x + lead, y), QPointF(one.x + one.width, y))

    def _draw_caret(self, painter: QPainter, last: Placed | None, line_height: int) -> None:
        x, line = (last.x + last.width + 3, last.line) if last is not None else (0.0, 0)
        painter.fillRect(QRectF(x, line * line_height + 4, 3, line_height - 8), self.theme.color("accent"))
