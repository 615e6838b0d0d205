"""The theme: the current palette and interface size, its fonts and icons.

A `Theme` is made once by the composition root and handed to widgets; `changed` fires after the palette or the
interface size changed, and whoever paints by hand repaints then.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from PySide6.QtCore import QByteArray, QObject, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QPainter, QPalette, QPixmap
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QApplication

from desktop import paths
from desktop.gui.style import stylesheet
from desktop.gui.tokens import (
    COMPOSER,
    DARK,
    GAP,
    HEADER,
    LIGHT,
    MEASURE,
    PANEL,
    R_BUBBLE,
    R_CARD,
    R_COMPOSER,
    R_ROW,
    R_TINT,
    RAIL,
    SIDEBAR,
    TYPE,
    XL,
    XS,
    XXL,
    Colors,
    L,
    M,
    S,
)  # fmt: skip

__all__ = [
    "COMPOSER", "DARK", "GAP", "HEADER", "LIGHT", "MEASURE", "PANEL", "RAIL", "R_BUBBLE", "R_CARD",
    "R_COMPOSER", "R_ROW", "R_TINT", "SIDEBAR", "TYPE", "XL", "XS", "XXL", "Colors", "L", "M", "S", "Scheme",
    "Theme",
]  # fmt: skip

Scheme = Literal["system", "light", "dark"]


class Theme(QObject):
    """The current palette and interface size; makes fonts and icons, and styles the application."""

    changed = Signal()

    def __init__(
        self, app: QApplication, scheme: Scheme = "system", percent: int = 100, *, reduce_motion: bool = False
    ) -> None:
        super().__init__(app)
        self._app = app
        self._scheme: Scheme = scheme
        self._percent = percent
        self.reduce_motion = reduce_motion
        self.colors = DARK
        app.setStyle("Fusion")
        for file in sorted((paths.resources() / "fonts").glob("*.[ot]tf")):
            QFontDatabase.addApplicationFont(str(file))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._apply)
        self._apply()

    @property
    def scheme(self) -> Scheme:
        """What was chosen: system, light or dark."""
        return self._scheme

    @property
    def percent(self) -> int:
        """The interface size, in percent."""
        return self._percent

    @property
    def dark(self) -> bool:
        """What is shown."""
        return self.colors is DARK

    def set(self, scheme: Scheme | None = None, percent: int | None = None) -> None:
        """Change palette and interface size (90 to 150 %)."""
        self._scheme = scheme or self._scheme
        self._percent = percent or self._percent
        self._apply()

    def px(self, value: float) -> int:
        """A length of the design at the current interface size."""
        return round(value * self._percent / 100)

    def color(self, name: str, alpha: float = 1.0) -> QColor:
        """A colour by token name."""
        color = QColor(getattr(self.colors, name))
        color.setAlphaF(alpha)
        return color

    def font(self, px: float, weight: int = 400, *, mono: bool = False) -> QFont:
        """Bundled font. Ligatures off, so `->` reads as typed; tabular figures."""
        font = QFont("JetBrains Mono" if mono else "Inter")
        font.setPixelSize(self.px(px))
        font.setWeight(QFont.Weight(weight))
        font.setFeature(QFont.Tag("calt"), 0)
        if not mono:
            font.setFeature(QFont.Tag("tnum"), 1)
        font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
        return font

    def type_font(self, role: str) -> QFont:
        """The font of a type role."""
        px, weight, _, mono = TYPE[role]
        return self.font(px, weight, mono=mono)

    def pixmap(self, name: str, token: str = "text2", size: int = 16) -> QPixmap:
        """A Lucide icon recoloured and drawn at the screen's pixel ratio."""
        ratio = self._app.devicePixelRatio()
        side = self.px(size)
        svg = _svg(paths.resources() / "icons" / f"{name}.svg", getattr(self.colors, token))
        pixmap = QPixmap(round(side * ratio), round(side * ratio))
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        QSvgRenderer(QByteArray(svg.encode())).render(painter)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap

    def icon(self, name: str, token: str = "text2", size: int = 16) -> QIcon:
        """As `pixmap`, for buttons."""
        return QIcon(self.pixmap(name, token, size))

    def icon_size(self, size: int = 16) -> QSize:
        """Icon size at the current interface size."""
        return QSize(self.px(size), self.px(size))

    def _apply(self) -> None:
        system_dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        dark = self._scheme == "dark" or (self._scheme == "system" and system_dark)
        self.colors = DARK if dark else LIGHT
        self._app.setFont(self.font(13))
        self._app.setPalette(self._palette())
        self._app.setStyleSheet(stylesheet(self.colors, self.px))
        self.changed.emit()

    def _palette(self) -> QPalette:
        palette, role = QPalette(), QPalette.ColorRole
        for target, name in {
            role.Window: "bg", role.Base: "surface", role.AlternateBase: "raised", role.Text: "text",
            role.WindowText: "text", role.Button: "raised", role.ButtonText: "text", role.Highlight: "accent",
            role.HighlightedText: "on_accent", role.PlaceholderText: "text3", role.Link: "accent",
            role.ToolTipBase: "raised", role.ToolTipText: "text",
        }.items():  # fmt: skip
            palette.setColor(target, self.color(name))
        return palette


def _svg(file: Path, color: str) -> str:
    return (
        file.read_text("utf-8")
        .replace("currentColor", color)
        .replace('stroke-width="2"', 'stroke-width="1.75"')
    )
