"""The veil over the window while a model file is dragged onto it, and which dragged files are models."""

from __future__ import annotations

from PySide6.QtCore import QMimeData, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.gui.parts import Painted
from desktop.gui.theme import R_BUBBLE, Theme


def model_files(data: QMimeData) -> list[str]:
    """Paths of the local .gguf files being dragged."""
    paths = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
    return [path for path in paths if path.lower().endswith(".gguf")]


class DropOverlay(Painted):
    """Covers its host while shown."""

    def __init__(self, theme: Theme, host: QWidget) -> None:
        super().__init__(theme)
        self.setParent(host)
        self.setObjectName("dropOverlay")
        self.setAccessibleName("Drop to use this model")
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Show over the whole host."""
        host = self.parentWidget()
        if host is not None:
            self.setGeometry(host.rect())
        self.show()
        self.raise_()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Veil, dashed frame, icon, words."""
        px = self.theme.px
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.fillRect(self.rect(), self.theme.color("bg", 0.88))
            frame = QRectF(self.rect()).adjusted(px(24), px(24), -px(24), -px(24))
            painter.setPen(QPen(self.theme.color("accent"), 2, Qt.PenStyle.DashLine))
            painter.setBrush(self.theme.color("accent_bg", 0.5))
            painter.drawRoundedRect(frame, R_BUBBLE, R_BUBBLE)
            icon = self.theme.pixmap("file-down", "accent", 32)
            middle = self.rect().center()
            painter.drawPixmap(middle.x() - px(16), middle.y() - px(40), icon)
            painter.setPen(self.theme.color("text"))
            painter.setFont(self.theme.type_font("figure"))
            words = frame.adjusted(0, px(40), 0, 0)
            painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter), "Drop to use this model")
