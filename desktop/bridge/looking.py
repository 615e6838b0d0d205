"""A look at one token of an answer, as work for the engine thread; and words turned into tokens. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from desktop.engine.seen import Look
from desktop.engine.types import Request
from desktop.errors import EngineFailed

if TYPE_CHECKING:
    from desktop.engine.engine import Engine

Tell = Callable[[object], None]


@dataclass(frozen=True, slots=True)
class LookAt:
    """What may stand at index `at` of an answer with these tokens; ends with a `Look`.

    `also`: tokens to be judged besides the likeliest.
    """

    request: Request
    tokens: tuple[int, ...]
    at: int
    also: tuple[int, ...] = ()

    def run(self, engine: Engine | None, _tell: Tell, cancelled: Callable[[], bool]) -> Look:
        """Engine thread."""
        return _needed(engine).look(self.request, self.tokens, self.at, self.also, cancelled)


@dataclass(frozen=True, slots=True)
class Spelled:
    """Tokens that say a text, and what each of them says."""

    tokens: tuple[int, ...]
    pieces: dict[int, bytes]


@dataclass(frozen=True, slots=True)
class Spell:
    """A typed text in tokens of the model; ends with `Spelled`."""

    text: str

    def run(self, engine: Engine | None, _tell: Tell, _cancelled: Callable[[], bool]) -> Spelled:
        """Engine thread."""
        tokens = _needed(engine).spell(self.text)
        return Spelled(tokens, _needed(engine).pieces(tokens))


def _needed(engine: Engine | None) -> Engine:
    if engine is None:
        raise EngineFailed("no model is loaded", code=0)
    return engine
