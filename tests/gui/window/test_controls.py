"""The small widgets, and the theme they follow."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from desktop.gui import tokens
from desktop.gui.controls import Elided, Meter, Radio, Slider, Switch, ToolButton, button, label
from desktop.gui.theme import Theme

SURFACES = ("bg", "side", "surface", "raised", "sel", "code")
PAIRS = [
    *[(text, on) for text in ("text", "text2", "text3") for on in SURFACES],
    *[(text, on) for text in ("ok", "bad", "warn", "accent") for on in ("bg", "side", "surface")],
    ("ok", "ok_bg"), ("bad", "bad_bg"), ("warn", "warn_bg"), ("accent", "accent_bg"), ("on_accent", "accent"),
    ("text", "accent_bg"), ("text2", "accent_bg"),
]  # fmt: skip


def luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colors", [tokens.DARK, tokens.LIGHT], ids=["dark", "light"])
@pytest.mark.parametrize(("text", "on"), PAIRS)
def test_text_has_contrast(colors: tokens.Colors, text: str, on: str) -> None:
    low, high = sorted((luminance(getattr(colors, text)), luminance(getattr(colors, on))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_a_switch_is_pressed_anywhere_on_its_row(qtbot: QtBot, theme: Theme) -> None:
    switch = Switch(theme, "Reduce motion", name="motion", text="Reduce motion")
    qtbot.addWidget(switch)
    switch.resize(300, 28)
    QTest.mouseClick(switch, Qt.MouseButton.LeftButton, pos=QPoint(280, 14))
    assert switch.isChecked()
    QTest.keyClick(switch, Qt.Key.Key_Space)
    assert not switch.isChecked()


def test_switch_states_differ_in_shape_not_only_in_colour(qtbot: QtBot, theme: Theme) -> None:
    switch = Switch(theme, "On", name="on")
    qtbot.addWidget(switch)
    switch.resize(40, 28)

    assert switch.grab().toImage().pixelColor(13, 14) == theme.color("line3")
    switch.setChecked(True)
    assert switch.grab().toImage().pixelColor(27, 14) == theme.color("on_accent")


def test_radio_names_itself(qtbot: QtBot, theme: Theme) -> None:
    radio = Radio(theme, "Dark theme", name="dark", text="Dark")
    qtbot.addWidget(radio)
    assert radio.accessibleName() == "Dark theme"
    QTest.mouseClick(radio, Qt.MouseButton.LeftButton, pos=radio.rect().center())
    assert radio.isChecked()


def test_a_click_on_the_slider_jumps_there(qtbot: QtBot, theme: Theme) -> None:
    slider = Slider(theme, "Interface size", 90, 150, 100, name="size")
    qtbot.addWidget(slider)
    slider.resize(222, 28)
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(111, 14))
    assert slider.value() == 120
    QTest.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == 121
    QTest.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(1, 14))
    assert slider.value() == 90


def test_icons_and_sizes_follow_the_theme(qtbot: QtBot, theme: Theme) -> None:
    tool = ToolButton(theme, "settings", "Settings", name="gear")
    qtbot.addWidget(tool)
    before = tool.icon().pixmap(16, 16).toImage()
    theme.set("light", 150)
    assert tool.width() == 48
    assert tool.iconSize().width() == 24
    assert tool.icon().pixmap(24, 24).toImage().size() != before.size()


def test_a_disabled_button_shows_it(qtbot: QtBot, theme: Theme) -> None:
    made = button(theme, "Continue", "primary", "play", name="continue")
    qtbot.addWidget(made)
    bright = made.icon().pixmap(15, 15).toImage()
    made.setEnabled(False)
    assert made.icon().pixmap(15, 15).toImage() != bright


def test_elided_keeps_the_whole_text_at_hand(qtbot: QtBot, theme: Theme) -> None:
    line = Elided("A title that is far too long for the place it is shown in", "heading")
    qtbot.addWidget(line)
    line.resize(120, 24)
    line.show()
    assert line.text().endswith("…")
    assert line.toolTip() == line.accessibleName() == line.full_text()
    line.resize(900, 24)
    assert line.text() == line.full_text()
    assert line.toolTip() == ""


def test_elided_lines_are_one_line() -> None:
    line = Elided("two\nlines\tand a tab")
    assert line.full_text() == "two lines and a tab"


def test_labels_never_read_markup(qtbot: QtBot) -> None:
    made = label("<b>not bold</b>")
    qtbot.addWidget(made)
    assert made.textFormat() == Qt.TextFormat.PlainText


def test_a_meter_says_its_values(qtbot: QtBot, theme: Theme) -> None:
    meter = Meter(theme, "Context used", name="meter")
    qtbot.addWidget(meter)
    meter.set_parts([(0.5, "accent")], "Context used: half")
    meter.resize(100, 6)
    image = meter.grab().toImage()
    assert image.pixelColor(25, 3) == theme.color("accent")
    assert image.pixelColor(75, 3) == theme.color("line2")
    assert meter.accessibleName() == "Context used: half"
