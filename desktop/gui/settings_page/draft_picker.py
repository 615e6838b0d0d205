"""Which draft model goes with the loaded target: automatic, none, or one of the files that could."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QButtonGroup, QWidget

from desktop.bridge.drafting import with_choice
from desktop.gui.controls import Radio, column, label
from desktop.gui.settings_page.draft_facts import Candidate, DraftFacts
from desktop.gui.settings_page.draft_row import DraftRow
from desktop.gui.settings_page.field import Field
from desktop.gui.theme import Theme

_NO_MODEL = "Load a model first: a draft model belongs to the model it drafts for."
_NO_FILES = "No smaller model is in the list. One of the same family, a tenth of the size, serves best."


class DraftField(Field):
    """The setting `drafts`, of which the target's entry is shown. What can draft comes before what cannot."""

    def __init__(self, theme: Theme) -> None:
        super().__init__("drafts")
        self._theme, self._facts = theme, DraftFacts()
        self._drafts: dict[str, str] = {}
        self._group = QButtonGroup(self)
        self.rows: list[DraftRow] = []
        self._list = QWidget()
        self._note = label(_NO_MODEL, "caption", wrap=True, name="draft_note")
        self._layout = column(self._list, self._note, spacing=8)
        self.setLayout(self._layout)
        self._group.buttonToggled.connect(self._toggled)

    def value(self) -> Any:
        """The whole mapping."""
        return self._drafts

    def set_value(self, value: Any) -> None:
        """Show the target's entry."""
        self._drafts = dict(value) if isinstance(value, Mapping) else {}
        self._check()
        self._say()

    def choice(self) -> str | None:
        """What is chosen for the target: None = automatic, "" = none, else a file."""
        return self._drafts.get(str(self._facts.target))

    def set_facts(self, facts: DraftFacts) -> None:
        """Other files, or more known of them."""
        before, self._facts = self._facts, facts
        order = _sorted(facts.candidates)
        same = facts.target == before.target and _automatic(facts) == _automatic(before)
        if not self.rows or not same or _paths(order) != self._paths_shown():
            self._rebuild(order)
        for made in self.rows:
            found = next((c for c in order if str(c.path) == made.choice), None)
            if made.choice is None:
                found = facts.automatic
                made.show_none("" if found else "No draft comes with this model.")
            if found is not None:
                made.show_candidate(found, facts)
        self._list.setVisible(facts.target is not None)
        self._check()
        self._say()

    def _say(self) -> None:
        """What no row says already."""
        facts = self._facts
        none = not facts.candidates and facts.automatic is None
        told = any(made.tells_reason for made in self.rows if made.choice == self.choice())
        problem = "" if told else facts.problem
        self._note.setText(_NO_MODEL if facts.target is None else problem or (_NO_FILES if none else ""))
        self._note.setVisible(bool(self._note.text()))

    def _paths_shown(self) -> list[str]:
        return [made.choice for made in self.rows if made.choice]

    def _rebuild(self, candidates: list[Candidate]) -> None:
        for old in self.rows:
            self._group.removeButton(old.radio)
        self.rows = [
            DraftRow(self._theme, None, _automatic(self._facts), 0),
            DraftRow(self._theme, "", "No draft model", 1),
        ]
        self.rows[1].set_caption("Auto then only repeats from the chat, where that pays.")
        for number, candidate in enumerate(candidates, 2):
            made = DraftRow(self._theme, str(candidate.path), candidate.name, number)
            made.add_tags(candidate)
            self.rows.append(made)
        for made in self.rows:
            self._group.addButton(made.radio)
        old_list, self._list = self._list, QWidget()
        self._list.setLayout(column(*self.rows, spacing=8))
        self._layout.replaceWidget(old_list, self._list)
        old_list.setParent(None)
        old_list.deleteLater()

    def _check(self) -> None:
        """Mark the choice, without telling."""
        choice = self.choice()
        self._group.blockSignals(True)
        for made in self.rows:
            if made.choice == choice:
                made.radio.setChecked(True)
        self._group.blockSignals(False)

    @Slot(object, bool)
    def _toggled(self, radio: Radio, on: bool) -> None:
        chosen = next((made for made in self.rows if made.radio is radio), None)
        if not on or chosen is None or self._facts.target is None:
            return
        self._drafts = with_choice(self._drafts, self._facts.target, chosen.choice)
        self.edited.emit(self.key, self._drafts)


def _automatic(facts: DraftFacts) -> str:
    return f"Automatic: {facts.automatic.name}" if facts.automatic is not None else "Automatic"


def _sorted(candidates: tuple[Candidate, ...]) -> list[Candidate]:
    return sorted(candidates, key=lambda c: bool(c.verdict is not None and c.verdict.reason))


def _paths(candidates: list[Candidate]) -> list[str]:
    return [str(candidate.path) for candidate in candidates]
