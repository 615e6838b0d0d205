"""One choice of draft model: what it is, whether it can draft, check by check, and what memory it takes."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.engine.types import Check, DraftInfo
from desktop.gui.controls import (
    Glyph,
    Item,
    PillKind,
    Radio,
    button,
    column,
    label,
    pill,
    restyle,
    row,
    tag,
)
from desktop.gui.numbers import size
from desktop.gui.settings_page.draft_facts import Candidate, DraftFacts
from desktop.gui.theme import Theme


class DraftRow(QWidget):
    """A radio and what is known. `choice`: None = automatic, "" = none, else the file."""

    grew = Signal()

    def __init__(self, theme: Theme, choice: str | None, title: str, number: int) -> None:
        super().__init__()
        self._theme, self.choice, self._number = theme, choice, number
        self.radio = Radio(theme, f"Draft model: {title}", name=f"draft_choice_{number}", text=title)
        self._pill = pill("")
        self._pill.hide()
        self._caption = label("", "caption", wrap=True, name=f"draft_caption_{number}")
        self._checks = QWidget()
        self._checks.hide()
        self._toggle = button(theme, "Show checks", "link", name=f"draft_checks_{number}")
        self._toggle.hide()
        self._toggle.clicked.connect(self._flip)
        self._open = False
        self._verdict: DraftInfo | None = None
        self._top = row(self.radio, None, self._pill, spacing=6)
        self._under = column(self._caption, row(self._toggle, None), self._checks, spacing=3)
        self.setLayout(column(self._top, self._under, spacing=1))
        theme.changed.connect(self.refresh)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """What is under the radio stands under its words."""
        self._under.setContentsMargins(self._theme.px(28) + 3, 0, 0, 0)

    def set_caption(self, text: str) -> None:
        """One line under the choice; "" for none."""
        self._caption.setText(text)
        self._caption.setVisible(bool(text))
        self.radio.setAccessibleDescription(text)

    def show_none(self, text: str) -> None:
        """No file stands behind the choice: only a line of words."""
        self.set_caption(text)
        self._pill.hide()
        self._toggle.hide()

    def add_tags(self, candidate: Candidate) -> None:
        """Format and size of the file, beside its name."""
        if candidate.size:
            self._top.insertWidget(1, label(size(candidate.size), "caption"))
        if candidate.quantisation:
            self._top.insertWidget(1, tag(candidate.quantisation))

    def show_candidate(self, candidate: Candidate, facts: DraftFacts) -> None:
        """What is known of a file by now."""
        verdict = candidate.verdict
        if verdict is None:
            self._set_pill("Checking", "plain")
            self.set_caption("")
            return
        self._set_pill(*_pill_of(verdict))
        self.radio.setEnabled(not verdict.reason or self.radio.isChecked())
        self.set_caption(_reason(verdict) if verdict.reason else _memory(verdict, facts))
        if verdict is not self._verdict:
            self._verdict = verdict
            self._fill(verdict.checks)
        self._toggle.setVisible(bool(verdict.checks))

    @property
    def tells_reason(self) -> bool:
        """Whether it says why this file cannot draft."""
        return self._verdict is not None and bool(self._verdict.reason)

    def open_checks(self, open_: bool) -> None:
        """Show or hide the checks."""
        self._open = open_
        self._checks.setVisible(open_)
        self._toggle.set_text("Hide checks" if open_ else "Show checks")
        self._toggle.setAccessibleName(f"{self._toggle.text()}: {self.radio.text()}")
        self.grew.emit()

    @Slot()
    def _flip(self) -> None:
        self.open_checks(not self._open)

    def _set_pill(self, text: str, kind: PillKind) -> None:
        self._pill.setText(text)
        restyle(self._pill, "pill", kind)
        self._pill.show()

    def _fill(self, checks: tuple[Check, ...]) -> None:
        old = self._checks
        self._checks = QWidget()
        lines: list[Item] = [_line(self._theme, check) for check in checks]
        self._checks.setLayout(column(*lines, spacing=3))
        self._checks.setObjectName(f"draft_check_list_{self._number}")
        words = [f"{check.name}: {'passed' if check.passed else 'failed'}, {check.found}" for check in checks]
        self._checks.setAccessibleName("; ".join(words))
        self._under.replaceWidget(old, self._checks)
        old.setParent(None)
        old.deleteLater()
        self._checks.setVisible(self._open)


def _line(theme: Theme, check: Check) -> QWidget:
    made = QWidget()
    glyph = Glyph(theme, "circle-check" if check.passed else "circle-x", "ok" if check.passed else "bad", 14)
    name = label(check.name, "captionstrong")
    name.setFixedWidth(theme.px(84))
    line = row(glyph, name, label(check.found, "caption", wrap=True), spacing=6)
    line.setStretch(2, 1)
    line.setAlignment(glyph, Qt.AlignmentFlag.AlignTop)
    line.setAlignment(name, Qt.AlignmentFlag.AlignTop)
    made.setLayout(line)
    return made


def _pill_of(verdict: DraftInfo) -> tuple[str, PillKind]:
    if verdict.loaded:
        return "In use", "accent"
    if verdict.reason:
        return "Cannot draft", "bad"
    return "Compatible", "ok"


def _reason(verdict: DraftInfo) -> str:
    return verdict.reason[:1].upper() + verdict.reason[1:] + "."


def _memory(verdict: DraftInfo, facts: DraftFacts) -> str:
    """Target, draft and both caches, against what is free."""
    if verdict.memory is None:
        return ""
    needs = verdict.memory.needed
    parts = f"{facts.target_name} {size(facts.target_needs)}, the draft {size(needs)}, contexts included"
    return f"{size(needs + facts.target_needs)} in all: {parts}. {size(facts.free)} are free now."
