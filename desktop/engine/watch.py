"""Watches what comes: so that a copy that was not proposed, and a draft that is paused, can be judged by it.

Knows: tokens and the target's probabilities of them. Must not know: when to draft.
"""

from __future__ import annotations

from collections import deque

from desktop.engine.cost import WIDTHS
from desktop.engine.lookup import Match
from desktop.engine.pace import LENGTHS, Acceptance, class_of
from desktop.engine.verify import Verdict

_FOLLOWED = 4
"""Tokens of a silent copy that are compared."""


class Watch:
    """Of one answer."""

    def __init__(self) -> None:
        self._known: deque[tuple[int, float]] = deque(maxlen=2 * WIDTHS)
        self._expected: tuple[Match, int] | None = None

    @property
    def chances(self) -> dict[int, float]:
        """The target's probability of the newest tokens, by position."""
        return dict(self._known)

    def expect(self, match: Match, position: int) -> None:
        """A copy that was not proposed; its first token would stand at `position`."""
        self._expected = (match, position)

    def came(self, verdict: Verdict, position: int, of_lookup: Acceptance) -> None:
        """What a round wrote, from `position` on."""
        accepted = verdict.drafted[: verdict.accepted]
        tokens = [*(drafted.token for drafted in accepted), verdict.added.token]
        chances = [*(drafted.p for drafted in accepted), verdict.added.p]
        self._known.extend(enumerate(chances, position))
        if self._expected is None:
            return
        match, start = self._expected
        keys, compared = match_keys(match), min(len(match.tokens), _FOLLOWED)
        for index, token in enumerate(tokens, position - start):
            if index < compared:
                if not index:
                    of_lookup.fade()
                of_lookup.add(index, keys[index], float(match.tokens[index] == token))
            if index >= compared or match.tokens[index] != token:
                self._expected = None
                return


def match_keys(match: Match) -> tuple[int, ...]:
    """Classes of confidence: the match grows with every token that is right. One among rivals is a guess."""
    keys = [class_of(match.length + index, LENGTHS) for index in range(len(match.tokens))]
    if match.support == 1 and match.rivals:
        keys[0] = 0
    return tuple(keys)
