"""The settings page: holds the settings being shown, and tells every usable change as a new frozen object.

It saves nothing and applies nothing, not even the theme: that is for whoever listens to `changed`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import QEvent, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.gui.controls import label
from desktop.gui.escape import claims_escape
from desktop.gui.settings_page.appearance import AppearanceSection
from desktop.gui.settings_page.energy import EnergySection
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.general import GeneralSection
from desktop.gui.settings_page.keys import ShortcutsSection
from desktop.gui.settings_page.model import ModelSection
from desktop.gui.settings_page.nav import Nav
from desktop.gui.settings_page.privacy import PrivacySection
from desktop.gui.settings_page.rows import Section
from desktop.gui.settings_page.sampling import SamplingSection
from desktop.gui.settings_page.speculation import SpeculationSection
from desktop.gui.theme import HEADER, Theme
from desktop.settings import Settings

_FOLD_BELOW = 860
_SECTIONS: tuple[type[Section], ...] = (
    GeneralSection, ModelSection, SamplingSection, SpeculationSection, EnergySection, AppearanceSection,
    ShortcutsSection, PrivacySection,
)  # fmt: skip


class SettingsPage(QWidget):
    """Sidebar and centre of the settings. Call `show(settings, facts)`; listen to `changed`."""

    changed = Signal(object)
    back = Signal()
    open_folder = Signal(str)
    choose_models_folder = Signal()
    delete_all_requested = Signal()
    measure_requested = Signal()
    advice_requested = Signal()
    prices_edited = Signal(object)
    prices_reset = Signal()
    section_shown = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("settings_page")
        self._theme, self._settings, self._facts = theme, Settings(), SettingsFacts()
        self._built: dict[int, Section] = {}
        self._nav = Nav(theme, [(kind.title, kind.icon) for kind in _SECTIONS])
        self._title = label("", "heading", name="settings_title")
        self._stack = QStackedWidget()
        self._lay_out()
        self._nav.chosen.connect(self.go_to)
        self._nav.back.connect(self.leave)
        theme.changed.connect(self.refresh)
        self.go_to(0)
        self.refresh()

    def _section(self, index: int) -> Section:
        """Made when it is first wanted: start-up and a change of theme pay for no section nobody looks at."""
        if index not in self._built:
            section = self._built[index] = _SECTIONS[index](self._theme)
            section.edited.connect(self._edited)
            if isinstance(section, ModelSection | PrivacySection):
                section.open_folder.connect(self.open_folder)
            if isinstance(section, ModelSection):
                section.choose_models_folder.connect(self.choose_models_folder)
            if isinstance(section, PrivacySection):
                section.delete_all_requested.connect(self.delete_all_requested)
            if isinstance(section, SpeculationSection):
                section.measure_requested.connect(self.measure_requested)
                section.advice_requested.connect(self.advice_requested)
            if isinstance(section, EnergySection):
                section.prices_edited.connect(self.prices_edited)
                section.prices_reset.connect(self.prices_reset)
            section.show_values(self._settings, self._facts)
            self._stack.addWidget(section)
        return self._built[index]

    def sections(self) -> list[Section]:
        """All sections, in order."""
        return [self._section(index) for index in range(len(_SECTIONS))]

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
        super().show()
        if settings is not None:
            self._nav.focus_selected()

    def set_settings(self, settings: Settings, facts: SettingsFacts | None = None) -> None:
        """Put these in the controls, shown or not. Emits nothing, and leaves alone what is being typed."""
        self._settings, self._facts = settings, facts or self._facts
        for section in self._built.values():
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
        self._stack.setCurrentWidget(self._section(index))
        self._nav.select(index)
        self._title.setText(_SECTIONS[index].title)
        self.section_shown.emit(_SECTIONS[index].title)

    @property
    def section(self) -> str:
        """Title of the section shown."""
        return self._title.text()

    def open_section(self, title: str) -> None:
        """Show the section of this title ("Model", "Shortcuts"...) and put the keyboard on it."""
        self.go_to([kind.title for kind in _SECTIONS].index(title))
        self._nav.focus_selected()

    @Slot()
    def leave(self) -> None:
        """Back to the chat; a number still being typed is taken first."""
        self._settle()
        self.back.emit()

    def focusInEvent(self, _event: QFocusEvent) -> None:
        """The keyboard begins at the section shown."""
        self._nav.focus_selected()

    def hideEvent(self, event: QHideEvent) -> None:
        """The next visit begins with what is in use."""
        super().hideEvent(event)
        if not event.spontaneous():
            self._settle()
            for section in self._built.values():
                section.revert()

    def _settle(self) -> None:
        """Take a number still being typed: a field does so when the keyboard leaves it."""
        focus = self.focusWidget()
        if focus is not None:
            focus.clearFocus()

    @Slot(object)
    def _edited(self, changes: dict[str, Any]) -> None:
        settings = replace(self._settings, **changes)
        if settings == self._settings:
            return
        self._settings = settings
        for section in self._built.values():
            section.show_values(settings, self._facts)
        self.changed.emit(settings)

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
        return claims_escape(event) or super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc: back to the chat."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        else:
            super().keyPressEvent(event)
