"""One model in the picker: name, quantisation, size, whether it fits, what is wrong with it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QRectF, Qt, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from desktop.bridge.naming import GUIDE
from desktop.catalog.library import ModelFile
from desktop.gui.card_button import CardButton
from desktop.gui.controls import Elided, Glyph, Item, PillKind, pill, restyle, row, tag
from desktop.gui.numbers import size
from desktop.gui.theme import R_ROW, Theme


class ModelRow(CardButton):
    """A row that can be chosen; one that cannot be read stays in the list, so that the reason can be read."""

    def __init__(self, theme: Theme, model: ModelFile, index: int, *, twin: bool = False) -> None:
        self._theme, self.model, self._current, self._hint = theme, model, False, ""
        self._name, self._twin = GUIDE if model.builtin else model.name, twin
        self._check = Glyph(theme, "check", "accent", 15)
        self._pill = pill("", "plain")
        name = Elided(self._name, "strong")
        quantisation: list[Item] = [tag(model.quantisation)] if model.quantisation else []
        top = row(name, *quantisation, None, self._check, spacing=6)
        top.setStretch(0, 0)
        second: list[Item] = [Elided(self._detail(), "caption")] if self._detail() else []
        lines: list[Item] = [top, row(*second, None, self._pill)]
        if model.problem:
            lines.append(row(Glyph(theme, "circle-alert", "bad", 14), self._problem(), spacing=6))
        super().__init__(*lines, name=f"model_row_{index}", accessible="", margins=(12, 8, 12, 8), spacing=3)
        # The style sheet's button border, thicker with the focus, is no part of a row: it paints its own.
        self.setAttribute(Qt.WidgetAttribute.WA_LayoutOnEntireRect)
        self._pill.hide()
        self._check.hide()
        self._describe()
        theme.changed.connect(self.refresh)
        self.refresh()

    @property
    def path(self) -> Path:
        """The file."""
        return self.model.path

    def _problem(self) -> Elided:
        self._problem_label = Elided(f"Cannot be used: {self.model.problem}", "caption")
        self._problem_label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        return self._problem_label

    def _detail(self) -> str:
        file = self.path.name if self._twin else ""  # tells it from another of the same name
        known = [size(self.model.size) if self.model.size else "", self.model.architecture, file]
        return " · ".join(part for part in known if part)

    def set_current(self, current: bool) -> None:
        """Mark as the one in use."""
        self._current = current
        self._check.setVisible(current)
        self._describe()
        self.update()

    def set_hint(self, text: str, kind: PillKind) -> None:
        """Whether it fits: "fits: 6.2 of 16 GB"."""
        self._hint = text
        self._pill.setText(text)
        restyle(self._pill, "pill", kind)
        self._pill.setVisible(bool(text))
        self._describe()

    def matches(self, words: str) -> bool:
        """Whether every word occurs in what the row says."""
        said = f"{self.model.name} {self.model.quantisation} {self.model.architecture} {self.path.name}"
        return all(word in said.lower() for word in words.lower().split())

    def _describe(self) -> None:
        model = self.model
        parts = [
            self._name, model.quantisation, self._detail(), "built in" if model.builtin else "", self._hint,
            model.problem, "in use" if self._current else "",
        ]  # fmt: skip
        self.setAccessibleName(", ".join(part for part in parts if part))

    @Slot()
    def refresh(self) -> None:
        """Colours from the theme."""
        if self.model.problem:
            self._problem_label.setStyleSheet(f"color:{self._theme.colors.bad}")
        self.setCursor(
            Qt.CursorShape.ArrowCursor if self.model.problem else Qt.CursorShape.PointingHandCursor
        )
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Background by state, focus ring."""
        theme, area = self._theme, QRectF(self.rect()).adjusted(1, 1, -1, -1)
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            if self._current:
                painter.setBrush(theme.color("accent_bg"))
                painter.drawRoundedRect(area, R_ROW, R_ROW)
            elif (self.underMouse() or self.hasFocus()) and not self.model.problem:
                painter.setBrush(theme.color("sel"))
                painter.drawRoundedRect(area, R_ROW, R_ROW)
            if self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(theme.color("accent"), 2))
                painter.drawRoundedRect(area, R_ROW, R_ROW)
