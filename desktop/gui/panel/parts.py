"""What the panel's cards are made of: a caption with a number, which says what it was computed from.

Knows figures and widgets, nothing of answers.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollBar, QWidget

from desktop.gui.controls import Elided, column, label, row
from desktop.gui.figures import Figure
from desktop.gui.numbers import DASH


class Stat(QFrame):
    """A small card: caption, number, unit."""

    def __init__(self, caption: str, name: str) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName(name)
        self._caption = caption
        self.value, self._unit = label("", "figure"), label("", "caption")
        line = row(self.value, self._unit, None, spacing=6)
        line.setAlignment(self._unit, Qt.AlignmentFlag.AlignBottom)
        self._unit.setContentsMargins(0, 0, 0, 3)
        self.setLayout(column(label(caption, "caption"), line, spacing=2, margins=(12, 10, 12, 10)))

    def show_figure(self, figure: Figure) -> None:
        """Change the number."""
        self.value.setText(figure.value)
        self._unit.setText(figure.unit)
        explain(self, self._caption, figure)


class Line(QWidget):
    """Caption at the left, number at the right; a caption too long for its place ends in "…"."""

    def __init__(self, caption: str, name: str, role: str = "caption") -> None:
        super().__init__()
        self.setObjectName(name)
        self._caption = Elided(caption, "caption")
        self.value = label("", role)
        across = row(self._caption, self.value)
        across.setStretch(0, 1)
        self.setLayout(across)

    def show_figure(self, figure: Figure, caption: str | None = None) -> None:
        """Change the number, and the caption if one is given."""
        if caption is not None:
            self._caption.set_text(caption)
        self.value.setText(f"{figure.value} {figure.unit}".rstrip())
        explain(self, self._caption.full_text(), figure)
        self._caption.setToolTip(self.toolTip())


class KeptBar(QScrollBar):
    """A scroll bar whose place is kept while there is nothing to scroll: no card changes its width."""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing, where there is nothing to scroll."""
        if self.maximum() > self.minimum():
            super().paintEvent(event)


def explain(widget: QWidget, caption: str, figure: Figure) -> None:
    """Say what the number was computed from: on hover, and to screen readers."""
    source = figure.source or ("Not known yet" if figure.value == DASH else "")
    widget.setToolTip(source)
    widget.setAccessibleName(f"{caption}: {figure.value} {figure.unit}".rstrip())
    widget.setAccessibleDescription(source)


def sentence(widget: QLabel, figure: Figure) -> None:
    """Show a figure that is a whole sentence."""
    widget.setText(figure.value)
    widget.setToolTip(figure.source)
    widget.setAccessibleDescription(figure.source)
