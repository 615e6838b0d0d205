"""Races as files: a receipt out and in, a picture of the result."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Signal, Slot

from desktop.contest.again import Repeated
from desktop.contest.data import Race
from desktop.contest.history import Races
from desktop.errors import UserError
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.file_dialogs import Ask, ask_open, ask_save, with_ending
from desktop.gui.race.picture import picture
from desktop.gui.theme import Theme

_RECEIPTS = "Receipts (*.json);;All files (*)"


class RaceFiles(QObject):
    """`said` carries what was done, in a few words; `imported` the id of a receipt taken in, and its race."""

    said = Signal(str)
    imported = Signal(str, object)

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        races: Races,
        faults: Faults,
        *,
        ask_open: Ask = ask_open,
        ask_save: Ask = ask_save,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._races, self._faults = window, theme, races, faults
        self.ask_open, self.ask_save = ask_open, ask_save

    def export(self, race: Race) -> None:
        """Write the receipt where the person says."""
        start = str(Path.home() / f"{_file_name(race)}.json")
        name = self.ask_save(self._window, "Export receipt", start, _RECEIPTS)
        if name:
            path = with_ending(name, ".json")
            self._try(partial(self._races.export, race, path), path)

    def picture(self, race: Race, repeated: Repeated | None) -> None:
        """Write a picture of the result where the person says."""
        start = str(Path.home() / f"{_file_name(race)}.png")
        name = self.ask_save(self._window, "Save a picture", start, "Pictures (*.png)")
        if name:
            path = with_ending(name, ".png")
            self._try(partial(self._draw, race, repeated, path), path)

    @Slot()
    def bring(self) -> None:
        """Take in a receipt from a file."""
        name = self.ask_open(self._window, "Import a receipt", str(Path.home()), _RECEIPTS)
        if not name:
            return
        try:
            race_id, race = self._races.import_(Path(name))
        except UserError as error:
            self._faults.tell(error, self.bring)
            return
        self.imported.emit(race_id, race)

    def _draw(self, race: Race, repeated: Repeated | None, path: Path) -> None:
        data = QByteArray()
        buffer = QBuffer(data)
        buffer.open(QIODevice.OpenModeFlag.WriteOnly)
        picture(self._theme, race, repeated).save(buffer, "PNG")
        try:
            path.write_bytes(data.data())
        except OSError as error:
            why = error.strerror or str(error)
            raise UserError(f"{path.name} could not be written: {why}", path=str(path)) from error

    def _try(self, write: Callable[[], None], path: Path) -> None:
        try:
            write()
        except UserError as error:
            self._faults.tell(error, partial(self._try, write, path))
            return
        self._window.clear_error()
        self.said.emit(f"Saved as {path.name}")


def _file_name(race: Race) -> str:
    """Letters of the prompt and the day: safe on every system."""
    words = "-".join(re.findall(r"[a-z0-9]+", race.prompt.lower()[:200]))[:40].strip("-")
    return f"race-{race.date[:10]}-{words}".strip("-") if re.match(r"\d{4}-\d\d-\d\d", race.date) else "race"
