"""The table of hosted models and its buttons: add, change in place, remove, back to the shipped ones.

Edits the setting `hosted` (which one answers are compared with) and hands changed prices up; saves nothing.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.gui.controls import button, card, column, label, row
from desktop.gui.settings_page.field import Field, Problem
from desktop.gui.settings_page.preset_model import NAME, SOURCE, PresetModel
from desktop.gui.theme import Theme
from desktop.meter.prices import Hosted, Prices

_ROW, _MOST_ROWS = 30, 16
_WIDTHS = (160, 58, 62, 62, 72, 0, 92)
_NARROW = (152, 50, 56, 58, 66, 0, 94)
_NARROW_BELOW, _LEAST_SOURCE = 620, 90
_HELP = "Per million tokens. Enter or a double click changes a cell, Space compares with a model."


class CellEditor(QStyledItemDelegate):
    """Qt's own line to type in, with a name that says which cell it is."""

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        """Name it."""
        made = super().createEditor(parent, option, index)
        made.setObjectName("preset_cell")
        made.setAccessibleName(str(index.data(Qt.ItemDataRole.AccessibleTextRole)))
        return made


class PresetTable(QTableView):
    """Keys: arrows move, Enter edits, Space compares, Delete removes, Tab leaves."""

    compare_wanted = Signal()
    remove_wanted = Signal()

    def __init__(self, theme: Theme, model: PresetModel) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("presets")
        self.setAccessibleName("Hosted models and their prices")
        self.setAccessibleDescription(_HELP)
        self.setModel(model)
        self._editor = CellEditor()
        self.setItemDelegate(self._editor)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        triggers = QAbstractItemView.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        corner = self.findChild(QAbstractButton)
        if corner is not None:  # Qt's own, under the hidden header: never shown
            corner.setEnabled(False)
        model.modelReset.connect(self.refresh)
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Sizes and colours from the theme; the height from the rows."""
        px, colors = self._theme.px, self._theme.colors
        self.setStyleSheet(
            f"QTableView{{background:{colors.surface}; border:0; selection-background-color:{colors.sel};"
            f" selection-color:{colors.text}}}"
            "QTableView::item{padding:0 5px; border:0}"
            f"QTableView::item:focus{{border:2px solid {colors.accent}; border-radius:4px; padding:0 3px}}"
            f"QHeaderView{{background:{colors.surface}; border:0}}"
            f"QHeaderView::section{{background:{colors.surface}; color:{colors.text2}; border:0;"
            f" border-bottom:1px solid {colors.line2}; padding:0 6px; font-size:{px(12)}px;"
            " font-weight:400}"
            f"QLineEdit{{padding:0 4px; border-radius:4px; font-size:{px(12)}px}}"
        )
        self.verticalHeader().setDefaultSectionSize(px(_ROW))
        self.verticalHeader().setMinimumSectionSize(px(_ROW))
        self.horizontalHeader().setFixedHeight(px(_ROW))
        rows = min(max(self.model().rowCount(), 1), _MOST_ROWS)
        self.setFixedHeight(px(_ROW) * (rows + 1) + 2)
        self._share_out()

    def _share_out(self) -> None:
        px, room = self._theme.px, self.viewport().width()
        widths = [px(width) for width in (_NARROW if room < px(_NARROW_BELOW) else _WIDTHS)]
        rest = room - sum(widths)
        hidden = rest < px(_LEAST_SOURCE)  # the hover has it, too
        widths[NAME if hidden else SOURCE] += max(rest, 0)
        self.setColumnHidden(SOURCE, hidden)
        for number, width in enumerate(widths):
            self.setColumnWidth(number, width)

    def resizeEvent(self, event: Any) -> None:
        """The source takes what is left."""
        super().resizeEvent(event)
        self._share_out()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The table's own keys."""
        editing = self.state() == QAbstractItemView.State.EditingState
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not editing:
            self.edit(self.currentIndex())
        elif event.key() == Qt.Key.Key_Space and not editing:
            self.compare_wanted.emit()
        elif event.key() == Qt.Key.Key_Delete and not editing:
            self.remove_wanted.emit()
        elif event.key() == Qt.Key.Key_Escape and not editing:
            event.ignore()  # the page's
        else:
            super().keyPressEvent(event)


class PresetsField(Field):
    """The setting `hosted`, and the prices themselves."""

    prices_edited = Signal(object)
    reset_wanted = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("hosted")
        self._value = ""
        self._before: Prices | None = None
        self.model = PresetModel(theme)
        self.table = PresetTable(theme, self.model)
        self.problem = Problem(theme, "presets_problem")
        self._compared = label("", "caption", wrap=True, name="presets_compared")
        self._compare = button(theme, "Compare with this", icon="check", name="preset_compare")
        self._add = button(theme, "Add", icon="plus", name="preset_add", tip="Add a model")
        self._remove = button(theme, "Remove", icon="trash-2", name="preset_remove", tip="Remove the model")
        self._reset = button(theme, "Back to the shipped ones", "link", name="preset_reset")
        self.setLayout(
            column(
                card(self.table, margins=(8, 4, 8, 8)),
                self.problem,
                row(self._compare, self._add, self._remove, None),
                self._compared,
                row(self._reset, None),
                spacing=8,
            )
        )
        self.model.edited.connect(self._edited)
        self.model.refused.connect(self.problem.say)
        self.table.compare_wanted.connect(self._choose)
        self.table.remove_wanted.connect(self._take_out)
        self._compare.clicked.connect(self._choose)
        self._add.clicked.connect(self._append)
        self._remove.clicked.connect(self._take_out)
        self._reset.clicked.connect(self._back)
        self.table.selectionModel().currentChanged.connect(self._moved)
        self.model.modelReset.connect(self._show_buttons)

    def value(self) -> Any:
        """Id of the model compared with, "" = the first."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Mark it."""
        self._value = value
        self._show(self.model.prices)

    def show_prices(self, prices: Prices) -> None:
        """Put these in the table."""
        if prices != self.model.prices:
            self._show(prices)

    def revert(self) -> None:
        """What was wrong is forgotten, and there is no way back any more."""
        self.problem.say("")
        self._before = None
        self._show_buttons()

    def _show(self, prices: Prices) -> None:
        here = self.table.currentIndex()
        self.model.show_prices(prices, self._value)
        if not self.table.currentIndex().isValid() and self.model.rowCount():
            place = min(max(here.row(), 0), self.model.rowCount() - 1)
            self.table.setCurrentIndex(self.model.index(place, max(here.column(), NAME)))
        found = self.model.compared()
        self._compared.setText(f"Answers are compared with {found.name}: {found.origin}." if found else "")
        self._show_buttons()

    @Slot()
    def _show_buttons(self) -> None:
        mine = any(price.own for price in self.model.prices.hosted) or bool(self.model.prices.removed)
        there = self.model.rowCount() > 0
        self._compare.setEnabled(there)
        self._remove.setEnabled(there)
        self._reset.set_text("Undo" if self._before is not None else "Back to the shipped ones")
        self._reset.setVisible(mine or self._before is not None)

    def _here(self) -> Hosted | None:
        return self.model.preset(self.table.currentIndex().row())

    @Slot(QModelIndex, QModelIndex)
    def _moved(self, _now: QModelIndex, _before: QModelIndex) -> None:
        self.problem.say("")

    @Slot(object)
    def _edited(self, prices: Prices) -> None:
        self.problem.say("")
        self._before = None
        self._show(prices)
        self.prices_edited.emit(prices)

    @Slot()
    def _choose(self) -> None:
        here = self._here()
        if here is not None and here.id != self._value:
            self.set_value(here.id)
            self.edited.emit(self.key, here.id)

    @Slot()
    def _append(self) -> None:
        known = {price.id for price in self.model.prices.hosted} | set(self.model.prices.removed)
        name = next(name for number in range(1, 10_000) if (name := f"own-{number}") not in known)
        self._edited(self.model.prices.having(Hosted(name, "New model", 0.0, 0.0)))
        place = self.model.index(self.model.row_of(name), NAME)
        self.table.setCurrentIndex(place)
        self.table.scrollTo(place)
        self.table.setFocus()
        self.table.edit(place)

    @Slot()
    def _take_out(self) -> None:
        here = self._here()
        if here is not None:
            self._edited(self.model.prices.without(here.id))

    @Slot()
    def _back(self) -> None:
        if self._before is not None:
            prices, self._before = self._before, None
            self.prices_edited.emit(prices)
            return
        self._before = self.model.prices
        self.reset_wanted.emit()
        self._show_buttons()
