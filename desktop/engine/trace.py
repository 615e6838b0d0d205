"""The trace of an answer as text: one JSON object a line, one line for every round, oldest first.

    {"source": "draft", "state": "active", "reason": "", "rule": "rejection", "width": 4,
     "drafted": [{"token": 291, "q": 0.91, "p": 0.874, "rank": 0, "outcome": "accepted"},
                 {"token": 13, "q": 0.42, "p": 0.06, "rank": 3, "outcome": "rejected"},
                 {"token": 88, "q": 0.7, "p": 0, "rank": -1, "outcome": "dropped"}],
     "accepted": 1, "added": {"token": 11, "p": 0.55, "rank": 0, "why": "replaced"},
     "draft_ms": 1.204, "verify_ms": 9.871, "predicted_ms": 10.9}

Every key is always there. `rule` is null where nothing was drafted and in greedy answers, `added` where there
is no token of the target's own. What the values mean: `Round`, `Drafted`, `Added` in types.py; docs/trace.md
tells it with examples. Probabilities keep six digits, times the microsecond. A reader must leave out keys it
does not know; new ones may come.

Before them may stand one line with what tokens say, as text, or in hex where the bytes are no text:

    {"pieces": {"291": " the", "160": {"hex": "e282"}}}

Knows: JSON. Must not know: files, the engine.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from typing import Any, get_args

from desktop.engine.types import RULES, Added, Drafted, DraftState, Outcome, Round, Why

_STATES: tuple[str, ...] = get_args(DraftState)
_OUTCOMES: tuple[str, ...] = get_args(Outcome)
_WHYS: tuple[str, ...] = get_args(Why)


def to_lines(rounds: Iterable[Round]) -> Iterator[str]:
    """One line for every round, without its line end."""
    for one in rounds:
        yield json.dumps(_object(one), ensure_ascii=False)


def from_lines(lines: Iterable[str]) -> list[Round]:
    """The rounds of a trace. Line ends and empty lines do not matter, nor do keys that are not known here.

    Raises: ValueError, with the line's number, for a line that is no round.
    """
    rounds: list[Round] = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            fields = _Fields(json.loads(line))
            if not fields.holds("pieces"):
                rounds.append(_round(fields))
        except (ValueError, RecursionError) as error:
            reason = error if isinstance(error, _DamageError) else "it is not JSON"
            raise ValueError(f"line {number} of the trace is damaged: {reason}") from error
    return rounds


def pieces_to_line(pieces: Mapping[int, bytes]) -> str:
    """What tokens say, as one line without its line end."""
    return json.dumps(
        {"pieces": {str(token): _said(data) for token, data in pieces.items()}}, ensure_ascii=False
    )


def pieces_from_lines(lines: Iterable[str]) -> dict[int, bytes]:
    """What tokens say, by a trace; empty where it does not tell. What is damaged is left out."""
    pieces: dict[int, bytes] = {}
    for line in lines:
        if not line.startswith('{"pieces"'):
            continue
        with suppress(ValueError, RecursionError):
            told = json.loads(line)["pieces"]
            for token, said in told.items() if isinstance(told, dict) else ():
                with suppress(ValueError):
                    pieces[int(token)] = _bytes(said)
    return pieces


def tokens_of(rounds: Iterable[Round]) -> set[int]:
    """Every token that was proposed or written."""
    found: set[int] = set()
    for one in rounds:
        found.update(drafted.token for drafted in one.drafted)
        if one.added is not None:
            found.add(one.added.token)
    return found


def _said(data: bytes) -> str | dict[str, str]:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def _bytes(said: object) -> bytes:
    """Raises: ValueError."""
    if isinstance(said, str):
        return said.encode("utf-8")
    digits = said.get("hex") if isinstance(said, dict) else None
    if not isinstance(digits, str):
        raise ValueError("no text")
    return bytes.fromhex(digits)


def _object(one: Round) -> dict[str, Any]:
    # int() and float(): numbers that come from numpy are none of JSON's.
    return {
        "source": one.source,
        "state": one.state,
        "reason": one.reason,
        "rule": one.rule,
        "width": int(one.width),
        "drafted": [_drafted(token) for token in one.drafted],
        "accepted": int(one.accepted),
        "added": None if one.added is None else _added(one.added),
        "draft_ms": _milliseconds(one.draft_ms),
        "verify_ms": _milliseconds(one.verify_ms),
        "predicted_ms": _milliseconds(one.predicted_ms),
    }


def _drafted(one: Drafted) -> dict[str, Any]:
    return {
        "token": int(one.token),
        "q": _probability(one.q),
        "p": _probability(one.p),
        "rank": int(one.rank),
        "outcome": one.outcome,
    }


def _added(one: Added) -> dict[str, Any]:
    return {"token": int(one.token), "p": _probability(one.p), "rank": int(one.rank), "why": one.why}


def _probability(value: float) -> float:
    return float(f"{value:.6g}")  # digits, not places: small ones matter to whoever judges a rule


def _milliseconds(value: float) -> float:
    return round(float(value), 3)


class _DamageError(ValueError):
    """A line that is JSON but no round."""


class _Fields:
    """The values of one object, each checked for its kind as it is taken out."""

    def __init__(self, values: object) -> None:
        if not isinstance(values, dict):
            raise _DamageError("it is no JSON object")
        self._values: dict[str, Any] = values

    def holds(self, key: str) -> bool:
        """Whether there is such a key."""
        return key in self._values

    def value(self, key: str) -> Any:
        """Any value, which must be there."""
        if key not in self._values:
            raise _DamageError(f"{key} is missing")
        return self._values[key]

    def whole(self, key: str) -> int:
        """A whole number."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool):
            raise _DamageError(f"{key} is no whole number")
        return value

    def number(self, key: str) -> float:
        """Any number."""
        value = self.value(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise _DamageError(f"{key} is no number")
        try:
            return float(value)
        except OverflowError as error:
            raise _DamageError(f"{key} is too large") from error

    def text(self, key: str, choices: tuple[str, ...] = ()) -> Any:
        """A text, one of the choices if there are any."""
        value = self.value(key)
        if not isinstance(value, str) or (choices and value not in choices):
            raise _DamageError(f"{key} is none of {', '.join(choices)}" if choices else f"{key} is no text")
        return value


def _round(fields: _Fields) -> Round:
    drafted, added, rule = fields.value("drafted"), fields.value("added"), fields.value("rule")
    if not isinstance(drafted, list):
        raise _DamageError("drafted is no list")
    return Round(
        source=fields.text("source"),
        width=fields.whole("width"),
        draft_ms=fields.number("draft_ms"),
        verify_ms=fields.number("verify_ms"),
        drafted=tuple(_read_drafted(_Fields(one)) for one in drafted),
        added=None if added is None else _read_added(_Fields(added)),
        accepted=fields.whole("accepted"),
        predicted_ms=fields.number("predicted_ms"),
        state=fields.text("state", _STATES),
        reason=fields.text("reason"),
        rule=None if rule is None else fields.text("rule", RULES),
    )


def _read_drafted(fields: _Fields) -> Drafted:
    return Drafted(
        token=fields.whole("token"),
        q=fields.number("q"),
        p=fields.number("p"),
        rank=fields.whole("rank"),
        outcome=fields.text("outcome", _OUTCOMES),
    )


def _read_added(fields: _Fields) -> Added:
    return Added(
        token=fields.whole("token"),
        p=fields.number("p"),
        rank=fields.whole("rank"),
        why=fields.text("why", _WHYS),
    )
