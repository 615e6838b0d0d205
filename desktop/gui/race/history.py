"""Earlier races, newest first as handed in. Summaries in, ids out."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QApplication, QFrame, QVBoxLayout, QWidget

from desktop.contest.data import Summary
from desktop.gui.controls import button, column, label, row
from desktop.gui.numbers import count
from desktop.gui.race.history_row import HistoryRow
from desktop.gui.theme import Theme

_FEW, _MOST = 8, 200


class HistoryCard(QFrame):
    """A few of them, all on a click; a receipt can be brought in from a file."""

    opened = Signal(str)
    deleted = Signal(str)
    import_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._summaries: list[Summary] = []
        self._all = False
        self.rows: list[HistoryRow] = []
        self.setProperty("card", "true")
        self.setObjectName("raceHistory")
        self.bring = button(theme, "Import a receipt", icon="file-down", name="raceImport")
        self.bring.setToolTip("A race from another computer, or one exported here")
        self.more = button(theme, "", "link", name="raceMore")
        self._none = label("None yet. They stay on this computer.", "caption", wrap=True, name="raceNone")
        head = row(label("Earlier races", "strong"), None, self.bring)
        self._rows: QVBoxLayout = column(spacing=0)
        self.setLayout(
            column(head, self._none, self._rows, row(self.more, None), margins=(16, 12, 16, 12), spacing=6)
        )
        self.bring.clicked.connect(self.import_pressed)
        self.more.clicked.connect(self._show_all)
        self._fill()

    def set_summaries(self, summaries: Sequence[Summary]) -> None:
        """Replace the list. The keyboard stays about where it was."""
        focus = QApplication.focusWidget()
        at = next(
            (n for n, one in enumerate(self.rows) if focus is not None and one.isAncestorOf(focus)), None
        )
        self._summaries = list(summaries)
        self._fill()
        if at is not None:
            near = self.rows[min(at, len(self.rows) - 1)].open if self.rows else self.bring
            near.setFocus(Qt.FocusReason.OtherFocusReason)

    def _fill(self) -> None:
        for one in self.rows:
            self._rows.removeWidget(one)
            one.hide()
            one.deleteLater()
        shown = self._summaries[: _MOST if self._all else _FEW]
        self.rows = [HistoryRow(self._theme, number, one) for number, one in enumerate(shown)]
        for line in self.rows:
            self._rows.addWidget(line)
            line.opened.connect(self.opened)
            line.deleted.connect(self.deleted)
        stops = [self.bring, *(one for line in self.rows for one in line.stops), self.more]
        for before, after in pairwise(stops):
            QWidget.setTabOrder(before, after)  # or what is made late would come last
        self._none.setVisible(not shown)
        hidden = min(len(self._summaries), _MOST) - len(shown)
        self.more.setVisible(hidden > 0)
        self.more.set_text(f"Show {count(hidden, 'more race')}")

    @Slot()
    def _show_all(self) -> None:
        self._all = True
        self._fill()
