"""The steps of a run as JSON, and small in memory: of a race only the pair on screen is kept as objects.

A step is its round as the trace has it (engine/trace.py), with `at_ms`, `tokens` and `parts` beside. Must not
know: files, what else a receipt holds.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, overload

from desktop.contest.data import Pair, Race
from desktop.contest.fields import DamageError, Fields
from desktop.engine.trace import from_lines, to_lines
from desktop.engine.types import Added, Drafted, Part, Round, Step
from desktop.errors import ReceiptUnreadable

_KINDS = ("answer", "thinking")
_MOST = 2**31
_MOST_LIKELY = 1.001  # six digits


def to_texts(steps: Iterable[Step]) -> Iterator[str]:
    """A JSON object for every step. Times keep the microsecond, as in the trace."""
    for line, step in zip(to_lines(step.round for step in steps), steps, strict=True):
        beside = {
            "at_ms": round(float(step.at_ms), 3),
            "tokens": [int(token) for token in step.tokens],
            "parts": [[part.kind, part.text] for part in step.parts],
        }
        # The trace's own object, and more keys in it: to read and write it again would take twice the time.
        yield f"{line[:-1]}, {json.dumps(beside, ensure_ascii=False)[1:]}"


def to_steps(objects: Iterable[Any]) -> Iterator[Step]:
    """Back again.

    Raises: DamageError.
    """
    last = 0.0
    for made in objects:
        fields = Fields(made)
        at_ms = fields.number("at_ms")
        if at_ms < last:
            raise DamageError("its times run backwards")
        last = at_ms
        tokens = tuple(Fields.id(token) for token in fields.many("tokens"))
        parts = tuple(part_of(part) for part in fields.many("parts"))
        try:
            found = from_lines([json.dumps(made)])[0]
        except ValueError as error:
            raise DamageError(str(error).partition("damaged: ")[2] or "a round is damaged") from error
        if not _sound(found):
            raise DamageError("a round has numbers that cannot be")
        yield Step(parts, tokens, found, at_ms)


def _sound(one: Round) -> bool:
    """Nothing in it is without end, or beyond what it can be: there are those who draw it."""
    tokens: list[Drafted | Added] = [*one.drafted, *([one.added] if one.added is not None else [])]
    likely = all(0 <= token.p <= _MOST_LIKELY and -1 <= token.rank < _MOST for token in tokens)
    known = all(0 <= token.token < _MOST for token in tokens)
    drafted = all(0 <= token.q <= _MOST_LIKELY for token in one.drafted)
    times = all(0 <= ms < _MOST for ms in (one.draft_ms, one.verify_ms, one.predicted_ms))
    counts = 0 <= one.accepted <= len(one.drafted) and 0 <= one.width < _MOST
    return likely and known and drafted and times and counts


def part_of(made: object) -> Part:
    """[kind, text]

    Raises: DamageError.
    """
    if not isinstance(made, list) or len(made) != 2 or made[0] not in _KINDS or not isinstance(made[1], str):
        raise DamageError("a part of its text is damaged")
    return Part(made[0], Fields.clean(made[1]))


class Packed(Sequence[Step]):
    """Steps that are made anew whenever somebody asks for them: not to be asked in a loop."""

    def __init__(self, length: int, text: str) -> None:
        """`text`: of a JSON list of so many."""
        self._length = length
        self._data = zlib.compress(text.encode("utf-8", "replace"), 1)

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Packed:
        """Pack."""
        return cls(len(steps), text_of(steps))

    @property
    def size(self) -> int:
        """Bytes it takes."""
        return len(self._data)

    @property
    def text(self) -> str:
        """As it is written to a receipt."""
        return zlib.decompress(self._data).decode("utf-8")

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Step]:
        try:
            return iter(list(to_steps(json.loads(self.text))))
        except DamageError as error:  # of a file that was trusted
            raise ReceiptUnreadable(str(error)) from error

    def __reversed__(self) -> Iterator[Step]:
        return reversed(list(self))

    @overload
    def __getitem__(self, at: int) -> Step: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Step]: ...
    def __getitem__(self, at: int | slice) -> Step | Sequence[Step]:
        return tuple(self)[at]

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Packed):
            return self._data == other._data or tuple(self) == tuple(other)
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(self._length)


def text_of(steps: Sequence[Step]) -> str:
    """Steps of either kind as a JSON list."""
    return steps.text if isinstance(steps, Packed) else f"[{', '.join(to_texts(steps))}]"


def unpacked(made: Race) -> Race:
    """The race with the steps of the shown pair as objects, for whoever draws them."""
    shown = made.shown
    pairs = [_open(pair) if pair is shown else pair for pair in made.pairs]
    return replace(made, pairs=tuple(pairs))


def texts(pieces: Mapping[int, bytes]) -> dict[int, str]:
    """The tokens that are whole characters, as text."""
    words: dict[int, str] = {}
    for token, piece in pieces.items():
        with suppress(UnicodeDecodeError):
            words[token] = piece.decode("utf-8")
    return words


def _open(pair: Pair) -> Pair:
    plain, speculative = (replace(run, steps=tuple(run.steps)) for run in (pair.plain, pair.speculative))
    return replace(pair, plain=plain, speculative=speculative)
