"""A card that is one button: its content is laid out inside, and the whole of it can be clicked."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.gui.parts import Item, column


class CardButton(QPushButton):
    """Sized by its content, unlike Qt's button. Children let the mouse through."""

    def __init__(
        self, *items: Item, name: str, accessible: str, margins: tuple[int, int, int, int], spacing: int = 4
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(accessible)
        self.setProperty("kind", "card")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._content: QVBoxLayout = column(*items, spacing=spacing, margins=margins)
        self.setLayout(self._content)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(self._content.hasHeightForWidth())
        self.setSizePolicy(policy)
        for child in self.findChildren(QWidget):
            child.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)

    def sizeHint(self) -> QSize:
        """The content's."""
        return self._content.totalSizeHint()

    def minimumSizeHint(self) -> QSize:
        """The content's."""
        return self._content.totalMinimumSize()
