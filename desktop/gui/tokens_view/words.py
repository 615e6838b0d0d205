"""What the token view says: a token made visible, and why it stands where it stands. Pure, no Qt.

Probabilities and ranks are those of the trace; a rank is shown from 1.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.engine.spans import Proposal, Source, Span, Token
from desktop.engine.types import Round, Rule
from desktop.gui.numbers import DASH
from desktop.gui.visible import visible

_LONGEST = 28
_MARKS = str.maketrans({" ": "·", "\n": "⏎", "\t": "⇥", "\u00a0": "⍽"})
_STATE = {
    "accepted": "Draft accepted",
    "replaced": "Rejection here",
    "bonus": "By the target",
    "plain": "By the target",
    "first": "By the target",
    "chosen": "Chosen by you",
}
_RULE: dict[Rule | None, str] = {
    "rejection": "Rejection rule: kept with probability target / draft, at most 1.",
    "block": "Block rule: the draft is judged together, the longest part that passes is kept.",
    "coupled": "Coupled rule: kept if the target, with the same random number, draws the same token.",
    "equal": "Equal rule: kept if the target draws the same token.",
    None: "Greedy: kept if it is the target’s likeliest.",
}


@dataclass(frozen=True, slots=True)
class WhyRow:
    """One line of the card. `value`: a probability, None = none. `rank` as in the trace, -1 = none."""

    name: str
    word: str
    value: float | None = None
    rank: int = -1
    by_target: bool = False
    struck: bool = False


@dataclass(frozen=True, slots=True)
class Why:
    """What the hover card shows."""

    rows: tuple[WhyRow, ...]
    note: str

    def in_words(self) -> str:
        """For a screen reader."""
        told = [
            f"{row.name} {row.word}"
            + ("" if row.value is None else f", {p_words(row.value)}")
            + (f", {rank_words(row.rank)}" if row.rank >= 0 else "")
            for row in self.rows
        ]
        return "; ".join([*told, self.note])


def chip_text(text: str, token: int = -1) -> str:
    """A token as its chip shows it: spaces as dots, line ends as arrows, nothing of effect without shape."""
    if not text:
        return f"control {token}" if token >= 0 else "control"
    shown = visible(text.translate(_MARKS))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"


def quoted(text: str, token: int = -1) -> str:
    """A token in a sentence: the word in quotes, or its marks when it is only space."""
    word = text.strip()
    return f"“{chip_text(word)}”" if word else chip_text(text, token)


def probability(value: float) -> str:
    """.31, 1.0, < .01."""
    if value >= 0.995:
        return "1.0" if value >= 0.9995 else "> .99"
    return "< .01" if value < 0.005 else f"{value:.2f}".lstrip("0")


def p_words(value: float) -> str:
    """p = .31, p < .01."""
    shown = probability(value)
    return f"p {shown}" if shown[0] in "<>" else f"p = {shown}"


def rank_words(rank: int) -> str:
    """ "rank 1" is the target's likeliest; a token the sampling chain has cut may have none."""
    return f"rank {rank + 1:,}" if rank >= 0 else DASH


def state_words(span: Span) -> str:
    """What the legend calls its state."""
    return _STATE[span.how]


def why(span: Span, one: Round) -> Why:
    """Why this text stands here. `one`: the round of `span.judged`."""
    token = span.judged
    rows: list[WhyRow] = []
    rejected = next((proposal for proposal in span.before if proposal.outcome == "rejected"), None)
    word = quoted(span.text, token.token)
    if rejected is not None:
        rows.extend(_proposed(rejected))
        rows.append(WhyRow("Target took", word, token.p, token.rank, by_target=True))
    elif token.q is not None:
        rows.append(WhyRow(_said(token.source), word, token.q))
        rows.append(WhyRow("Target gave it", word, token.p, token.rank, by_target=True))
    elif token.how == "chosen":
        rows.append(WhyRow("You chose", word))
        if token.rank >= 0:
            rows.append(WhyRow("Target gave it", word, token.p, token.rank, by_target=True))
    else:
        rows.append(WhyRow("Target took", word, token.p, token.rank, by_target=True))
    return Why(tuple(rows), _note(span, token, one))


def why_proposal(proposal: Proposal, one: Round) -> Why:
    """Why a proposal is not in the answer."""
    if proposal.outcome == "dropped":
        row = WhyRow(_said(proposal.source), quoted(proposal.text, proposal.token), proposal.q, struck=True)
        return Why((row,), "Dropped: proposed after a rejected token, so never judged.")
    return Why(tuple(_proposed(proposal)), f"{_counted(one)} {_RULE[one.rule]}")


def spoken(span: Span, total: int, one: Round) -> str:
    """The accessible name of a selected token."""
    last = span.first + len(span.tokens)
    number = f"{span.first + 1:,}" if len(span.tokens) == 1 else f"{span.first + 1:,} to {last:,}"
    return f"Token {number} of {total:,}, {state_words(span)}: {why(span, one).in_words()}"


def _said(source: Source) -> str:
    return "Lookup said" if source == "lookup" else "Draft said"


def _proposed(proposal: Proposal) -> list[WhyRow]:
    word = quoted(proposal.text, proposal.token)
    return [
        WhyRow(_said(proposal.source), word, proposal.q, struck=True),
        WhyRow("Target gave it", word, proposal.p, proposal.rank, by_target=True),
    ]


def _counted(one: Round) -> str:
    return f"{one.accepted:,} of {len(one.drafted):,} drafted here accepted."


def _note(span: Span, token: Token, one: Round) -> str:
    parts = f"One character of {len(span.tokens)} tokens. " if len(span.tokens) > 1 else ""
    if token.how == "chosen":
        return f"{parts}The answer was branched here; the model goes on from it."
    if token.how == "first":
        return f"{parts}The first token: read off the prompt."
    if token.how == "plain":
        reason = f": {one.reason}" if one.reason else ""
        return f"{parts}Nothing was drafted in this round{reason}."
    if token.how == "bonus":
        return f"{parts}{_counted(one)} The target adds one token of its own."
    if token.how == "accepted":
        place = f"Accepted, place {token.position + 1} of {len(one.drafted)} in the draft. "
        return f"{parts}{place}{_RULE[token.rule]}"
    return f"{parts}{_counted(one)} {_RULE[token.rule]}"
