"""The values of a JSON object that may come from a stranger, each checked for its kind as it is taken out.

Must not know: what the object is of.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

MOST_WHOLE = 2**53
_MOST_ID = 2**31


class DamageError(ValueError):
    """JSON, but not what was expected; says what is wrong."""


class Fields:
    """One object. Keys nobody asks for do not matter."""

    def __init__(self, values: object, what: str = "") -> None:
        if not isinstance(values, dict):
            raise DamageError(f"{what or 'a part'} is no JSON object")
        self._values: dict[str, Any] = values

    def value(self, key: str) -> Any:
        """Any value, which must be there."""
        if key not in self._values:
            raise DamageError(f"{key} is missing")
        return self._values[key]

    def has(self, key: str) -> bool:
        """Whether it is there and not null."""
        return self._values.get(key) is not None

    def whole(self, key: str, least: int = 0, most: int = MOST_WHOLE) -> int:
        """A whole number."""
        value = self.value(key)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise DamageError(f"{key} is no whole number from {least} up")
        return value

    def number(self, key: str, least: float = 0.0) -> float:
        """A finite number."""
        value = self.value(key)
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise DamageError(f"{key} is no number")
        if not abs(value) <= 1e15 or value < least:  # NaN fails the first
            raise DamageError(f"{key} is out of range")
        return float(value)

    def flag(self, key: str) -> bool:
        """True or false."""
        value = self.value(key)
        if not isinstance(value, bool):
            raise DamageError(f"{key} is neither true nor false")
        return value

    def text(self, key: str, choices: tuple[str, ...] = ()) -> Any:
        """A text, one of the choices if there are any."""
        value = self.value(key)
        if not isinstance(value, str) or (choices and value not in choices):
            raise DamageError(f"{key} is none of {', '.join(choices)}" if choices else f"{key} is no text")
        return self.clean(value)

    def many(self, key: str) -> list[Any]:
        """A list."""
        value = self.value(key)
        if not isinstance(value, list):
            raise DamageError(f"{key} is no list")
        return value

    def inside(self, key: str) -> Fields:
        """An object in it."""
        return Fields(self.value(key), key)

    def items(self) -> Iterator[tuple[str, Any]]:
        """Keys and values as they are."""
        return iter(self._values.items())

    @staticmethod
    def id(value: Any) -> int:
        """A token id."""
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < _MOST_ID:
            raise DamageError("a token id is damaged")
        return value

    @staticmethod
    def pair(value: Any) -> tuple[int, float]:
        """[whole number, number of 0 or more]"""
        if not isinstance(value, list) or len(value) != 2:
            raise DamageError("a measured cost is damaged")
        width, ms = value
        good = isinstance(width, int) and isinstance(ms, int | float) and 0 <= width < 10_000
        if not good or not math.isfinite(ms) or ms < 0:
            raise DamageError("a measured cost is damaged")
        return int(width), float(ms)

    @staticmethod
    def clean(text: str) -> str:
        """Without halves of characters, which JSON can spell and nobody can write."""
        return text.encode("utf-8", "replace").decode("utf-8")
