"""Prices and meters, from their files and the computer to the panel and the settings page.

Knows where the tables of prices are. Meters are looked for on the engine thread: a driver may take its time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from desktop import paths
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.preferences import Preferences
from desktop.engine.engine import Engine
from desktop.errors import SettingsUnwritable
from desktop.gui.answer_cost import costing
from desktop.gui.panel import Panel
from desktop.gui.presenters.faults import Faults
from desktop.gui.settings_page.energy_facts import EnergyFacts, meter_words
from desktop.meter import power, prices
from desktop.meter.estimate import physical_cores
from desktop.meter.prices import Prices
from desktop.settings import Settings

_CONCERN = ("price_per_kwh", "currency", "hosted")


class FindMeters:
    """Work for the engine thread: what meters this computer has, as (meters, notes)."""

    def run(
        self, _engine: Engine | None, _tell: Callable[[object], None], _cancelled: Callable[[], bool]
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Engine thread."""
        found = power.find()
        return tuple(meter_words(source) for source in found.sources), found.notes


class EnergyPresenter(QObject):
    """`changed`: what the settings page is told is new."""

    changed = Signal()

    def __init__(
        self, panel: Panel, preferences: Preferences, host: EngineHost, faults: Faults, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel, self._preferences, self._host, self._faults = panel, preferences, host, faults
        self._work: FindMeters | None = None
        self._facts = EnergyFacts(cores=physical_cores())
        preferences.changed.connect(self._on_settings)
        host.work.ended.connect(self._on_ended)
        self._load()

    def facts(self) -> EnergyFacts:
        """For the settings page."""
        return self._facts

    def prices(self) -> Prices:
        """The tables in use."""
        return self._facts.prices

    def price(self) -> tuple[float, str]:
        """Of electricity: per kWh, 0 = not known, and the currency."""
        found = costing(self.prices(), self._preferences.now)
        return found.per_kwh or 0.0, found.currency

    def look(self) -> None:
        """Look for meters; a battery may come and permissions may change, so each time it is asked for."""
        if self._work is None:
            self._work = FindMeters()
            self._host.work.start(self._work)

    @Slot(object)
    def keep(self, edited: Prices) -> None:
        """Use prices the person changed, and save them."""
        self._use(edited, self._facts.warnings)
        try:
            prices.save_own(paths.own_prices(), edited)
        except SettingsUnwritable as error:
            self._faults.tell(error, partial(self.keep, edited))

    @Slot()
    def forget(self) -> None:
        """Back to the shipped hosted models; prices of electricity stay."""
        shipped, warnings = prices.load(paths.shipped_prices())
        own = tuple(one for one in self._facts.prices.electricity if one.own)
        kept = {one.id: one for one in (*shipped.electricity, *own)}
        self._facts = replace(self._facts, warnings=tuple(warnings))
        self.keep(replace(shipped, electricity=tuple(kept.values())))

    def _load(self) -> None:
        found, warnings = prices.load(paths.shipped_prices(), paths.own_prices())
        self._use(found, tuple(warnings))

    def _use(self, found: Prices, warnings: tuple[str, ...]) -> None:
        self._facts = replace(self._facts, prices=found, warnings=warnings)
        self._show()
        self.changed.emit()

    def _show(self) -> None:
        self._panel.set_costing(costing(self._facts.prices, self._preferences.now))

    @Slot(object, object)
    def _on_settings(self, before: Settings, now: Settings) -> None:
        if any(getattr(before, key) != getattr(now, key) for key in _CONCERN):
            self._show()

    @Slot(object, object, object)
    def _on_ended(self, work: object, result: object, _error: object) -> None:
        if work is not self._work:
            return
        self._work = None
        if isinstance(result, tuple):
            meters, notes = result
            self._facts = replace(self._facts, meters=meters, notes=notes, looked=True)
            self.changed.emit()
