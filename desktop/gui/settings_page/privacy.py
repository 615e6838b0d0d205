"""Settings, Privacy: what stays on this computer, where, and how to be rid of it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.gui.controls import button, column, label, row
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.folder_row import FolderField
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme

_STAYS = (
    "Conversations, settings and models stay in folders of this computer. Models run here, too: no account, "
    "no telemetry, and Slipstream sends nothing. A link in an answer opens only when it is clicked."
)


class PrivacySection(Section):
    """Where things are, and deleting them all, in two clicks."""

    open_folder = Signal(str)
    delete_all_requested = Signal()
    title = "Privacy"
    icon = "lock"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._data = FolderField(theme, "data", "data_folder")
        self._data.open_folder.connect(self.open_folder)
        self._version = label("", "ui", name="version")
        self._delete = DeleteAll(theme)
        self._delete.confirmed.connect(self.delete_all_requested)
        self.add(Row(theme, "Nothing leaves this computer", "", label(_STAYS, "ui2", wrap=True)))
        self.add(
            Row(theme, "Data folder", "Conversations and settings. Copy it to keep or move them.", self._data)
        )
        self.add(
            Row(
                theme,
                "Delete conversations",
                "All of them, with every version of every answer.",
                self._delete,
            )
        )
        self.add(Row(theme, "Version", "Free software under the MIT licence.", self._version))

    def take_facts(self, facts: SettingsFacts) -> None:
        """Folder, version, how many conversations there are."""
        self._data.set_path(facts.data_folder)
        self._version.setText(f"Slipstream {facts.version}".strip())
        self._delete.set_count(facts.conversations)


class DeleteAll(QWidget):
    """Asks again in its own place, and forgets the question when it is left."""

    confirmed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._count = 0
        self._first = button(theme, "Delete all conversations…", name="delete_all")
        self._question = label("", "strong", wrap=True, name="delete_all_question")
        self._warning = label("This cannot be undone.", "caption", wrap=True)
        self._really = button(
            theme, "Delete all", "primary", name="delete_all_really", tip="Delete all conversations for good"
        )
        self._keep = button(theme, "Keep them", name="delete_all_keep")
        self._asking = QWidget()
        self._asking.setLayout(
            column(
                self._question,
                self._warning,
                row(self._keep, self._really, None, margins=(0, 6, 0, 0)),
                spacing=2,
            )
        )
        self.setLayout(column(row(self._first, None), self._asking, spacing=0))
        self._first.clicked.connect(self._ask)
        self._keep.clicked.connect(self._forget)
        self._really.clicked.connect(self._confirm)
        self._set_asking(False)

    def set_count(self, count: int) -> None:
        """How many there are now; another number takes the question back."""
        if count != self._count:
            self._set_asking(False)
        self._count = count
        self._first.setEnabled(count > 0)
        self._first.set_text("Delete all conversations…" if count else "There are no conversations")
        what = "the one conversation" if count == 1 else f"{count:,} conversations"
        self._question.setText(f"Really delete {what}?")

    @Slot()
    def _ask(self) -> None:
        self._set_asking(True)
        self._keep.setFocus()

    @Slot()
    def _forget(self) -> None:
        self._set_asking(False)
        self._first.setFocus()

    @Slot()
    def _confirm(self) -> None:
        self._set_asking(False)
        self.confirmed.emit()

    def _set_asking(self, asking: bool) -> None:
        self._first.setVisible(not asking)
        self._asking.setVisible(asking)

    def hideEvent(self, event: object) -> None:
        """A question left standing would be half answered at the next visit."""
        self._set_asking(False)
