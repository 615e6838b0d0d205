"""What to make of a race's answers, as one sentence. Pure: no Qt, nothing is printed here."""

from __future__ import annotations

from desktop.contest.data import DRAWS_ITS_OWN, Race


def verdict(race: Race) -> str:
    """In one sentence without its full stop."""
    found = race.parting
    if found is None:
        return "the same, token by token"
    where = f"different from token {found.position + 1} on"
    plain, speculative = race.temperatures
    if plain != speculative:
        return f"{where}: one lane had temperature {plain:g}, the other {speculative:g}"
    if found.expected:
        pair = race.pairs[found.run]
        rules = [run.finished.speculated.rule for run in (pair.plain, pair.speculative)]
        rule = next((rule for rule in rules if rule in DRAWS_ITS_OWN), "rejection")
        return f"{where}: the {rule} rule keeps the distribution, not the text that a seed gives"
    logits = f"logits {found.plain.logit:.5f} and {found.speculative.logit:.5f}"
    if found.tie:
        return f"{where}, where two tokens tie: {logits}, rounding errors of up to {found.noise:.2g} decide"
    if found.tie is None:
        return f"{where} ({logits}); whether it is a tie is not known with these sampling settings"
    return f"{where} and should not be: {logits}, rounding errors of up to {found.noise:.2g} are no reason"
