"""Selecting text with the mouse across the panes of one message, and scrolling while the mouse is outside."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QMouseEvent

from desktop.gui.chat_view.entry import Entry
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.section import Section

_TICK_MS = 30
_END = 1 << 30  # a position behind every text


class Selection(QObject):
    """One selection at a time, in one entry. Its ends are (section, position), so widgets may come and go."""

    def __init__(self, parent: QObject, scroll: Callable[[QPoint], bool]) -> None:
        super().__init__(parent)
        self._scroll = scroll
        self._entry: Entry | None = None
        self._anchor: tuple[Section, int] | None = None
        self._focus: tuple[Section, int] | None = None
        self._mouse = QPoint()
        self._timer = QTimer(self)
        self._timer.setInterval(_TICK_MS)
        self._timer.timeout.connect(self._tick)

    def begin(self, entry: Entry, section: Section, pane: TextPane) -> None:
        """The button went down in a pane; Qt has set the pane's own cursor."""
        if self._entry is not None and (self._entry is not entry or not pane.textCursor().hasSelection()):
            self._clear_panes(except_for=pane)
        self._entry = entry
        cursor = pane.textCursor()
        self._anchor, self._focus = (section, cursor.anchor()), (section, cursor.position())

    def drag(self, event: QMouseEvent) -> None:
        """The mouse moved with the button down."""
        self._mouse = event.globalPosition().toPoint()
        self._timer.start()
        self._update()

    def end(self) -> None:
        """The button went up. Within one pane Qt has kept the marking: a double click marks a word."""
        self._timer.stop()
        if self._anchor is not None and self._focus is not None and self._anchor[0] is self._focus[0]:
            section = self._anchor[0]
            for pane in section.panes()[:1]:
                cursor = pane.textCursor()
                self._anchor, self._focus = (section, cursor.anchor()), (section, cursor.position())

    def clear(self) -> None:
        """Nothing is selected."""
        self._timer.stop()
        self._clear_panes()
        self._entry = self._anchor = self._focus = None

    def covers(self, section: Section) -> bool:
        """Whether some of a section is selected."""
        return section in self._between()

    def select_all(self, entry: Entry) -> None:
        """Everything in an entry."""
        self.clear()
        panes = [s for s in entry.sections if s.panes() or s.text()]
        if panes:
            self._entry = entry
            self._anchor, self._focus = (panes[0], 0), (panes[-1], _END)
            self.restore()

    def parts(self) -> tuple[Entry, list[tuple[Section, int, int]]] | None:
        """Whose text is selected: sections, each with positions from and to; None = nothing."""
        chosen = self._between()
        if self._entry is None or not chosen:
            return None
        first, last = self._ordered()
        return self._entry, [
            (s, first[1] if s is first[0] else 0, last[1] if s is last[0] else _END) for s in chosen
        ]

    def text(self) -> str:
        """What is selected, sections parted by a blank line."""
        parts = []
        for section in self._between():
            panes = section.panes()
            got = "\n".join(filter(None, (p.selected_text() for p in panes))) if panes else section.text()
            parts.append(got)
        return "\n\n".join(filter(None, parts))

    def restore(self) -> None:
        """Marks the panes of sections that were built again."""
        chosen = self._between()
        if not chosen:
            return
        first, last = self._ordered()
        for section in chosen:
            for pane in section.panes():
                start = first[1] if section is first[0] else 0
                end = last[1] if section is last[0] else pane.end_position()
                pane.select(min(start, pane.end_position()), min(end, pane.end_position()))

    def _tick(self) -> None:
        if self._scroll(self._mouse):
            self._update()

    def _update(self) -> None:
        """The focus end is where the mouse is; every pane between the ends is marked."""
        if self._entry is None or self._anchor is None:
            return
        found = self._at(self._mouse)
        if found is None:
            return
        section, pane = found
        inside = pane.viewport().mapFromGlobal(self._mouse)
        position = pane.cursorForPosition(inside).position()
        self._focus = (section, position)
        chosen = self._between()
        for other in self._entry.sections:
            if other not in chosen:
                for each in other.panes():
                    each.select_nothing()
        if section is self._anchor[0]:
            pane.select(self._anchor[1], position)
        else:
            self.restore()

    def _at(self, point: QPoint) -> tuple[Section, TextPane] | None:
        """The pane at a height, or the nearest."""
        best: tuple[int, Section, TextPane] | None = None
        for section in self._entry.sections if self._entry else ():
            for pane in section.panes():
                if not pane.isVisible():
                    continue
                y = pane.mapFromGlobal(point).y()
                distance = -y if y < 0 else max(0, y - pane.height())
                if best is None or distance < best[0]:
                    best = (distance, section, pane)
        return (best[1], best[2]) if best else None

    def _ordered(self) -> tuple[tuple[Section, int], tuple[Section, int]]:
        assert self._entry is not None
        assert self._anchor is not None
        assert self._focus is not None
        order = {id(s): i for i, s in enumerate(self._entry.sections)}
        ends = sorted((self._anchor, self._focus), key=lambda e: (order.get(id(e[0]), 0), e[1]))
        return ends[0], ends[1]

    def _between(self) -> list[Section]:
        if self._entry is None or self._anchor is None or self._focus is None:
            return []
        first, last = self._ordered()
        sections = self._entry.sections
        if first[0] not in sections or last[0] not in sections:
            return []
        return sections[sections.index(first[0]) : sections.index(last[0]) + 1]

    def _clear_panes(self, except_for: TextPane | None = None) -> None:
        for section in self._entry.sections if self._entry else ():
            for pane in section.panes():
                if pane is not except_for:
                    pane.select_nothing()
