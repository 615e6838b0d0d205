"""What drafting did for one answer, as words and figures: for the panel and for the line under the answer.

Pure, no Qt. Filled in round by round while the answer is written, then by the engine's own counts, or from
the receipt of an old answer. Acceptance always comes with its counts and is never shown as a speed-up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from desktop.engine.types import Round, Speculated
from desktop.gui.numbers import count, three_digits

State = Literal["off", "active", "paused", "refused"]
_STATES: tuple[State, ...] = ("off", "active", "paused", "refused")
_WORD: dict[State, str] = {
    "off": "Drafting off",
    "active": "Drafting",
    "paused": "Drafting paused",
    "refused": "Draft refused",
}
_SOURCE = {"draft": "the draft model", "lookup": "the conversation itself"}


@dataclass(slots=True)
class DraftCounts:
    """`known`: anything is known at all; an answer of an older version has no such counts.

    drafted = accepted + rejected + dropped. `plain_rate`: last measured tok/s without drafting, 0 = never.
    """

    known: bool = False
    state: State = "off"
    reason: str = ""
    source: str = ""
    draft: str = ""
    rounds: int = 0
    drafted: int = 0
    accepted: int = 0
    rejected: int = 0
    dropped: int = 0
    plain_rate: float = 0.0

    def add(self, rounds: Iterable[Round]) -> None:
        """Rounds as they are made; the one that ends the prompt drafts nothing and is not counted."""
        for one in rounds:
            self.known, self.state, self.reason = True, one.state, one.reason
            if one.source == "prompt":
                continue
            self.rounds += 1
            self.drafted += len(one.drafted)
            self.accepted += sum(token.outcome == "accepted" for token in one.drafted)
            self.rejected += sum(token.outcome == "rejected" for token in one.drafted)
            self.dropped += sum(token.outcome == "dropped" for token in one.drafted)
            self.source = one.source if one.drafted else self.source

    def finish(self, did: Speculated) -> None:
        """The engine's own counts replace what was added up here."""
        self.known, self.state, self.reason, self.source = True, did.state, did.reason, did.source
        self.rounds, self.drafted, self.accepted = did.rounds, did.drafted, did.accepted
        self.rejected, self.dropped, self.plain_rate = did.rejected, did.dropped, did.plain_rate

    @property
    def word(self) -> str:
        """The state in two words at most."""
        if self.state == "active" and not self.drafted:
            return "Nothing drafted"
        return _WORD[self.state]

    @property
    def why(self) -> str:
        """The state's reason, or what is drafted from; "" when there is nothing to say."""
        if self.reason and self.reason != "switched off":
            return self.reason
        if self.state == "active" and self.source:
            named = self.draft if self.source == "draft" and self.draft else ""
            return f"from {named or _SOURCE.get(self.source, self.source)}"
        return ""

    @property
    def acceptance(self) -> float | None:
        """Accepted / drafted; None when nothing was drafted."""
        return self.accepted / self.drafted if self.drafted else None

    @property
    def mean_length(self) -> float | None:
        """Output tokens a round; None when nothing was drafted."""
        return 1 + self.accepted / self.rounds if self.drafted and self.rounds else None

    def counts(self) -> str:
        """The raw counts: "289 of 338"."""
        return f"{self.accepted:,} of {self.drafted:,}"

    def lost(self) -> str:
        """What was not accepted: "30 rejected, 19 dropped"."""
        parts = [f"{self.rejected:,} rejected"] if self.rejected or not self.dropped else []
        return ", ".join([*parts, f"{self.dropped:,} dropped"] if self.dropped else parts)

    def ratio(self, rate: float) -> float | None:
        """`rate` against plain; None where nothing was drafted or plain was never measured."""
        return rate / self.plain_rate if self.drafted and self.plain_rate > 0 and rate > 0 else None

    def ratio_words(self, rate: float) -> str:
        """ "1.7× of plain"; "" where there is no ratio."""
        ratio = self.ratio(rate)
        if ratio is None:
            return ""
        return f"{ratio:.2f}× of plain" if ratio < 1.05 else f"{ratio:.1f}× of plain"

    def ratio_source(self, rate: float) -> str:
        """What the ratio was computed from."""
        plain = f"{three_digits(self.plain_rate)} tok/s, last measured here without drafting"
        return f"{three_digits(rate)} tok/s / {plain}"

    def sentence(self) -> str:
        """Everything in words: for hovering and for screen readers."""
        parts = [f"{self.word}: {self.why}" if self.why else self.word]
        if self.drafted:
            words = f"{self.counts()} drafted tokens accepted ({self.accepted / self.drafted:.0%})"
            parts.append(f"{words}, {self.lost()}, in {count(self.rounds, 'round')}")
        return ". ".join(parts)


def from_receipt(receipt: Mapping[str, Any]) -> DraftCounts:
    """What a receipt says; not `known` when an older version wrote it, or nobody can read it."""
    did = receipt.get("speculation")
    if not isinstance(did, Mapping) or did.get("state") not in _STATES:
        return DraftCounts()
    rate = did.get("plain_rate")
    return DraftCounts(
        known=True,
        state=did["state"],
        reason=_text(did, "reason"),
        source=_text(did, "source"),
        draft=_text(did, "draft"),
        rounds=_whole(did, "rounds"),
        drafted=_whole(did, "drafted"),
        accepted=_whole(did, "accepted"),
        rejected=_whole(did, "rejected"),
        dropped=_whole(did, "dropped"),
        plain_rate=float(rate) if isinstance(rate, int | float) and rate > 0 else 0.0,
    )


def _text(did: Mapping[str, Any], key: str) -> str:
    value = did.get(key)
    return value if isinstance(value, str) else ""


def _whole(did: Mapping[str, Any], key: str) -> int:
    value = did.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else 0
