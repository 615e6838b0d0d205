"""A row of choices of which one is on, painted from the theme: 28 px high, arrows move, Tab leaves."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QFrame

from desktop.gui.parts import row
from desktop.gui.theme import R_ROW, Theme


class Segment(QAbstractButton):
    """One of them."""

    def __init__(self, theme: Theme, text: str, *, name: str, accessible: str) -> None:
        super().__init__()
        self._theme = theme
        self.setText(text)
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Size and font from the theme."""
        self.setFont(self._theme.font(13, 500))
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Words and room around them."""
        wide = self.fontMetrics().horizontalAdvance(self.text()) + self._theme.px(16)
        return QSize(max(wide, self._theme.px(38)), self._theme.px(28))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space is left to the page, which may play and pause; Return chooses."""
        if event.key() == Qt.Key.Key_Space:
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A raised surface when on, words, focus ring."""
        theme, on = self._theme, self.isChecked()
        box = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            if on:
                painter.setPen(QPen(theme.color("line2"), 1))
                painter.setBrush(theme.color("surface"))
                painter.drawRoundedRect(box, R_ROW - 2, R_ROW - 2)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(theme.color("text" if on or self.underMouse() else "text2"))
            painter.setFont(self.font())
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), self.text())
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.drawRoundedRect(box.adjusted(1, 1, -1, -1), R_ROW - 2, R_ROW - 2)


class Segmented(QFrame):
    """Choices side by side; `chosen` carries the index."""

    chosen = Signal(int)

    def __init__(self, theme: Theme, choices: Sequence[tuple[str, str]], current: int, *, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName(name)
        self._group = QButtonGroup(self)
        self.buttons: list[Segment] = []
        for number, (text, accessible) in enumerate(choices):
            one = Segment(theme, text, name=f"{name}_{number}", accessible=accessible)
            one.setChecked(number == current)
            self._group.addButton(one, number)
            self.buttons.append(one)
        self.setLayout(row(*self.buttons, spacing=2, margins=(3, 3, 3, 3)))
        self._group.idToggled.connect(self._toggled)

    def set_current(self, number: int) -> None:
        """Show another choice as the one that is on; nothing is emitted."""
        self._group.blockSignals(True)
        self.buttons[number].setChecked(True)
        self._group.blockSignals(False)

    @Slot(int, bool)
    def _toggled(self, number: int, on: bool) -> None:
        if on:
            self.chosen.emit(number)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The trough."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.color("raised"))
            painter.drawRoundedRect(QRectF(self.rect()), R_ROW, R_ROW)
