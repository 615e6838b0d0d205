"""A button that shows what is chosen and opens a menu of the others."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalMapper, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QPushButton, QStyle, QStyleOptionButton

from desktop.gui.parts import plain_tip
from desktop.gui.theme import Theme


class Choice(QPushButton):
    """`chosen` carries the key. Choices are (key, name, detail)."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, accessible: str, *, name: str) -> None:
        super().__init__()
        self._theme, self._accessible = theme, accessible
        self._names: dict[str, str] = {}
        self.key = ""
        self.setObjectName(name)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._menu = QMenu(self)
        self._menu.setToolTipsVisible(True)
        self._mapper = QSignalMapper(self)
        self._mapper.mappedString.connect(self.choose)
        self.clicked.connect(self._open)
        theme.changed.connect(self.refresh)
        self.refresh()

    def set_choices(self, choices: Sequence[tuple[str, str, str]], key: str) -> None:
        """Replace them; an unknown key chooses the first."""
        self._menu.clear()
        self._names = {}
        for one, name, detail in choices:
            self._names[one] = name
            action = QAction(name.replace("&", "&&"), self._menu)
            action.setToolTip(plain_tip(detail or name))
            action.setCheckable(True)
            action.setData(one)
            self._menu.addAction(action)
            self._mapper.setMapping(action, one)
            action.triggered.connect(self._mapper.map)
        self.choose(key if key in self._names else next(iter(self._names), ""))

    @Slot(str)
    def choose(self, key: str) -> None:
        """Choose by key."""
        self.key = key
        self.setAccessibleName(f"{self._accessible}: {self._names.get(key, 'nothing to choose')}")
        self.update()
        self.chosen.emit(key)

    @Slot()
    def refresh(self) -> None:
        """Height from the theme."""
        self.setFixedHeight(self._theme.px(32))
        self.update()

    def sizeHint(self) -> QSize:
        """The same for every choice."""
        return QSize(self._theme.px(140), self._theme.px(32))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A button, its words on the left, a chevron on the right."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        px = self._theme.px
        with QPainter(self) as painter:
            self.style().drawControl(QStyle.ControlElement.CE_PushButtonBevel, option, painter, self)
            painter.setFont(self._theme.font(13, 500))
            painter.setPen(self._theme.color("text"))
            room = self.width() - px(44)
            words = self.fontMetrics().elidedText(
                self._names.get(self.key, "–"), Qt.TextElideMode.ElideRight, room
            )
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
            painter.drawText(px(12), 0, room, self.height(), int(flags), words)
            icon = self._theme.pixmap("chevron-down", "text2", 15)
            painter.drawPixmap(self.width() - px(26), (self.height() - px(15)) // 2, icon)

    @Slot()
    def _open(self) -> None:
        for action in self._menu.actions():
            action.setChecked(action.data() == self.key)
            if action.isChecked():
                self._menu.setActiveAction(action)
        self._menu.popup(self.mapToGlobal(self.rect().bottomLeft()))
