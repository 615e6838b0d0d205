"""The chip in the composer: how this conversation drafts, and the menu that changes it."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup, QFontMetrics
from PySide6.QtWidgets import QMenu, QToolButton

from desktop.engine.types import Mode
from desktop.gui.theme import Theme

MODE_NAMES: dict[Mode, str] = {"auto": "Auto", "draft": "Draft model", "lookup": "Lookup", "off": "Off"}
MODE_HINTS: dict[Mode, str] = {
    "auto": "picks what pays",
    "draft": "a small model guesses",
    "lookup": "repeats from the chat",
    "off": "the model alone",
}


MEASURE = "Measure drafts for this model…"


class DraftChip(QToolButton):
    """ "Drafting: Auto". None = as the settings say; a problem shows as a sign and in the tooltip."""

    mode_chosen = Signal(object)
    settings_clicked = Signal()
    measure_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._mode: Mode | None = None
        self._default: Mode = "auto"
        self._problem, self._detail = "", ""
        self.setObjectName("draftChip")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self._menu = QMenu(self)
        self._menu.setObjectName("draftMenu")
        self._menu.setAccessibleName("How this conversation drafts")
        self._group = QActionGroup(self._menu)
        self._actions = dict[Mode | None, QAction]()
        for mode in (None, *MODE_NAMES):
            self._actions[mode] = self._action(mode)
        self._menu.insertSeparator(self._actions["auto"])
        self._menu.addSeparator()
        self._measure = self._menu.addAction(MEASURE)
        self._measure.setObjectName("draft_measure")
        self._measure.triggered.connect(self.measure_clicked)
        more = self._menu.addAction("Speculation settings…")
        more.setObjectName("draft_settings")
        more.triggered.connect(self.settings_clicked)
        self.setMenu(self._menu)
        theme.changed.connect(self.refresh)
        self.refresh()

    def _action(self, mode: Mode | None) -> QAction:
        made = self._menu.addAction("" if mode is None else f"{MODE_NAMES[mode]}\t{MODE_HINTS[mode]}")
        made.setObjectName(f"draft_{mode or 'default'}")
        made.setCheckable(True)
        self._group.addAction(made)
        made.triggered.connect(partial(self._choose, mode))
        return made

    def set_mode(self, mode: Mode | None, default: Mode) -> None:
        """Show the conversation's mode, and what the settings say."""
        self._mode, self._default = mode, default
        self.refresh()

    def set_state(self, detail: str, problem: str = "") -> None:
        """What is drafted with, in a sentence; and what keeps it from drafting, "" = nothing."""
        self._detail, self._problem = detail, problem
        self.refresh()

    def set_measuring(self, text: str) -> None:
        """How far a measuring of drafts is, in the menu; "" = none goes on."""
        self._measure.setText(text or MEASURE)

    @property
    def mode(self) -> Mode:
        """The mode in force."""
        return self._mode or self._default

    def sizeHint(self) -> QSize:
        """Icon, words, a little air."""
        words = QFontMetrics(self.font()).horizontalAdvance(self.text())
        return QSize(words + self._theme.px(16 + 22), self._theme.px(30))

    @Slot()
    def refresh(self) -> None:
        """Words, sign and colours."""
        mode, theme = self.mode, self._theme
        words = f"Drafting: {MODE_NAMES[mode]}"
        self.setText(f"\u2009{words}")  # a thin space widens Qt's gap to the icon
        wanted = bool(self._problem) and mode in ("auto", "draft")
        sign, token = ("circle-alert", "warn") if wanted else ("wind", "text3" if mode == "off" else "accent")
        self.setIcon(theme.icon(sign, token, 15))
        self.setIconSize(theme.icon_size(15))
        self.setFixedHeight(theme.px(30))
        self.setStyleSheet(
            f"QToolButton{{color:{theme.colors.text2}; font-size:{theme.px(12)}px; padding:0 4px}}"
        )
        self.updateGeometry()
        self._actions[None].setText(f"As in the settings\t{MODE_NAMES[self._default]}")
        self._actions[self._mode].setChecked(True)
        own = "In this conversation" if self._mode is not None else "As in the settings"
        told = f"{own}: {MODE_NAMES[mode].lower()}, {MODE_HINTS[mode]}."
        more = self._problem if wanted else self._detail if mode in ("auto", "draft") else ""
        self.setToolTip(f"{told}\n{more}".rstrip())
        self.setAccessibleName(words)
        self.setAccessibleDescription(self.toolTip())

    def _choose(self, mode: Mode | None, _checked: bool = False) -> None:
        if mode != self._mode:
            self.mode_chosen.emit(mode)
