"""A receipt beside its repetition, compared off the window's thread: a race may have thousands of rounds."""

from __future__ import annotations

from collections.abc import Callable

from desktop.contest.again import Repeated, compare
from desktop.contest.data import Race


class Comparing:
    """A work of the engine host that needs no engine."""

    def __init__(self, receipt: Race, race: Race) -> None:
        self._receipt, self._race = receipt, race

    def run(
        self, _engine: object, _tell: Callable[[object], None], _cancelled: Callable[[], bool]
    ) -> Repeated:
        """Engine thread."""
        return compare(self._receipt, self._race)
