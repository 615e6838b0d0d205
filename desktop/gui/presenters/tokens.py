"""The Tokens page: which answer it shows, live or from what was kept, and step mode.

It follows the answer being written in the open conversation, at most ten times a second and only while it is
on screen. A long answer is taken in a little at a time, so that the window never waits for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Slot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import draft_name, model_name
from desktop.engine.types import Step
from desktop.errors import StoreError
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.token_branches import TokenBranches
from desktop.gui.presenters.token_looks import TokenLooks
from desktop.gui.presenters.token_shown import Shown
from desktop.gui.theme import Theme
from desktop.gui.tokens_view import Progress, TokensView
from desktop.gui.tokens_view.side import TokenSide
from desktop.store.types import Message

TOKENS = "tokens"
_PAUSE_MS, _SLICE_MS, _A_DRAW = 100, 12.0, 2000
"""Between two updates; how long a piece of a long answer may take; and after how many tokens it is drawn."""


class TokensPresenter(QObject):
    """Owns the side column; `open` shows one token of one answer."""

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        view: TokensView,
        host: EngineHost,
        chat: Chat,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._host, self._chat = window, view, host, chat
        self._faults = faults
        self._shown: Shown | None = None
        self._wanted: Message | None = None
        """What is to be shown when the page comes on screen."""
        self._reading: Iterator[None] | None = None
        self._messages: dict[int, Message] = {}
        """Answers of the open conversation."""
        self._excess = 0
        """Tokens the newest round made after the end of the answer."""
        self._due = False
        """What was taken in is to be drawn."""
        self._drawn = 0
        """Tokens taken in when the page was last drawn."""
        self._select: int | None = None
        self._told = 0.0
        self._waiting = ""
        """What was asked for: "pause", "token" or "round"."""
        self.side = TokenSide(theme, view)
        self.looks = TokenLooks(view, self.side, host, chat, self)
        self.branches = TokenBranches(window, view, self.side, host, chat, self.looks, faults, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._update)
        self._connect()

    def _connect(self) -> None:
        view, chat = self._view, self._chat
        view.pause_requested.connect(self.pause)
        view.next_requested.connect(self.next_token)
        view.round_requested.connect(self.next_round)
        view.continue_requested.connect(self.go_on)
        view.chat_requested.connect(self._to_chat)
        chat.opened.connect(self._on_opened)
        chat.appended.connect(self._on_message)
        chat.replaced.connect(self._on_replaced)
        chat.stepped.connect(self._on_stepped)
        chat.paused.connect(self._on_paused)
        chat.busy_changed.connect(self._on_busy)
        self._window.view_changed.connect(self._on_view)
        self._window.page_closed.connect(self._on_changed)
        self._window.closing.connect(self._stop)
        self._host.loaded.connect(self._on_changed)

    @property
    def shown(self) -> Shown | None:
        """What is on the page."""
        return self._shown

    def open(self, message_id: int, token: int) -> None:
        """Show an answer of the open conversation with one of its tokens selected."""
        found = self._messages.get(message_id)
        if found is None:
            return
        self._select = token
        self._wanted = found
        if self._window.view != TOKENS:
            self._window.show_view(TOKENS)
        else:
            self._begin()

    @Slot()
    def _to_chat(self) -> None:
        self._window.show_view("chat")

    @Slot()
    def pause(self) -> None:
        """After the present round."""
        self._waiting = "pause"
        self._chat.pause()

    @Slot()
    def next_token(self) -> None:
        """One token more: of the round at hand, or else of the next one."""
        shown = self._shown
        if shown is None or not self._host.is_paused:
            return
        if shown.limit is not None and shown.limit < self._total(shown):
            self._reveal(shown, shown.limit + 1)
            return
        self._waiting = "token"
        self._chat.step()
        self._tell_progress()

    @Slot()
    def next_round(self) -> None:
        """What is left of the round at hand, or else all of the next one."""
        shown = self._shown
        if shown is None or not self._host.is_paused:
            return
        if shown.limit is not None and shown.limit < self._total(shown):
            self._reveal(shown, self._total(shown))
            return
        self._waiting = "round"
        self._chat.step()
        self._tell_progress()

    @Slot()
    def go_on(self) -> None:
        """To the end, without waiting."""
        if self._shown is not None:
            self._shown.limit = None
        self._chat.resume()
        self._tell_progress()
        self._soon()

    @property
    def _steps(self) -> bool:
        """A token or a round was asked for: what comes is shown when it waits again."""
        return self._waiting in ("token", "round")

    def _total(self, shown: Shown) -> int:
        """Tokens of a live answer so far."""
        return shown.grown.total - self._excess

    def _reveal(self, shown: Shown, limit: int) -> None:
        """Show so many tokens, the newest one selected."""
        shown.limit = limit
        self._show()
        self._view.select(limit - 1)

    @Slot(object, object)
    def _on_opened(self, _conversation: int | None, messages: list[Message]) -> None:
        self._messages = {one.id: one for one in messages if one.role == "assistant"}
        answers = list(self._messages.values())
        self._follow(answers[-1] if answers else None)

    @Slot(object)
    def _on_message(self, message: Message) -> None:
        if message.role == "assistant":
            self._messages[message.id] = message
            self._follow(message)

    @Slot(object)
    def _on_replaced(self, message: Message) -> None:
        """An answer has ended, or goes on."""
        if message.id in self._messages:
            self._messages[message.id] = message
        if self._is_wanted(message.id):
            self._follow(message)

    def _follow(self, message: Message | None) -> None:
        """Show this answer, now or when the page is next on screen."""
        if self._select is not None and (message is None or not self._is_wanted(message.id)):
            self._select = None  # it was a token of another answer
        self._wanted = message
        if message is None:
            self._shown, self._reading = None, None
        if self._window.view == TOKENS:
            self._begin()

    @Slot(str)
    def _on_view(self, view: str) -> None:
        if view == TOKENS:
            self._begin()
        else:
            self._stop()

    @Slot()
    def _stop(self) -> None:
        """Nothing is drawn or asked for."""
        self._timer.stop()
        self.looks.stop()

    @Slot(int, object)
    def _on_stepped(self, message_id: int, steps: Sequence[Step]) -> None:
        last = steps[-1]
        made = last.round.accepted + (last.round.added is not None)
        self._excess = made - len(last.tokens)
        if self._shown is not None and not self._host.is_paused and not self._steps:
            self._shown.limit = None
        if self._is_wanted(message_id) and self._window.view == TOKENS:
            self._soon()

    def _is_wanted(self, message_id: int) -> bool:
        return self._wanted is not None and self._wanted.id == message_id

    @Slot(int)
    def _on_paused(self, message_id: int) -> None:
        """The answer waits: what it has is shown at once, or its first new token."""
        if not self._is_wanted(message_id) or self._window.view != TOKENS:
            return
        if self._shown is None or not self._shown.live:
            self._begin()
        shown = self._shown
        if shown is None:
            return
        before = shown.grown.total
        shown.follow(self._chat.live_rounds(message_id))
        shown.take(perf_counter() + 60.0)
        now = self._total(shown)
        stepped, self._waiting = self._waiting, ""
        if stepped in ("token", "round") and now <= before:
            self._chat.resume()  # the round gave nothing more: it was the last
            return
        self._reveal(shown, before + 1 if stepped == "token" else now)

    @Slot()
    def _on_busy(self) -> None:
        if self._window.view != TOKENS:
            return
        self._tell_progress()
        self._names()
        self.looks.again()
        self.branches.tell()

    @Slot()
    def _on_changed(self) -> None:
        """Another model, or settings may be others."""
        self.looks.forget()
        self._on_busy()

    def _begin(self) -> None:
        """Take in the wanted answer from its first round."""
        message = self._wanted
        self._waiting = ""
        self.looks.stop()
        if message is None:
            self._nothing(
                "No answer yet", "Ask something, and see here how each token of the answer is made."
            )
            return
        live = self._chat.writing_here and message.state == "streaming"
        before, same = self._shown, self._shown is not None and self._shown.message.id == message.id
        if before is None or not same or (live and not before.live):
            before, self._shown, self._drawn = None, None, 0
            with self._faults.told():
                before = self._shown = self._new(message, live=live)
        if before is None:
            return
        before.message, before.live = message, live
        self._reading = None if live or before.rounds else self._chat.traces.read_ahead(message.id)
        self._names()
        self._update()

    def _new(self, message: Message, *, live: bool) -> Shown:
        if not live:
            return Shown(message, {})
        before, traces = self._chat.traces.rounds(message.id), self._chat.traces
        if before:  # it is being continued
            self._host.pieces.update(traces.pieces(message.id))
        return Shown(message, self._host.pieces, before)

    def _nothing(self, title: str, words: str) -> None:
        self._shown = self._select = None
        self._view.show_nothing(title, words)
        self.side.show_selection()
        self.branches.tell()

    def _soon(self) -> None:
        """Not more often than ten times a second, and rarer where an update takes long."""
        if not self._timer.isActive():
            self._timer.start(max(_PAUSE_MS, round(self._told * 10_000)))

    @Slot()
    def _update(self) -> None:
        """Take in what there is, a little at a time; what the disk refuses is told, once."""
        try:
            self._take_in()
        except StoreError as error:
            self._reading = None
            self._nothing("Nothing to show here", "The rounds of this answer cannot be read.")
            self._faults.tell(error)

    def _take_in(self) -> None:
        shown, until = self._shown, perf_counter() + _SLICE_MS / 1000
        if shown is None or self._window.view != TOKENS or (shown.live and self._steps):
            return
        if self._reading is not None and not self._read(until):
            self._timer.start(0)
            return
        if shown.live:
            shown.follow(self._chat.live_rounds(shown.message.id))
        elif not self._take_kept(shown):
            return
        late = perf_counter() > until - _SLICE_MS / 2000
        if not self._due:
            done = shown.take(until)
            self._due = done or shown.grown.total - self._drawn >= _A_DRAW or not self._view.answer.spans
            late = late or perf_counter() > until - _SLICE_MS / 2000
        if self._due and not late:
            self._due, began = False, perf_counter()
            self._drawn = shown.grown.total
            self._show()
            self._told = perf_counter() - began
        if self._due or not shown.done:
            self._timer.start(0)  # taking in and drawing by turns: together they would be felt

    def _read(self, until: float) -> bool:
        """Read the stored rounds; whether they are."""
        assert self._reading is not None
        for _ in self._reading:
            if perf_counter() > until:
                return False
        self._reading = None
        return True

    def _take_kept(self, shown: Shown) -> bool:
        """The rounds of an answer that has ended; whether there are any that can be shown."""
        message, traces = shown.message, self._chat.traces
        rounds, pieces = traces.rounds(message.id), traces.pieces(message.id)
        if not rounds:
            what = "was not finished" if message.state == "failed" else "was kept without its rounds"
            self._nothing("Nothing to show here", f"This answer {what}. Answer again to see its tokens.")
            return False
        if not pieces:
            self._nothing(
                "Nothing to show here",
                "What the tokens of this answer say was not kept: it is from an older version. "
                "Answer again to see them.",
            )
            return False
        shown.keep(rounds, pieces)
        return True

    def _show(self) -> None:
        shown = self._shown
        if shown is None:
            return
        self._view.show_answer(shown.grown.upto(shown.limit), shown.rounds, self._plain_ms(shown))
        self._tell_progress()
        done = shown.done
        if self._select is not None and done:
            token, self._select = self._select, None
            self._view.select(token)
        self.side.show_selection()
        self.looks.show(shown.message, shown.tokens if done else ())
        self.branches.show(shown.message, shown.rounds, shown.pieces)

    def _tell_progress(self) -> None:
        shown = self._shown
        if shown is None:
            return
        if not shown.live:
            self._view.show_progress("done" if self._view.answer.spans else "empty")
        else:
            waits: Progress = "stepping" if self._steps else "paused"
            self._view.show_progress(waits if self._host.is_paused or self._steps else "running")

    def _names(self) -> None:
        shown = self._shown
        if shown is None:
            return
        draft = draft_name(self._host.drafts.info) if shown.live else shown.draft
        target = shown.message.model or model_name(self._host.info)
        self._view.show_names(
            f"Target, {target}" if target else "Target", f"Draft, {draft}" if draft else "Draft"
        )

    def _plain_ms(self, shown: Shown) -> float:
        """What a token takes without drafting, as last measured."""
        if shown.live:
            curve = self._host.drafts.curve
            return curve[0][1] if curve else 0.0
        return shown.plain_ms
