"""A folder: its path and the button that opens it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.gui.controls import Elided, button, card, column, row
from desktop.gui.theme import Theme


class FolderField(QWidget):
    """Path, Open, and whatever buttons come after it."""

    open_folder = Signal(str)

    def __init__(self, theme: Theme, what: str, name: str, *extra: QWidget) -> None:
        super().__init__()
        self._path = Elided("", "mono2", name=f"{name}_path")
        self._open = button(
            theme, "Open folder", icon="external-link", name=f"{name}_open", tip=f"Open the {what} folder"
        )
        self._open.setAccessibleName(f"Open the {what} folder")
        self._open.clicked.connect(self._clicked)
        self.setLayout(
            column(
                card(self._path, kind="inset", margins=(10, 8, 10, 8)),
                row(self._open, *extra, None),
                spacing=8,
            )
        )

    def set_path(self, path: str) -> None:
        """Show a folder; without one there is nothing to open."""
        self._path.set_text(path or "Not known")
        self._open.setEnabled(bool(path))

    @Slot()
    def _clicked(self) -> None:
        self.open_folder.emit(self._path.full_text())
