"""Changing a passage of an answer in place: from the selection over the card to a new version of the answer.

The old answer stays on screen while the new passage is written, and stays as a version afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QWidget

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.passage import Passage, cut
from desktop.bridge.passage_work import Rewritten
from desktop.bridge.passages import Passages
from desktop.bridge.preferences import Preferences
from desktop.errors import UserError
from desktop.gui.chat_view.view import ChatView
from desktop.gui.main_window import MainWindow
from desktop.gui.passage import words
from desktop.gui.presenters.faults import Faults
from desktop.gui.theme import Theme
from desktop.store.types import Message

if TYPE_CHECKING:
    from desktop.gui.passage.card import PassageCard  # not before it is wanted


class PassagePresenter(QObject):
    """`busy`: a passage is being written; nothing is sent meanwhile."""

    busy_changed = Signal(bool)

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        view: ChatView,
        chat: Chat,
        host: EngineHost,
        preferences: Preferences,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._chat, self._host, self._faults = window, view, chat, host, faults
        self._path: list[Message] = []
        self._answer: Message | None = None
        self._passage: Passage | None = None
        self._made: Rewritten | None = None
        self._added: Message | None = None
        self._storing = False
        self.passages = Passages(host, preferences.current, self)
        self._theme = theme
        self._card: PassageCard | None = None
        self.commands: dict[str, Callable[[], None]] = {"change_passage": self.change_selection}
        self._connect()

    def _connect(self) -> None:
        chat = self._chat
        self._view.passage_requested.connect(self.change)
        chat.opened.connect(self._on_opened)
        chat.appended.connect(self._on_appended)
        chat.replaced.connect(self._on_replaced)
        chat.busy_changed.connect(self._on_chat_busy)
        self.passages.busy_changed.connect(self.busy_changed)

    @property
    def card(self) -> PassageCard:
        """The card, made when it is wanted for the first time."""
        if self._card is None:
            from desktop.gui.passage.card import PassageCard

            self._card = card = PassageCard(self._theme, self._window)
            passages = self.passages
            card.run_requested.connect(self._run)
            card.stop_requested.connect(passages.cancel)
            card.undo_requested.connect(self._undo)
            card.save_requested.connect(self._store)
            card.closed.connect(passages.cancel)
            passages.reading.connect(card.reading)
            passages.written.connect(card.writing)
            passages.rewritten.connect(self._on_rewritten)
            passages.failed.connect(card.failed)
            passages.cancelled.connect(self._on_cancelled)
        return self._card

    @property
    def _is_open(self) -> bool:
        return self._card is not None and not self._card.isHidden()

    @property
    def busy(self) -> bool:
        """A passage is being written, or waits for its turn."""
        return self.passages.busy

    @Slot()
    def change_selection(self) -> None:
        """Change what is selected in the conversation; without a selection, say how."""
        if self._window.page is not None:
            return  # settings, say: the conversation is not in sight
        found = self._view.selection_source() if self._view.isVisible() else None
        if found is None:
            self._open_hint(words.SELECT_FIRST)
        else:
            self.change(*found)

    @Slot(int, int, int)
    def change(self, message_id: int, start: int, end: int) -> None:
        """Ask what should change in a part of an answer, `start` to `end` of its Markdown."""
        if self.busy:
            return
        answer = next((message for message in self._path if message.id == message_id), None)
        problem = self._problem(answer)
        passage = cut(answer.text, start, end) if answer is not None else None
        if problem or answer is None or passage is None:
            self._open_hint(problem or words.SELECT_FIRST)
            return
        self._answer, self._passage, self._made, self._added = answer, passage, None, None
        later = len(self._path) - 1 - self._path.index(answer)
        self.card.ask(passage, words.note(passage, later))
        self._open()

    def _problem(self, answer: Message | None) -> str:
        """Why nothing can be changed now; "" when it can."""
        if answer is None or answer.role != "assistant":
            return words.SELECT_FIRST
        if self._chat.busy or answer.state == "streaming":
            return words.ANSWERING
        return words.NO_MODEL if self._host.info is None else ""

    def _open_hint(self, sentence: str) -> None:
        self.card.hint(sentence)
        self._open()

    def _open(self) -> None:
        """Above the composer, as wide."""
        self.card.open(self._window, self._window.composer.findChild(QWidget, "composerCard"))

    @Slot(str)
    def _run(self, wish: str) -> None:
        answer, passage = self._answer, self._passage
        if answer is None or passage is None or self.busy:
            return
        problem = self._problem(answer)
        if problem:
            self.card.hint(problem)
            return
        self.card.begin()
        try:
            self.passages.start(self._before(answer), passage, wish)
        except UserError as error:
            self.card.failed(error)

    def _before(self, answer: Message) -> list[Message]:
        """The conversation up to and including the answer, in the version that is changed."""
        front = [message for message in self._path if message.id < answer.id]
        parent = next(
            (at for at, message in enumerate(front) if message.id == answer.parent_id), len(front) - 1
        )
        return [*front[: parent + 1], answer]

    @Slot(object)
    def _on_rewritten(self, made: Rewritten) -> None:
        if not self._is_open:
            return  # nobody waits for it any more
        if not made.new:
            self.card.left(made)
            return
        self._made = made
        self._store()

    @Slot()
    def _store(self) -> None:
        """Put the new passage into a new version of the answer; the old one stays."""
        answer, made = self._answer, self._made
        if answer is None or made is None:
            return
        text, _ = made.passage.spliced(made.new)
        self._storing = True
        try:
            # No rounds: they are of the passage, and would be taken for those of the answer.
            self._added = self._chat.add_version(answer.id, text, made.receipt, (), {}, answer.thinking)
        except UserError as error:
            self.card.changed(made)  # what it has become stays in sight
            self.card.unsaved(error)
            return
        finally:
            self._storing = False
        self.card.changed(made)

    @Slot()
    def _undo(self) -> None:
        """Back to the version the passage was changed in; the new one stays as a version."""
        answer, added = self._answer, self._added
        if answer is None or added is None:
            return
        now = next((message for message in self._path if message.id == added.id), None)
        if now is not None:
            self._chat.step_version(now.id, answer.version - now.version)

    @Slot()
    def _on_cancelled(self) -> None:
        if self._is_open and self.card.state == "writing":
            self.card.stopped()

    @Slot(bool)
    def _on_chat_busy(self, busy: bool) -> None:
        """An answer comes first: what is changed would be changed under it."""
        if busy and self._is_open:
            self.card.dismiss()

    @Slot(object, object)
    def _on_opened(self, _conversation: int | None, messages: Sequence[Message]) -> None:
        self._path = list(messages)
        if self._storing or not self._is_open or self._answer is None:
            return
        shown = {message.id for message in messages}
        if self._answer.id not in shown and (self._added is None or self._added.id not in shown):
            self.card.dismiss()  # another conversation or version: the passage is not in sight

    @Slot(object)
    def _on_appended(self, message: Message) -> None:
        self._path.append(message)

    @Slot(object)
    def _on_replaced(self, message: Message) -> None:
        self._path = [message if old.id == message.id else old for old in self._path]
