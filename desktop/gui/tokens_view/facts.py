"""The side panel's card about the selected token: what was said, what it cost, its bytes. Only shows."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget

from desktop.engine.spans import Span
from desktop.gui.controls import Elided, card, column, hairline, label, pill, restyle, row, tag
from desktop.gui.cost_chart import ms_text
from desktop.gui.numbers import three_digits
from desktop.gui.parts import PillKind
from desktop.gui.tokens_view.record import Recorded
from desktop.gui.tokens_view.words import chip_text, p_words, rank_words, state_words, why

_ROWS = 4
_FIGURES = ("Round", "Drafted, accepted", "Drafting", "Verifying", "Per token", "Bytes")
_BITS = (
    "Entropy of the target’s probabilities before sampling: the sum of p × log2(1/p) over all tokens. "
    "0 bits: it is certain; each bit more doubles the number of equally likely tokens."
)
_KIND: dict[str, PillKind] = {"accepted": "ok", "replaced": "bad"}


class TokenFacts(QWidget):
    """`show_token(answer, span)`; None empties it. `show_uncertainty` when the engine was asked for it."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("tokenFacts")
        self._word, self._state = tag(""), pill("")
        self._said = [(label("", "caption"), _value("caption")) for _ in range(_ROWS)]
        self._figures = {
            name: (label(name, "caption"), _value("captionstrong" if name == "Per token" else "caption"))
            for name in _FIGURES
        }
        self._unsure = label("Uncertainty", "caption"), _value("caption")
        pairs = (*self._said, self._unsure, *self._figures.values())
        self._lines = {name: _pair(name, value) for name, value in pairs}
        lines, said = list(self._lines.values()), _ROWS + 1
        top = row(self._word, None, self._state)
        self._card = card(top, hairline(), *lines[:said], hairline(), *lines[said:])
        self._lines[self._unsure[0]].setToolTip(_BITS)
        self._none = label("Select a token to see why it stands there.", "caption", wrap=True)
        self.setLayout(column(self._none, self._card, spacing=12))
        self.show_token(Recorded(), None)

    def show_token(self, answer: Recorded, span: Span | None) -> None:
        """The figures of one token of an answer."""
        self._card.setVisible(span is not None)
        self._none.setVisible(span is None)
        if span is None:
            self.setAccessibleName("No token selected")
            return
        self._word.setText(chip_text(span.text, span.judged.token))
        self._state.setText(state_words(span))
        restyle(self._state, "pill", _KIND.get(span.how, "plain"))
        self._show_said(answer, span)
        self.show_uncertainty(None)
        self._show_figures(answer, span)
        told = [f"{name.text()} {value.full_text()}" for name, value in self._shown()]
        self.setAccessibleName(f"Token {span.first + 1:,}, {self._state.text()}: " + "; ".join(told))

    def show_uncertainty(self, bits: float | None) -> None:
        """Entropy of the target at the token, None = not known."""
        name, value = self._unsure
        self._lines[name].setVisible(bits is not None)
        if bits is not None:
            value.set_text(f"{three_digits(bits)} bits")

    def _show_said(self, answer: Recorded, span: Span) -> None:
        rows = why(span, answer.round_of(span)).rows
        for number, (name, value) in enumerate(self._said):
            shown = number < len(rows)
            self._lines[name].setVisible(shown)
            if shown:
                one = rows[number]
                rank = f", {rank_words(one.rank)}" if one.rank >= 0 else ""
                again = number > 0 and rows[number - 1].word == one.word
                chance = "" if one.value is None else p_words(one.value)
                name.setText(one.name)
                told = f"{chance}{rank}"
                value.set_text(told if again else ", ".join(part for part in (one.word, told) if part))

    def _show_figures(self, answer: Recorded, span: Span) -> None:
        one = answer.round_of(span)
        block = answer.block_of(span.judged.round)
        timed = one.verify_ms > 0  # the first token is read off the prompt: no decode of its own
        plain = f", plain {ms_text(answer.plain_ms)}" if answer.plain_ms else ""
        figures = {
            "Round": f"{block.round + 1:,} of {len(answer.rounds):,}",
            "Drafted, accepted": f"{len(one.drafted):,}, {one.accepted:,}" if one.drafted else "",
            "Drafting": f"{ms_text(one.draft_ms)} ms" if one.drafted else "",
            "Verifying": f"{ms_text(one.verify_ms)} ms" if timed else "",
            "Per token": f"{ms_text(block.ms)} ms{plain}" if timed else "",
            "Bytes": b"".join(token.data for token in span.tokens).hex(" ").upper(),
        }
        for name, words in figures.items():
            title, value = self._figures[name]
            self._lines[title].setVisible(bool(words))
            value.set_text(words)

    def _shown(self) -> list[tuple[QLabel, Elided]]:
        pairs = (*self._said, self._unsure, *self._figures.values())
        return [pair for pair in pairs if not self._lines[pair[0]].isHidden()]


def _value(role: str) -> Elided:
    made = Elided("", role)
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def _pair(name: QLabel, value: Elided) -> QWidget:
    made = QWidget()
    made.setLayout(row(name, None, value, spacing=10))
    return made
