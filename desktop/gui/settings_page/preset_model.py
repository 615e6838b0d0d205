"""The table of hosted models as Qt's item views want it: each cell can be edited in its place.

A price that is changed becomes the person's own: it no longer says it is from the shipped source. Knows
prices; must not know files.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont

from desktop.gui.numbers import DASH
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.theme import Theme
from desktop.meter.prices import Hosted, Prices
from desktop.settings import PATTERNS

Index = QModelIndex | QPersistentModelIndex
NAME, INPUT, CACHED, OUTPUT, CURRENCY, SOURCE, COPIED = range(7)
HEADS = ("Model", "Input", "Cached", "Output", "Currency", "Source", "Copied")
_TIPS = {
    INPUT: "Price of a million prompt tokens",
    CACHED: "Price of a million prompt tokens the host still had; a dash = counted as input",
    OUTPUT: "Price of a million written tokens, thinking included",
    COPIED: "The day the price was copied from its source",
}
_NUMBERS = {INPUT: "input", CACHED: "cached_input", OUTPUT: "output"}
_PRICE = NumberSpec(0.0, 1_000_000.0, 0.01)
_LONGEST = 120
_ROOT = QModelIndex()


class PresetModel(QAbstractTableModel):
    """`edited` carries the prices after a change by the person; `refused` says why there is none."""

    edited = Signal(object)
    refused = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._prices, self._compared = theme, Prices(), ""

    def show_prices(self, prices: Prices, compared: str) -> None:
        """Show these; `compared`: id of the one that answers are compared with."""
        if (prices, compared) == (self._prices, self._compared):
            return
        same = len(prices.hosted) == len(self._prices.hosted)
        if not same:
            self.beginResetModel()
        self._prices, self._compared = prices, compared
        if same:
            self.dataChanged.emit(self.index(0, 0), self.index(self.rowCount() - 1, COPIED))
        else:
            self.endResetModel()

    @property
    def prices(self) -> Prices:
        """What is shown."""
        return self._prices

    def preset(self, row: int) -> Hosted | None:
        """The one in a row."""
        return self._prices.hosted[row] if 0 <= row < len(self._prices.hosted) else None

    def compared(self) -> Hosted | None:
        """The one answers are compared with."""
        return self._prices.model(self._compared)

    def row_of(self, wanted: str) -> int:
        """Its row, -1 = none."""
        return next((row for row, price in enumerate(self._prices.hosted) if price.id == wanted), -1)

    def rowCount(self, parent: Index = _ROOT) -> int:
        """One a model."""
        return 0 if parent.isValid() else len(self._prices.hosted)

    def columnCount(self, parent: Index = _ROOT) -> int:
        """Name, three prices, currency, source, day."""
        return 0 if parent.isValid() else len(HEADS)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Words over the columns."""
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(HEADS):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return HEADS[section]
        if role == Qt.ItemDataRole.ToolTipRole:
            return _TIPS.get(section)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(section)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Everything can be edited."""
        return super().flags(index) | Qt.ItemFlag.ItemIsEditable

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Words, tooltip, and in other ways than by colour which one is compared with."""
        price = self.preset(index.row())
        if price is None:
            return None
        column, chosen = index.column(), price == self.compared()
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.EditRole):
            return _cell(price, column, empty="" if role == Qt.ItemDataRole.EditRole else DASH)
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{price.name}: {price.origin}"
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(column)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            compared = ", compared with" if chosen and column == NAME else ""
            return f"{price.name}, {HEADS[column]}: {_cell(price, column, empty='not told')}{compared}"
        if role == Qt.ItemDataRole.DecorationRole and column == NAME:
            return self._theme.pixmap(
                "circle-check" if chosen else "dot", "accent" if chosen else "line3", 14
            )
        if role == Qt.ItemDataRole.FontRole:
            return self._theme.font(12, QFont.Weight.Medium if column == NAME else QFont.Weight.Normal)
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._theme.color("text" if column <= OUTPUT else "text2")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Take what was typed, or say why not."""
        price = self.preset(index.row())
        text = str(value).strip()
        if price is None or role != Qt.ItemDataRole.EditRole:
            return False
        if text == _cell(price, index.column(), empty=""):
            return True
        made = _edited(price, index.column(), text)
        if isinstance(made, str):
            self.refused.emit(f"{made} {price.name} stays as it was.")
            return False
        self.edited.emit(self._prices.having(made))
        return True


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in _NUMBERS else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


def _cell(price: Hosted, column: int, *, empty: str) -> str:
    if column in _NUMBERS:
        number = getattr(price, _NUMBERS[column])
        return empty if number is None else _PRICE.text(number)
    if column == SOURCE:
        return price.source or ("Your own price" if price.own and empty else empty)
    return (price.name, "", "", "", price.currency, "", price.date)[column] or empty


def _edited(price: Hosted, column: int, text: str) -> Hosted | str:
    """The price with what was typed, or what is wrong with that."""
    if column in _NUMBERS:
        parsed = _PRICE.parse(text)
        if column == CACHED and not text:
            return replace(price, cached_input=None)
        if parsed.value is None:
            return parsed.problem
        changes: dict[str, Any] = {_NUMBERS[column]: float(parsed.value)}
        return replace(price, **changes, source="", date="", note="", inferred=False)
    if len(text) > _LONGEST or not text.isprintable():
        return f"Enter at most {_LONGEST} plain characters."
    if column == NAME:
        return replace(price, name=text) if text else "A model needs a name."
    if column == CURRENCY:
        code = text.upper()
        known = PATTERNS["currency"].fullmatch(code)
        return replace(price, currency=code) if known else "Enter three letters, such as EUR."
    if column == SOURCE:
        return replace(price, source=text)
    return replace(price, date=text) if not text or _is_day(text) else "Enter a day like 2026-11-22."


def _is_day(text: str) -> bool:
    try:
        return bool(re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
