"""The list of keys, from the table in `keys.py`: a widget for the settings, and a sheet over the window."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QScrollArea, QWidget

from desktop.gui.controls import Item, ToolButton, column, label, row, tag
from desktop.gui.keys import SHORTCUTS, Group, Shortcut
from desktop.gui.sheet import Sheet
from desktop.gui.theme import Theme

_COLUMNS: tuple[tuple[Group, ...], ...] = (("Writing", "Answers"), ("Conversations", "Window"))
_TWO_COLUMNS = 560  # narrower than this, one under the other


def key_text(keys: str) -> str:
    """A key as it is written on keyboards here: "Enter", "Ctrl+K"."""
    shown = QKeySequence(keys, QKeySequence.SequenceFormat.PortableText).toString(
        QKeySequence.SequenceFormat.NativeText
    )
    return shown.replace("Return", "Enter")


def _keys_shown(shortcut: Shortcut) -> list[str]:
    """All ways, each once: Return and Enter are one key to a reader."""
    return list(dict.fromkeys(key_text(keys) for keys in shortcut.keys))


class ShortcutList(QWidget):
    """All keys in groups, two columns where there is room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("shortcut_list")
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        for groups in _COLUMNS:
            items: list[Item] = []
            for group in groups:
                items += [_group(group), 12]
            self._layout.addLayout(column(*items, None, spacing=6), 1)
        theme.changed.connect(self.refresh)
        self.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """One column where it is narrow."""
        super().resizeEvent(event)
        self.refresh()

    @Slot()
    def refresh(self) -> None:
        """Columns by width."""
        two = self.width() >= self._theme.px(_TWO_COLUMNS)
        self._layout.setDirection(
            QBoxLayout.Direction.LeftToRight if two else QBoxLayout.Direction.TopToBottom
        )
        self._layout.setSpacing(32 if two else 0)


def _group(group: Group) -> QWidget:
    made = QWidget()
    lines: list[Item] = [label(group, "section")]
    for shortcut in (entry for entry in SHORTCUTS if entry.group == group):
        keys = _keys_shown(shortcut)
        text = label(shortcut.text, "ui", wrap=True, name=f"shortcut_{shortcut.id}")
        text.setAccessibleName(f"{shortcut.text}: {' or '.join(keys)}")
        line = row(text, column(row(*[tag(key) for key in keys], spacing=4), None, spacing=0), spacing=12)
        line.setStretch(0, 1)
        lines.append(line)
    made.setLayout(column(*lines, spacing=7))
    return made


class ShortcutsSheet(Sheet):
    """The list of keys over the window. Esc closes."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Keys", name="shortcuts_sheet", parent=parent)
        self._close = ToolButton(theme, "x", "Close (Esc)", name="shortcuts_close", box=30)
        self._close.clicked.connect(self.dismiss)
        self._list = ShortcutList(theme)
        self._list.setContentsMargins(0, 0, 10, 0)  # the scroll bar stays clear of the keys
        self._area = QScrollArea()
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setObjectName("shortcuts_area")
        self._area.setAccessibleName("Keys")
        self._area.setWidget(self._list)
        self.card.setLayout(
            column(
                row(label("Keys", "heading"), None, self._close),
                self._area,
                margins=(20, 12, 12, 14),
                spacing=8,
            )
        )
        theme.changed.connect(self._see_through)
        self._see_through()

    @Slot()
    def _see_through(self) -> None:
        # The style sheet gives scroll areas the page's background; here the card's shows.
        self._area.setStyleSheet("QScrollArea, QScrollArea>QWidget>QWidget{background:transparent}")

    def wanted(self, room_width: int, room_height: int) -> tuple[int, int]:
        """Wide enough for two columns, high enough for all keys."""
        width = min(self.theme.px(760), room_width)
        inner = width - 20 - 12 - 12
        self._list.resize(inner, self._list.height())
        self._list.refresh()
        layout = self._list.layout()
        content = layout.totalHeightForWidth(inner) if layout is not None else 0
        frame = self.theme.px(30) + 12 + 8 + 14 + 4
        return width, min(content + frame, room_height)
