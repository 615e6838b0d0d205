"""While and after measuring: where it is, or what came of it, with a row for each way to draft."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.bridge.advice import Ranking, Row, Way
from desktop.gui.advisor import words
from desktop.gui.advisor.offer import Running
from desktop.gui.advisor.result_row import ResultRow, Standing
from desktop.gui.advisor.spread_bar import scale_of
from desktop.gui.controls import Meter, column, label, row
from desktop.gui.theme import Theme


class ResultPage(QWidget):
    """`kept` carries the way that a person wants to keep."""

    kept = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[ResultRow] = []
        self.title = label("", "metric", wrap=True, name="advisor_verdict")
        self.why = label("", "ui2", wrap=True, name="advisor_because")
        self.made = label("", "caption", wrap=True, name="advisor_made")
        self.now, self.left = (
            label("", "strong", name="advisor_now"),
            label("", "caption", name="advisor_left"),
        )
        self.meter = Meter(theme, "Measuring", name="advisor_progress")
        self._running = QWidget()
        self._running.setLayout(column(row(self.now, None, self.left), self.meter, spacing=8))
        self.note = label("", "strong", wrap=True, name="advisor_result_note")
        self._list = QVBoxLayout()
        self._list.setSpacing(8)
        self.setLayout(
            column(
                self._running, self.title, self.why, self.note, 4, self._list, 2, self.made, None, spacing=4
            )
        )

    def show_running(self, state: Running) -> None:
        """How far it is."""
        now = state.progress
        self.now.setText(words.running(state))
        self.left.setText(words.left(state))
        share = now.done / now.total if now.total else 1.0
        self.meter.set_parts([(share, "accent")], f"{now.done} of {now.total} answers made")
        for widget in (self.title, self.why, self.made, self.note):
            widget.hide()
        self._running.show()
        tried = None if state.ending or now.waits or now.done >= now.total else now.way.key
        self._show(state.rows, lambda one: Standing(tried=one.way.key == tried and not one.problem))

    def show_result(
        self, ranking: Ranking, made: str, in_use: str, gone: Callable[[Way], bool], note: str
    ) -> None:
        """What came of it. `in_use`: key of the way that answers are made now."""
        self.title.setText(words.verdict(ranking))
        self.why.setText(words.because(ranking))
        self.made.setText(made)
        self.note.setText(note)
        self._running.hide()
        for widget in (self.title, self.why, self.made):
            widget.show()
        self.note.setVisible(bool(note))
        best = ranking.best
        self._show(
            ranking.rows,
            lambda one: Standing(
                best=one is best, in_use=one.way.key == in_use, gone=gone(one.way), keep=True
            ),
        )

    def _show(self, rows: Sequence[Row], standing: Callable[[Row], Standing]) -> None:
        if [made.way for made in self.rows] != [one.way for one in rows]:
            self._rebuild(rows)
        scale = scale_of(rows)
        for made, one in zip(self.rows, rows, strict=True):
            made.show_row(one, scale, standing(one))

    def _rebuild(self, rows: Sequence[Row]) -> None:
        for old in self.rows:
            self._list.removeWidget(old)
            old.setParent(None)
            old.deleteLater()
        self.rows = [ResultRow(self._theme, one.way, number) for number, one in enumerate(rows)]
        for made in self.rows:
            made.kept.connect(self.kept)
            self._list.addWidget(made)
            made.show()  # now, so that it counts for the sheet's height
