"""The layer of tokens over a conversation: whose rounds are read, what is coloured when, where F9 begins.

Knows the column and its answers; the view lends it its signals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from PySide6.QtCore import QObject, QTimer, Slot

from desktop.engine.types import Round
from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.area import ScrolledColumn
from desktop.gui.chat_view.colours import Colours
from desktop.gui.chat_view.pointer import TokenPointer
from desktop.gui.chat_view.prose import ProseSection


class TokenLayer(QObject):
    """One for a view. `deselect`: called when struck words come or go, as all positions behind them move."""

    def __init__(self, column: ScrolledColumn, colours: Colours, deselect: Callable[[], None]) -> None:
        super().__init__(column)
        self._column, self._colours, self._deselect = column, colours, deselect
        self.pointer = TokenPointer(column)
        self._struck = False  # rejected proposals were shown at the last look
        self._stale: list[ProseSection] = []
        self._walk = -1  # the answer to be gone through when its rounds are known
        self._turn = QTimer(self, singleShot=True, interval=0)
        self._turn.timeout.connect(self._next)
        colours.changed.connect(self._recolour)

    @property
    def settled(self) -> bool:
        """Whether everything shown has the colours it should have."""
        return not self._stale

    def _answers(self) -> list[AnswerEntry]:
        return [entry for entry in self._column.entries if isinstance(entry, AnswerEntry)]

    def _answer(self, message_id: int) -> AnswerEntry | None:
        return next((entry for entry in self._answers() if entry.id == message_id), None)

    def show_only(self, ids: set[int]) -> None:
        """Another conversation, or other versions."""
        self._walk = -1
        self._colours.keep_only(ids)
        self.pointer.leave()

    # -- rounds ----------------------------------------------------------------------------------------

    def read(
        self, message_id: int, rounds: Iterable[Round], pieces: Mapping[int, bytes], limit: int | None
    ) -> None:
        """The rounds of a finished answer."""
        entry = self._answer(message_id)
        if entry is not None:
            self._colours.read(message_id, entry.text, entry.message.thinking, rounds, pieces, limit)

    def grow(self, message_id: int, rounds: Iterable[Round], pieces: Mapping[int, bytes]) -> bool:
        """Rounds of an answer that is being written; true when it is shown."""
        if self._answer(message_id) is None:
            return False
        self._colours.grow(message_id, rounds, pieces)
        return True

    # -- colours ---------------------------------------------------------------------------------------

    @Slot(int)
    def _recolour(self, message_id: int) -> None:
        if self._struck or self._colours.rejected_shown:
            self._deselect()
        self._struck = self._colours.rejected_shown
        for entry in self._answers():
            if message_id in (-1, entry.id):
                self._stale += [section for section in entry.recolour() if section not in self._stale]
        self.pointer.refresh(message_id)
        self._turn.start()
        self._column.moved()
        if self._walk == message_id >= 0:
            self.walk(self._walk)

    @Slot()
    def _next(self) -> None:
        """One section a turn, those in sight first: writing the text of one anew costs some milliseconds."""
        self._stale = [section for section in self._stale if section.widget is not None]
        self._stale.sort(key=self._column.is_shown, reverse=True)
        for section in self._stale[:1]:
            self._stale.remove(section)
            section.recolour()
            self._column.sync()
        if self._stale:
            self._turn.start()

    # -- keyboard --------------------------------------------------------------------------------------

    def walk(self, message_id: int = -1) -> None:
        """Go through the tokens of an answer: of this one, else where the keyboard is, else the last seen.

        Asked again for no answer in particular: leave.
        """
        if self.pointer.walking and message_id < 0:
            self.pointer.leave()
            return
        entry = self._answer(message_id) or self._nearest()
        self._walk = -1
        if entry is None:
            return
        if not self._colours.shown(entry.id):
            self._colours.set_one(entry.id, True)
        self._column.sync()
        if self._colours.trace(entry.id) is None:
            self._walk = entry.id
        else:
            self.pointer.begin(entry)

    def _nearest(self) -> AnswerEntry | None:
        answers = self._answers()
        held = [entry for entry in answers if any(section.holds_focus() for section in entry.sections)]
        seen = [entry for entry in answers if self._column.is_seen(entry)]
        return next(reversed(held or seen or answers), None)
