"""The probabilities table: what the target and the draft gave each candidate, side by side on one scale.

With candidates from the engine: the likeliest, ranked by the target. Without: the drafted tokens of the
round and the target's own, from the trace.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen

from desktop.engine.spans import Span
from desktop.engine.types import Round
from desktop.gui.parts import Painted
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.record import Recorded
from desktop.gui.tokens_view.words import chip_text, probability

_ROW, _HEAD, _NUMBER, _WORD, _VALUE, _BOTH = 22, 22, 42, 112, 54, 84
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


@dataclass(frozen=True, slots=True)
class Candidate:
    """One row. `p`: by the target, `q`: by the draft, None = not known. `rank` from 0, -1 = none.

    `here`: the selected token. `token`: -1 = not known. `after`, `draft_after`: what the sampling chain makes
    of `p` and `q`; `cut`, `draft_cut`: the step of the target's and of the draft's chain that cuts it.
    """

    text: str
    p: float | None
    q: float | None
    rank: int = -1
    note: str = ""
    rejected: bool = False
    here: bool = False
    token: int = -1
    after: float | None = None
    draft_after: float | None = None
    cut: str = ""
    draft_cut: str = ""


def from_round(answer: Recorded, span: Span) -> list[Candidate]:
    """The round of a span, from the trace: its drafted tokens in order, then the target's own."""
    number = span.judged.round
    rows: list[Candidate] = []
    for other in answer.spans[max(_first_span(answer, number), 0) :]:
        if other.tokens[0].round > number:
            break
        rows.extend(_rows(other, other is span, number))
    return rows


def _first_span(answer: Recorded, number: int) -> int:
    return answer.span_at[answer.block_of(number).first]


def _rows(span: Span, here: bool, number: int) -> list[Candidate]:
    rows: list[Candidate] = []
    for token in span.tokens:
        if token.round != number:
            continue
        for one in token.before:
            judged = one.outcome == "rejected"
            note = "Rejected" if judged else "Dropped, never judged"
            p, rank = (one.p, one.rank) if judged else (None, -1)
            rows.append(Candidate(chip_text(one.text, one.token), p, one.q, rank, note, judged))
        text = span.text if len(span.tokens) == 1 else token.data.decode("utf-8", "replace")
        note = {"accepted": "Accepted", "bonus": "Added by the target"}.get(token.how, "Taken by the target")
        rows.append(Candidate(chip_text(text, token.token), token.p, token.q, token.rank, note, here=here))
    return rows


class ProbabilityTable(Painted):
    """`show_rows` draws; the height follows. `picked` gives the token of a row that was clicked."""

    picked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._rows: Sequence[Candidate] = ()
        self._least = 1
        self._names = ("Target", "Draft")
        self.setObjectName("probabilityTable")
        self.show_rows(())

    @property
    def rows(self) -> Sequence[Candidate]:
        """What is drawn."""
        return self._rows

    def show_rows(self, rows: Sequence[Candidate], target: str = "Target", draft: str = "Draft") -> None:
        """Draw these, under the names of the two models."""
        self._rows, self._names = rows, (target, draft)
        self.setAccessibleName(self._in_words())
        known = any(row.token >= 0 for row in rows)
        self.setCursor(Qt.CursorShape.PointingHandCursor if known else Qt.CursorShape.ArrowCursor)
        self.setToolTip("Click a token to branch with it" if known else "")
        self.refresh()

    def reserve(self, rows: int) -> None:
        """Keep room for so many rows: what stands below must not jump from one selection to the next."""
        self._least = max(rows, 1)
        self.refresh()

    def refresh(self) -> None:
        """Height from theme and rows."""
        self.setFixedHeight(self.theme.px(_HEAD + _ROW * max(len(self._rows), self._least)))
        super().refresh()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Pick a row's token, where it is known."""
        number = int((event.position().y() - self.theme.px(_HEAD)) // self.theme.px(_ROW))
        known = 0 <= number < len(self._rows) and self._rows[number].token >= 0
        if known and event.button() == Qt.MouseButton.LeftButton:
            self.picked.emit(self._rows[number].token)

    def _in_words(self) -> str:
        if not self._rows:
            return "Probabilities, no token selected"
        told = [
            f"{row.text}: target {_target(row)}, draft {_draft(row)}"
            + (f", {note}" if (note := _note(row)) else "")
            for row in self._rows
        ]
        return "Probabilities. " + "; ".join(told)

    def _columns(self) -> tuple[float, float, float, float]:
        """Left of both bars, their width, left of the note."""
        px = self.theme.px
        left, note = px(_NUMBER + _WORD), px(160)
        both = any("→" in _target(row) + _draft(row) for row in self._rows)
        wide = px((_BOTH if both else _VALUE) + 16)
        bar = min(max((self.width() - left - note - 2 * wide) / 2, px(40)), px(220))
        second = left + bar + wide
        return left, second, bar, second + bar + wide

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Heads and rows."""
        px = self.theme.px
        first, second, bar, _ = self._columns()
        with QPainter(self) as painter:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(self.theme.color("text3"))
            font = self.theme.type_font("caption")
            painter.setFont(font)
            if not self._rows:
                painter.drawText(QRectF(self.rect()), int(_LEFT), "Select a token to see its probabilities.")
                return
            heads = (
                (px(_NUMBER), "Token", px(_WORD)),
                (first, self._names[0], bar),
                (second, self._names[1], bar),
            )
            for x, words, width in heads:
                room = width + px(_VALUE)
                shown = QFontMetricsF(font).elidedText(words, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QRectF(x, 0, room, px(18)), int(_LEFT), shown)
            for number, row in enumerate(self._rows):
                self._row(painter, row, px(_HEAD) + number * px(_ROW))

    def _row(self, painter: QPainter, row: Candidate, top: float) -> None:
        px, theme = self.theme.px, self.theme
        first, second, bar, note = self._columns()
        if row.here:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("accent_bg"))
            painter.drawRoundedRect(QRectF(0, top + 1, self.width(), px(_ROW) - 2), 4, 4)
        painter.setFont(theme.font(11, mono=True))
        painter.setPen(theme.color("text3"))
        rank = f"{row.rank + 1:,}" if row.rank >= 0 else "–"
        box = QRectF(0, top, px(_NUMBER - 8), px(_ROW))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), rank)
        self._word(painter, row, top)
        scale = max([value for one in self._rows for value in (one.p, one.q) if value] or [1.0])
        y = top + px(_ROW) / 2 - px(3.5)
        for x, value, words, token, cut in (
            (first, row.p, _target(row), "accent", row.cut),
            (second, row.q, _draft(row), "text3", row.draft_cut),
        ):
            share = (value or 0.0) / scale
            self._bar(painter, QRectF(x, y, bar, px(7)), share, words, token, hollow=bool(cut))
        painter.setFont(theme.type_font("caption"))
        painter.setPen(theme.color("bad" if row.rejected else "text" if row.here else "text2"))
        room = self.width() - note
        words = painter.fontMetrics().elidedText(_note(row), Qt.TextElideMode.ElideRight, int(room))
        painter.drawText(QRectF(note, top, room, px(_ROW)), int(_LEFT), words)

    def _word(self, painter: QPainter, row: Candidate, top: float) -> None:
        px = self.theme.px
        struck = row.rejected or row.note.startswith("Dropped")
        font = self.theme.font(13, QFont.Weight.Medium if row.here else QFont.Weight.Normal, mono=True)
        metrics = QFontMetricsF(font)
        shown = metrics.elidedText(row.text, Qt.TextElideMode.ElideRight, px(_WORD - 10))
        painter.setFont(font)
        painter.setPen(self.theme.color("bad" if row.rejected else "text3" if struck else "text"))
        painter.drawText(QRectF(px(_NUMBER), top, px(_WORD), px(_ROW)), int(_LEFT), shown)
        if struck:
            y = top + px(_ROW) / 2 + 0.5
            painter.drawLine(QLineF(px(_NUMBER), y, px(_NUMBER) + metrics.horizontalAdvance(shown), y))

    def _bar(
        self, painter: QPainter, box: QRectF, share: float, words: str, token: str, *, hollow: bool
    ) -> None:
        """`hollow`: only its outline, for what the sampling chain has cut."""
        half = box.height() / 2
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.theme.color("line2"))
        painter.drawRoundedRect(box, half, half)
        if share:
            bar = QRectF(box.left(), box.top(), max(box.height(), box.width() * share), box.height())
            if hollow:
                painter.setPen(QPen(self.theme.color(token), 1.2))
                painter.setBrush(self.theme.color("surface"))
                bar = bar.adjusted(0.6, 0.6, -0.6, -0.6)
            else:
                painter.setBrush(self.theme.color(token))
            painter.drawRoundedRect(bar, bar.height() / 2, bar.height() / 2)
        painter.setFont(self.theme.type_font("caption"))
        painter.setPen(self.theme.color("text2"))
        px = self.theme.px
        place = QRectF(box.right() + px(10), box.center().y() - px(10), px(_BOTH), px(20))
        painter.drawText(place, int(_LEFT), words)


def ten_likeliest(span: Span, given: Sequence[Candidate]) -> list[Candidate]:
    """Candidates of the engine as rows, with what became of them."""
    return [_marked(row, span) for row in given]


def _marked(row: Candidate, span: Span) -> Candidate:
    known = row.token >= 0
    guesses = {one.token if known else one.text for one in span.before if one.outcome == "rejected"}
    taken = row.token == span.tokens[0].token if known else row.text == span.text
    rejected = (row.token if known else row.text) in guesses and not taken
    by = {"accepted": "Accepted", "chosen": "Chosen by you"}.get(span.tokens[0].how, "Taken by the target")
    note = by if taken else "Draft’s guess, rejected" if rejected else row.note
    return replace(row, text=chip_text(row.text, row.token), note=note, rejected=rejected, here=taken)


def round_title(span: Span, one: Round) -> str:
    """What stands over rows from the trace."""
    if not one.drafted:
        return f"Round {span.judged.round + 1:,}: nothing drafted"
    return f"Round {span.judged.round + 1:,}: {one.accepted:,} of {len(one.drafted):,} drafted accepted"


def _target(row: Candidate) -> str:
    return _told(row.p, row.after, row.cut)


def _draft(row: Candidate) -> str:
    return _told(row.q, row.draft_after, row.draft_cut)


def _told(value: float | None, after: float | None, cut: str) -> str:
    """A probability, and what the chain makes of it where that reads differently."""
    told, then = _value(value), _value(after)
    return told if after is None or cut or told == then else f"{told} → {then}"


def _note(row: Candidate) -> str:
    """What became of it, else what cut it."""
    if row.note or not (row.cut or row.draft_cut):
        return row.note
    if row.cut in ("", row.draft_cut):
        return f"Cut by {row.cut}" if row.cut else f"Draft: cut by {row.draft_cut}"
    return f"Cut by {row.cut}" + (f"; draft: {row.draft_cut}" if row.draft_cut else "")


def _value(value: float | None) -> str:
    return "–" if value is None else probability(value)
