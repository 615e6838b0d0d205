"""The conversation view. Knows messages and parts; nothing of the engine, the store or the window.

The owner feeds it and listens to its signals. Raw Markdown is what is copied; only http and https links
ever leave it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import cast

from PySide6.QtCore import QEvent, QKeyCombination, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.engine.types import Part, Round
from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.area import ScrolledColumn
from desktop.gui.chat_view.clock import RenderClock
from desktop.gui.chat_view.colours import Colours
from desktop.gui.chat_view.entry import Entry, MessageEntry, UserEntry
from desktop.gui.chat_view.foreign import WidgetEntry
from desktop.gui.chat_view.ink import Ink
from desktop.gui.chat_view.marking import Marking
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.section import Section
from desktop.gui.chat_view.token_layer import TokenLayer
from desktop.gui.chat_view.units import Markdown
from desktop.gui.theme import Theme
from desktop.store.types import Message

_WARM_MS = 400  # after start: the first use of the parser and of a lexer costs 100 ms
_CHANGE = QKeyCombination(Qt.KeyboardModifier.ControlModifier, Qt.Key.Key_E)
_ANNOUNCED = 2_000  # characters of a finished answer that a screen reader is given


class ChatView(ScrolledColumn):
    """Messages of one conversation, oldest first."""

    edit_submitted = Signal(int, str)
    regenerate_requested = Signal(int)
    regenerate_otherwise = Signal(int, bool)  # message id, with drafting or without
    trace_requested = Signal(int)
    figures_requested = Signal(int)
    continue_requested = Signal(int)
    version_requested = Signal(int, int)  # message id, -1 or +1
    trace_wanted = Signal(int)  # the rounds of an answer, for `set_trace`
    token_activated = Signal(int, int)  # message id, number of the token in its answer, from 0
    tokens_shown_changed = Signal(bool)
    rejected_shown_changed = Signal(bool)
    passage_requested = Signal(int, int, int)  # message id, from, to: places in its raw Markdown
    link_activated = Signal(str)  # http or https
    copied = Signal(str)  # message, code, selection or link

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, parent)
        self.setObjectName("conversation")
        self.setAccessibleName("Conversation")
        self.ink, self.markdown, self.busy = Ink(theme), Markdown(), False
        self.colours = Colours(self)
        self.colours.wanted.connect(self.trace_wanted)
        self.colours.shown_changed.connect(self.tokens_shown_changed)
        self.colours.rejected_changed.connect(self.rejected_shown_changed)
        self._dirty: set[int] = set()
        self._clock = RenderClock(self, self._render)
        self._marking = Marking(self, self.copy)
        self._marking.passage_asked.connect(self.passage_requested)
        self._layer = TokenLayer(self, self.colours, self._marking.selection.clear)
        self._layer.pointer.opened.connect(self.token_activated)
        theme.changed.connect(self._restyle)
        QTimer.singleShot(_WARM_MS, self, self._warm)

    @Slot()
    def _warm(self) -> None:
        from desktop.gui.chat_view.highlight import lexer_for

        self.markdown.parse("| a | [b](c) |", {})
        lexer = lexer_for("python")
        if lexer is not None:
            list(lexer.get_tokens("x = 1"))

    # -- messages --------------------------------------------------------------------------------------

    def _messages(self) -> list[MessageEntry]:
        return [entry for entry in self.entries if isinstance(entry, MessageEntry)]

    def _find(self, message_id: int) -> MessageEntry | None:
        return next((entry for entry in reversed(self._messages()) if entry.id == message_id), None)

    def set_thread(self, messages: Sequence[Message]) -> None:
        """Shows a conversation. Messages shown already keep their widgets, and the reader the place."""
        old = {entry.id: entry for entry in self._messages()}
        same = bool(messages) and bool(old) and messages[0].id in old
        wanted = {m.id for m in messages}
        self._layer.show_only(wanted)
        self._marking.selection.clear()
        self.remove(
            [entry for entry in self.entries if not isinstance(entry, MessageEntry) or entry.id not in wanted]
        )
        entries: list[Entry] = []
        for index, message in enumerate(messages):
            entry = old.get(message.id) or self._entry(message)
            entry.set_message(message, last=index == len(messages) - 1)
            entries.append(entry)
        self.entries = entries
        self._mark_last()
        if same:
            self.sync()
        else:
            self.to_end()

    def append(self, message: Message) -> None:
        """Adds a message. The person's own is always scrolled to."""
        self._insert(self._entry(message))
        self._mark_last()
        if message.role == "user":
            self.to_end()
        else:
            self.sync()

    def replace(self, message: Message) -> None:
        """Another state, receipt or place among its versions of a message that is shown."""
        entry = self._find(message.id)
        if entry is not None:
            entry.set_message(message, last=entry is self._messages()[-1])
            self.sync()

    def _entry(self, message: Message) -> MessageEntry:
        kind = UserEntry if message.role == "user" else AnswerEntry
        return kind(self, message, self._act)

    def _insert(self, entry: Entry) -> None:
        """After the last message, before foreign widgets."""
        at = len(self._messages())
        self.entries.insert(at, entry)

    def _mark_last(self) -> None:
        messages = self._messages()
        for entry in messages:
            entry.set_last(entry is messages[-1])

    # -- streaming -------------------------------------------------------------------------------------

    def stream(self, message_id: int, parts: Sequence[Part]) -> None:
        """Adds text to an answer that is being written. Cheap: rendered a little later, all together."""
        entry = self._find(message_id)
        if isinstance(entry, AnswerEntry) and parts:
            entry.add(parts)
            self._dirty.add(message_id)
            self._clock.wanted()

    def finish(self, message: Message) -> None:
        """Shows the finished answer at once."""
        self._clock.cancel()
        self._render()
        if self._find(message.id) is None:
            return
        self.replace(message)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, message.text[:_ANNOUNCED]))

    def _render(self) -> None:
        dirty, self._dirty = self._dirty, set()
        for message_id in dirty:
            entry = self._find(message_id)
            if isinstance(entry, AnswerEntry):
                entry.render()
        if dirty:
            self.sync()

    # -- tokens ----------------------------------------------------------------------------------------

    @property
    def tokens_shown(self) -> bool:
        """Whether answers show their tokens, unless switched one by one."""
        return self.colours.tokens_shown

    @property
    def rejected_shown(self) -> bool:
        """Whether rejected proposals are shown where tokens are."""
        return self.colours.rejected_shown

    def set_tokens_shown(self, shown: bool) -> None:
        """Colours of all answers, those switched one by one included."""
        self.colours.set_shown(shown)

    def set_rejected_shown(self, shown: bool) -> None:
        """Rejected proposals, struck, wherever tokens are shown."""
        self.colours.set_rejected(shown)

    def set_trace(
        self, message_id: int, rounds: Iterable[Round], pieces: Mapping[int, bytes], limit: int | None = None
    ) -> None:
        """The answer to `trace_wanted`. Read a few milliseconds at a time, so `rounds` may be a generator.

        `limit`: tokens the answer has, if that is known. No rounds: its switch says that they were not kept.
        """
        self._layer.read(message_id, rounds, pieces, limit)

    def add_rounds(self, message_id: int, rounds: Sequence[Round], pieces: Mapping[int, bytes]) -> None:
        """Rounds an answer that is being written has made since the last call; before or after their text."""
        if rounds and self._layer.grow(message_id, rounds, pieces):
            self._dirty.add(message_id)
            self._clock.wanted()

    def walk_tokens(self, message_id: int = -1) -> None:
        """The keyboard goes through the tokens of an answer: of this one, else where it is, else the last."""
        self._layer.walk(message_id)

    # -- captions --------------------------------------------------------------------------------------

    def note(self, message_id: int, text: str) -> None:
        """A small line above an answer; "" takes it away."""
        entry = self._find(message_id)
        if isinstance(entry, AnswerEntry):
            entry.note(text)
            self.sync()

    def status(self, message_id: int, text: str) -> None:
        """What is being waited for, shown while nothing of the answer has arrived."""
        entry = self._find(message_id)
        if isinstance(entry, AnswerEntry):
            entry.status(text)
            self.sync()

    # -- widgets of others -----------------------------------------------------------------------------

    def insert_widget(self, widget: QWidget) -> None:
        """Puts a widget after the last message and owns it from now on."""
        entry = WidgetEntry(self, widget)
        self.entries.append(entry)
        self._live += [(entry, section) for section in entry.sections]
        widget.installEventFilter(self)
        self.to_end()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """A foreign widget that grows or goes is laid out again."""
        if event.type() in (QEvent.Type.LayoutRequest, QEvent.Type.DeferredDelete):
            for entry in self.entries:
                if isinstance(entry, WidgetEntry):
                    entry.release()
            self.moved()
        return super().eventFilter(watched, event)

    def clear_widgets(self) -> None:
        """Takes all such widgets away and deletes them."""
        foreign = [entry for entry in self.entries if isinstance(entry, WidgetEntry)]
        self.remove(cast("list[Entry]", foreign))
        for entry in foreign:
            entry.discard()
        if foreign:
            self.sync()

    # -- actions ---------------------------------------------------------------------------------------

    def set_busy(self, busy: bool) -> None:
        """While an answer is written nothing can be edited or answered again."""
        if busy != self.busy:
            self.busy = busy
            for entry in self._messages():
                entry.refresh_actions()
            self.sync()

    def edit_last(self) -> None:
        """Opens the editor for the person's last message."""
        entry = next((e for e in reversed(self._messages()) if isinstance(e, UserEntry)), None)
        if entry is not None and not self.busy:
            self._edit(entry)

    def _edit(self, entry: UserEntry) -> None:
        entry.edit()
        self.show_entry(entry)
        entry.bubble.focus_editor()

    def _act(self, message_id: int, action: str) -> None:
        entry = self._find(message_id)
        if entry is None:
            return
        if action == "copy":
            self.copy(entry.text, "message")
        elif action == "edit" and isinstance(entry, UserEntry):
            self._edit(entry)
        elif action == "again":
            self.regenerate_requested.emit(message_id)
        elif action in ("plain", "drafted"):
            self.regenerate_otherwise.emit(message_id, action == "drafted")
        elif action == "tokens":
            self.colours.set_one(message_id, not self.colours.shown(message_id))
        elif action == "rejected":
            self.set_rejected_shown(not self.rejected_shown)
        elif action == "walk":
            self.walk_tokens(message_id)
        elif action == "figures":
            self.figures_requested.emit(message_id)
        elif action == "trace":
            self.trace_requested.emit(message_id)
        elif action == "continue":
            self.continue_requested.emit(message_id)
        elif action in ("previous", "next"):
            self.version_requested.emit(message_id, 1 if action == "next" else -1)
        elif action.startswith("submit:"):
            self.edit_submitted.emit(message_id, action.removeprefix("submit:"))

    def copy(self, text: str, what: str) -> None:
        """Puts text on the clipboard."""
        QGuiApplication.clipboard().setText(text)
        self.copied.emit(what)

    @Slot()
    def copy_selection(self) -> None:
        """Copies what is selected, if anything is."""
        self._marking.copy()

    def selection_source(self) -> tuple[int, int, int] | None:
        """Message id, from, to: what is selected of one answer, as places in its raw Markdown text.

        Whole characters; across blocks from the first to the last. None: nothing, or nothing of an answer.
        """
        return self._marking.source()

    @Slot()
    def request_passage(self) -> None:
        """Asks for what is selected to be changed, if it is part of a finished answer."""
        self._marking.ask_passage()

    def adopt(self, section: Section, pane: TextPane) -> None:
        """A pane was made: its mouse and keyboard concern the view."""
        pane.link.connect(self.link_activated)
        self._marking.adopt(section, pane)
        self._layer.pointer.adopt(section, pane)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copying works wherever the keyboard is in the view."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_selection()
        elif event.key() == Qt.Key.Key_F9 and not event.modifiers():
            self.walk_tokens()
        elif event.keyCombination() == _CHANGE:
            self.request_passage()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the text takes the selection away."""
        self._marking.selection.clear()
        super().mousePressEvent(event)

    # -- theme -----------------------------------------------------------------------------------------

    @Slot()
    def _restyle(self) -> None:
        """Other colours or another size: what is visible is made anew."""
        self.ink = Ink(self.theme)
        self._layer.pointer.refresh()
        self.release_all()
        self.sync()
        self._marking.selection.restore()
