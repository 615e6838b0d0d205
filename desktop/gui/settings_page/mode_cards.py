"""How to draft, as four cards of which one is chosen."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QRadioButton, QSizePolicy

from desktop.gui.inputs import ThemedButton
from desktop.gui.settings_page.field import Field
from desktop.gui.theme import R_CARD, Theme

MODES = (
    ("off", "Off", "The model alone"),
    ("auto", "Auto", "Picks what pays"),
    ("draft", "Draft model", "A small model guesses"),
    ("lookup", "Lookup", "Repeats from the chat"),
)
_TWO_BELOW = 640


class ModeCard(ThemedButton, QRadioButton):
    """Title and consequence; the whole card is the click target."""

    def __init__(self, theme: Theme, value: str, title: str, consequence: str) -> None:
        super().__init__(title)
        self._consequence = consequence
        self.set_up(theme, f"Speculation: {title}", f"speculation_{value}")
        self.setAccessibleDescription(consequence)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """58 px high."""
        return QSize(self._theme.px(140), self._theme.px(60))

    def minimumSizeHint(self) -> QSize:
        """Narrow: how many stand side by side follows from the width, not the other way round."""
        return QSize(self._theme.px(40), self._theme.px(60))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Card, circle, words, focus ring."""
        theme, on, px = self._theme, self.isChecked(), self._theme.px
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            card = QRectF(self.rect()).adjusted(1, 1, -1, -1)
            ring = self.hasFocus()
            painter.setBrush(theme.color("accent_bg" if on else "raised" if self.underMouse() else "surface"))
            painter.setPen(QPen(theme.color("accent" if on or ring else "line2"), 2 if ring else 1))
            painter.drawRoundedRect(card, R_CARD, R_CARD)
            centre = QPointF(px(22), px(21))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent" if on else "line3"), 1.5))
            painter.drawEllipse(centre, px(75) / 10, px(75) / 10)
            if on:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(theme.color("accent"))
                painter.drawEllipse(centre, px(4), px(4))
            middle = int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)
            painter.setPen(theme.color("text"))
            painter.setFont(theme.type_font("strong"))
            painter.drawText(QRectF(px(38), px(10), self.width() - px(44), px(22)), middle, self.text())
            painter.setPen(theme.color("text2"))
            painter.setFont(theme.type_font("caption"))
            painter.drawText(QRectF(px(14), px(32), self.width() - px(20), px(20)), middle, self._consequence)


class ModeField(Field):
    """The setting `speculation`. Arrow keys move within; two by two where it is narrow."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("speculation")
        self._theme = theme
        self._group = QButtonGroup(self)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        self.cards = {value: ModeCard(theme, value, title, words) for value, title, words in MODES}
        for made in self.cards.values():
            self._group.addButton(made)
        self._columns = 0
        self._arrange(4)
        self._group.buttonToggled.connect(self._toggled)

    def value(self) -> Any:
        """The chosen mode; "" before anything was shown."""
        return next((value for value, made in self.cards.items() if made.isChecked()), "")

    def set_value(self, value: Any) -> None:
        """Choose without telling."""
        if value in self.cards:
            self._group.blockSignals(True)
            self.cards[value].setChecked(True)
            self._group.blockSignals(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold where it is narrow."""
        super().resizeEvent(event)
        self._arrange(2 if self.width() < self._theme.px(_TWO_BELOW) else 4)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, made in enumerate(self.cards.values()):
            self._grid.addWidget(made, number // columns, number % columns)
        for number in range(4):
            self._grid.setColumnStretch(number, 1 if number < columns else 0)

    @Slot(object, bool)
    def _toggled(self, _button: object, on: bool) -> None:
        if on:
            self.edited.emit(self.key, self.value())
