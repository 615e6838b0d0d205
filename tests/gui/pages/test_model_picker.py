"""The model picker: what it lists, how it is walked, and what it tells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.catalog.library import ModelFile
from desktop.gui.model_picker import ModelPicker
from desktop.gui.model_row import ModelRow
from desktop.gui.theme import Theme
from tests.gui.pages.conftest import assert_named_and_reachable

FOLDER = Path("/home/ada/models")
GUIDE = ModelFile(Path("/app/guide.gguf"), "Guide", "Q8_0", "qwen2", 6_430_000, builtin=True)
QWEN = ModelFile(FOLDER / "qwen.gguf", "Qwen3 8B", "Q4_K_M", "qwen3", 5_030_000_000)
BROKEN = ModelFile(
    FOLDER / "broken.gguf", "Mistral 7B", "Q5_K_M", "llama", 5_140_000_000, problem="part 2 is missing"
)
ELSEWHERE = ModelFile(Path("/mnt/gemma.gguf"), "Gemma 3 4B", "Q4_0", "gemma3", 2_490_000_000)
ALL = [GUIDE, QWEN, BROKEN, ELSEWHERE]
MANY = [*ALL, *(replace(QWEN, path=FOLDER / f"m{n}.gguf", name=f"Model {n}") for n in range(8))]


@pytest.fixture
def window(qtbot: QtBot, theme: Theme) -> Iterator[QWidget]:
    made = QWidget()
    made.resize(1000, 700)
    box = QLineEdit(made)
    box.setGeometry(300, 300, 200, 30)
    card = QPushButton("model", made)
    card.setObjectName("card")
    card.setGeometry(12, 600, 220, 56)
    made.show()
    made.activateWindow()
    box.setFocus()
    yield made
    shiboken6.delete(made)


@pytest.fixture
def picker(window: QWidget, theme: Theme) -> ModelPicker:
    made = ModelPicker(theme)
    made.set_models(ALL, FOLDER)
    made.set_current(QWEN.path)
    made.open(window, window.findChild(QPushButton, "card"))
    return made


@pytest.fixture
def told(picker: ModelPicker) -> list[Any]:
    heard: list[Any] = []
    picker.chosen.connect(heard.append)
    picker.closed.connect(lambda: heard.append("closed"))
    picker.cancel_clicked.connect(lambda: heard.append("cancel"))
    picker.add_clicked.connect(lambda: heard.append("add"))
    picker.open_folder_clicked.connect(lambda: heard.append("folder"))
    return heard


def focus() -> QWidget:
    found = QApplication.focusWidget()
    assert found is not None
    return found


def focused_model() -> str:
    found = focus()
    assert isinstance(found, ModelRow)
    return found.model.name


def texts(picker: ModelPicker) -> list[str]:
    """What is to be read, from top to bottom."""
    labels = [label for label in picker.findChildren(QLabel) if label.isVisible() and label.text()]
    return [label.text() for label in sorted(labels, key=lambda one: one.mapTo(picker, QPoint(0, 0)).y())]


def rows(picker: ModelPicker) -> list[ModelRow]:
    return [row for row in picker.findChildren(ModelRow) if row.isVisible()]


def button(picker: ModelPicker, name: str) -> QAbstractButton:
    found = picker.findChild(QAbstractButton, name)
    assert found is not None
    return found


def test_models_stand_in_their_sections(picker: ModelPicker) -> None:
    headings = [text for text in texts(picker) if text in ("Built in", "Models folder", "Recently used")]
    assert headings == ["Built in", "Models folder", "Recently used"]
    assert [row.model for row in rows(picker)] == ALL


def test_a_row_says_what_is_known(picker: ModelPicker) -> None:
    said = [row.accessibleName() for row in rows(picker)]
    assert said == [
        "Guide, Q8_0, 6.43 MB · qwen2, built in",
        "Qwen3 8B, Q4_K_M, 5.03 GB · qwen3, in use",
        "Mistral 7B, Q5_K_M, 5.14 GB · llama, part 2 is missing",
        "Gemma 3 4B, Q4_0, 2.49 GB · gemma3",
    ]
    shown = texts(picker)
    assert {"Guide", "Q8_0", "5.03 GB · qwen3", "Cannot be used: part 2 is missing"} <= set(shown)


def test_whether_it_fits_is_said_where_it_is_known(picker: ModelPicker) -> None:
    picker.set_fit(QWEN.path, "fits: 5.6 of 16 GB", "ok")
    assert texts(picker).count("fits: 5.6 of 16 GB") == 1
    assert "fits: 5.6 of 16 GB" in rows(picker)[1].accessibleName()


@pytest.mark.parametrize("when", ["before", "after"])
def test_the_focus_does_not_squeeze_a_row(picker: ModelPicker, window: QWidget, when: str) -> None:
    if when == "before":
        picker.dismiss()
    picker.set_fit(QWEN.path, "fits: 5.6 of 16 GB", "ok")
    picker.open(window, window.findChild(QPushButton, "card"))
    QApplication.processEvents()
    assert focused_model() == "Qwen3 8B"
    for label in rows(picker)[1].findChildren(QLabel):
        if label.isVisible():
            assert label.height() >= label.sizeHint().height(), label.text()


def test_an_empty_models_folder_says_so(picker: ModelPicker) -> None:
    picker.set_models([GUIDE], FOLDER)
    assert "No GGUF files there yet." in texts(picker)


def test_it_opens_on_the_model_in_use_above_the_card(picker: ModelPicker, window: QWidget) -> None:
    assert focused_model() == "Qwen3 8B"
    assert picker.geometry() == window.rect()
    card = window.findChild(QPushButton, "card")
    assert card is not None
    assert picker.card.geometry().bottom() < card.y()
    assert picker.card.x() == card.x()
    assert window.rect().contains(picker.card.geometry())


@pytest.mark.parametrize("size", [(640, 480), (900, 600), (1280, 800)])
@pytest.mark.parametrize("percent", [100, 150])
def test_it_stays_within_the_window(
    picker: ModelPicker, window: QWidget, theme: Theme, size: tuple[int, int], percent: int
) -> None:
    picker.set_models(MANY, FOLDER)
    theme.set(percent=percent)
    window.resize(*size)
    assert window.rect().contains(picker.card.geometry())
    assert button(picker, "model_add").isVisible()


def test_without_the_card_in_sight_it_stands_in_the_middle(picker: ModelPicker, window: QWidget) -> None:
    card = window.findChild(QPushButton, "card")
    assert card is not None
    picker.dismiss()
    card.hide()
    picker.open(window, card)
    assert abs(picker.card.geometry().center().x() - window.rect().center().x()) <= 1


def test_the_arrow_keys_walk_the_models(picker: ModelPicker) -> None:
    walked = []
    for key in (
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Down,
        Qt.Key.Key_Home,
        Qt.Key.Key_Up,
        Qt.Key.Key_End,
    ):
        QTest.keyClick(focus(), key)
        walked.append(focused_model())
    assert walked == ["Mistral 7B", "Gemma 3 4B", "Gemma 3 4B", "Guide", "Guide", "Gemma 3 4B"]


def test_enter_chooses_and_closes(picker: ModelPicker, told: list[Any], window: QWidget) -> None:
    QTest.keyClick(focus(), Qt.Key.Key_Up)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert told == ["closed", GUIDE.path]
    assert isinstance(focus(), QLineEdit)


def test_a_click_chooses(picker: ModelPicker, told: list[Any]) -> None:
    QTest.mouseClick(rows(picker)[3], Qt.MouseButton.LeftButton)
    assert told == ["closed", ELSEWHERE.path]


def test_what_cannot_be_used_cannot_be_chosen(picker: ModelPicker, told: list[Any]) -> None:
    QTest.mouseClick(rows(picker)[2], Qt.MouseButton.LeftButton)
    QTest.keyClick(rows(picker)[2], Qt.Key.Key_Return)
    assert told == []
    assert picker.isVisible()


@pytest.mark.parametrize("place", ["key", "beside"])
def test_escape_or_a_click_beside_closes(picker: ModelPicker, told: list[Any], place: str) -> None:
    if place == "key":
        QTest.keyClick(focus(), Qt.Key.Key_Escape)
    else:
        QTest.mouseClick(picker, Qt.MouseButton.LeftButton, pos=QPoint(950, 30))
    assert told == ["closed"]
    assert isinstance(focus(), QLineEdit)
    picker.dismiss()
    assert told == ["closed"]


def test_tab_stays_inside(picker: ModelPicker) -> None:
    seen = set()
    for _ in range(20):
        QTest.keyClick(focus(), Qt.Key.Key_Tab)
        assert picker.isAncestorOf(focus())
        seen.add(focus().objectName())
    assert {"model_row_0", "model_row_3", "model_add", "model_open_folder"} <= seen
    before = focus()
    QTest.keyClick(focus(), Qt.Key.Key_Tab)
    QTest.keyClick(focus(), Qt.Key.Key_Backtab, Qt.KeyboardModifier.ShiftModifier)
    assert focus() is before


def test_few_models_need_no_filter(picker: ModelPicker) -> None:
    filter_box = picker.findChild(QLineEdit, "model_filter")
    assert filter_box is not None
    assert not filter_box.isVisible()
    picker.set_models(MANY, FOLDER)
    assert filter_box.isVisible()


def test_typing_filters_and_enter_takes_the_first(picker: ModelPicker, told: list[Any]) -> None:
    picker.set_models(MANY, FOLDER)
    picker.first_focus().setFocus()
    QTest.keyClicks(focus(), "m")
    QTest.keyClicks(focus(), "odel 5")
    assert [row.model.name for row in rows(picker)] == ["Model 5"]
    assert "Built in" not in texts(picker)
    QTest.keyClick(focus(), Qt.Key.Key_Return)
    assert told == ["closed", FOLDER / "m5.gguf"]


def test_a_filter_that_finds_nothing_says_so(picker: ModelPicker, window: QWidget) -> None:
    picker.set_models(MANY, FOLDER)
    picker.first_focus().setFocus()
    QTest.keyClicks(focus(), "zzz")
    assert rows(picker) == []
    assert "No model has these words in its name." in texts(picker)
    picker.open(window)
    assert len(rows(picker)) == len(MANY)


def test_loading_shows_progress_and_only_cancel(picker: ModelPicker, told: list[Any]) -> None:
    picker.set_loading(0.42, "Gemma 3 4B")
    QApplication.processEvents()
    assert {"Loading Gemma 3 4B", "42%"} <= set(texts(picker))
    assert focus().objectName() == "model_loading_cancel"
    QTest.mouseClick(rows(picker)[0], Qt.MouseButton.LeftButton)
    assert told == []
    QTest.keyClick(focus(), Qt.Key.Key_Space)
    assert told == ["cancel"]
    picker.set_models(ALL, FOLDER)
    assert not any(row.isEnabled() for row in rows(picker))
    picker.set_loading(None, "")
    assert "42%" not in texts(picker)
    assert all(row.isEnabled() for row in rows(picker))


def test_the_foot_adds_a_file_or_opens_the_folder(picker: ModelPicker, told: list[Any]) -> None:
    button(picker, "model_open_folder").click()
    button(picker, "model_add").click()
    assert told == ["folder", "closed", "add"]


def test_everything_is_named_and_reachable(picker: ModelPicker) -> None:
    picker.set_models(MANY, FOLDER)
    assert_named_and_reachable(picker)
