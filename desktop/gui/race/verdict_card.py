"""Whether the lanes wrote the same, and beside it, of a repeated receipt, whether it came out as before."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.contest.again import Repeated
from desktop.contest.data import Race
from desktop.gui.controls import Glyph, card, column, label, row
from desktop.gui.race import told
from desktop.gui.theme import GAP, Theme

_ICONS = {
    "same": ("circle-check", "ok"), "expected": ("git-branch", "text2"), "parted": ("triangle-alert", "warn"),
}  # fmt: skip


class VerdictCard(QWidget):
    """Two cards under each other; the second only after a repeat."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._glyph = Glyph(theme, "circle-check", "ok", 18)
        self._verdict = label("", "strong", wrap=True, name="raceVerdict")
        self._detail = label("", "caption", wrap=True, name="raceVerdictDetail")
        self._again_glyph = Glyph(theme, "circle-check", "ok", 18)
        self._again = label("", "strong", wrap=True, name="raceRepeated")
        self._tokens = label("", "caption", wrap=True, name="raceRepeatedTokens")
        self._differs = label("", "caption", wrap=True, name="raceDiffers")
        first = row(self._glyph, column(self._verdict, self._detail, spacing=1), spacing=10)
        words = column(self._again, self._tokens, self._differs, spacing=2)
        second = row(self._again_glyph, words, spacing=10)
        second.setAlignment(self._again_glyph, Qt.AlignmentFlag.AlignTop)
        for line in (first, second):
            line.setStretch(1, 1)
        self._second = card(second)
        inner: QVBoxLayout = column(card(first), self._second, spacing=GAP)
        self.setLayout(inner)
        self.show_repeat(None)

    def show_running(self) -> None:
        """Nothing is known yet."""
        self._glyph.set("circle-dashed", "text3")
        self._verdict.setText("Recording")
        self._detail.setText("Runs take turns, so that neither lane has the warmer computer.")
        self.show_repeat(None)

    def show_race(self, race: Race) -> None:
        """The verdict."""
        kind, words, detail = told.verdict(race)
        self._glyph.set(*_ICONS[kind])
        self._verdict.setText(words)
        self._detail.setText(told.breakable(detail))

    def show_repeat(self, repeated: Repeated | None) -> None:
        """How a repeated receipt came out; None = this is no repeat."""
        self._second.setVisible(repeated is not None)
        if repeated is None:
            return
        same = all(repeated.same_tokens.values())
        self._again_glyph.set(*_ICONS["same" if same else "parted"])
        self._again.setText("Same tokens as in the receipt" if same else "Other tokens than in the receipt")
        self._tokens.setText("In both lanes." if same else told.breakable(" ".join(repeated.sentences())))
        lines = told.breakable("\n".join(f"· {line}" for line in repeated.differs))
        nothing = "Same files, library and computer, as far as they are known."
        self._differs.setText(f"Different here:\n{lines}" if lines else nothing)
