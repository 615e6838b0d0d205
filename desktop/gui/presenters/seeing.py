"""What can be seen of an answer in the chat: its tokens' colours, and its numbers in the panel."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Slot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.preferences import Preferences
from desktop.engine.types import Step
from desktop.gui.chat_view.view import ChatView
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.conversation import ConversationPresenter
from desktop.gui.presenters.faults import Faults
from desktop.settings import Settings
from desktop.store.types import Message


class SeeingPresenter(QObject):
    """Gives the chat view the rounds it asks for, and the panel the answer a person asks about."""

    def __init__(
        self,
        window: MainWindow,
        view: ChatView,
        chat: Chat,
        host: EngineHost,
        preferences: Preferences,
        conversations: ConversationPresenter,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._chat, self._host = window, view, chat, host
        self._preferences, self._conversations, self._faults = preferences, conversations, faults
        self.commands: dict[str, Callable[[], None]] = {"walk_tokens": self._walk}
        view.trace_wanted.connect(self._give_trace)
        view.figures_requested.connect(self._show_figures)
        view.tokens_shown_changed.connect(self._keep_shown)
        chat.stepped.connect(self._on_stepped)
        preferences.changed.connect(self._on_settings)
        self._apply(preferences.now)

    @Slot(int)
    def _give_trace(self, message_id: int) -> None:
        message = self._message(message_id)
        if message is None:
            return
        with self._faults.told():
            rounds, pieces = self._chat.traces.rounds(message_id), self._chat.traces.pieces(message_id)
            limit = message.receipt.get("output_tokens")
            # Without what the tokens say, nothing can be coloured: as if no rounds had been kept.
            whole = limit if isinstance(limit, int) else None
            self._view.set_trace(message_id, rounds if pieces else (), pieces, whole)

    def _walk(self) -> None:
        self._window.show_view("chat")
        self._view.walk_tokens()

    def _message(self, message_id: int) -> Message | None:
        return next((message for message in self._chat.messages() if message.id == message_id), None)

    @Slot(int, object)
    def _on_stepped(self, message_id: int, steps: Sequence[Step]) -> None:
        self._view.add_rounds(message_id, [step.round for step in steps], self._host.pieces)

    @Slot(int)
    def _show_figures(self, message_id: int) -> None:
        message, newest = self._message(message_id), self._conversations.last_answer()
        if newest is not None and newest.id == message_id:
            self._window.panel.show_newest()
        elif message is not None:
            with self._faults.told():
                rounds = self._chat.traces.rounds(message_id)
                self._window.panel.show_earlier(message.receipt, message.state, rounds)
        self._window.right.open()

    @Slot(bool)
    def _keep_shown(self, shown: bool) -> None:
        self._preferences.update(show_tokens=shown)

    @Slot(object, object)
    def _on_settings(self, _before: Settings, now: Settings) -> None:
        self._apply(now)

    def _apply(self, settings: Settings) -> None:
        self._host.set_watts(settings.watts)
        self._view.set_tokens_shown(settings.show_tokens)
