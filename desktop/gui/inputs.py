"""Inputs painted from the theme: switch, radio, slider, meter. Knows the theme and Qt, nothing of settings.

The whole row of a switch or radio is its click target; a 2 px accent ring shows the keyboard focus.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QCheckBox, QRadioButton, QSlider

from desktop.gui.parts import Painted
from desktop.gui.theme import Theme

if TYPE_CHECKING:
    _ButtonBase = QAbstractButton
else:
    _ButtonBase = object  # a second QObject among the bases is one too many

_GAP = 10  # between the control and its words


def _pen(color: QColor, width: float) -> QPen:
    return QPen(color, width)


def _row_hint(theme: Theme, button: QAbstractButton, side: float) -> QSize:
    words = button.fontMetrics().horizontalAdvance(button.text())
    height = max(theme.px(28), button.fontMetrics().height() + 4)
    return QSize(theme.px(side) + (theme.px(_GAP) + words if words else 0) + 6, height)


def _draw_words(theme: Theme, button: QAbstractButton, painter: QPainter, side: float) -> None:
    painter.setPen(theme.color("text" if button.isEnabled() else "text3"))
    painter.setFont(button.font())
    left = 3 + theme.px(side) + theme.px(_GAP)
    area = QRectF(left, 0, max(button.width() - left, 0), button.height())
    painter.drawText(area, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), button.text())


class ThemedButton(_ButtonBase):
    """What a button that paints itself from the theme has in common; goes before Qt's class of button."""

    _theme: Theme

    def set_up(self, theme: Theme, accessible: str, name: str) -> None:
        """Names and cursor; from here on it draws itself again with another theme."""
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.refresh)

    @Slot()
    def refresh(self) -> None:
        """Sizes and colours may have changed."""
        self.updateGeometry()
        self.update()

    def hitButton(self, pos: QPoint) -> bool:
        """The whole of it."""
        return self.rect().contains(pos)


class Switch(ThemedButton, QCheckBox):
    """On/off, 34x20. Off has an outline, so the state does not rest on colour alone."""

    def __init__(self, theme: Theme, accessible: str, *, name: str, text: str = "", on: bool = False) -> None:
        super().__init__(text)
        self.set_up(theme, accessible, name)
        self.setChecked(on)

    def sizeHint(self) -> QSize:
        """Track and words."""
        return _row_hint(self._theme, self, 34)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Track, handle, words, focus ring."""
        theme, on = self._theme, self.isChecked()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _draw_words(theme, self, painter, 34)
            width, height = theme.px(34) - 1, theme.px(20) - 1
            track = QRectF(3.5, (self.height() - height) / 2, width, height)
            painter.setPen(_pen(theme.color("accent" if on else "line3"), 1))
            painter.setBrush(theme.color("accent" if on else "surface"))
            painter.drawRoundedRect(track, height / 2, height / 2)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("on_accent" if on else "line3"))
            inset = track.height() / 2
            x = track.right() - inset if on else track.left() + inset
            painter.drawEllipse(QPointF(x, track.center().y()), inset * 0.68, inset * 0.68)
            if self.hasFocus():
                painter.setPen(_pen(theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(
                    track.adjusted(-2.5, -2.5, 2.5, 2.5), height / 2 + 2.5, height / 2 + 2.5
                )


class Radio(ThemedButton, QRadioButton):
    """One of several, 18 px."""

    def __init__(self, theme: Theme, accessible: str, *, name: str, text: str = "", on: bool = False) -> None:
        super().__init__(text)
        self.set_up(theme, accessible, name)
        self.setChecked(on)

    def sizeHint(self) -> QSize:
        """Circle and words."""
        return _row_hint(self._theme, self, 18)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Ring, dot, words, focus ring."""
        theme, on = self._theme, self.isChecked()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            _draw_words(theme, self, painter, 18)
            side = theme.px(15)
            ring = QRectF(4.5, (self.height() - side) / 2, side, side)
            painter.setPen(_pen(theme.color("accent" if on else "line3"), 1.5))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(ring)
            if on:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("accent"))
                painter.drawEllipse(ring.adjusted(3.5, 3.5, -3.5, -3.5))
            if self.hasFocus():
                painter.setPen(_pen(theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(ring.adjusted(-3, -3, 3, 3))


class Slider(QSlider):
    """Thin track, accent fill, round handle; a click jumps there. `mark`: a tick for the suggested value."""

    def __init__(
        self,
        theme: Theme,
        accessible: str,
        low: int,
        high: int,
        value: int,
        *,
        name: str,
        mark: int | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self._theme, self._mark = theme, mark
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setRange(low, high)
        self.setValue(value)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Sizes and colours may have changed."""
        self.setFixedHeight(self._theme.px(28))
        self.update()

    def _x(self, value: float) -> float:
        inset, span = self._theme.px(11), max(self.maximum() - self.minimum(), 1)
        return inset + (self.width() - 2 * inset) * (value - self.minimum()) / span

    def _jump(self, event: QMouseEvent) -> None:
        inset = self._theme.px(11)
        share = (event.position().x() - inset) / max(self.width() - 2 * inset, 1)
        self.setValue(round(self.minimum() + min(max(share, 0.0), 1.0) * (self.maximum() - self.minimum())))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Jump to the place pressed."""
        self.setSliderDown(True)
        self._jump(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the mouse while pressed."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._jump(event)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        """Let go (fires sliderReleased)."""
        self.setSliderDown(False)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Track, fill, tick, handle, focus ring."""
        theme = self._theme
        left, right, x, y = (
            self._x(self.minimum()),
            self._x(self.maximum()),
            self._x(self.value()),
            self.height() / 2,
        )
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line2"))
            painter.drawRoundedRect(QRectF(left, y - 2, right - left, 4), 2, 2)
            painter.setBrush(theme.color("accent"))
            painter.drawRoundedRect(QRectF(left, y - 2, x - left, 4), 2, 2)
            if self._mark is not None:
                painter.setBrush(theme.color("text3"))
                painter.drawRoundedRect(QRectF(self._x(self._mark) - 1, y - 6, 2, 12), 1, 1)
            painter.setBrush(theme.color("accent"))
            painter.setPen(_pen(theme.color("bg"), 2))
            radius = theme.px(15) / 2
            painter.drawEllipse(QPointF(x, y), radius, radius)
            if self.hasFocus():
                painter.setPen(_pen(theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(x, y), radius + 2.5, radius + 2.5)


class Meter(Painted):
    """A rounded bar of coloured parts, each a share of the width (0..1) with a colour token."""

    def __init__(self, theme: Theme, accessible: str, *, name: str, height: int = 6) -> None:
        super().__init__(theme)
        self._height, self._parts = height, list[tuple[float, str]]()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.refresh()

    def set_parts(self, parts: Sequence[tuple[float, str]], accessible: str) -> None:
        """Change the shares; `accessible` states the values in words."""
        self._parts = list(parts)
        self.setAccessibleName(accessible)
        self.update()

    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self.theme.px(self._height))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Track, then the parts from the left."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), self.height() / 2, self.height() / 2)
            painter.setClipPath(path)
            painter.fillRect(self.rect(), self.theme.color("line2"))
            x = 0.0
            for share, token in self._parts:
                width = self.width() * min(max(share, 0.0), 1.0)
                painter.fillRect(QRectF(x, 0, width, self.height()), self.theme.color(token))
                x += width
