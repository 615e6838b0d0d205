"""The settings page: holds the settings being shown, and tells every usable change as a new frozen object.

It saves nothing and applies nothing but the appearance: the rest is for whoever listens to `changed`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.gui.controls import label
from desktop.gui.settings_page.appearance import AppearanceSection
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.general import GeneralSection
from desktop.gui.settings_page.keys import ShortcutsSection
from desktop.gui.settings_page.model import ModelSection
from desktop.gui.settings_page.nav import Nav
from desktop.gui.settings_page.privacy import PrivacySection
from desktop.gui.settings_page.rows import Section
from desktop.gui.settings_page.sampling import SamplingSection
from desktop.gui.theme import HEADER, Theme
from desktop.settings import Settings

_FOLD_BELOW = 860


class SettingsPage(QWidget):
    """Sidebar and centre of the settings. Call `show(settings, facts)`; listen to `changed`."""

    changed = Signal(object)
    back = Signal()
    open_folder = Signal(str)
    choose_models_folder = Signal()
    delete_all_requested = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_page")
        self._theme, self._settings, self._facts = theme, Settings(), SettingsFacts()
        model, privacy = ModelSection(theme), PrivacySection(theme)
        self.sections: list[Section] = [
            GeneralSection(theme), model, SamplingSection(theme), AppearanceSection(theme),
            ShortcutsSection(theme), privacy,
        ]  # fmt: skip
        self._nav = Nav(theme, [(section.title, section.icon) for section in self.sections])
        self._title = label("", "heading", name="settings_title")
        self._stack = QStackedWidget()
        for section in self.sections:
            self._stack.addWidget(section)
            section.edited.connect(self._edited)
        self._lay_out()
        self._nav.chosen.connect(self.go_to)
        self._nav.back.connect(self.leave)
        model.open_folder.connect(self.open_folder)
        model.choose_models_folder.connect(self.choose_models_folder)
        privacy.open_folder.connect(self.open_folder)
        privacy.delete_all_requested.connect(self.delete_all_requested)
        theme.changed.connect(self.refresh)
        self.go_to(0)
        self.refresh()

    def _lay_out(self) -> None:
        self._header = QFrame()
        self._header.setObjectName("header")
        across = QHBoxLayout(self._header)
        across.setContentsMargins(24, 0, 16, 0)
        across.addWidget(self._title)
        centre = QVBoxLayout()
        centre.setContentsMargins(0, 0, 0, 0)
        centre.setSpacing(0)
        centre.addWidget(self._header)
        centre.addWidget(self._stack, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self._nav)
        whole.addLayout(centre, 1)

    def show(self, settings: Settings | None = None, facts: SettingsFacts | None = None) -> None:
        """Put these in the controls and show the page (without arguments: Qt's own)."""
        if settings is not None:
            self.set_settings(settings, facts)
            for section in self.sections:
                section.revert()
        super().show()
        if settings is not None:
            self._nav.focus_selected()

    def set_settings(self, settings: Settings, facts: SettingsFacts | None = None) -> None:
        """Put these in the controls, shown or not. Emits nothing, and leaves alone what is being typed."""
        self._settings, self._facts = settings, facts or self._facts
        for section in self.sections:
            section.show_values(self._settings, self._facts)

    def set_facts(self, facts: SettingsFacts) -> None:
        """The computer's or the model's facts changed."""
        self.set_settings(self._settings, facts)

    def settings(self) -> Settings:
        """What is shown, with every usable change so far."""
        return self._settings

    @Slot(int)
    def go_to(self, index: int) -> None:
        """Show a section."""
        self._stack.setCurrentIndex(index)
        self._nav.select(index)
        self._title.setText(self.sections[index].title)

    def open_section(self, title: str) -> None:
        """Show the section of this title ("Model", "Shortcuts"...) and put the keyboard on it."""
        self.go_to([section.title for section in self.sections].index(title))
        self._nav.focus_selected()

    @Slot()
    def leave(self) -> None:
        """Back to the chat; a number still being typed is taken first."""
        focus = self.focusWidget()
        if focus is not None:
            focus.clearFocus()
        self.back.emit()

    @Slot(object)
    def _edited(self, changes: dict[str, Any]) -> None:
        settings = replace(self._settings, **changes)
        if settings == self._settings:
            return
        self._settings = settings
        for section in self.sections:
            section.show_values(settings, self._facts)
        self._apply_appearance(changes)
        self.changed.emit(settings)

    def _apply_appearance(self, changes: dict[str, Any]) -> None:
        """At once, so that the choice is seen where it is made."""
        if "theme" in changes or "interface_percent" in changes:
            self._theme.set(changes.get("theme"), changes.get("interface_percent"))
        if "reduce_motion" in changes:
            self._theme.reduce_motion = changes["reduce_motion"]

    @Slot()
    def refresh(self) -> None:
        """Sizes from the theme."""
        self._header.setFixedHeight(self._theme.px(HEADER))
        self._nav.set_folded(self.width() < self._theme.px(_FOLD_BELOW))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fold the navigation where it is narrow."""
        super().resizeEvent(event)
        self.refresh()

    def event(self, event: QEvent) -> bool:
        """Esc belongs to the page while it is open, before the window's own shortcut."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: back to the chat."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
