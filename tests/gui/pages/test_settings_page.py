"""The settings page: every control changes its field and nothing else, and a wrong number changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSlider,
    QWidget,
)
from pytestqt.qtbot import QtBot

from desktop.gui.settings_page import SettingsFacts, SettingsPage
from desktop.gui.theme import Theme
from desktop.settings import LIMITS, Settings
from tests.gui.pages.conftest import assert_named_and_reachable

FACTS = SettingsFacts(
    physical_cores=4, gpu=True, model_name="Qwen3 8B", n_ctx_train=32768,
    memory="It needs 5.6 GB; 9.8 GB are free.",
    data_folder="/home/ada/data", models_folder="/home/ada/models", version="0.1.0", conversations=12,
)  # fmt: skip
OTHER = Settings(
    system_prompt="Be brief.\nBe kind.", max_tokens=512, n_ctx=8192, n_threads=3, n_gpu_layers=12,
    kv_type="q8_0", models_dir="/mnt/models", temperature=1.25, top_k=7, top_p=0.5, min_p=0.11,
    repeat_penalty=1.1, presence_penalty=-0.5, frequency_penalty=0.25, seed=42, stop=("\n\n", "User:"),
    theme="dark", interface_percent=110, reduce_motion=True, last_model="/m.gguf",
    recent_models=("/m.gguf",), unknown={"later": 1}, speculation="lookup", draft_length=3,
    draft_longest=12, draft_rule="block", draft_pause=False, price_per_kwh=0.287, currency="EUR", watts=28.0,
    hosted="gpt-6-luna", show_tokens=False,
)  # fmt: skip
NOT_ON_THE_PAGE = {
    "last_model",
    "recent_models",
    "sidebar_visible",
    "panel_visible",
    "window",
    "unknown",
    "models_dir",
}


class Heard:
    """Collects what a signal carried."""

    def __init__(self) -> None:
        self.values: list[Any] = []

    def __call__(self, *values: Any) -> None:
        self.values.append(values[0] if values else None)


@pytest.fixture
def page(qtbot: QtBot, theme: Theme) -> Iterator[SettingsPage]:
    made = SettingsPage(theme)
    made.sections()
    made.resize(1280, 800)
    made.show(Settings(theme="dark"), FACTS)
    yield made
    shiboken6.delete(made)  # at once: a change of theme costs by the widgets that are left


@pytest.fixture
def changes(page: SettingsPage) -> list[Settings]:
    heard = Heard()
    page.changed.connect(heard)
    return heard.values


def section_of(page: SettingsPage, widget: QWidget) -> int:
    return next(n for n, section in enumerate(page.sections()) if section.isAncestorOf(widget))


def reach(page: SettingsPage, widget: QWidget) -> None:
    """Show the widget's section and give it the keyboard."""
    page.go_to(section_of(page, widget))
    widget.setFocus()


def type_number(page: SettingsPage, key: str, text: str, *, enter: bool = True) -> QLineEdit:
    edit = line(page, f"{key}_number")
    reach(page, edit)
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    QTest.keyClicks(edit, text)
    if enter:
        QTest.keyClick(edit, Qt.Key.Key_Return)
    return edit


def line(page: QWidget, name: str) -> QLineEdit:
    found = page.findChild(QLineEdit, name)
    assert found is not None, name
    return found


def lines(page: QWidget, name: str) -> QPlainTextEdit:
    found = page.findChild(QPlainTextEdit, name)
    assert found is not None, name
    return found


def press(page: SettingsPage, name: str) -> None:
    found = page.findChild(QAbstractButton, name)
    assert found is not None, name
    reach(page, found)
    QTest.keyClick(found, Qt.Key.Key_Space)


def slider(page: QWidget, key: str) -> QSlider:
    found = page.findChild(QSlider, f"{key}_slider")
    assert found is not None, key
    return found


def words(page: QWidget, name: str) -> QLabel:
    found = page.findChild(QLabel, name)
    assert found is not None, name
    return found


def shown(page: SettingsPage) -> dict[str, Any]:
    return {field.key: field.value() for section in page.sections() for field in section.fields()}


def having(settings: Settings, key: str, value: Any) -> Settings:
    """The same settings but for one field."""
    changed: dict[str, Any] = {key: value}
    return replace(settings, **changed)


def test_every_setting_a_person_can_choose_is_there(page: SettingsPage) -> None:
    assert set(shown(page)) == {entry.name for entry in fields(Settings)} - NOT_ON_THE_PAGE
    assert set(LIMITS) <= set(shown(page))


def test_showing_puts_every_value_in_its_control_and_tells_nothing(
    page: SettingsPage, changes: list[Settings]
) -> None:
    page.show(OTHER, FACTS)
    assert shown(page) == {key: getattr(OTHER, key) for key in shown(page)}
    assert page.settings() == OTHER
    assert changes == []


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("max_tokens", "0", 0),
        ("max_tokens", "4,000", 4000),
        ("n_ctx", "8192", 8192),
        ("n_ctx", "0", 0),
        ("n_ctx", "32768", 32768),
        ("n_threads", "1", 1),
        ("n_gpu_layers", "33", 33),
        ("temperature", "0", 0.0),
        ("temperature", "1,3", 1.3),
        ("top_k", "250", 250),
        ("top_p", "1", 1.0),
        ("min_p", "0.2", 0.2),
        ("repeat_penalty", "1.15", 1.15),
        ("presence_penalty", "-2", -2.0),
        ("frequency_penalty", "0.333", 0.333),
        ("seed", "123456789", 123456789),
        ("interface_percent", "130", 130),
    ],
)
def test_a_number_typed_changes_its_field_only(
    page: SettingsPage, changes: list[Settings], key: str, text: str, value: float
) -> None:
    before = page.settings()
    type_number(page, key, text)
    assert changes == [having(before, key, value)]
    assert type(getattr(changes[0], key)) is type(value)


def test_every_number_can_be_its_least_and_its_greatest(page: SettingsPage, changes: list[Settings]) -> None:
    page.set_settings(
        Settings(temperature=1.0, theme="dark"), replace(FACTS, n_ctx_train=0, physical_cores=4)
    )
    for key, (low, high, _) in LIMITS.items():
        if key == "n_threads":
            low, high = 1, 4
        for value in (low, high):
            type_number(page, key, f"{value}")
            assert getattr(page.settings(), key) == value
            assert not words(page, f"{key}_problem").isVisible()


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("max_tokens", "-5", "at least 0"),
        ("max_tokens", "lots", "a whole number"),
        ("n_ctx", "40000", "at most 32,768 for this model"),
        ("n_ctx", "100", "Enter 0, or at least 256"),
        ("n_threads", "5", "4 physical cores"),
        ("n_threads", "0", "at least 1"),
        ("temperature", "5.01", "at most 5"),
        ("temperature", "", "Enter a number"),
        ("top_p", "1.5", "at most 1"),
        ("top_k", "1.5", "a whole number"),
        ("seed", "-2", "at least -1"),
        ("interface_percent", "95", "steps of 10"),
        ("interface_percent", "80", "at least 90"),
    ],
)
def test_a_number_that_cannot_be_is_told_in_place_and_not_taken(
    page: SettingsPage, changes: list[Settings], key: str, text: str, says: str
) -> None:
    edit = type_number(page, key, text)
    problem = words(page, f"{key}_problem")
    assert changes == []
    assert problem.isVisible()
    assert says in problem.text()
    assert "stays in use" in problem.text()
    assert says in edit.accessibleDescription()
    assert edit.text() == text
    type_number(page, key, f"{shown(page)[key]}")
    assert not problem.isVisible()
    assert changes == []


def test_a_wrong_number_is_forgotten_when_the_page_is_left(page: SettingsPage) -> None:
    edit = type_number(page, "top_k", "x")
    page.hide()
    page.show(page.settings(), FACTS)
    page.open_section("Sampling")
    assert edit.text() == "40"
    assert not words(page, "top_k_problem").isVisible()


def test_a_number_being_typed_is_no_choice_yet(page: SettingsPage, changes: list[Settings]) -> None:
    edit = type_number(page, "n_ctx", "51", enter=False)
    assert changes == []
    assert not words(page, "n_ctx_problem").isVisible()
    QTest.keyClicks(edit, "20")
    assert changes == []
    page.leave()
    assert [made.n_ctx for made in changes] == [5120]


def test_leaving_takes_the_number_before_going_back(page: SettingsPage, changes: list[Settings]) -> None:
    order: list[str] = []
    page.changed.connect(Heard())
    page.changed.connect(lambda _settings: order.append("changed"))
    page.back.connect(lambda: order.append("back"))
    edit = type_number(page, "seed", "7", enter=False)
    QTest.keyClick(edit, Qt.Key.Key_Escape)
    assert order == ["changed", "back"]
    assert changes[-1].seed == 7


def test_hiding_takes_the_number_still_being_typed(page: SettingsPage, changes: list[Settings]) -> None:
    type_number(page, "seed", "7", enter=False)
    page.hide()
    assert [made.seed for made in changes] == [7]


def test_the_arrow_keys_step_and_stop_at_the_limit(page: SettingsPage, changes: list[Settings]) -> None:
    edit = line(page, "top_p_number")
    reach(page, edit)
    for _ in range(7):
        QTest.keyClick(edit, Qt.Key.Key_Up)
    assert [made.top_p for made in changes] == [0.96, 0.97, 0.98, 0.99, 1.0]
    QTest.keyClick(edit, Qt.Key.Key_Down)
    assert changes[-1].top_p == 0.99


@pytest.mark.parametrize(
    ("key", "first", "second"),
    [("temperature", 0.75, 0.7), ("top_k", 41, 40), ("n_ctx", 8192, 4096), ("interface_percent", 110, 100)],
)
def test_the_slider_changes_its_field_by_keyboard(
    page: SettingsPage, changes: list[Settings], key: str, first: float, second: float
) -> None:
    handle, before = slider(page, key), page.settings()
    reach(page, handle)
    QTest.keyClick(handle, Qt.Key.Key_Right)
    QTest.keyClick(handle, Qt.Key.Key_Left)
    assert changes == [having(before, key, first), having(before, key, second)]
    assert handle.accessibleDescription() == line(page, f"{key}_number").text()


def test_a_drag_is_one_change_told_when_it_ends(page: SettingsPage, changes: list[Settings]) -> None:
    handle = slider(page, "temperature")
    reach(page, handle)
    QTest.mousePress(handle, Qt.MouseButton.LeftButton, pos=QPoint(30, handle.height() // 2))
    QTest.mouseMove(handle, QPoint(handle.width() // 2, handle.height() // 2))
    handle.setValue(30)
    assert changes == []
    assert line(page, "temperature_number").text() == "1.50"
    QTest.mouseRelease(
        handle, Qt.MouseButton.LeftButton, pos=QPoint(handle.width() // 2, handle.height() // 2)
    )
    assert [made.temperature for made in changes] == [1.5]


def test_the_wheel_over_a_slider_changes_nothing(page: SettingsPage, changes: list[Settings]) -> None:
    handle = slider(page, "temperature")
    reach(page, handle)
    event = QWheelEvent(
        QPointF(50, 10), handle.mapToGlobal(QPointF(50, 10)), QPoint(0, 0), QPoint(0, 120),
        Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(handle, event)
    assert changes == []
    assert not event.isAccepted()


def test_a_value_beyond_the_slider_keeps_its_number(page: SettingsPage) -> None:
    page.show(Settings(top_k=5000, theme="dark"), FACTS)
    assert line(page, "top_k_number").text() == "5000"
    assert slider(page, "top_k").value() == slider(page, "top_k").maximum()


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("kv_type_q8_0", {"kv_type": "q8_0"}),
        ("kv_type_q4_0", {"kv_type": "q4_0"}),
        ("theme_light", {"theme": "light"}),
        ("theme_system", {"theme": "system"}),
        ("reduce_motion_switch", {"reduce_motion": True}),
    ],
)
def test_a_choice_changes_its_field_only(
    page: SettingsPage, changes: list[Settings], name: str, changed: dict[str, Any]
) -> None:
    before = page.settings()
    press(page, name)
    assert changes == [replace(before, **changed)]


def test_the_arrow_keys_move_between_choices(page: SettingsPage, changes: list[Settings]) -> None:
    radio = page.findChild(QAbstractButton, "kv_type_f16")
    assert radio is not None
    reach(page, radio)
    QTest.keyClick(radio, Qt.Key.Key_Down)
    assert [made.kv_type for made in changes] == ["q8_0"]


def test_the_system_prompt_is_taken_as_typed(page: SettingsPage, changes: list[Settings]) -> None:
    edit = lines(page, "system_prompt_text")
    reach(page, edit)
    QTest.keyClicks(edit, "Hi")
    assert [made.system_prompt for made in changes] == ["H", "Hi"]
    caret = edit.textCursor().position()
    page.set_settings(changes[-1], FACTS)
    assert edit.textCursor().position() == caret


def test_stop_strings_are_lines_and_can_hold_line_breaks(page: SettingsPage, changes: list[Settings]) -> None:
    edit = lines(page, "stop_text")
    edit.setPlainText("User:\n\n\\n\\n\nC:\\\\new\\tab\n end ")
    assert changes[-1].stop == ("User:", "\n\n", "C:\\new\tab", " end ")
    page.show(Settings(theme="dark"), FACTS)
    page.show(changes[-1], FACTS)
    assert shown(page)["stop"] == changes[-1].stop
    edit.insertPlainText("X")
    assert changes[-1].stop == ("XUser:", "\n\n", "C:\\new\tab", " end ")


def test_tab_leaves_a_text(page: SettingsPage) -> None:
    edit = lines(page, "stop_text")
    reach(page, edit)
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    assert not edit.hasFocus()
    assert edit.toPlainText() == ""


def test_reset_puts_back_sampling_and_nothing_else(page: SettingsPage, changes: list[Settings]) -> None:
    page.show(OTHER, FACTS)
    type_number(page, "top_k", "x")
    press(page, "reset_sampling")
    defaults = Settings()
    sampling = {
        "temperature", "top_k", "top_p", "min_p", "repeat_penalty", "presence_penalty", "frequency_penalty",
        "seed", "stop",
    }  # fmt: skip
    assert changes == [replace(OTHER, **{key: getattr(defaults, key) for key in sampling})]
    assert line(page, "top_k_number").text() == "40"
    assert not words(page, "top_k_problem").isVisible()


def test_the_context_names_the_model_and_its_limit(page: SettingsPage) -> None:
    page.open_section("Model")
    assert words(page, "n_ctx_trained").text() == "Qwen3 8B was trained for up to 32,768 tokens."
    assert words(page, "n_ctx_memory").text() == FACTS.memory
    assert slider(page, "n_ctx").maximum() == 6
    page.set_facts(replace(FACTS, model_name="Guide", n_ctx_train=2048, memory=""))
    assert words(page, "n_ctx_trained").text() == "Guide was trained for up to 2,048 tokens and gets no more."
    assert not words(page, "n_ctx_memory").isVisible()
    assert line(page, "n_ctx_number").text() == "4096"
    assert slider(page, "n_ctx").maximum() == 2
    page.set_facts(SettingsFacts())
    assert not words(page, "n_ctx_trained").isVisible()


def test_threads_show_the_cores_until_one_is_chosen(page: SettingsPage, changes: list[Settings]) -> None:
    page.open_section("Model")
    automatic = page.findChild(QAbstractButton, "n_threads_automatic")
    assert automatic is not None
    assert line(page, "n_threads_number").text() == "4"
    assert not automatic.isVisible()
    type_number(page, "n_threads", "2")
    assert changes[-1].n_threads == 2
    press(page, "n_threads_automatic")
    assert changes[-1].n_threads == 0
    assert line(page, "n_threads_number").text() == "4"
    assert not automatic.isVisible()


def test_one_core_leaves_nothing_to_slide(page: SettingsPage) -> None:
    page.set_facts(replace(FACTS, physical_cores=1))
    page.open_section("Model")
    assert not slider(page, "n_threads").isVisible()
    assert line(page, "n_threads_number").isVisible()


@pytest.mark.parametrize("gpu", [True, False])
def test_gpu_layers_only_where_there_is_a_gpu(page: SettingsPage, gpu: bool) -> None:
    page.set_facts(replace(FACTS, gpu=gpu))
    page.open_section("Model")
    assert line(page, "n_gpu_layers_number").isVisible() == gpu


def test_folders_open_and_the_models_folder_can_be_another(
    page: SettingsPage, changes: list[Settings]
) -> None:
    opened, asked = Heard(), Heard()
    page.open_folder.connect(opened)
    page.choose_models_folder.connect(asked)
    press(page, "models_folder_open")
    press(page, "data_folder_open")
    press(page, "models_folder_choose")
    assert opened.values == ["/home/ada/models", "/home/ada/data"]
    assert len(asked.values) == 1
    page.show(OTHER, FACTS)
    press(page, "models_folder_default")
    assert changes == [replace(OTHER, models_dir="")]


def test_deleting_everything_takes_two_clicks(page: SettingsPage) -> None:
    deleted = Heard()
    page.delete_all_requested.connect(deleted)
    press(page, "delete_all")
    assert words(page, "delete_all_question").isVisible()
    assert words(page, "delete_all_question").text() == "Really delete 12 conversations?"
    assert deleted.values == []
    press(page, "delete_all_really")
    assert len(deleted.values) == 1
    assert not words(page, "delete_all_question").isVisible()


def test_the_question_is_taken_back_when_it_is_left(page: SettingsPage) -> None:
    press(page, "delete_all")
    page.open_section("General")
    page.open_section("Privacy")
    assert not words(page, "delete_all_question").isVisible()
    press(page, "delete_all")
    press(page, "delete_all_keep")
    assert not words(page, "delete_all_question").isVisible()


def test_nothing_to_delete(page: SettingsPage) -> None:
    page.set_facts(replace(FACTS, conversations=0))
    first = page.findChild(QAbstractButton, "delete_all")
    assert first is not None
    assert not first.isEnabled()


def test_escape_and_the_button_go_back(page: SettingsPage) -> None:
    back = Heard()
    page.back.connect(back)
    button = page.findChild(QAbstractButton, "settings_back")
    assert button is not None
    QTest.keyClick(button, Qt.Key.Key_Space)
    QTest.keyClick(line(page, "top_k_number"), Qt.Key.Key_Escape)
    assert len(back.values) == 2


def test_the_sections_are_walked_with_the_arrow_keys(page: SettingsPage) -> None:
    page.open_section("General")
    titles = []
    for _ in page.sections()[1:]:
        focus = page.focusWidget()
        assert focus is not None
        QTest.keyClick(focus, Qt.Key.Key_Down)
        titles.append(words(page, "settings_title").text())
    assert titles == [
        "Model", "Sampling", "Speculation", "Energy and cost", "Appearance", "Shortcuts", "Privacy",
    ]  # fmt: skip


def test_everything_is_named_and_reachable(page: SettingsPage) -> None:
    assert_named_and_reachable(page)


@pytest.mark.parametrize(
    ("width", "height", "percent"), [(1280, 800, 100), (900, 600, 150), (640, 480, 150), (1280, 800, 150)]
)
def test_nothing_is_cut_off(page: SettingsPage, theme: Theme, width: int, height: int, percent: int) -> None:
    theme.set(percent=percent)
    page.resize(width, height)
    page.show(OTHER, FACTS)
    for index, section in enumerate(page.sections()):
        page.go_to(index)
        for _ in range(3):  # a new width may bring a scroll bar, which brings a new width
            QApplication.processEvents()
        body = section.widget()
        assert body is not None
        viewport = section.viewport()
        assert viewport is not None
        assert body.width() <= viewport.width()
        for found in body.findChildren(QLabel):
            if found.isVisible() and found.text():
                needed = (
                    found.heightForWidth(found.width()) if found.wordWrap() else found.sizeHint().height()
                )
                # One pixel less is the font's own rounding, not a cut.
                assert found.height() >= needed - 1, f"{section.title}: {found.text()!r}"


def test_a_narrow_page_folds_the_navigation(page: SettingsPage) -> None:
    nav, back = page.findChild(QWidget, "settings_nav"), page.findChild(QWidget, "settings_back_icon")
    assert nav is not None
    assert back is not None
    assert (nav.width(), back.isVisible()) == (244, False)
    page.resize(700, 600)
    assert (nav.width(), back.isVisible()) == (56, True)
