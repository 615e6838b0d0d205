"""Energy and cost in the running program: an answer, its receipt and the panel agree; prices are kept."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.app import App
from desktop.gui.settings_page.page import SettingsPage
from desktop.meter import prices
from desktop.meter.types import Energy


def said(app: App, name: str) -> str:
    found = app.window.panel.findChild(QWidget, name)
    assert found is not None
    return found.accessibleName()


def trust(app: App) -> str:
    found = app.window.panel.findChild(QLabel, "energyTrust")
    assert found is not None
    return found.text()


def answer(app: App, qtbot: QtBot) -> None:
    with qtbot.waitSignal(app.chat.finished, timeout=20_000):
        app.conversations.send("hello")


def page(app: App) -> SettingsPage:
    app.settings.open()
    shown = app.window.page
    assert isinstance(shown, SettingsPage)
    shown.open_section("Energy and cost")
    return shown


def test_an_answers_energy_is_in_its_receipt_and_the_same_in_the_panel(app: App, qtbot: QtBot) -> None:
    answer(app, qtbot)
    last = app.conversations.last_answer()
    assert last is not None
    energy = Energy.of_record(last.receipt["energy"])
    assert energy is not None
    assert last.receipt["energy"]["label"] == energy.label
    shown = trust(app)
    assert shown.startswith(f"{energy.label}: ")
    marked = said(app, "electricity").partition(": ")[2].startswith("≈ ")
    assert marked is not energy.measured
    live = (shown, said(app, "energy"), said(app, "electricity"), said(app, "hostedCost"))
    app.conversations.new()
    app.conversations._open(last.conversation_id)
    assert (trust(app), said(app, "energy"), said(app, "electricity"), said(app, "hostedCost")) == live


def test_other_prices_in_the_settings_reach_the_panel_at_once(app: App, qtbot: QtBot) -> None:
    answer(app, qtbot)
    before = said(app, "electricity")
    app.preferences.update(price_per_kwh=0.5, currency="EUR", hosted="claude-opus-5.5")
    assert said(app, "electricity") != before
    assert said(app, "hostedCost").startswith("Claude Opus 5.5, hosted: ")
    assert "€0.5/kWh" in said(app, "energy")


def test_a_changed_preset_is_saved_and_used(app: App, qtbot: QtBot) -> None:
    answer(app, qtbot)
    table = app.settings.energy.prices()
    mine = replace(table.hosted[0], name="Ours", input=1.0, output=2.0, cached_input=0.5)
    page(app).prices_edited.emit(table.having(mine))
    assert said(app, "hostedCost").startswith("Ours, hosted: ")
    assert json.loads(paths.own_prices().read_text(encoding="utf-8"))["hosted"][0]["name"] == "Ours"
    assert prices.load(paths.shipped_prices(), paths.own_prices())[0] == table.having(mine)


def test_back_to_the_shipped_ones(app: App, qtbot: QtBot) -> None:
    shipped = app.settings.energy.prices()
    shown = page(app)
    shown.prices_edited.emit(shipped.without(shipped.hosted[0].id))
    assert app.settings.energy.prices() != shipped
    shown.prices_reset.emit()
    assert app.settings.energy.prices() == shipped
    assert prices.load(paths.shipped_prices(), paths.own_prices())[0] == shipped


def test_prices_that_cannot_be_saved_are_told_and_used_and_can_be_tried_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    table = app.settings.energy.prices()
    paths.own_prices().mkdir(parents=True)  # a folder in the place of the file
    page(app).prices_edited.emit(table.without(table.hosted[0].id))
    assert app.window.error is not None
    assert app.settings.energy.prices().hosted == table.hosted[1:]
    paths.own_prices().rmdir()
    app.window.error_action.emit("retry")
    assert prices.load(paths.shipped_prices(), paths.own_prices())[0].hosted == table.hosted[1:]


def test_meters_are_looked_for_when_the_section_is_shown(app: App, qtbot: QtBot) -> None:
    assert not app.settings.energy.facts().looked
    with qtbot.waitSignal(app.settings.energy.changed, timeout=20_000):
        shown = page(app)
    assert app.settings.energy.facts().looked
    told = shown.findChild(QLabel, "meters")
    assert told is not None
    assert told.text() != "Looking for meters."
