"""Branching from the page: offers other tokens for the selected place, and does what the person chooses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Slot

from desktop.bridge.branching import Chosen, branch
from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.looking import Spell, Spelled
from desktop.bridge.naming import model_name
from desktop.engine.types import Round
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.token_looks import TokenLooks
from desktop.gui.tokens_view import TokensView
from desktop.gui.tokens_view.side import TokenSide
from desktop.store.types import Message

_OFFERED = 3


class TokenBranches(QObject):
    """`show` tells which answer is on the page."""

    def __init__(
        self,
        window: MainWindow,
        view: TokensView,
        side: TokenSide,
        host: EngineHost,
        chat: Chat,
        looks: TokenLooks,
        faults: Faults,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._window, self._view, self._card = window, view, side.branch
        self._host, self._chat, self._looks, self._faults = host, chat, looks, faults
        self._message: Message | None = None
        self._rounds: Sequence[Round] = ()
        self._pieces: Mapping[int, bytes] = {}
        self._offered: list[Chosen] = []
        self._place: int | None = None
        self._picked = -1
        """Token of the row that was clicked, -1 = none."""
        self._spelling: tuple[Spell, int] | None = None
        self._after: tuple[int, list[Round], dict[int, bytes], int, list[Chosen]] | None = None
        """A branch that waits for its answer to stop."""
        self._card.branch_requested.connect(self._branch)
        self._card.word_requested.connect(self._spell)
        view.branch_requested.connect(self._ask)
        view.selected.connect(self.tell)
        view.table.picked.connect(self._pick)
        looks.changed.connect(self.tell)
        host.work.ended.connect(self._on_worked)
        chat.busy_changed.connect(self._on_busy)

    def show(self, message: Message, rounds: Sequence[Round], pieces: Mapping[int, bytes]) -> None:
        """The answer on the page."""
        if self._message is None or self._message.id != message.id:
            self._place = self._spelling = None  # what was picked or typed was for another answer
        self._message, self._rounds, self._pieces = message, rounds, pieces
        self.tell()

    @Slot()
    def tell(self) -> None:
        """What is kept, what can be chosen, or why nothing can."""
        span = self._view.span
        if span is None:
            return
        if span.first != self._place:
            self._place = span.first
            self._picked = -1
            self._card.clear_word()
        self._card.show_place(span.first, self._why_not(), running=self._chat.writing_here)
        self._offer()

    def _why_not(self) -> str:
        host, message = self._host, self._message
        if host.info is None or host.is_loading:
            return "No model is loaded yet."
        if message is not None and message.model and message.model != model_name(host.info):
            return f"Load {message.model}, which wrote this answer, to branch it."
        if self._chat.busy and not (self._chat.writing_here and host.is_paused):
            return "Pause the answer, or wait for its end, to branch."
        return ""

    def _offer(self) -> None:
        """What was picked or rejected here, and the likeliest others when they are known."""
        span, seen = self._view.span, self._looks.now
        assert span is not None
        here, best = span.tokens[0].token, self._picked
        offered: list[Chosen] = []
        if seen is not None:
            offered = [
                Chosen(choice.token, choice.data, choice.target.chance, choice.target.rank)
                for choice in seen.choices
                if choice.token != here and choice.data
            ]
        rejected = next((one for one in span.before if one.outcome == "rejected"), None)
        if rejected is not None:
            best = best if best >= 0 else rejected.token
            if all(one.token != rejected.token for one in offered):
                data = self._pieces.get(rejected.token, b"")
                offered.append(Chosen(rejected.token, data, rejected.p, rejected.rank))
        wanted = next((one for one in offered if one.token == best), None)
        if wanted is not None and wanted not in offered[:_OFFERED]:
            offered.insert(_OFFERED - 1, wanted)
        offered = offered[:_OFFERED]
        if offered == self._offered and self._card.words:
            return
        self._offered = offered
        number = offered.index(wanted) if wanted in offered else 0
        self._card.show_choices([one.data.decode("utf-8", "replace") for one in offered], number)

    @Slot(int)
    def _pick(self, token: int) -> None:
        """Offer a row of the table, chosen."""
        self._picked = token
        self._card.clear_word()
        self._offered = []
        self.tell()
        self._window.right.open()

    @Slot(int)
    def _ask(self, _token: int) -> None:
        """B: to the card."""
        self._window.right.open()
        self._card.focus_branch()

    @Slot(int)
    def _branch(self, number: int) -> None:
        span = self._view.span
        if span is not None and 0 <= number < len(self._offered):
            self._go(span.first, [self._offered[number]])

    @Slot(str)
    def _spell(self, word: str) -> None:
        """A typed word begins like the one it replaces: with a space, or without."""
        span = self._view.span
        if span is None or self._why_not():
            return
        space = " " if span.text[:1] == " " and not word[:1].isspace() else ""
        self._spelling = (Spell(space + word), span.first)
        self._host.work.start(self._spelling[0])

    @Slot(object, object, object)
    def _on_worked(self, work: object, result: object, _error: object) -> None:
        if self._spelling is None or work is not self._spelling[0]:
            return
        at, self._spelling = self._spelling[1], None
        if isinstance(result, Spelled) and result.tokens:
            self._go(at, [Chosen(token, result.pieces.get(token, b"")) for token in result.tokens])

    def _go(self, at: int, chosen: list[Chosen]) -> None:
        """Branch; a paused answer is stopped for it and stays as it is."""
        if self._message is None or self._why_not():
            return
        self._after = (self._message.id, list(self._rounds), dict(self._pieces), at, chosen)
        if self._chat.busy:
            self._chat.stop()
        else:
            self._branch_now()

    @Slot(bool)
    def _on_busy(self, busy: bool) -> None:
        if not busy and self._after is not None:
            self._branch_now()

    def _branch_now(self) -> None:
        after, self._after = self._after, None
        if after is not None:
            message, rounds, pieces, at, chosen = after
            with self._faults.told():
                branch(self._chat, message, rounds, pieces, at, chosen)
