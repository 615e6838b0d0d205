"""Settings, General: the system prompt and the length of answers."""

from __future__ import annotations

from desktop.gui.settings_page.fields import TextField
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.settings import LIMITS

_SYSTEM = "Put before every conversation. It is read again with each new one and takes room in the context."
_LENGTH = "In tokens. There the answer ends and can be continued. 0 = until the context is full."


class GeneralSection(Section):
    """What every answer starts from."""

    title = "General"
    icon = "sliders-horizontal"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        system = TextField(
            theme, "system_prompt", "System prompt", hint=_SYSTEM, lines=7,
            placeholder="Such as: Answer briefly. Write in British English.",
        )  # fmt: skip
        length = NumberField(
            theme,
            "max_tokens",
            "Maximum answer length in tokens",
            NumberSpec(*LIMITS["max_tokens"]),
            hint=_LENGTH,
        )
        self.bind(system, length)
        self.add(Row(theme, "System prompt", _SYSTEM, system))
        self.add(Row(theme, "Maximum answer length", _LENGTH, length))
