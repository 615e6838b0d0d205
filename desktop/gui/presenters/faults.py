"""The error card: what is shown, and what its "Try again" means for the error that is shown."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QObject, Slot

from desktop.errors import UserError
from desktop.gui.main_window import MainWindow


class Faults(QObject):
    """One error is shown at a time, so one thing can be tried again."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._again: Callable[[], None] | None = None
        window.error_action.connect(self._on_action)

    def tell(self, error: UserError, again: Callable[[], None] | None = None) -> None:
        """Show an error. `again`: what to do when the person wants to try again."""
        self._again = again
        self._window.show_error(error, time.strftime("%H:%M"))

    @contextmanager
    def told(self) -> Iterator[None]:
        """What fails in a `with` block is shown, and the block left."""
        try:
            yield
        except UserError as error:
            self.tell(error)

    @Slot(str)
    def _on_action(self, action: str) -> None:
        again, self._again = self._again, None
        if action == "retry" and again is not None:
            again()
