"""One earlier race: what it brought, Open, Delete with a question in place."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QStackedWidget, QWidget

from desktop.contest.data import Summary
from desktop.gui.controls import Elided, ToolButton, button, column, label, row
from desktop.gui.theme import Theme


class HistoryRow(QFrame):
    """`opened` and `deleted` carry the race's id."""

    opened = Signal(str)
    deleted = Signal(str)

    def __init__(self, theme: Theme, number: int, one: Summary) -> None:
        super().__init__()
        self._id = one.id
        ratio = f"×{one.speedup:.2f}" if one.speedup is not None else "×–"
        same = "identical" if one.identical else "differs"
        told = f"{one.title}, {ratio}, output {same}, {one.when}"
        self.open = button(theme, "Open", name=f"raceOpen_{number}", height=30)
        self.open.setAccessibleName(f"Open race {told}")
        self.delete = ToolButton(theme, "trash-2", "Delete this race", name=f"raceDelete_{number}", box=30)
        self.delete.setAccessibleName(f"Delete race {told}")
        self.sure = button(theme, "Delete", name=f"raceSure_{number}", height=30)
        self.sure.setAccessibleName(f"Delete race {one.title} for good")
        self.keep = button(theme, "Keep", name=f"raceKeep_{number}", height=30)
        self.stops: tuple[QWidget, ...] = (self.open, self.delete, self.keep, self.sure)
        figure = label(ratio, "strong")
        figure.setFixedWidth(theme.px(52))
        words = column(Elided(one.title, "ui"), Elided(f"{one.when}, output {same}", "caption"), spacing=0)
        plain = row(figure, words, self.open, self.delete, spacing=8)
        plain.setStretch(1, 1)
        question = row(Elided(f"Delete “{one.title}” for good?", "ui"), self.keep, self.sure, spacing=8)
        question.setStretch(0, 1)
        self._stack = QStackedWidget()
        for line in (plain, question):
            side = QWidget()
            side.setLayout(line)
            self._stack.addWidget(side)
        self.setLayout(row(self._stack, margins=(0, 3, 0, 3)))
        self.open.clicked.connect(self._open)
        self.delete.clicked.connect(self._ask)
        self.keep.clicked.connect(self._keep)
        self.sure.clicked.connect(self._delete)

    @Slot()
    def _open(self) -> None:
        self.opened.emit(self._id)

    @Slot()
    def _ask(self) -> None:
        self._stack.setCurrentIndex(1)
        self.keep.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _keep(self) -> None:
        self._stack.setCurrentIndex(0)
        self.delete.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _delete(self) -> None:
        self.deleted.emit(self._id)
