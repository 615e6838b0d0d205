"""The race that needs nothing: what is made for it, how large it is, and how to be rid of it again."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.gui.controls import Glyph, button, column, label, row
from desktop.gui.numbers import size
from desktop.gui.theme import Theme

_WHAT = "Slipstream Guide, padded: the same text as Guide, at the cost of a larger model."


class DemonstrationCard(QFrame):
    """`wanted` begins the race, `delete_pressed` removes the file."""

    wanted = Signal()
    delete_pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName("raceDemonstration")
        self._detail = label("", "caption", wrap=True, name="raceDemonstrationDetail")
        self.show_it = button(theme, "Show me a race", icon="flag", name="raceShow", height=34)
        self.delete = button(theme, "Delete the file", "ghost", "trash-2", name="raceDelete")
        words = column(label("A race without a download", "strong"), self._detail, spacing=2)
        line = row(words, self.delete, self.show_it, spacing=10, margins=(16, 12, 16, 12))
        line.setStretch(0, 1)
        line.insertWidget(0, Glyph(theme, "flag", "accent", 18))
        self.setLayout(line)
        self.show_it.clicked.connect(self.wanted)
        self.delete.clicked.connect(self.delete_pressed)
        self.set_state(0, made=False, reason="")

    def set_state(self, bytes_: int, *, made: bool, reason: str) -> None:
        """`bytes_`: of the model, 0 = not known. `made`: the file is there. `reason`: why not now."""
        room = size(bytes_) if bytes_ else ""
        if made:
            told = f"{_WHAT} Made on this computer; the file ({room}) is in the cache folder."
        else:
            made_here = f"{room}, made" if room else "Made"
            told = f"{_WHAT} {made_here} on this computer in seconds, in the cache folder."
        self._detail.setText(reason or told)
        self.show_it.setEnabled(not reason)
        self.delete.setVisible(made)
        self.delete.setEnabled(not reason)
        self.delete.setAccessibleName(
            f"Delete the demonstration model, {room}" if room else "Delete the file"
        )
