"""Small controls of the conversation: icon buttons and the row that can hide them."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFocusEvent, QPainter, QPaintEvent, QPen, QPixmap, QTransform
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from desktop.gui.theme import Theme


def turned(pixmap: QPixmap, degrees: int) -> QPixmap:
    """An icon turned by a multiple of 90 degrees."""
    out = pixmap.transformed(QTransform().rotate(degrees))
    out.setDevicePixelRatio(pixmap.devicePixelRatio())
    return out


class IconButton(QToolButton):
    """28 px square. While its row is not revealed it can be reached by keyboard but is not drawn."""

    def __init__(self, theme: Theme, icon: str, name: str, label: str, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName(name)
        self.setAccessibleName(label)
        self.setToolTip(label)
        self.setIcon(theme.icon(icon, "text2", 15))
        self.setIconSize(theme.icon_size(15))
        self.setFixedSize(QSize(theme.px(28), theme.px(28)))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def turn(self, degrees: int) -> None:
        """Turns the icon."""
        self.setIcon(turned(self.icon().pixmap(self.iconSize()), degrees))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing while the row hides its buttons."""
        row = self.parentWidget()
        if not isinstance(row, RevealRow) or row.revealed:
            super().paintEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The whole row shows while one of its buttons has the keyboard."""
        super().focusInEvent(event)
        self._repaint_row()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """See focusInEvent."""
        super().focusOutEvent(event)
        self._repaint_row()

    def _repaint_row(self) -> None:
        row = self.parentWidget()
        if isinstance(row, RevealRow):
            row.refresh()


class RevealRow(QWidget):
    """A row of buttons, drawn always or only while hovered or focused."""

    def __init__(self, name: str, parent: QWidget, *, always: bool) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self._always = always
        self._hover = False
        self._line = QHBoxLayout(self)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.setSpacing(2)

    @property
    def revealed(self) -> bool:
        """Whether the buttons are drawn."""
        return self._always or self._hover or any(b.hasFocus() for b in self.findChildren(QToolButton))

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Adds at the right."""
        self._line.addWidget(widget, stretch)

    def stretch(self) -> None:
        """Takes up free room."""
        self._line.addStretch(1)

    def hover(self, inside: bool) -> None:
        """The mouse is over the row or over what it belongs to."""
        self._hover = inside
        self.refresh()

    def refresh(self) -> None:
        """Draws the buttons anew."""
        for button in self.findChildren(QToolButton):
            button.update()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Shows."""
        self.hover(True)

    def leaveEvent(self, event: QEvent) -> None:
        """Hides."""
        self.hover(False)


class VersionPicker(QWidget):
    """'2 / 3' between two arrows."""

    def __init__(self, theme: Theme, version: int, versions: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("versions")
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        self.previous = IconButton(theme, "chevron-right", "previous_version", "Previous version", self)
        self.previous.turn(180)
        self.next = IconButton(theme, "chevron-right", "next_version", "Next version", self)
        self.previous.setEnabled(version > 1)
        self.next.setEnabled(version < versions)
        label = QLabel(f"{version} / {versions}", self)
        label.setProperty("type", "caption")
        label.setAccessibleName(f"Version {version} of {versions}")
        for part in (self.previous, label, self.next):
            line.addWidget(part)


class JumpButton(QToolButton):
    """Round, over the text: to the newest."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setObjectName("jump_to_newest")
        self.setAccessibleName("Jump to newest")
        self.setToolTip("Jump to newest")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        theme.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Size for the interface size."""
        self.setFixedSize(QSize(self._theme.px(34), self._theme.px(34)))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """A disc with an arrow down."""
        theme = self._theme
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(
            QPen(theme.color("accent" if self.hasFocus() else "line3"), 2 if self.hasFocus() else 1)
        )
        painter.setBrush(theme.color("sel" if self.underMouse() else "raised"))
        painter.drawEllipse(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        arrow = turned(theme.pixmap("arrow-up", "text", 16), 180)
        side = theme.px(16)
        painter.drawPixmap(QPointF((self.width() - side) / 2, (self.height() - side) / 2), arrow)
        painter.end()


def in_tab_order(
    first: QWidget, widgets: Sequence[QWidget], last: QWidget, known: tuple[int, ...]
) -> tuple[int, ...]:
    """Makes Tab go from `first` through `widgets` to `last`, unless they are in the `known` order already."""
    order = tuple(id(widget) for widget in widgets)
    if order != known:
        before = first
        for widget in widgets:
            for child in (widget, *widget.findChildren(QWidget)):
                if child.focusPolicy() & Qt.FocusPolicy.TabFocus:
                    QWidget.setTabOrder(before, child)
                    before = child
        QWidget.setTabOrder(before, last)
    return order
