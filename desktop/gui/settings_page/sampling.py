"""Settings, Sampling: how the next token is drawn."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import Slot

from desktop.gui.controls import button, row
from desktop.gui.settings_page.fields import StringsField
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import Number, NumberSpec
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.settings import LIMITS, Settings


@dataclass(frozen=True, slots=True)
class _Slid:
    key: str
    title: str
    hint: str
    low: Number  # of the slider; the number beside it may go further
    high: Number


_SLID = (
    _Slid("temperature", "Temperature",
          "Low keeps to likely words, high surprises. 0 = always the most likely token.", 0, 2),
    _Slid("top_k", "Top-k", "Only the k most likely tokens are drawn from. 0 = all of them.", 0, 100),
    _Slid("top_p", "Top-p", "Only the likeliest tokens that together reach this share. 1 = off.", 0, 1),
    _Slid("min_p", "Min-p", "Drops tokens less likely than this share of the likeliest one. 0 = off.", 0, 1),
    _Slid("repeat_penalty", "Repeat penalty",
          "Makes recent tokens less likely. Too high, and words that are needed go missing. 1 = off.", 1, 2),
    _Slid("presence_penalty", "Presence penalty",
          "Pushes away every token already used, however often. 0 = off.", -2, 2),
    _Slid("frequency_penalty", "Frequency penalty",
          "Pushes away tokens the more, the more often they were used. 0 = off.", -2, 2),
)  # fmt: skip
_SEED = "The same number, words and settings give the same answer. -1 = a new one each time."
_STOP = "The answer ends before any of these. One per line; \\n stands for a line break."
_KEYS = (*(entry.key for entry in _SLID), "seed", "stop")


class SamplingSection(Section):
    """Every sampler with its consequence, and the way back to the defaults."""

    title = "Sampling"
    icon = "activity"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        for entry in _SLID:
            self._add_slid(entry)
        seed = NumberField(theme, "seed", "Seed", NumberSpec(*LIMITS["seed"]), hint=_SEED)
        stop = StringsField(theme, "stop", "Stop strings, one per line", hint=_STOP)
        self.bind(seed, stop)
        self.add(Row(theme, "Seed", _SEED, seed))
        self.add(Row(theme, "Stop strings", _STOP, stop))
        reset = button(
            theme,
            "Reset to defaults",
            icon="rotate-cw",
            name="reset_sampling",
            tip="Everything in this section",
        )
        reset.clicked.connect(self._reset)
        self.add(
            Row(
                theme,
                "Reset",
                "Puts everything in this section back to what a newcomer gets.",
                row(reset, None),
            )
        )

    def _add_slid(self, entry: _Slid) -> None:
        spec = NumberSpec(*LIMITS[entry.key])
        stops = spec.stops(max(entry.low, spec.low), min(entry.high, spec.high))
        default = getattr(Settings(), entry.key)
        field = NumberField(
            self.theme, entry.key, entry.title, spec, hint=entry.hint, stops=stops, mark=default
        )
        self.bind(field)
        self.add(Row(self.theme, entry.title, entry.hint, field))

    @Slot()
    def _reset(self) -> None:
        defaults = Settings()
        self.revert()
        self.edited.emit({key: getattr(defaults, key) for key in _KEYS})
