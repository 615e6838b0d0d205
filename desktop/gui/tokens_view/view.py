"""The Tokens page: an answer token by token, and three views of one selection: chip, round, probabilities.

It is fed with plain data and only sends signals; who integrates it makes the next token, goes on, branches.
Token numbers in signals count from 0; what is shown counts from 1. Must not know: engine, files, threads.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QWidget

from desktop.engine.spans import Span, along, by_position
from desktop.engine.types import Round
from desktop.gui.controls import Elided, Switch, button, card, column, label, row
from desktop.gui.numbers import count
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.chips import ChipField
from desktop.gui.tokens_view.heat import HeatStrip, along_cells, place_cells
from desktop.gui.tokens_view.latency import LatencyStrip
from desktop.gui.tokens_view.legend import legend
from desktop.gui.tokens_view.record import Recorded
from desktop.gui.tokens_view.steps import Progress, StepBar
from desktop.gui.tokens_view.strip import RoundStrip
from desktop.gui.tokens_view.table import (
    Candidate,
    ProbabilityTable,
    from_round,
    round_title,
    ten_likeliest,
)

_TABLE_ROWS = 6
"""Kept free for the table, so that what is below it does not jump with every selection."""
_MOST_BINS, _A_BIN = 24, 12
"""Bins along the answer: few enough that each has so many drafted tokens on average."""


class TokensView(QWidget):
    """`show_answer`, then `show_progress`; `show_candidates` when the engine was asked for the selection."""

    selected = Signal(int)
    """Index of the selected span's first token; the time to ask for its candidates."""
    pause_requested = Signal()
    next_requested = Signal()
    """One token more."""
    round_requested = Signal()
    """One round more."""
    continue_requested = Signal()
    chat_requested = Signal()
    """From the page that has nothing to show."""
    branch_requested = Signal(int)
    """Put something else in the place of this token."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme, self._answer = theme, Recorded()
        self._asked: tuple[int, Sequence[Candidate], str] = (-1, (), "")
        self._hint = ""
        self._names = ("Target", "Draft")
        self.setObjectName("tokensView")
        self.chips = ChipField(theme)
        self.strip, self.table, self.latency = RoundStrip(theme), ProbabilityTable(theme), LatencyStrip(theme)
        self.along = HeatStrip(theme, "Accepted along the answer", name="heatAlong", counts=False)
        self.places = HeatStrip(theme, "Accepted by place in the draft", name="heatPlaces")
        self._build()
        self._connect()
        self.show_progress("empty")
        theme.changed.connect(self._fit)

    def show_answer(self, spans: Sequence[Span], rounds: Sequence[Round], plain_ms: float = 0.0) -> None:
        """Show an answer, or the same one grown. `plain_ms`: a token without drafting, 0 = not measured."""
        self._answer = answer = Recorded(spans, rounds, plain_ms, self._answer)
        self._stack.setCurrentIndex(0)
        longest = max((len(one.drafted) + 1 for one in rounds), default=1)
        self.table.reserve(min(longest, _TABLE_ROWS))
        self.strip.show_answer(answer)
        self.latency.show_answer(answer)
        self.along.show_cells(along_cells(along(spans, _bins(rounds))))
        self._show_places()
        self.chips.show_answer(answer)
        self._counted.set_text(f"{count(answer.total, 'token')} in {count(len(answer.blocks), 'round')}")
        self._each.set_text(self.latency.in_words() if spans else "")
        self.steps.tell(answer.total)
        self._fit()
        self._show_selection()

    def show_progress(self, progress: Progress) -> None:
        """What the buttons can do now."""
        self.steps.show_progress(progress, self.chips)
        self.chips.show_caret(self.steps.waits)
        self.steps.tell(self._answer.total)

    def show_candidates(self, token: int, rows: Sequence[Candidate], note: str = "") -> None:
        """The likeliest in the place of a token, with a word on them; kept until another one is selected."""
        self._asked, self._hint = (token, rows, note), ""
        self._show_table()

    def show_hint(self, words: str) -> None:
        """Why there are no candidates of the selected token, or not yet."""
        self._hint = words
        self._show_table()

    def show_nothing(self, title: str, words: str) -> None:
        """There is no answer to show, and why."""
        self.show_answer((), ())
        self.show_progress("empty")
        self._nothing_title.setText(title)
        self._nothing_words.setText(words)
        self._stack.setCurrentIndex(1)

    def show_names(self, target: str, draft: str) -> None:
        """Names of the two models, for the table."""
        self._names = (target, draft)
        self._show_table()

    def select(self, token: int) -> None:
        """Select a token by its index."""
        if self._answer.total:
            self.chips.select(self._answer.span_at[min(max(token, 0), self._answer.total - 1)])

    @property
    def current(self) -> int | None:
        """Index of the selected span's first token."""
        return self.span.first if self.span else None

    @property
    def answer(self) -> Recorded:
        """What is shown."""
        return self._answer

    @property
    def span(self) -> Span | None:
        """The selected span."""
        return self._answer.spans[self.chips.current] if self.chips.current >= 0 else None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows, N, Shift+N, C, B, Space, from wherever the focus is on this page."""
        paused, current = self.steps.waits, self.current
        key, shift = event.key(), event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        if key == Qt.Key.Key_N and shift and paused:
            self.round_requested.emit()
        elif event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right) and self._answer.spans:
            self.chips.step(-1 if key == Qt.Key.Key_Left else 1)
        elif event.isAutoRepeat():
            event.ignore()
        elif key == Qt.Key.Key_N and paused:
            self.next_requested.emit()
        elif key == Qt.Key.Key_C and paused:
            self.continue_requested.emit()
        elif key == Qt.Key.Key_Space and (paused or self.steps.progress == "running"):
            (self.continue_requested if paused else self.pause_requested).emit()
        elif key == Qt.Key.Key_B and current is not None:
            self.branch_requested.emit(current)
        else:
            event.ignore()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The chips take their share of the height."""
        super().resizeEvent(event)
        self._fit()

    def _build(self) -> None:
        self.steps = StepBar(self._theme)
        self.proposals = self.steps.proposals
        self._judged = Switch(
            self._theme, "By place: of the judged ones only", name="judgedOnly", text="Judged only", on=True
        )
        self._counted, self._round, self._table_note = (Elided("", "caption") for _ in range(3))
        self._each, self._places_note = Elided("", "caption"), label("", "caption", wrap=True)
        page = QWidget()
        page.setLayout(column(*self._cards(), None, spacing=12, margins=(20, 2, 10, 14)))
        self._scroll = QScrollArea()
        self._scroll.setObjectName("tokensScroll")
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(page)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._scroll)
        self._stack.addWidget(self._empty_page())
        self.setLayout(column(self.steps, self._stack, spacing=0))
        self.setFocusProxy(self.chips)

    def _empty_page(self) -> QWidget:
        self._nothing_title = label("No answer yet", "heading", name="noTokens")
        self._nothing_words = label("", "caption", wrap=True, name="noTokensWhy")
        for words in (self._nothing_title, self._nothing_words):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._to_chat = button(self._theme, "Go to the chat", name="tokensToChat")
        self._to_chat.clicked.connect(self.chat_requested)
        centred = row(None, self._to_chat, None)
        page = QWidget()
        page.setLayout(
            column(
                None, self._nothing_title, self._nothing_words, 8, centred, None, None, margins=(40, 0, 40, 0)
            )
        )
        return page

    def _cards(self) -> list[QWidget]:
        def head(*items: QWidget | int | None) -> QWidget:
            made = QWidget()
            made.setLayout(row(*items, spacing=14))
            return made

        strip_note = Elided("One block per round; red cap: a rejection ended it", "caption")
        return [
            card(head(self._counted, None, *legend(self._theme)), self.chips, spacing=6),
            card(head(label("Milliseconds per token", "caption"), None, strip_note), self.strip, spacing=4),
            card(head(self._round, None, self._table_note), self.table, margins=(14, 12, 14, 10), spacing=4),
            card(
                head(label("The whole answer: what each token took", "caption"), None, self._each),
                self.latency,
                4,
                head(label("Accepted of drafted, along the answer", "caption")),
                self.along,
                spacing=4,
            ),
            card(
                head(label("Accepted by place in the draft", "caption"), None, self._judged),
                self.places,
                self._places_note,
                spacing=6,
            ),
        ]

    def _connect(self) -> None:
        self.steps.pause_requested.connect(self.pause_requested)
        self.steps.next_requested.connect(self.next_requested)
        self.steps.round_requested.connect(self.round_requested)
        self.steps.continue_requested.connect(self.continue_requested)
        self.proposals.toggled.connect(self._show_proposals)
        self._judged.toggled.connect(self._show_places)
        self.chips.selected.connect(self._follow)
        self.chips.sight.connect(self._sight)
        self.chips.arranged.connect(self._fit)
        self.strip.chosen.connect(self.select)
        self.latency.chosen.connect(self.select)

    @Slot()
    def _fit(self) -> None:
        """Rows of chips: as many as there are, up to a third of the page, at least four."""
        most = max(int(self.height() * 0.31) // self._theme.px(30), 4)
        self.chips.show_rows(min(max(self.chips.rows, 4), most))

    @Slot()
    def _follow(self) -> None:
        """Another token was selected."""
        self._show_selection()
        if self.span is not None:
            self.selected.emit(self.span.first)

    def _show_selection(self) -> None:
        self.strip.select(self.span.judged.round if self.span else -1)
        self._show_table()

    @Slot(int, int)
    def _sight(self, first: int, last: int) -> None:
        spans = self._answer.spans
        if last < len(spans):
            end = spans[last].first + len(spans[last].tokens) - 1
            self.strip.show_tokens(spans[first].first, end)
            self.latency.show_tokens(spans[first].first, end)

    @Slot(bool)
    def _show_proposals(self, on: bool) -> None:
        self.chips.show_proposals(on)
        self._fit()

    @Slot()
    def _show_places(self) -> None:
        judged = self._judged.isChecked()
        self.places.show_cells(place_cells(by_position(self._answer.rounds), judged=judged))
        of = "judged there: all before it were right" if judged else "drafted there, dropped ones too"
        self._places_note.setText(f"Below each: how many were {of}. Under five: too few to say.")
        for widget in (self._places_note, self._judged):
            widget.setVisible(bool(self.places.cells))

    def _show_table(self) -> None:
        span = self.span
        if span is None:
            self._round.set_text("Probabilities")
            self._table_note.set_text("")
            self.table.show_rows(())
            return
        token, given, note = self._asked
        if token == span.first and given:
            self._round.set_text(f"Ten likeliest at token {token + 1:,}")
            self._table_note.set_text(note or "Ranked by the target")
            self.table.show_rows(ten_likeliest(span, given), *self._names)
        else:
            self._round.set_text(round_title(span, self._answer.round_of(span)))
            self._table_note.set_text(self._hint or "In the order drafted; number: the target’s rank")
            lookup = self._answer.round_of(span).source == "lookup"
            names = (self._names[0], "Lookup") if lookup else self._names
            self.table.show_rows(from_round(self._answer, span), *names)


def _bins(rounds: Sequence[Round]) -> int:
    return min(max(sum(len(one.drafted) for one in rounds) // _A_BIN, 1), _MOST_BINS)
