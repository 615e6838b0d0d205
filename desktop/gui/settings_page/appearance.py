"""Settings, Appearance: theme, size and motion. They take effect at once."""

from __future__ import annotations

from desktop.gui.settings_page.fields import ChoiceField, SwitchField
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.settings import LIMITS

_SIZE = "Text, icons and controls together, in percent. Also with Ctrl++, Ctrl+- and Ctrl+0."
_COLOURS = "In answers, what a draft guessed is tinted and what was rejected can be seen. Never copied."
_MOTION = "Things open and close at once, without moving."


class AppearanceSection(Section):
    """How the window looks."""

    title = "Appearance"
    icon = "palette"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        scheme = ChoiceField(
            theme, "theme", "Theme",
            [("system", "System", "Follows the desktop, day and night."),
             ("light", "Light", "Dark text on white."), ("dark", "Dark", "Light text on near black.")],
        )  # fmt: skip
        low, high, step = LIMITS["interface_percent"]
        spec = NumberSpec(low, high, step, only_steps=True)
        size = NumberField(
            theme,
            "interface_percent",
            "Interface size in percent",
            spec,
            hint=_SIZE,
            stops=spec.stops(),
            mark=100,
        )
        motion = SwitchField(theme, "reduce_motion", "Reduce motion", hint=_MOTION, text="No transitions")
        colours = SwitchField(
            theme, "show_tokens", "Colours in the text", hint=_COLOURS, text="Tokens are tinted"
        )
        self.bind(scheme, size, colours, motion)
        self.add(Row(theme, "Theme", "Takes effect at once.", scheme))
        self.add(Row(theme, "Interface size", _SIZE, size))
        self.add(Row(theme, "Colours in the text", _COLOURS, colours))
        self.add(Row(theme, "Reduce motion", _MOTION, motion))
