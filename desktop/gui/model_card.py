"""The card at the foot of the sidebar: which model is loaded. Click chooses another."""

from __future__ import annotations

from typing import Literal

from desktop.gui.card_button import CardButton
from desktop.gui.controls import Elided, Glyph, row
from desktop.gui.theme import Theme

ModelState = Literal["ready", "loading", "none", "failed"]
_LOOK: dict[ModelState, tuple[str, str]] = {
    "ready": ("cpu", "text2"),
    "loading": ("circle-dashed", "accent"),
    "none": ("box", "text3"),
    "failed": ("triangle-alert", "bad"),
}


class ModelCard(CardButton):
    """Name, and one line of detail: "Q4_K_M · 5.03 GB", "Loading 42 %", why there is none."""

    def __init__(self, theme: Theme) -> None:
        self._glyph = Glyph(theme, "box", "text3")
        self._name = Elided("No model", "strong", name="modelName")
        self._detail = Elided("", "caption", name="modelDetail")
        top = row(self._glyph, self._name, Glyph(theme, "chevron-up", "text3", 14), spacing=8)
        top.setStretch(1, 1)
        super().__init__(
            top, self._detail, name="modelCard", accessible="", margins=(12, 10, 12, 10), spacing=3
        )
        self.setToolTip("Choose a model (Ctrl+M)")
        self.set_model("No model", "Choose one to begin", "none")

    def set_model(self, name: str, detail: str, state: ModelState) -> None:
        """Show a model and how it is doing."""
        self._glyph.set(*_LOOK[state])
        self._name.set_text(name)
        self._detail.set_text(detail)
        self.setAccessibleName(f"Model: {name}, {detail}. Choose a model")
