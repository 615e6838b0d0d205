"""Settings, Energy and cost: the price of electricity, how energy is found, and the hosts compared with."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.gui.answer_cost import costing
from desktop.gui.controls import column, label
from desktop.gui.settings_page.currency_field import CurrencyField
from desktop.gui.settings_page.energy_facts import EnergyFacts
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec
from desktop.gui.settings_page.preset_table import PresetsField
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.meter.words import price
from desktop.settings import LIMITS, Settings

_PRICE = "What a kilowatt-hour costs you. 0 = the table's price for the currency."
_CURRENCY = "Three letters, such as USD, EUR or GBP."
_WATTS = "Of the processor with all cores at work, where nothing measures it. 0 = from the number of cores."
_METERS = "An answer's energy is measured where the computer allows it, else estimated from processor time."
_HOSTED = "What the same tokens would cost at a host. Prices change: check them before you rely on them."


class EnergySection(Section):
    """Price, currency, watts, meters, presets."""

    prices_edited = Signal(object)
    """Prices with the person's own changes."""
    prices_reset = Signal()
    title = "Energy and cost"
    icon = "coins"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        number = NumberField(
            theme,
            "price_per_kwh",
            "Price per kilowatt-hour",
            NumberSpec(*LIMITS["price_per_kwh"]),
            hint=_PRICE,
        )
        currency = CurrencyField(theme, "currency", "Currency", hint=_CURRENCY)
        watts = NumberField(
            theme, "watts", "Watts of the processor", NumberSpec(*LIMITS["watts"]), hint=_WATTS
        )
        self._price_used = label("", "caption", wrap=True, name="price_used")
        self._watts_used = label("", "caption", wrap=True, name="watts_used")
        self._meters = label("", "ui2", wrap=True, name="meters")
        self._notes = label("", "caption", wrap=True, name="meter_notes")
        self._warnings = label("", "caption", wrap=True, name="price_warnings")
        self._presets = PresetsField(theme)
        self._presets.prices_edited.connect(self.prices_edited)
        self._presets.reset_wanted.connect(self.prices_reset)
        self._presets.model.refused.connect(self._refused)
        self.bind(number, currency, watts, self._presets)
        self.add(Row(theme, "Price of electricity", _PRICE, number, self._price_used))
        self.add(Row(theme, "Currency", _CURRENCY, currency))
        self.add(Row(theme, "Meters of this computer", _METERS, self._meters, self._notes))
        self.add(Row(theme, "Watts for the estimate", _WATTS, watts, self._watts_used))
        hosted = QWidget()
        words = column(
            label("Compared with a host", "strong"), label(_HOSTED, "caption", wrap=True), spacing=2
        )
        hosted.setLayout(column(words, self._presets, self._warnings, spacing=10))
        self.add(hosted)

    @Slot()
    def _refused(self) -> None:
        QTimer.singleShot(0, self, self._show_problem)  # when it has its place

    @Slot()
    def _show_problem(self) -> None:
        """What is wrong may be told below what is on screen."""
        self.ensureWidgetVisible(self._presets.problem, 0, 8)

    def take_facts(self, facts: SettingsFacts) -> None:
        """Prices and meters."""
        energy = facts.energy
        self._presets.show_prices(energy.prices)
        self._warnings.setText("\n".join(energy.warnings))
        self._warnings.setVisible(bool(energy.warnings))
        self._meters.setText(_meters(energy))
        self._notes.setText("\n".join(energy.notes))
        self._notes.setVisible(bool(energy.notes))

    def show_values(self, settings: Settings, facts: SettingsFacts) -> None:
        """Also what the values amount to."""
        super().show_values(settings, facts)
        used = costing(facts.energy.prices, settings)
        if used.per_kwh is None:
            words = f"There is no price in {settings.currency} in the table: energy is shown in joules."
        else:
            words = f"In use: {price(used.per_kwh, used.currency)}/kWh, {used.origin}."
        self._price_used.setText(words)
        self._watts_used.setText(facts.energy.watts_words(settings.watts))


def _meters(facts: EnergyFacts) -> str:
    if not facts.looked:
        return "Looking for meters."
    if not facts.meters:
        return "None that can be used now: energy is estimated."
    return "\n".join(facts.meters)
