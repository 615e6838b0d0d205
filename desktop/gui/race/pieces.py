"""A lane's text in pieces by what became of each token, and their place on lines. Pure: widths are handed in.

A round's text ends with the token the target added; what stands before it was drafted and accepted. Where the
tokens' own texts are not known, or bytes of a character were held back, nobody can say which letters were
drafted: such text carries no tint.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from desktop.engine.types import Step
from desktop.gui.chat_view.sanitize import visible

Kind = Literal["accepted", "rejected", "target", "unknown"]
_ATOM = re.compile(r"\n|[^\S\n]+[^\s]*|[^\s]+")


class Piece(NamedTuple):
    """Text of one kind, from one step."""

    text: str
    kind: Kind
    step: int
    thinking: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A word, or part of one, on its line."""

    x: float
    line: int
    width: float
    text: str
    kind: Kind
    step: int
    thinking: bool


def pieces(steps: Sequence[Step], words: Mapping[int, str], first: int = 0) -> list[Piece]:
    """Everything to show. `first`: the number of the first step."""
    made: list[Piece] = []
    for number, step in enumerate(steps, first):
        made += _missed(step, words, number)
        made += _written(step, words, number)
    return made


def _missed(step: Step, words: Mapping[int, str], number: int) -> list[Piece]:
    """The rejected proposal, which stands before the word that replaced it."""
    for token in step.round.drafted:
        word = words.get(token.token, "").replace("\n", "⏎")
        if token.outcome == "rejected" and word.strip():
            return [Piece(visible(word), "rejected", number)]
    return []


def _written(step: Step, words: Mapping[int, str], number: int) -> list[Piece]:
    """The step's own text. A rejected word moves between the accepted ones and the target's."""
    made: list[Piece] = []
    for at, part in enumerate(step.parts):
        thinking = part.kind == "thinking"
        last = at == len(step.parts) - 1
        made += [
            Piece(visible(text), kind, number, thinking)
            for text, kind in _split(step, part.text, words, last)
        ]
    return made


def _split(step: Step, text: str, words: Mapping[int, str], last: bool) -> list[tuple[str, Kind]]:
    if not step.round.accepted:
        return [(text, "target")]
    if len(step.tokens) <= step.round.accepted or not last:
        return [(text, "accepted")]
    tail = words.get(step.tokens[-1], "")
    if not tail or not text.endswith(tail):
        return [(text, "unknown")]
    head = text[: -len(tail)]
    return [(head, "accepted"), (tail, "target")] if head else [(tail, "target")]


def ordered(made: Sequence[Piece]) -> list[Piece]:
    """Rejected words put where they were proposed: after the accepted ones of their round."""
    result: list[Piece] = []
    held: Piece | None = None
    for piece in made:
        if held is not None and (piece.step != held.step or piece.kind in ("target", "unknown")):
            result.append(held)
            held = None
        if piece.kind == "rejected":
            held = piece
        else:
            result.append(piece)
    return [*result, held] if held is not None else result


Pen = tuple[float, int]
"""Where the next word goes: x, and the line."""


def place(
    made: Sequence[Piece], width: float, measure: Callable[[str], float], start: Pen = (0.0, 0)
) -> tuple[list[Placed], Pen]:
    """Words on lines at most `width` wide; breaks at spaces, within a word only where it is too long.

    `start`: where earlier text ended, when this goes on from there. Returns where this ended, too.
    """
    atoms = [(atom, piece) for piece in ordered(made) for atom in _ATOM.findall(piece.text)]
    result: list[Placed] = []
    (x, line), at = start, 0
    while at < len(atoms):
        if atoms[at][0] == "\n":
            x, line, at = 0.0, line + 1, at + 1
            continue
        end = at + 1
        while end < len(atoms) and not atoms[end][0][0].isspace():
            end += 1
        total = sum(measure(atom) for atom, _ in atoms[at:end])
        fresh = bool(x) and x + total > width
        if fresh:
            x, line = 0.0, line + 1
        for index in range(at, end):
            text, piece = atoms[index]
            text = text.lstrip() if fresh and index == at else text
            while text:
                part = _fitting(text, width - x, measure) if x + measure(text) > width else text
                if not part and x > 0.0:
                    x, line = 0.0, line + 1
                    continue
                part = part or text[0]
                wide = measure(part)
                result.append(Placed(x, line, wide, part, piece.kind, piece.step, piece.thinking))
                x, text = x + wide, text[len(part) :]
        at = end
    return result, (x, line)


def _fitting(text: str, room: float, measure: Callable[[str], float]) -> str:
    """As much of the front as fits."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if measure(text[:middle]) <= room else (low, middle - 1)
    return text[:low]
