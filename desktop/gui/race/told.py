"""The race's results as words: headline, verdict, energy. Pure, no Qt."""

from __future__ import annotations

from desktop.contest.data import Energy, Pair, Parting, Race, Run
from desktop.gui.numbers import count, duration_text, three_digits


def headline(race: Race) -> str:
    """ "×1.73", or a dash where the answers were too short to measure."""
    return f"×{race.speedup:.2f}" if race.speedup is not None else "×–"


def spread(race: Race) -> str:
    """ "1.69–1.78, 5 runs": the range over the repeats."""
    ratios = race.speedups
    if not ratios:
        return "too short to measure"
    runs = f"{len(ratios)} {'pair' if len(ratios) == 1 else 'pairs'} of runs"
    told = f"{min(ratios):.2f}–{max(ratios):.2f}, {runs}" if len(ratios) > 1 else runs
    slower = race.speedup is not None and race.speedup < 1
    return f"{told}: slower" if slower else told


def headline_source(race: Race) -> str:
    """What the headline was computed from."""
    ratios = ", ".join(f"{ratio:.2f}" for ratio in race.speedups)
    plain, speculative = race.names
    what = f"decode tok/s, {speculative} / {plain}"
    return f"Median of {what}, the first token left out; each pair: {ratios}"


def subject(race: Race) -> str:
    """The second line: what was the same in both."""
    seed = f", same seed {race.seed}" if race.seed is not None else ""
    models = f", {race.model}" if race.model else ""
    return f"Same prompt{seed}{models}" + (f", draft {race.draft}" if race.draft and race.model else "")


def verdict(race: Race) -> tuple[bool, str, str]:
    """(identical, the verdict, its second line)."""
    if race.parting is not None:
        return False, f"Differs at token {race.parting.position + 1:,}", _parted(race.parting, race.names)
    pair = race.shown
    pairs = zip(pair.plain.tokens, pair.speculative.tokens, strict=False)
    same, total = sum(one == other for one, other in pairs), len(pair.plain.tokens)
    more = f", in all {len(race.pairs)} pairs" if len(race.pairs) > 1 else ""
    return True, "Output identical", f"{same:,} of {count(total, 'token')}{more}"


def _parted(parting: Parting, names: tuple[str, str]) -> str:
    sides = [
        f"{name} “{'(end)' if side.text is None else side.text.strip() or '⏎'}”, logit {side.logit:.4f}"
        for name, side in zip(names, (parting.plain, parting.speculative), strict=True)
    ]
    if parting.expected:
        why = "This rule keeps the distribution, not the text of a seed."
    elif parting.tie:
        why = "The two tie: rounding errors decide."
    elif parting.tie is None:
        why = "Whether they tie is not known with these sampling settings."
    else:
        why = "Rounding errors do not explain it."
    return f"{'; '.join(sides)}. {why}"


def joules(energy: Energy) -> str:
    """ "436 J", with ≈ when estimated."""
    return f"{'' if energy.measured else '≈'}{three_digits(energy.joules)} J"


def cost(energy: Energy) -> str:
    """Cost in hundredths of the currency where it is tiny; "" = no price."""
    if energy.cost is None:
        return ""
    sign = "" if energy.measured else "≈"
    if energy.currency in ("$", "€") and energy.cost < 0.01:
        cents = energy.cost * 100
        unit = "¢" if energy.currency == "$" else "ct"
        return f"{sign}{cents:.4f} {unit}" if cents >= 0.0001 else f"<0.0001 {unit}"
    return f"{sign}{energy.currency}{energy.cost:.2f}"


def energy_source(energy: Energy) -> str:
    """How the joules came about."""
    how = "Measured" if energy.measured else f"Estimated, ±{energy.error:.0%}"
    price = f"; {energy.currency}{energy.price:.2f} per kWh" if energy.price is not None else ""
    return f"{how}{f': {energy.source}' if energy.source else ''}{price}"


def saved(pair: Pair) -> tuple[str, str, str]:
    """("Saved", "5.8 s · 157 J", what it rests on): time always, energy only when both runs have it.

    "Lost" when time was; a minus then stands before what was saved all the same.
    """
    ms = pair.plain.end_ms - pair.speculative.end_ms
    word, way = ("Lost", -1) if ms < 0 else ("Saved", 1)
    amount = duration_text(abs(ms))
    plain, speculative = pair.plain.energy, pair.speculative.energy
    if plain is None or speculative is None:
        return word, amount, "Time from the request to the last token"
    less = way * (plain.joules - speculative.joules)
    sign = "" if plain.measured and speculative.measured else "≈"
    energy = f"{sign}{'-' if less < 0 else ''}{three_digits(abs(less))} J"
    return word, f"{amount} · {energy}", f"{_watts(pair.plain)} plain, {_watts(pair.speculative)} speculative"


def _watts(run: Run) -> str:
    assert run.energy is not None
    watts = run.energy.joules * 1000 / run.end_ms if run.end_ms else 0.0
    return f"{'' if run.energy.measured else '≈'}{three_digits(watts)} W"
