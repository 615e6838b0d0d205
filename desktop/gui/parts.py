"""Labels, cards, rows, icons, dots: what only shows. Knows the theme and Qt, nothing of chats or models.

What is painted by hand draws itself again when `theme.changed` fires. Lengths are design pixels at 100 %
interface size.
"""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from desktop.gui.theme import Theme

PillKind = Literal["ok", "bad", "warn", "accent", "plain"]
CardKind = Literal["true", "bad", "selected", "inset", "composer", "popup"]
Item = QWidget | QBoxLayout | int | None


def restyle(widget: QWidget, prop: str, value: object) -> None:
    """Set a property the style sheet selects on, and apply the style sheet again."""
    if widget.property(prop) == value:
        return
    widget.setProperty(prop, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def label(text: str, role: str = "ui", *, wrap: bool = False, name: str = "") -> QLabel:
    """A label in a type role of the theme. Always plain text: it may come from a file or a model."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("type", role)
    made.setWordWrap(wrap)
    made.setObjectName(name)
    return made


def plain_tip(text: str) -> str:
    """A text as a tooltip that shows it as it is: Qt takes what looks like HTML for HTML."""
    return f"<qt>{escape(text)}</qt>" if "<" in text else text


def pill(text: str, kind: PillKind = "plain") -> QLabel:
    """A rounded status word."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("pill", kind)
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return made


def tag(text: str) -> QLabel:
    """A small mono chip for formats and files."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tag", "true")
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Maximum)
    return made


def hairline(*, vertical: bool = False) -> QFrame:
    """A 1 px divider."""
    made = QFrame()
    made.setProperty("hairline", "true")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def fill(layout: QBoxLayout, *items: Item) -> None:
    """Add widgets and layouts; an int is a gap in pixels, None a stretch."""
    for item in items:
        if item is None:
            layout.addStretch(1)
        elif isinstance(item, int):
            layout.addSpacing(item)
        elif isinstance(item, QWidget):
            layout.addWidget(item)
        else:
            layout.addLayout(item)


def row(*items: Item, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal run of items."""
    made = QHBoxLayout()
    made.setContentsMargins(*margins)
    made.setSpacing(spacing)
    fill(made, *items)
    return made


def column(*items: Item, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical run of items."""
    made = QVBoxLayout()
    made.setContentsMargins(*margins)
    made.setSpacing(spacing)
    fill(made, *items)
    return made


def card(
    *items: Item,
    kind: CardKind = "true",
    margins: tuple[int, int, int, int] = (14, 12, 14, 12),
    spacing: int = 8,
) -> QFrame:
    """A framed surface holding a column of items."""
    made = QFrame()
    made.setProperty("card", kind)
    made.setLayout(column(*items, spacing=spacing, margins=margins))
    return made


class Glyph(QLabel):
    """An icon that is no button."""

    def __init__(self, theme: Theme, icon: str, token: str = "text2", size: int = 16) -> None:
        super().__init__()
        self._theme, self._icon, self._token, self._size = theme, icon, token, size
        theme.changed.connect(self.refresh)
        self.refresh()

    def set(self, icon: str, token: str) -> None:
        """Change the icon and its colour token."""
        self._icon, self._token = icon, token
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Draw again in the theme's colours."""
        self.setFixedSize(self._theme.icon_size(self._size))
        self.setPixmap(self._theme.pixmap(self._icon, self._token, self._size))


class Painted(QWidget):
    """Base of what paints itself from the theme's colours."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        # Not `refresh` itself: a connection to a slot that a subclass overrides outlives the widget.
        theme.changed.connect(self._theme_changed)

    def refresh(self) -> None:
        """Sizes and colours may have changed."""
        self.updateGeometry()
        self.update()

    @Slot()
    def _theme_changed(self) -> None:
        self.refresh()


class Dot(Painted):
    """A status dot, 8 px. Always beside a word, never alone."""

    def __init__(self, theme: Theme, token: str = "text3") -> None:
        super().__init__(theme)
        self._token = token
        self.refresh()

    def set(self, token: str) -> None:
        """Change the colour token."""
        self._token = token
        self.update()

    def refresh(self) -> None:
        """Size from the theme."""
        self.setFixedSize(self.theme.icon_size(8))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """A filled circle."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color(self._token))
            painter.drawEllipse(self.rect())


class Mark(Painted):
    """The Slipstream mark: three lines of air on the accent colour."""

    def __init__(self, theme: Theme, side: int = 26) -> None:
        super().__init__(theme)
        self._side = side
        self.setAccessibleName("Slipstream")
        self.refresh()

    def refresh(self) -> None:
        """Size from the theme."""
        self.setFixedSize(self.theme.icon_size(self._side))
        super().refresh()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Rounded square and icon."""
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self.theme.color("accent"))
            radius = self.width() * 0.27
            painter.drawRoundedRect(QRectF(self.rect()), radius, radius)
            glyph = round(self._side * 0.58)
            inset = (self.width() - self.theme.px(glyph)) // 2
            painter.drawPixmap(inset, inset, self.theme.pixmap("wind", "on_accent", glyph))


class Elided(QLabel):
    """One line that ends in "…" when it does not fit; the whole text is then its tooltip."""

    def __init__(self, text: str = "", role: str = "ui", *, name: str = "") -> None:
        super().__init__()
        self._full = text
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("type", role)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self.set_text(text)

    def set_text(self, text: str) -> None:
        """Change the whole text; line breaks become spaces."""
        self._full = " ".join(text.split())
        self.setAccessibleName(self._full)
        self.updateGeometry()
        self._elide()

    def full_text(self) -> str:
        """The text before eliding."""
        return self._full

    def sizeHint(self) -> QSize:
        """Room for the whole text."""
        return QSize(self.fontMetrics().horizontalAdvance(self._full) + 2, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        """A few letters."""
        return QSize(self.fontMetrics().horizontalAdvance("Mm…"), super().minimumSizeHint().height())

    def changeEvent(self, event: QEvent) -> None:
        """A new font needs another width."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.updateGeometry()
            self._elide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Elide to the new width."""
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 0))
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(plain_tip(self._full) if shown != self._full else "")
