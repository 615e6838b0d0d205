"""The settings in use: one frozen value at a time, told to whoever listens, saved soon after a change."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop import settings as store
from desktop.errors import SettingsUnwritable
from desktop.settings import Settings

SAVE_AFTER_MS = 400


class Preferences(QObject):
    """Holds the settings; a burst of changes (a slider) is written once."""

    changed = Signal(object, object)
    """Settings before, settings now."""
    unwritable = Signal(object)
    """SettingsUnwritable: what was chosen holds until the program ends."""

    def __init__(self, path: Path, settings: Settings, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path, self._settings = path, settings
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SAVE_AFTER_MS)
        self._timer.timeout.connect(self.save)

    @property
    def now(self) -> Settings:
        """The settings in use."""
        return self._settings

    def current(self) -> Settings:
        """As `now`, for who wants a callable."""
        return self._settings

    def set(self, settings: Settings) -> None:
        """Use these from here on."""
        before = self._settings
        if settings == before:
            return
        self._settings = settings
        self._timer.start()
        self.changed.emit(before, settings)

    def update(self, **changes: Any) -> None:
        """Change single fields."""
        self.set(replace(self._settings, **changes))

    @Slot()
    def save(self) -> None:
        """Write now."""
        self._timer.stop()
        try:
            store.save(self._path, self._settings)
        except SettingsUnwritable as error:
            self.unwritable.emit(error)
