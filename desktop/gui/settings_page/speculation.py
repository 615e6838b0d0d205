"""Settings, Speculation: whether and how tokens are drafted, and what that means on this computer."""

from __future__ import annotations

from PySide6.QtCore import Signal

from desktop.gui.controls import button, row
from desktop.gui.settings_page.cost_card import CostCard
from desktop.gui.settings_page.draft_picker import DraftField
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.fields import ChoiceField, SwitchField
from desktop.gui.settings_page.mode_cards import ModeField
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.settings import LIMITS, Settings

_DRAFT = (
    "A small model that guesses ahead. It must share the model's tokenizer and is kept in memory beside it."
)
_LONGEST = "How many tokens may be guessed before a check."
_LENGTH = "For study: draft this many in every round, whether it pays or not. 0 = chosen by what pays."
_RULE = "When a guess counts as right. All are exact: the answer is what the model alone would have said."
_PAUSE = "Goes on plain while drafting costs more than it saves, says so, and looks again later."
_RULES = [
    ("auto", "Automatic", "Coupled when a seed is set, else the one measured to be fastest."),
    ("rejection", "Rejection sampling", "Accepts more than comparing does when temperature is above 0."),
    ("block", "Block verification", "Judges a draft as a whole: at least as long, a little more to compute."),
    ("coupled", "Coupled", "A fixed seed gives the same text with drafting as without."),
    ("equal", "Equal tokens", "Accepts only the very token drawn: simple, and slow at high temperature."),
]


class SpeculationSection(Section):
    """Mode, draft model, lengths, rule, pausing, measured costs."""

    measure_requested = Signal()
    advice_requested = Signal()
    title = "Speculation"
    icon = "wind"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        mode = ModeField(theme)
        self._draft = DraftField(theme)
        longest = self._number("draft_longest", "Longest draft", _LONGEST, mark=Settings().draft_longest)
        length = self._number("draft_length", "Fixed length", _LENGTH)
        rule = ChoiceField(theme, "draft_rule", "Acceptance rule", _RULES)
        pause = SwitchField(
            theme, "draft_pause", "Pause when it does not pay", hint=_PAUSE, text="Only while it pays"
        )
        self._costs = CostCard(theme)
        self._costs.measure_clicked.connect(self.measure_requested)
        self.bind(mode, self._draft, longest, length, rule, pause)
        self.add(mode)
        self._advice = button(theme, "Measure drafts for this model", icon="activity", name="measure_drafts")
        self._advice.setToolTip("Tries the drafts on this computer, and lookup, on a few prompts")
        self._advice.clicked.connect(self.advice_requested)
        self.add(Row(theme, "Draft model", _DRAFT, self._draft, row(self._advice, None), spacing=12))
        self.add(Row(theme, "Longest draft", _LONGEST, longest))
        self.add(Row(theme, "Fixed length", _LENGTH, length))
        self.add(Row(theme, "Acceptance rule", _RULE, rule))
        self.add(Row(theme, "Pause when it does not pay", _PAUSE, pause))
        self.add(self._costs, line=False)

    def _number(self, key: str, title: str, hint: str, mark: int | None = None) -> NumberField:
        spec = NumberSpec(*LIMITS[key])
        return NumberField(self.theme, key, title, spec, hint=hint, stops=spec.stops(), mark=mark)

    def take_facts(self, facts: SettingsFacts) -> None:
        """Files, verdicts."""
        self._draft.set_facts(facts.drafts)
        self._advice.setVisible(facts.drafts.target is not None)

    def show_values(self, settings: Settings, facts: SettingsFacts) -> None:
        """Also the consequence of the values."""
        super().show_values(settings, facts)
        self._costs.show_facts(
            facts.drafts, settings.speculation, settings.draft_length or settings.draft_longest
        )
