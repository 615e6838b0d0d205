"""The open conversation as a race needs it: its last question, and what was said before."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot

from desktop.bridge.chat import Chat
from desktop.engine.types import Message as Said
from desktop.gui.presenters.race_order import last_question
from desktop.gui.race.prompt_card import PromptCard
from desktop.store.types import Message


class RaceTalk(QObject):
    """Follows the chat, and offers the question in the prompt's field."""

    def __init__(self, chat: Chat, prompt: PromptCard, parent: QObject) -> None:
        super().__init__(parent)
        self._prompt = prompt
        self._messages: list[Message] = []
        chat.opened.connect(self._on_opened)
        chat.appended.connect(self._on_appended)
        chat.replaced.connect(self._on_replaced)

    @property
    def before(self) -> list[Said]:
        """What was said before the last question."""
        return last_question(self._messages)[1]

    @Slot(object, object)
    def _on_opened(self, _conversation: int | None, messages: Sequence[Message]) -> None:
        self._messages = list(messages)
        self._offer()

    @Slot(object)
    def _on_appended(self, message: Message) -> None:
        self._messages.append(message)
        self._offer()

    @Slot(object)
    def _on_replaced(self, message: Message) -> None:
        self._messages = [message if old.id == message.id else old for old in self._messages]

    def _offer(self) -> None:
        last, before = last_question(self._messages)
        self._prompt.set_conversation(last, len(before))
