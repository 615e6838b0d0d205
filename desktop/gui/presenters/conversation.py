"""The conversation on screen: chat view, composer and panel on one side, `Chat` on the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, QUrl, Signal, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import draft_name, model_name
from desktop.engine.types import Cut, Finished, Mode, Part, Prefill, Step
from desktop.errors import UserError
from desktop.gui.chat_view.view import ChatView
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.history import HistoryPresenter
from desktop.meter.types import Energy
from desktop.store.types import Message


class ConversationPresenter(QObject):
    """Shows what `Chat` says and asks it for what the person does."""

    busy_changed = Signal()
    """Whether an answer is being written changed, or where."""

    def __init__(
        self,
        window: MainWindow,
        view: ChatView,
        chat: Chat,
        host: EngineHost,
        history: HistoryPresenter,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._chat, self._host = window, view, chat, host
        self._history, self._faults = history, faults
        self._shown: list[Message] = []
        self.held: Callable[[], str] = lambda: ""
        """What else has the model now, in words; "" = nothing."""
        self.commands: dict[str, Callable[[], None]] = {
            "new": self.new,
            "regenerate": self._regenerate_last,
            "continue": self._continue_last,
            "copy_last": self._copy_last,
            "previous_version": partial(self._step_version, -1),
            "next_version": partial(self._step_version, 1),
            **history.commands,
        }
        self._connect_window()
        self._connect_chat()

    def _connect_window(self) -> None:
        sidebar, composer, view = self._window.sidebar, self._window.composer, self._view
        sidebar.new_requested.connect(self.new)
        sidebar.opened.connect(self._open)
        self._history.opened.connect(self._open)
        self._window.first_run.prompt_chosen.connect(self.send)
        composer.send_requested.connect(self.send)
        composer.stop_requested.connect(self._chat.stop)
        composer.edit_last_requested.connect(view.edit_last)
        view.edit_submitted.connect(self._edit)
        view.regenerate_requested.connect(self._regenerate)
        view.continue_requested.connect(self._continue)
        view.version_requested.connect(self._chat.step_version)
        view.link_activated.connect(self._open_link)

    def _connect_chat(self) -> None:
        chat = self._chat
        chat.opened.connect(self._on_opened)
        chat.appended.connect(self._on_appended)
        chat.replaced.connect(self._on_replaced)
        chat.streamed.connect(self._on_streamed)
        chat.prefilled.connect(self._on_prefilled)
        chat.stepped.connect(self._on_stepped)
        chat.finished.connect(self._on_finished)
        chat.failed.connect(self._on_failed)
        chat.not_saved.connect(self._on_not_saved)
        chat.busy_changed.connect(self._on_busy_changed)
        self._host.loaded.connect(self._on_model)

    @Slot(str)
    def send(self, text: str) -> None:
        """Send a message; the words come back to the composer when they could not be kept."""
        if self._chat.busy or self._host.is_loading or not self._may_ask():
            self._give_back(text)
            return
        try:
            self._chat.send(text)
        except UserError as error:
            self._give_back(text)
            self._faults.tell(error)

    @Slot(int, str)
    def _edit(self, message_id: int, text: str) -> None:
        """Another version of a message; the words go to the composer when they could not be kept."""
        if self._chat.busy or not self._may_ask():
            self._give_back(text)
            return
        try:
            self._chat.edit(message_id, text)
        except UserError as error:
            self._give_back(text)
            self._faults.tell(error)

    def _give_back(self, text: str) -> None:
        composer = self._window.composer
        typed = composer.text()
        composer.set_text(f"{typed}\n\n{text}" if typed.strip() else text)

    @Slot(int)
    def _regenerate(self, message_id: int) -> None:
        self.answer_again(message_id)

    def answer_again(self, message_id: int, mode: Mode | None = None) -> None:
        """Another answer to the same message; `mode`: how to draft, for this one only."""
        if self._may_ask():
            self._chat.regenerate(message_id, mode)

    @Slot(int)
    def _continue(self, message_id: int) -> None:
        if self._may_ask():
            self._chat.continue_(message_id)

    def _may_ask(self) -> bool:
        """Whether there is a model that is free to answer; if not, the person is told why nothing happens."""
        why = self.held()
        if self._host.info is None:
            loading = self._host.is_loading
            why = "the model is still being loaded" if loading else "no model is loaded"
        if why:
            self._faults.tell(UserError(why))
        return not why

    @Slot()
    def new(self) -> None:
        """An empty conversation."""
        self._open(None)
        self._window.composer.focus_editor()

    @Slot(int)
    def _open(self, conversation_id: int | None) -> None:
        self._window.show_view("chat")
        self._window.composer.switch_to(conversation_id)
        self._chat.open(conversation_id)

    @Slot(object, object)
    def _on_opened(self, conversation_id: int | None, messages: Sequence[Message]) -> None:
        self._shown = list(messages)
        self._window.composer.switch_to(conversation_id)
        self._window.sidebar.set_current(conversation_id)
        self._view.set_thread(messages)
        if messages:
            self._window.show_chat()
        else:
            self._window.show_first_run()
        self._history.show_title()
        self._show_last_receipt()
        self._on_busy()
        self._chat.replay()

    @Slot(object)
    def _on_appended(self, message: Message) -> None:
        if not self._shown:
            self._window.composer.adopt(message.conversation_id)
            self._window.show_chat()
            self._window.sidebar.set_current(message.conversation_id)
        self._shown.append(message)
        self._view.append(message)
        self._on_busy()

    @Slot(object)
    def _on_replaced(self, message: Message) -> None:
        self._shown = [message if old.id == message.id else old for old in self._shown]
        if message.state == "streaming":
            self._view.replace(message)
        else:
            self._view.finish(message)

    @Slot(int, object)
    def _on_streamed(self, message_id: int, parts: Sequence[Part]) -> None:
        self._view.stream(message_id, parts)

    @Slot(int, object)
    def _on_prefilled(self, message_id: int, prefill: Prefill) -> None:
        self._window.panel.prefill(prefill)
        left = prefill.total - prefill.reused
        self._view.status(
            message_id, f"Reading the prompt: {prefill.done - prefill.reused:,} of {left:,} tokens"
        )
        self._note_cut(message_id, prefill.cut)

    @Slot(int, object)
    def _on_stepped(self, _message_id: int, steps: Sequence[Step]) -> None:
        self._window.panel.steps(steps)

    @Slot(object, object)
    def _on_finished(self, message: Message, finished: Finished) -> None:
        if message.conversation_id == self._chat.conversation:
            self._window.panel.finished(finished, Energy.of_record(message.receipt.get("energy")))
            self._note_cut(message.id, finished.cut)

    @Slot(object, object)
    def _on_failed(self, message: Message, error: UserError) -> None:
        if message.conversation_id == self._chat.conversation:
            self._window.panel.set_state("failed")
        self._faults.tell(error, partial(self._answer_again, message))

    def _answer_again(self, message: Message) -> None:
        if message.conversation_id != self._chat.conversation:
            self._open(message.conversation_id)
        self.answer_again(message.id)

    @Slot(object)
    def _on_not_saved(self, error: UserError) -> None:
        self._faults.tell(error, self._chat.save_again)

    @Slot(object)
    def _on_model(self, _info: object) -> None:
        """Another context size: the panel's meter follows."""
        if not self._chat.busy:
            self._show_last_receipt()

    @Slot(bool)
    def _on_busy_changed(self, busy: bool) -> None:
        if busy:
            self._window.clear_error()  # it spoke of an earlier attempt
        elif self._window.panel.state in ("reading", "writing"):
            self._window.panel.set_state("stopped")  # the counts follow, if there are any
        self._on_busy()

    def _on_busy(self) -> None:
        self._view.set_busy(self._chat.busy)
        if self._chat.busy and self._chat.writing_here:
            info = self._host.info
            draft = draft_name(self._host.drafts.info)
            self._window.panel.begin(info.n_ctx if info else 0, model_name(info), draft)
        self.busy_changed.emit()

    def _note_cut(self, message_id: int, cut: Cut | None) -> None:
        if cut is not None and cut.messages:
            what = "message was" if cut.messages == 1 else f"{cut.messages:,} messages were"
            self._view.note(message_id, f"The oldest {what} left out to fit the context.")

    def _show_last_receipt(self) -> None:
        """The panel speaks of the last answer on the path."""
        panel = self._window.panel
        last = self.last_answer()
        panel.reset(self._host.info.n_ctx if self._host.info else 0)
        if last is not None and last.state != "streaming":
            panel.show_receipt(last.receipt, last.state)

    def last_answer(self) -> Message | None:
        """The newest answer on the path shown."""
        return next((message for message in reversed(self._shown) if message.role == "assistant"), None)

    def _regenerate_last(self) -> None:
        last = self.last_answer()
        if last is not None:
            self.answer_again(last.id)

    def _continue_last(self) -> None:
        last = self.last_answer()
        if last is not None and last.state in ("interrupted", "stopped", "cut"):
            self._continue(last.id)

    def _copy_last(self) -> None:
        last = self.last_answer()
        text = self._chat.text_of(last) if last is not None else ""
        if text:
            QGuiApplication.clipboard().setText(text)

    def _step_version(self, delta: int) -> None:
        """The newest message that has versions."""
        message = next((m for m in reversed(self._shown) if m.versions > 1), None)
        if message is not None:
            self._chat.step_version(message.id, delta)

    @Slot(str)
    def _open_link(self, url: str) -> None:
        target = QUrl(url)
        if target.scheme() in ("http", "https"):
            QDesktopServices.openUrl(target)
