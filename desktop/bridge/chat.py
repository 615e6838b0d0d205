"""The conversation on screen: what is sent, what is written, what is kept. Qt without widgets; owns no
thread.

Sits between the store (main thread, SQLite) and the engine host. Order matters here: the person's message is
committed before the engine is asked, the partial answer at least every two seconds, and a finished answer
before anyone is told. An answer goes on in the background when another conversation is opened; its text is
kept here and joined again on return.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge.answer import Answer
from desktop.bridge.drafting import mode_of, speculation
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.keeper import Keeper
from desktop.bridge.naming import model_name
from desktop.bridge.request import make_request
from desktop.bridge.traces import Traces
from desktop.engine import types as engine
from desktop.errors import UserError
from desktop.meter.types import Energy
from desktop.settings import Settings
from desktop.store.store import Store
from desktop.store.types import Message

CHECKPOINT_MS = 1500


class Chat(QObject):
    """Sends, edits, answers again, continues, stops, and keeps all of it."""

    conversations_changed = Signal()
    opened = Signal(object, object)
    """Conversation id or None (a new one), list of Messages on the selected path."""
    appended = Signal(object)
    replaced = Signal(object)
    """A Message of the open conversation: new at the end, or changed in place."""
    streamed = Signal(int, object)
    """Message id, list of Parts, for the open conversation only."""
    prefilled = Signal(int, object)
    stepped = Signal(int, object)
    """Message id, Prefill / list of Steps, for the open conversation only."""
    paused = Signal(int)
    """Message id of the answer that waits between two rounds now, for the open conversation only."""
    finished = Signal(object, object)
    """Message, Finished, whichever conversation is open."""
    failed = Signal(object, object)
    """Message, UserError."""
    not_saved = Signal(object)
    """StoreError: what is on screen is kept in memory and saved again later."""
    busy_changed = Signal(bool)
    mode_changed = Signal(object)
    """How the open conversation drafts: a Mode, None = as the settings say."""

    def __init__(
        self, store: Store, host: EngineHost, settings: Callable[[], Settings], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._store, self._host, self._settings = store, host, settings
        self._conversation: int | None = None
        self._answer: Answer | None = None
        self._mode: engine.Mode | None = None
        self.traces = Traces(store)
        self._keeper = Keeper(store, self)
        self._keeper.refused.connect(self.not_saved)
        self._timer = QTimer(self)
        self._timer.setInterval(CHECKPOINT_MS)
        self._timer.timeout.connect(self._checkpoint)
        host.events.connect(self._on_events)
        host.metered.connect(self._on_metered)
        host.paused.connect(self._on_paused)
        host.ended.connect(self._on_ended)

    @property
    def conversation(self) -> int | None:
        """The open conversation; None = a new one, not yet stored."""
        return self._conversation

    @property
    def busy(self) -> bool:
        """An answer is being written, in whichever conversation."""
        return self._answer is not None

    @property
    def writing_here(self) -> bool:
        """The answer under way belongs to the open conversation."""
        return self._answer is not None and self._answer.message.conversation_id == self._conversation

    @property
    def mode(self) -> engine.Mode | None:
        """How the open conversation drafts; None = as the settings say."""
        return self._mode

    def messages(self) -> list[Message]:
        """The messages of the open conversation on the path shown, root first."""
        return [] if self._conversation is None else self._keeper.path(self._conversation)

    def set_mode(self, mode: engine.Mode | None) -> None:
        """Draft differently in this conversation from the next answer on; the model stays loaded."""
        if self._conversation is not None:
            self._store.set_speculation(self._conversation, mode or "")
        self._take_mode(mode)

    def open(self, conversation_id: int | None) -> None:
        """Show a conversation, or an empty new one."""
        self._conversation = conversation_id
        kept = "" if conversation_id is None else self._store.conversation(conversation_id).speculation
        self._take_mode(mode_of(kept))
        self._emit_opened()

    def _take_mode(self, mode: engine.Mode | None) -> None:
        if mode != self._mode:
            self._mode = mode
            self.mode_changed.emit(mode)

    def replay(self) -> None:
        """Tell again what the answer being written here has counted so far: the panel begins anew."""
        answer = self._answer
        if answer is None or not self.writing_here:
            return
        if answer.prefill is not None:
            self.prefilled.emit(answer.message.id, answer.prefill)
        if answer.steps:
            self.stepped.emit(answer.message.id, list(answer.steps))

    def text_of(self, message: Message) -> str:
        """The text of an answer as it stands, also while it is being written."""
        answer = self._answer
        return answer.now().text if answer is not None and answer.message.id == message.id else message.text

    def send(self, text: str) -> None:
        """Add the person's message at the end of the path and answer it."""
        if self.busy or not text.strip():
            return
        if self._conversation is None:
            conversation, user = self._store.begin(text)
            self._conversation = conversation.id
            if self._mode is not None:
                self._store.set_speculation(conversation.id, self._mode)
        else:
            thread = self.messages()
            user = self._store.add_user(self._conversation, thread[-1].id if thread else None, text)
        self.appended.emit(user)
        self.conversations_changed.emit()
        self._begin(user)

    def edit(self, message_id: int, text: str) -> None:
        """Send another version of one of the person's messages; the old one stays as a sibling."""
        if self.busy or not text.strip() or self._conversation is None:
            return
        old = self._store.message(message_id)
        user = self._store.add_user(old.conversation_id, old.parent_id, text)
        self._emit_opened()
        self._begin(user)

    def regenerate(self, message_id: int, mode: engine.Mode | None = None) -> None:
        """Answer again: a new sibling of that answer. `mode`: for this one answer only."""
        if self.busy:
            return
        old = self._store.message(message_id)
        if old.parent_id is None:
            return
        user = self._store.message(old.parent_id)
        self._begin(user, reopen=True, mode=mode)

    def request_of(self, message_id: int) -> engine.Request:
        """What is asked for an answer on the open path, with the settings of now."""
        return self._request(self._keeper.message(message_id), continue_last=False)

    def answer_from(
        self,
        message_id: int,
        begun: Sequence[int],
        rounds: Sequence[engine.Round],
        pieces: Mapping[int, bytes],
    ) -> None:
        """A new sibling of an answer, that begins with these tokens and goes on from there.

        `rounds`: how those came about; `pieces`: what they say.
        """
        if self.busy:
            return
        old = self._store.message(message_id)
        self._host.pieces.update(pieces)
        message = self._store.start_answer(old.conversation_id, old.parent_id, model_name(self._host.info))
        self._start(message, begun=tuple(begun))
        if self._answer is not None:
            self._answer.before = tuple(rounds)
        self._emit_opened()

    def continue_(self, message_id: int) -> None:
        """Go on where an interrupted, stopped or cut answer ended."""
        if self.busy:
            return
        self._keeper.again()
        if not self._keeper.message(message_id).text.strip():
            self.regenerate(message_id)
            return
        message = self._store.reopen(message_id)
        self._start(message, continue_last=True)
        self.replaced.emit(message)

    def step_version(self, message_id: int, delta: int) -> None:
        """Show the previous or next version of a message."""
        if self.writing_here:
            return
        siblings = self._store.siblings(message_id)
        index = siblings.index(message_id) + delta
        if 0 <= index < len(siblings):
            self._store.select(siblings[index])
            self._emit_opened()

    def stop(self) -> None:
        """Stop the answer under way; what is written stays."""
        self._host.stop()

    def pause(self) -> None:
        """Let the answer being written here wait after its present round."""
        if self.writing_here:
            self._host.pause()

    def step(self) -> None:
        """One round more of the paused answer."""
        if self.writing_here:
            self._host.step()

    def resume(self) -> None:
        """Go on with the paused answer."""
        if self.writing_here:
            self._host.resume()

    def live_rounds(self, message_id: int) -> list[engine.Round]:
        """The rounds so far of the answer being written; empty for any other."""
        answer = self._answer
        return answer.rounds() if answer is not None and answer.message.id == message_id else []

    def add_version(
        self,
        message_id: int,
        text: str,
        receipt: dict[str, Any],
        rounds: Sequence[engine.Round],
        pieces: Mapping[int, bytes],
        thinking: str = "",
    ) -> Message:
        """Add a finished sibling of an answer and show it; the answer itself stays. Raises `StoreError`."""
        old = self._store.message(message_id)
        added = self._store.start_answer(old.conversation_id, old.parent_id, model_name(self._host.info))
        trace = self.traces.add(added.id, rounds, pieces, continued=False) if rounds else ""
        ended = replace(added, text=text, thinking=thinking, state="done", receipt=receipt)
        message = self._keeper.finish(ended, trace)
        if old.conversation_id == self._conversation:
            self._emit_opened()
        self.conversations_changed.emit()
        return message

    def delete(self, conversation_id: int) -> None:
        """Delete, recoverable with `restore`."""
        if self._answer is not None and self._answer.message.conversation_id == conversation_id:
            self.stop()
        self._store.delete(conversation_id)
        if conversation_id == self._conversation:
            self.open(None)
        self.conversations_changed.emit()

    def restore(self, conversation_id: int) -> None:
        """Undo a delete; nothing happens when the conversation is gone for good."""
        self._store.restore(conversation_id)
        if all(kept.id != conversation_id for kept in self._store.conversations()):
            return
        self.conversations_changed.emit()
        self.open(conversation_id)

    def rename(self, conversation_id: int, title: str) -> None:
        """Give a conversation another title."""
        if title.strip():
            self._store.rename(conversation_id, title.strip())
            self.conversations_changed.emit()

    def delete_all(self) -> None:
        """Remove every conversation for good."""
        self.settle()
        self._keeper.forget()
        self.traces.forget()
        self._store.delete_all()
        self.open(None)
        self.conversations_changed.emit()

    def settle(self) -> None:
        """Stop the answer under way and keep what there is of it now, without waiting for the engine."""
        self.stop()
        if self._answer is not None:
            self._end(self._answer, None)
        self._keeper.again()

    @Slot()
    def save_again(self) -> None:
        """Save what could not be saved when it ended, as the person asked."""
        self._keeper.insist()

    def _emit_opened(self) -> None:
        messages = self.messages()
        if self._answer is not None and self.writing_here:
            messages = self._answer.among(messages)
        self.opened.emit(self._conversation, messages)

    def _begin(self, user: Message, *, reopen: bool = False, mode: engine.Mode | None = None) -> None:
        """Start a new answer to a message of the person."""
        message = self._store.start_answer(user.conversation_id, user.id, model_name(self._host.info))
        self._start(message, mode=mode)
        if reopen:
            self._emit_opened()
        else:
            self.appended.emit(message)

    def _start(
        self,
        message: Message,
        *,
        continue_last: bool = False,
        mode: engine.Mode | None = None,
        begun: tuple[int, ...] = (),
    ) -> None:
        request = self._request(message, continue_last=continue_last, mode=mode)
        request = replace(request, begun=begun)
        self._answer = answer = Answer.of(message, continued=continue_last)
        answer.run = self._host.generate(request)
        self._timer.start()
        self.busy_changed.emit(True)

    def _request(
        self, message: Message, *, continue_last: bool, mode: engine.Mode | None = None
    ) -> engine.Request:
        settings, info = self._settings(), self._host.info
        conversation = self._store.conversation(message.conversation_id)
        path = [m for m in self._keeper.path(message.conversation_id) if m.id <= message.id]
        drafting = speculation(
            settings, info.path if info else None, mode or mode_of(conversation.speculation)
        )
        return make_request(path, settings, drafting, begun=conversation.created, continue_last=continue_last)

    @Slot(int, object)
    def _on_events(self, run: int, events: list[engine.Event]) -> None:
        answer = self._answer
        if answer is None or answer.run != run:
            return
        steps, parts, prefills = answer.take(events)
        if not self.writing_here:
            return
        for prefill in prefills:
            self.prefilled.emit(answer.message.id, prefill)
        if steps:
            self.stepped.emit(answer.message.id, steps)
        if parts:
            self.streamed.emit(answer.message.id, parts)

    @Slot(int, object)
    def _on_metered(self, run: int, energy: Energy) -> None:
        if self._answer is not None and self._answer.run == run:
            self._answer.energy = energy

    @Slot(int)
    def _on_paused(self, run: int) -> None:
        if self._answer is not None and self._answer.run == run and self.writing_here:
            self.paused.emit(self._answer.message.id)

    @Slot(int, object)
    def _on_ended(self, run: int, error: UserError | None) -> None:
        answer = self._answer
        if answer is not None and answer.run == run:
            self._end(answer, error)

    def _end(self, answer: Answer, error: UserError | None) -> None:
        self._timer.stop()
        message = self._commit(answer, error)
        self._answer = None
        self.busy_changed.emit(False)
        if message.conversation_id == self._conversation:
            self.replaced.emit(message)
        if error is not None:
            self.failed.emit(message, error)
        elif answer.finished is not None:
            self.finished.emit(message, answer.finished)
        self.conversations_changed.emit()

    def _commit(self, answer: Answer, error: UserError | None) -> Message:
        """Commit the end of an answer and return it as stored; what cannot be stored waits in memory."""
        ended = answer.ended(self._host.info, self._host.drafts.info, failed=error is not None)
        trace = ""
        if answer.steps or answer.before:
            trace = self.traces.add(ended.id, answer.rounds(), self._host.pieces, continued=answer.continued)
        return self._keeper.finish(ended, trace)

    @Slot()
    def _checkpoint(self) -> None:
        if self._answer is not None:
            self._keeper.checkpoint(self._answer.now())
