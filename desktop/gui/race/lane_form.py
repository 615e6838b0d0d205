"""What one lane of a race holds: drafting, its length, the draft model, the temperature. Choices in, one
`LaneChoice` out. Knows no engine and no files: what can draft is handed in.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QWidget

from desktop.engine.types import LONGEST_DRAFT, MODES, Mode
from desktop.gui.controls import label
from desktop.gui.race.choice import Choice
from desktop.gui.race.wanted import LaneChoice
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.theme import Theme
from desktop.settings import LIMITS

_MODES: dict[Mode, tuple[str, str]] = {
    "off": ("Off", "The model alone, one token at a time"),
    "auto": ("Auto", "Draft model and lookup, whichever pays"),
    "draft": ("Draft model", "Always the draft model"),
    "lookup": ("Lookup", "What followed the same words before; no draft model"),
}


class LaneForm(QFrame):
    """Rows that mean nothing in a mode are hidden. `changed` fires for every choice."""

    changed = Signal()

    def __init__(self, theme: Theme, title: str, *, name: str) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName(name)
        self.setProperty("card", "inset")
        self.setAccessibleName(title)
        self._drafts: dict[str, Path] = {}
        self._listed: list[tuple[Path, str, str]] | None = None
        self._quiet = False
        self.mode = Choice(theme, f"{title}, drafting", name=f"{name}Mode")
        self.length = Choice(theme, f"{title}, draft length", name=f"{name}Length")
        self.draft = Choice(theme, f"{title}, draft model", name=f"{name}Draft")
        spec = NumberSpec(*LIMITS["temperature"])
        hint = "0 = always the most likely token"
        self.temperature = NumberField(theme, f"{name}Temperature", f"{title}, temperature", spec, hint=hint)
        self._rows: dict[str, tuple[QLabel, QWidget]] = {}
        self._build(title)
        self._fill()
        for choice in (self.mode, self.length, self.draft):
            choice.chosen.connect(self._chosen)
        self.temperature.edited.connect(self._edited)
        self._arrange()

    def _build(self, title: str) -> None:
        grid = QGridLayout()
        grid.setContentsMargins(14, 10, 14, 12)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(8)
        grid.addWidget(label(title, "strong"), 0, 0, 1, 2)
        fields = (
            ("Drafting", self.mode), ("Draft model", self.draft), ("Draft length", self.length),
            ("Temperature", self.temperature),
        )  # fmt: skip
        for number, (words, field) in enumerate(fields, 1):
            caption = label(words, "caption")
            grid.addWidget(caption, number, 0, Qt.AlignmentFlag.AlignVCenter)
            grid.addWidget(field, number, 1)
            self._rows[words] = (caption, field)
        grid.setColumnStretch(1, 1)
        grid.setRowStretch(len(fields) + 1, 1)
        self.setLayout(grid)

    def _fill(self) -> None:
        self.mode.set_choices([(mode, *_MODES[mode]) for mode in MODES], "off")
        lengths = [("0", "By what pays", "Chosen for every round from measured costs")]
        lengths += [
            (str(number), f"{number}", f"{number} in every round") for number in range(1, LONGEST_DRAFT + 1)
        ]
        self.length.set_choices(lengths, "0")
        self.set_drafts((), None)

    def set_drafts(self, drafts: Sequence[tuple[Path, str, str]], usual: Path | None) -> None:
        """The models that can draft: (file, name, detail). `usual`: the one in use. What is chosen stays."""
        if self._listed == list(drafts):
            return  # a menu that is open stays as it is
        self._listed = list(drafts)
        before = self._drafts.get(self.draft.key, usual) or usual
        self._drafts = {str(path): path for path, _, _ in drafts}
        choices = [(str(path), name, detail) for path, name, detail in drafts]
        self._quiet = True
        self.draft.set_choices(choices or [("", "None on the shelf", "")], str(before))
        self._quiet = False
        self._arrange()

    def hold(self, held: LaneChoice) -> None:
        """Show a choice. A draft model that is not on the shelf is left as it is."""
        self._quiet = True
        self.mode.choose(held.mode)
        self.length.choose(str(held.length))
        if held.draft is not None and str(held.draft) in self._drafts:
            self.draft.choose(str(held.draft))
        self.temperature.set_value(held.temperature)
        self._quiet = False
        self._arrange()

    def shown_draft(self, choice: LaneChoice) -> Path | None:
        """The draft model that a choice shows as here."""
        if choice.mode not in ("auto", "draft"):
            return None
        known = choice.draft is not None and str(choice.draft) in self._drafts
        return choice.draft if known else self._drafts.get(self.draft.key)

    @property
    def held(self) -> LaneChoice:
        """What is chosen; what means nothing in the mode is left out."""
        mode: Mode = next((one for one in MODES if one == self.mode.key), "off")
        length = int(self.length.key or 0) if mode != "off" else 0
        draft = self._drafts.get(self.draft.key) if mode in ("auto", "draft") else None
        return LaneChoice(mode, length, draft, float(self.temperature.value()))

    @property
    def problem(self) -> str:
        """Why this cannot be raced, "" = it can."""
        if self.held.mode == "draft" and self.held.draft is None:
            return "No model on the shelf can draft for this one. Choose lookup, or add a draft model."
        return self.temperature.problem.words.text()

    @Slot(str)
    def _chosen(self, _key: str) -> None:
        self._arrange()
        if not self._quiet:
            self.changed.emit()

    @Slot(str, object)
    def _edited(self, _key: str, _value: object) -> None:
        self.changed.emit()

    def _arrange(self) -> None:
        mode = self.mode.key
        shown = {"Draft model": mode in ("auto", "draft"), "Draft length": mode != "off"}
        for words, visible in shown.items():
            if words in self._rows:
                for widget in self._rows[words]:
                    widget.setVisible(visible)
