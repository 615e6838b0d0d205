"""The settings' navigation: back to the chat, and the sections. Folds to icons where the window is narrow."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QEnterEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.gui.controls import Button, Mark, Painted, ToolButton, button, label
from desktop.gui.inputs import ThemedButton
from desktop.gui.theme import R_ROW, RAIL, SIDEBAR, Theme


class NavButton(ThemedButton, QAbstractButton):
    """One section: icon and word; only the icon when folded."""

    def __init__(self, theme: Theme, icon: str, text: str, *, name: str) -> None:
        super().__init__()
        self._icon, self._folded, self._hover = icon, False, False
        self.set_up(theme, text, name)
        self.setText(text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_folded(self, folded: bool) -> None:
        """Show the icon alone, the word as tooltip."""
        self._folded = folded
        self.setToolTip(self.text() if folded else "")
        self.refresh()

    def sizeHint(self) -> QSize:
        """36 px high."""
        return QSize(self._theme.px(36), self._theme.px(36))

    def enterEvent(self, event: QEnterEvent) -> None:
        """Hover begins."""
        self._hover = True
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: object) -> None:
        """Hover ends."""
        self._hover = False
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Background, icon, word, focus ring."""
        theme, on = self._theme, self.isChecked()
        side, area = theme.px(16), QRectF(self.rect()).adjusted(1, 1, -1, -1)
        left = (self.width() - side) // 2 if self._folded else theme.px(12)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(
                theme.color("sel" if on else "raised") if on or self._hover else Qt.BrushStyle.NoBrush
            )
            painter.drawRoundedRect(area, R_ROW, R_ROW)
            icon = theme.pixmap(self._icon, "accent" if on else "text2")
            painter.drawPixmap(left, (self.height() - side) // 2, icon)
            if not self._folded:
                painter.setPen(theme.color("text"))
                painter.setFont(theme.font(13, 500 if on else 400))
                words = QRectF(left + side + theme.px(10), 0, self.width(), self.height())
                painter.drawText(words, int(Qt.AlignmentFlag.AlignVCenter), self.text())
            if self.hasFocus():
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(area, R_ROW, R_ROW)


class Nav(Painted):
    """Back, then the sections; `chosen` carries the index. 244 px wide, 56 when folded."""

    chosen = Signal(int)
    back = Signal()

    def __init__(self, theme: Theme, sections: Sequence[tuple[str, str]]) -> None:
        super().__init__(theme)
        self.setObjectName("settings_nav")
        self._folded = False
        self._back: Button = button(theme, "Back to chat", icon="arrow-left", name="settings_back", height=34)
        self._back_icon = ToolButton(theme, "arrow-left", "Back to chat", name="settings_back_icon", box=34)
        self._words: list[QWidget] = [
            self._back,
            label("Slipstream", "heading"),
            label("Settings", "section"),
            label("Changes apply to the next answer.", "caption", wrap=True),
        ]
        self._group = QButtonGroup(self)
        self.buttons = [NavButton(theme, icon, text, name=f"nav_{text.lower()}") for text, icon in sections]
        for index, made in enumerate(self.buttons):
            self._group.addButton(made, index)
        self._arrange()
        self._back.clicked.connect(self.back)
        self._back_icon.clicked.connect(self.back)
        self._group.idClicked.connect(self.chosen)
        self.refresh()

    def _arrange(self) -> None:
        _, brand, title, foot = self._words
        self._top = QHBoxLayout()
        self._top.setSpacing(10)
        self._top.addWidget(Mark(self.theme))
        self._top.addWidget(brand)
        self._top.addStretch(1)
        self._layout = QVBoxLayout(self)
        self._layout.setSpacing(2)
        self._layout.addLayout(self._top)
        self._layout.addSpacing(12)
        self._layout.addWidget(self._back)
        self._layout.addWidget(self._back_icon)
        self._layout.addSpacing(12)
        title.setContentsMargins(12, 0, 0, 4)
        self._layout.addWidget(title)
        for made in self.buttons:
            self._layout.addWidget(made)
        self._layout.addStretch(1)
        foot.setContentsMargins(12, 0, 0, 4)
        self._layout.addWidget(foot)

    def select(self, index: int) -> None:
        """Mark a section as the one shown. Emits nothing."""
        self.buttons[index].setChecked(True)

    def focus_selected(self) -> None:
        """Put the keyboard on the section shown."""
        selected = self._group.checkedButton()
        if selected is not None:
            selected.setFocus(Qt.FocusReason.OtherFocusReason)

    def set_folded(self, folded: bool) -> None:
        """Icons only, or icons and words."""
        if folded != self._folded:
            self._folded = folded
            self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Width and margins from the theme; words or not."""
        for widget in self._words:
            widget.setVisible(not self._folded)
        self._back_icon.setVisible(self._folded)
        for made in self.buttons:
            made.set_folded(self._folded)
        self.setFixedWidth(self.theme.px(RAIL if self._folded else SIDEBAR))
        side = 10 if self._folded else 12
        self._layout.setContentsMargins(side, 14, side + 1, 12)
        inset = (self.width() - 2 * side - 1 - self.theme.px(26)) // 2 if self._folded else 6
        self._top.setContentsMargins(inset, 3, 0, 3)
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The sidebar's surface and the line to its right."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self.theme.color("side"))
            painter.fillRect(self.width() - 1, 0, 1, self.height(), self.theme.color("line"))
