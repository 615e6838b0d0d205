"""What the person sees after a bug: that the conversations are safe, and the report to copy.

A second bug while the dialog is open, or while it is being made, never opens another one.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QWidget

from desktop.gui.controls import Glyph, button, column, label, row
from desktop.gui.message_sheet import fit_height, quoted
from desktop.gui.theme import Theme

_WHAT = (
    "Something in Slipstream went wrong that should not have. Your conversations are safe. Going on usually "
    "works; if it does not, quit and start again."
)
_SHARE = "The report says what the program was doing. It is sent nowhere."


class CrashDialog(QDialog):
    """What happened, with the details folded. `quit_requested` fires for Quit; Close goes on."""

    quit_requested = Signal()

    def __init__(self, theme: Theme, report: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("crash_dialog")
        self.setWindowTitle("Slipstream: something went wrong")
        self.setAccessibleName("Something went wrong")
        self.setAccessibleDescription(_WHAT)
        self.setMinimumWidth(theme.px(520))
        self._report = report
        self._fold = button(theme, "Show details", "link", name="crash_details_fold")
        self._details = quoted(theme, report, "crash_details", lines=8)
        self._details.hide()
        self._share = label(_SHARE, "caption", wrap=True)
        self._copy = button(theme, "Copy report", "ghost", "copy", name="crash_copy", height=34)
        close = button(
            theme, "Close", "primary", name="crash_close", tip="Close this message and go on", height=34
        )
        leave = button(theme, "Quit Slipstream", name="crash_quit", height=34)
        close.setDefault(True)
        top = row(
            Glyph(theme, "triangle-alert", "warn", 18),
            label("Something went wrong", "heading"),
            None,
            spacing=10,
        )
        self._sentence = label(_WHAT, "ui2", wrap=True, name="crash_sentence")
        self.setLayout(
            column(
                top, self._sentence, row(self._fold, None), self._details, self._share,
                row(close, leave, None, self._copy, margins=(0, 8, 0, 0)),
                spacing=10, margins=(22, 20, 22, 18),
            )
        )  # fmt: skip
        self._fold.clicked.connect(self._toggle)
        self._copy.clicked.connect(self._copied)
        close.clicked.connect(self.accept)
        leave.clicked.connect(self._quit)
        close.setFocus()
        fit_height(self)

    def report(self) -> str:
        """The text Copy copies."""
        return self._report

    def add(self, report: str) -> None:
        """Another bug while this is open: join it to the report."""
        self._report = f"{self._report}\n\n{report}"
        self._details.setPlainText(self._report)
        self._copy.set_text("Copy report")

    @Slot()
    def _toggle(self) -> None:
        opened = self._details.isHidden()
        self._details.setVisible(opened)
        self._fold.set_text("Hide details" if opened else "Show details")
        fit_height(self)

    @Slot()
    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(self._report)
        self._copy.set_text("Copied")

    @Slot()
    def _quit(self) -> None:
        self.accept()
        self.quit_requested.emit()


class CrashReporter(QObject):
    """Shows at most one crash dialog. Call from the window's thread only."""

    quit_requested = Signal()
    _MOST = 20  # reports kept in one dialog: a bug in a paint event comes sixty times a second

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._window = theme, parent
        self._dialog: CrashDialog | None = None
        self._busy, self._count = False, 0

    @Slot(str)
    def report(self, text: str) -> None:
        """Show the report, or join it to the one shown. A bug in here is left to the log."""
        if self._busy:
            return
        self._busy = True
        try:
            self._show(text)
        finally:
            self._busy = False

    def dialog(self) -> CrashDialog | None:
        """The one shown now."""
        return self._dialog

    def _show(self, text: str) -> None:
        self._count += 1
        if self._dialog is not None:
            if self._count <= self._MOST:
                self._dialog.add(text)
            return
        self._dialog = CrashDialog(self._theme, text, self._window)
        self._dialog.quit_requested.connect(self.quit_requested)
        self._dialog.finished.connect(self._finished)
        self._dialog.open()

    @Slot(int)
    def _finished(self, _result: int) -> None:
        if self._dialog is not None:
            self._dialog.deleteLater()
        self._dialog, self._count = None, 0
