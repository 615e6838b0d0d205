"""The ten likeliest in the place of the selected token: asks the engine, and says why where it cannot."""

from __future__ import annotations

from collections import OrderedDict

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.looking import LookAt
from desktop.bridge.naming import model_name
from desktop.engine.seen import Choice, Look
from desktop.errors import UserError
from desktop.gui.numbers import count
from desktop.gui.tokens_view import Candidate, TokensView
from desktop.gui.tokens_view.side import TokenSide
from desktop.gui.wording import one_line
from desktop.store.types import Message

_DELAY_MS = 120
"""After a selection: whoever holds an arrow key wants to see where it ends."""
_REMEMBERED = 64


class TokenLooks(QObject):
    """`show` tells which answer is on the page; the selection is the view's."""

    changed = Signal()
    """What is known of the selected token."""

    def __init__(
        self, view: TokensView, side: TokenSide, host: EngineHost, chat: Chat, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._side, self._host, self._chat = view, side, host, chat
        self._message: Message | None = None
        self._tokens: tuple[int, ...] = ()
        self._known: OrderedDict[int, Look] = OrderedDict()
        self._work: LookAt | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._ask)
        view.selected.connect(self.again)
        host.work.ended.connect(self._on_ended)

    @property
    def now(self) -> Look | None:
        """What was seen at the selected token."""
        span = self._view.span
        return self._known.get(span.first) if span is not None else None

    def show(self, message: Message, tokens: tuple[int, ...]) -> None:
        """The answer on the page and its tokens; none while it is still being taken in."""
        if self._message is None or self._message.id != message.id:
            self._known.clear()
        self._message, self._tokens = message, tokens
        self.again()

    @Slot()
    def again(self) -> None:
        """Another token was selected, or the engine can do something else now."""
        if self._view.span is None:
            return
        if self.now is not None:
            self._give_up()
            self._apply()
        elif self._work is None or self._work.at != self._view.span.first:
            self._give_up()
            self.changed.emit()
            self._view.show_hint(self.why_not())
            self._timer.start()

    @Slot()
    def stop(self) -> None:
        """The page is left."""
        self._timer.stop()
        self._give_up()

    @Slot()
    def forget(self) -> None:
        """Another model, or other settings: what was seen holds no longer."""
        self._known.clear()
        self._give_up()

    def why_not(self) -> str:
        """Why the engine cannot be asked about this answer now; "" = it can."""
        host, message = self._host, self._message
        if host.is_loading:
            return "A model is being loaded"
        if host.info is None:
            return "No model is loaded"
        if message is not None and message.model and message.model != model_name(host.info):
            return f"{message.model} wrote this: load it to see the ten likeliest"
        if host.busy and not host.is_paused:
            return (
                "Pause the answer to see the ten likeliest"
                if self._chat.writing_here
                else "An answer is being written"
            )
        return ""

    def _give_up(self) -> None:
        work, self._work = self._work, None
        if work is not None:
            self._host.work.cancel(work)

    @Slot()
    def _ask(self) -> None:
        span, message = self._view.span, self._message
        if span is None or message is None or self.why_not() or span.first > len(self._tokens):
            return
        if self.now is not None or not self._tokens:
            return
        also = tuple(dict.fromkeys(one.token for one in span.before))
        self._work = LookAt(self._chat.request_of(message.id), self._tokens, span.first, also)
        self._view.show_hint("Asking the model")
        self._host.work.start(self._work)

    @Slot(object, object, object)
    def _on_ended(self, work: object, result: object, error: BaseException | None) -> None:
        if work is not self._work or not isinstance(work, LookAt):
            return
        self._work = None
        if isinstance(result, Look):
            self._known[work.at] = result
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
            self._apply()
        elif isinstance(error, UserError):
            self._view.show_hint(one_line(error).capitalize())

    def _apply(self) -> None:
        seen, span = self.now, self._view.span
        if seen is None or span is None:
            return
        self._view.show_candidates(
            span.first, [_candidate(choice, seen) for choice in seen.choices], _note(seen)
        )
        self._side.facts.show_uncertainty(seen.entropy)
        self.changed.emit()


def _candidate(choice: Choice, seen: Look) -> Candidate:
    target, draft = choice.target, choice.draft
    return Candidate(
        choice.data.decode("utf-8", "replace"),
        target.p,
        draft.p if draft is not None else None,
        target.rank,
        token=choice.token,
        after=None if seen.greedy else target.chance,
        draft_after=None if seen.greedy or draft is None else draft.chance,
        cut="" if seen.greedy else target.cut,
        draft_cut="" if seen.greedy or draft is None else draft.cut,
    )


def _note(seen: Look) -> str:
    """What stands over the table."""
    if seen.greedy:
        return "Ranked by the target; temperature 0 takes the likeliest"
    if seen.unknown:
        return f"Ranked by the target; what {seen.unknown} cuts here is not known"
    return f"Ranked by the target; → after sampling, which leaves {count(seen.left, 'token')}"
