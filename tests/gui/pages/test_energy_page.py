"""Settings, Energy and cost: what is in use is told, presets change in place, nothing wrong is taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop import paths
from desktop.gui.settings_page import SettingsFacts, SettingsPage
from desktop.gui.settings_page.energy_facts import EnergyFacts, meter_words
from desktop.gui.settings_page.preset_model import CACHED, COPIED, CURRENCY, INPUT, NAME, OUTPUT, SOURCE
from desktop.gui.settings_page.preset_table import PresetTable
from desktop.gui.theme import Theme
from desktop.meter import power
from desktop.meter.prices import Prices, load
from desktop.settings import Settings

SHIPPED = load(paths.shipped_prices())[0]
ENERGY = EnergyFacts(SHIPPED, (), 4, (), (), True)
FACTS = SettingsFacts(physical_cores=4, energy=ENERGY)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[SettingsPage]:
    made = SettingsPage(theme)
    made.resize(1280, 800)
    made.show(Settings(theme="dark"), FACTS)
    made.open_section("Energy and cost")
    QApplication.processEvents()
    yield made
    shiboken6.delete(made)


@pytest.fixture
def table(page: SettingsPage) -> PresetTable:
    found = page.findChild(PresetTable)
    assert found is not None
    return found


@pytest.fixture
def edits(page: SettingsPage) -> list[Prices]:
    """What the page hands up; facts follow as the program does it."""
    heard: list[Prices] = []

    def take(prices: Prices) -> None:
        heard.append(prices)
        page.set_facts(replace(FACTS, energy=replace(ENERGY, prices=prices)))

    page.prices_edited.connect(take)
    return heard


def words(page: QWidget, name: str) -> str:
    found = page.findChild(QLabel, name)
    assert found is not None
    return found.text() if found.isVisible() else ""


def press(page: QWidget, name: str) -> None:
    found = page.findChild(QPushButton, name)
    assert found is not None
    assert found.isVisible()
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_Space)


def type_in(table: PresetTable, row: int, column: int, text: str) -> None:
    """As a person does it by keyboard: go there, Enter, type, Enter."""
    table.setFocus()
    table.setCurrentIndex(table.model().index(row, column))
    QTest.keyClick(table, Qt.Key.Key_Return)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClick(editor, Qt.Key.Key_Delete)
    editor.insert(text)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # the editor


def test_what_is_in_use_is_said_with_its_source(page: SettingsPage) -> None:
    assert words(page, "price_used").startswith("In use: $0.18/kWh, United States, mean; EIA")
    assert words(page, "watts_used") == "In use: ≈ 20 W, guessed from 4 cores."
    page.set_settings(Settings(currency="EUR", watts=28.0))
    assert words(page, "price_used").startswith("In use: €0.287/kWh, European Union, mean; Eurostat")
    assert words(page, "watts_used") == "In use: 28 W."
    page.set_settings(Settings(currency="CHF"))
    assert words(page, "price_used") == ("There is no price in CHF in the table: energy is shown in joules.")
    page.set_settings(Settings(currency="CHF", price_per_kwh=0.3))
    assert words(page, "price_used") == "In use: CHF 0.3/kWh, your price."


def test_meters_are_told_with_the_next_step(page: SettingsPage, tmp_path: Path) -> None:
    assert words(page, "meters") == "None that can be used now: energy is estimated."
    assert words(page, "meter_notes") == ""
    supply = tmp_path / "power_supply" / "BAT0"
    supply.mkdir(parents=True)
    (supply / "type").write_text("Battery\n", encoding="ascii")
    found = power.find(tmp_path / "none", supply.parent, "")
    told = tuple(meter_words(source) for source in found.sources)
    note = "package-0: this account may not read its energy counter."
    page.set_facts(replace(FACTS, energy=replace(ENERGY, meters=told, notes=(note,))))
    assert words(page, "meters") == (
        "battery: measures the whole computer, ±20%, for answers of 10 s and more."
    )
    assert words(page, "meter_notes") == note
    page.set_facts(replace(FACTS, energy=replace(ENERGY, looked=False)))
    assert words(page, "meters") == "Looking for meters."


def test_what_is_wrong_in_the_files_of_prices_is_told(page: SettingsPage) -> None:
    assert words(page, "price_warnings") == ""
    page.set_facts(replace(FACTS, energy=replace(ENERGY, warnings=("prices.json: is not JSON.",))))
    assert words(page, "price_warnings") == "prices.json: is not JSON."


def test_a_currency_is_three_letters_in_any_case(page: SettingsPage) -> None:
    heard: list[Settings] = []
    page.changed.connect(heard.append)
    edit = page.findChild(QLineEdit, "currency_text")
    assert edit is not None
    edit.setFocus()
    for typed, problem in (("eu", True), ("E1R", True), ("", True), ("eur", False)):
        edit.selectAll()
        QTest.keyClick(edit, Qt.Key.Key_Delete)
        QTest.keyClicks(edit, typed)
        QTest.keyClick(edit, Qt.Key.Key_Return)
        assert (
            words(page, "currency_problem") == "Enter three letters, such as EUR. USD stays in use."
        ) is problem
    assert [made.currency for made in heard] == ["EUR"]
    assert edit.text() == "EUR"


def test_every_shipped_model_stands_in_the_table_with_its_prices(table: PresetTable) -> None:
    model = table.model()
    assert model.rowCount() == len(SHIPPED.hosted)
    opus = [price.id for price in SHIPPED.hosted].index("claude-opus-5.5")
    cells = [model.index(opus, column).data() for column in range(model.columnCount())]
    assert cells[:5] == ["Claude Opus 5.5", "4.00", "0.20", "20.00", "USD"]
    tip = model.index(opus, NAME).data(Qt.ItemDataRole.ToolTipRole)
    assert tip == f"Claude Opus 5.5: {SHIPPED.hosted[opus].origin}"
    assert model.index(0, CACHED).data() == "–"


def test_a_price_is_changed_in_its_place_and_is_then_the_persons_own(
    table: PresetTable, edits: list[Prices]
) -> None:
    type_in(table, 0, INPUT, "0,05")
    mine = edits[-1].hosted[0]
    assert (mine.id, mine.input, mine.output) == ("gpt-oss-20b", 0.05, 0.30)
    assert (mine.own, mine.source, mine.date) == (True, "", "")
    assert table.model().index(0, SOURCE).data() == "Your own price"
    type_in(table, 0, SOURCE, "my invoice")
    type_in(table, 0, COPIED, "2026-11-23")
    type_in(table, 0, CURRENCY, "eur")
    type_in(table, 0, CACHED, "0.01")
    mine = edits[-1].hosted[0]
    assert (mine.currency, mine.cached_input) == ("EUR", 0.01)
    type_in(table, 0, CACHED, "")
    assert edits[-1].hosted[0].cached_input is None


@pytest.mark.parametrize(
    ("column", "typed", "says"),
    [
        (INPUT, "cheap", "Enter a number."),
        (INPUT, "", "Enter a number."),
        (OUTPUT, "-1", "at least 0"),
        (OUTPUT, "9999999", "at most 1,000,000"),
        (INPUT, "nan", "Enter a number."),
        (NAME, "", "needs a name"),
        (NAME, "x" * 200, "at most 120"),
        (NAME, "a\u202eb", "plain characters"),
        (CURRENCY, "euro", "three letters"),
        (COPIED, "yesterday", "2026-11-22"),
        (COPIED, "2026-02-30", "2026-11-22"),
    ],
)
def test_what_cannot_be_is_told_and_not_taken(
    qtbot: QtBot,
    page: SettingsPage,
    table: PresetTable,
    edits: list[Prices],
    column: int,
    typed: str,
    says: str,
) -> None:
    type_in(table, 1, column, typed)
    assert edits == []
    assert says in words(page, "presets_problem")
    assert words(page, "presets_problem").endswith("gpt-oss-120b stays as it was.")
    problem = page.findChild(QLabel, "presets_problem")
    assert problem is not None
    qtbot.waitUntil(lambda: not problem.visibleRegion().isEmpty())  # it comes on screen
    type_in(table, 1, NAME, "Another")
    assert words(page, "presets_problem") == ""
    assert edits[-1].hosted[1].name == "Another"


def test_the_model_compared_with_is_chosen_by_space_and_told_in_words(
    page: SettingsPage, table: PresetTable
) -> None:
    heard: list[Settings] = []
    page.changed.connect(heard.append)
    assert words(page, "presets_compared").startswith("Answers are compared with gpt-oss-20b: ")
    table.setFocus()
    table.setCurrentIndex(table.model().index(4, NAME))
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert [made.hosted for made in heard] == ["claude-opus-5.5"]
    assert words(page, "presets_compared").startswith("Answers are compared with Claude Opus 5.5: ")
    accessible = [table.model().index(row, NAME).data(Qt.ItemDataRole.AccessibleTextRole) for row in (0, 4)]
    assert [text.endswith("compared with") for text in accessible] == [False, True]
    table.setCurrentIndex(table.model().index(1, NAME))
    press(page, "preset_compare")
    assert heard[-1].hosted == "gpt-oss-120b"


def test_a_model_is_added_named_and_removed(
    page: SettingsPage, table: PresetTable, edits: list[Prices]
) -> None:
    press(page, "preset_add")
    editor = table.findChild(QLineEdit)
    assert editor is not None, "the name is typed at once"
    assert editor.accessibleName() == "New model, Model: New model"
    editor.selectAll()
    QTest.keyClicks(editor, "Ours")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    QApplication.processEvents()
    mine = edits[-1].hosted[-1]
    assert (mine.name, mine.own) == ("Ours", True)
    assert len(edits[-1].hosted) == len(SHIPPED.hosted) + 1
    table.setFocus()
    table.setCurrentIndex(table.model().index(len(SHIPPED.hosted), NAME))
    QTest.keyClick(table, Qt.Key.Key_Delete)
    table.setCurrentIndex(table.model().index(0, NAME))
    press(page, "preset_remove")
    assert edits[-1].hosted == SHIPPED.hosted[1:]
    assert "gpt-oss-20b" in edits[-1].removed


def test_back_to_the_shipped_ones_can_be_undone(
    page: SettingsPage, table: PresetTable, edits: list[Prices]
) -> None:
    reset = page.findChild(QPushButton, "preset_reset")
    assert reset is not None
    assert not reset.isVisible(), "nothing was changed"
    type_in(table, 0, INPUT, "0.05")
    changed = edits[-1]
    page.prices_reset.connect(lambda: page.set_facts(FACTS))
    press(page, "preset_reset")
    assert table.model().index(0, INPUT).data() == "0.07"
    assert reset.text() == "Undo"
    press(page, "preset_reset")
    assert edits[-1] == changed
    assert table.model().index(0, INPUT).data() == "0.05"
    assert reset.text() == "Back to the shipped ones"


def test_all_rows_can_be_taken_out(page: SettingsPage, table: PresetTable, edits: list[Prices]) -> None:
    table.setFocus()
    for _ in SHIPPED.hosted:
        QTest.keyClick(table, Qt.Key.Key_Delete)
    QTest.keyClick(table, Qt.Key.Key_Delete)
    QTest.keyClick(table, Qt.Key.Key_Space)
    assert edits[-1].hosted == ()
    assert words(page, "presets_compared") == ""


def test_escape_leaves_the_cell_first_and_then_the_page(
    qtbot: QtBot, page: SettingsPage, table: PresetTable
) -> None:
    left: list[bool] = []
    page.back.connect(lambda: left.append(True))
    table.setFocus()
    table.setCurrentIndex(table.model().index(0, NAME))
    QTest.keyClick(table, Qt.Key.Key_Return)
    editor = table.findChild(QLineEdit)
    assert editor is not None
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert left == []
    QTest.keyClick(table, Qt.Key.Key_Escape)
    assert left == [True]
