"""Beside the lanes: verdict, acceptance by place, what-if, what was saved, earlier races, export."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from desktop.contest.again import Repeated
from desktop.contest.data import Race
from desktop.engine import whatif
from desktop.gui.controls import Elided, button, card, column, label, row
from desktop.gui.numbers import count
from desktop.gui.race import told
from desktop.gui.race.places import Places
from desktop.gui.race.verdict_card import VerdictCard
from desktop.gui.race.whatif_card import WhatIfCard
from desktop.gui.theme import GAP, Theme


class RaceSide(QWidget):
    """One column beside the lanes, or two below them (`set_wide`). Beside, `buttons` stands apart."""

    export_pressed = Signal()
    picture_pressed = Signal()
    repeat_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("raceSide")
        self._wide = True
        self.verdict = VerdictCard(theme)
        self.places, self.whatif = Places(theme), WhatIfCard(theme)
        self._counts = label("", "caption", wrap=True)
        self._word = Elided("", "caption")
        self._saved, self._rests = label("", "strong", name="raceSaved"), label("", "caption", wrap=True)
        self._meter = label("", "caption", wrap=True)
        self.export = button(theme, "Export receipt", icon="file-down", name="raceExport", height=34)
        self.picture = button(theme, "Picture", icon="download", name="racePicture", height=34)
        self.repeat = button(theme, "Repeat this receipt", icon="rotate-cw", name="raceRepeat", height=34)
        self.repeat.setToolTip("Run the same here: model, prompt, seed, both lanes")
        self._build()
        self.repeat.clicked.connect(self.repeat_pressed)
        self.export.clicked.connect(self.export_pressed)
        self.picture.clicked.connect(self.picture_pressed)

    def _build(self) -> None:
        caption = row(label("Accepted by place in the draft", "caption"), None, label("%", "caption"))
        self._places_card: QFrame = card(caption, self.places, self._counts, spacing=6)
        self._saved_card: QFrame = card(self._word, self._saved, self._rests, self._meter, spacing=4)
        last = row(self.export, self.picture, spacing=8)
        last.setStretch(0, 1)
        self.buttons = QWidget()
        self.buttons.setLayout(column(self.repeat, last, spacing=8))
        self._left: QVBoxLayout = column(self.verdict, self._places_card, spacing=GAP)
        self._right: QVBoxLayout = column(self.whatif, self._saved_card, None, spacing=GAP)
        self._outer = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._outer.setContentsMargins(16, 14, 16, 16)
        self._outer.setSpacing(GAP)
        self._outer.addLayout(self._left)
        self._outer.addLayout(self._right)
        self.setLayout(self._outer)

    def set_wide(self, wide: bool) -> None:
        """Wide: a panel of its own. Else: two columns that scroll below the lanes."""
        if wide == self._wide:
            return
        self._wide = wide
        kind = QBoxLayout.Direction
        self._outer.setDirection(kind.TopToBottom if wide else kind.LeftToRight)
        self._outer.setContentsMargins(*((16, 14, 16, 16) if wide else (20, 0, 20, 20)))
        for at in (0, 1):
            self._outer.setStretch(at, 0 if wide else 1)
        (self._right if wide else self._left).insertWidget(1 if wide else 2, self._saved_card)
        if not wide:  # else they stand below, whatever is scrolled: the page sees to it
            self._left.insertWidget(3, self.buttons)
        self._settle(wide)
        self.update()

    def _settle(self, wide: bool) -> None:
        """The left column ends in air where it is a column of its own."""
        last = self._left.count() - 1
        item = self._left.itemAt(last)
        if item is not None and item.spacerItem() is not None:
            self._left.takeAt(last)
        if not wide:
            self._left.addStretch(1)

    def show_running(self) -> None:
        """Nothing is known yet."""
        self.verdict.show_running()
        for widget in (self._places_card, self.whatif, self._saved_card, self.buttons):
            widget.hide()

    def show_race(self, race: Race, repeated: Repeated | None = None) -> None:
        """Everything from one race; `repeated`: how it came out beside the receipt it repeats."""
        self.verdict.show_race(race)
        self.verdict.show_repeat(repeated)
        self.repeat.set_text("Repeat this receipt")
        pair = race.shown
        found = whatif.places(pair.speculative.rounds)
        did = pair.speculative.finished.speculated
        self._places_card.setVisible(bool(found))
        self.places.set_places(found)
        drafted = f"{did.accepted:,} of {did.drafted:,} accepted in {count(did.rounds, 'round')}"
        self._counts.setToolTip("Under five judged, no share is shown")
        self._counts.setText(f"{drafted}. Below each: how often judged.")
        self.whatif.show_race(race)
        self._saved_card.show()
        self.buttons.show()
        self._show_saved(race)

    def show_for_picture(self) -> None:
        """Results only, nothing to press."""
        self.buttons.hide()
        self.whatif.slider.hide()

    def set_repeatable(self, reason: str) -> None:
        """Why the same cannot be run now; "" = it can."""
        self.repeat.setEnabled(not reason)
        self.repeat.setToolTip(reason or "Run the same here: model, prompt, seed, both lanes")

    def _show_saved(self, race: Race) -> None:
        pair = race.shown
        word, amount, rests = told.saved(pair, told.names(race))
        drafting = told.names(race) == ("Plain", "Speculative")
        self._word.set_text(f"{word} by drafting" if drafting else f"{word} by {told.names(race)[1]}")
        self._saved.setText(amount)
        self._rests.setText(told.breakable(rests))
        energy = pair.speculative.energy
        self._meter.setVisible(energy is not None and pair.plain.energy is not None)
        self._meter.setText(told.breakable(told.energy_source(energy)) if energy is not None else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The panel's ground and its hairline; none below the lanes."""
        with QPainter(self) as painter:
            painter.fillRect(self.rect(), self._theme.color("side" if self._wide else "bg"))
            if self._wide:
                painter.fillRect(0, 0, 1, self.height(), self._theme.color("line"))
