"""The race's results as words: headline, verdict, energy. Pure, no Qt."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Literal

from desktop.contest.data import Energy, Pair, Parting, Race, Run
from desktop.gui.chat_view.sanitize import visible
from desktop.gui.numbers import count, duration_text, three_digits
from desktop.meter import cost as meter
from desktop.meter.words import money
from desktop.meter.words import price as price_words

_LEAST = 1e-6  # of a currency
Verdict = Literal["same", "expected", "parted"]


def names(race: Race) -> tuple[str, str]:
    """What the lanes are called, fit to be shown."""
    plain, speculative = race.names
    return _shown(plain, 60), _shown(speculative, 60)


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
    plain, speculative = names(race)
    what = f"decode tok/s, {speculative} / {plain}"
    return f"Median of {what}, the first token left out; each pair: {ratios}"


def subject(race: Race) -> str:
    """The second line: the verdict, the model, and what was the same in both."""
    found = "Output identical" if race.parting is None else verdict(race)[1]
    seed = f" and seed {race.seed}" if race.seed is not None else ""
    return "; ".join(part for part in (found, visible(race.model), f"same prompt{seed}") if part)


def verdict(race: Race) -> tuple[Verdict, str, str]:
    """(what it is, the verdict, its second line)."""
    parting = race.parting
    if parting is None:
        pair = race.shown
        total = pair.plain.finished.output_tokens
        more = f", in all {len(race.pairs)} pairs" if len(race.pairs) > 1 else ""
        return "same", "Output identical", f"{total:,} of {count(total, 'token')}{more}"
    expected = parting.expected or other_warmth(race)
    return (
        "expected" if expected or parting.tie else "parted",
        f"Differs at token {parting.position + 1:,}" + (", as expected" if expected else ""),
        _parted(parting, race),
    )


def other_warmth(race: Race) -> bool:
    """The lanes were asked to sample differently."""
    return race.temperatures[0] != race.temperatures[1]


def _parted(parting: Parting, race: Race) -> str:
    sides = [
        f"{name} “{_shown(side.text)}”, logit {side.logit:.4f}"
        for name, side in zip(names(race), (parting.plain, parting.speculative), strict=True)
    ]
    return f"{'; '.join(sides)}. {_why_parted(parting, race)}"


def _why_parted(parting: Parting, race: Race) -> str:
    if other_warmth(race):
        return "The lanes have different temperatures, so different texts are to be expected."
    if parting.expected:
        return "This rule keeps the distribution, not the text of a seed."
    if parting.tie:
        return "The two tie: rounding errors decide."
    if parting.tie is None:
        return "Whether they tie is not known with these sampling settings."
    return "Rounding errors do not explain it."


def _shown(text: str | None, most: int = 40) -> str:
    """A token's text; a receipt from elsewhere may hold anything."""
    if text is None:
        return "(end)"
    plain = visible(" ".join(text[: most * 4].split())) or "⏎"
    return plain if len(plain) <= most else f"{plain[:most]}…"


def breakable(text: str, most: int = 14) -> str:
    """Words of any length with places where a line may end."""
    return re.sub(rf"\S{{{most}}}(?=\S)", "\\g<0>\u200b", text)


def joules(energy: Energy) -> str:
    """ "436 J", with ≈ when estimated."""
    return f"{'' if energy.measured else '≈'}{three_digits(energy.joules)} J"


def priced(race: Race, per_kwh: float, currency: str) -> Race:
    """With what the electricity of each run costs at this price; 0 = no price is set."""
    if per_kwh <= 0:
        return race
    pairs = [
        replace(
            pair,
            plain=_priced(pair.plain, per_kwh, currency),
            speculative=_priced(pair.speculative, per_kwh, currency),
        )
        for pair in race.pairs
    ]
    return replace(race, pairs=tuple(pairs))


def _priced(run: Run, per_kwh: float, currency: str) -> Run:
    if run.energy is None:
        return run
    amount = run.energy.joules * per_kwh / meter.JOULES_PER_KWH
    return replace(run, energy=replace(run.energy, cost=amount, currency=currency, price=per_kwh))


def cost(energy: Energy) -> str:
    """ "0.0023 ¢", with ≈ when estimated; "" = no price."""
    if energy.cost is None:
        return ""
    return _amount(energy.cost, energy.currency, "" if energy.measured else "≈")


def _amount(amount: float, currency: str, sign: str) -> str:
    """Below a millionth there is nothing left to compare by eye; the hover has all digits."""
    return sign + money(amount, currency) if not 0 < amount < _LEAST else f"<{money(_LEAST, currency)}"


def energy_source(energy: Energy) -> str:
    """How the joules came about, in one line."""
    if energy.metered is not None:
        low, high = energy.metered.low, energy.metered.high
        how = f"{energy.metered.label}, {three_digits(low)} to {three_digits(high)} J"
    else:
        how = "Measured" if energy.measured else f"Estimated, ±{energy.error:.0%}"
    return f"{how}{f': {energy.source}' if energy.source else ''}{_each(energy)}"


def energy_sums(energy: Energy) -> str:
    """The same with what it was computed from, for a hover."""
    if energy.metered is None:
        return energy_source(energy)
    if energy.price is None:
        return energy.metered.text
    return f"{energy.metered.text}\n{meter.electricity(energy.metered, energy.price, energy.currency).how}"


def _each(energy: Energy) -> str:
    return "" if energy.price is None else f"; {price_words(energy.price, energy.currency)} per kWh"


def saved(pair: Pair, called: tuple[str, str] = ("Plain", "Speculative")) -> tuple[str, str, str]:
    """("Saved", "5.8 s · 157 J", what it rests on): time always, energy only when both runs have it.

    "Lost" when time was; a minus then stands before what was saved all the same.
    """
    ms = pair.plain.end_ms - pair.speculative.end_ms
    word, way = ("Lost", -1) if ms < 0 else ("Saved", 1)
    amount = duration_text(abs(ms))
    plain, speculative = pair.plain.energy, pair.speculative.energy
    if plain is None or speculative is None or plain.source != speculative.source:
        return word, amount, "Time from the request to the last token"
    less = way * (plain.joules - speculative.joules)
    sign = "" if plain.measured and speculative.measured else "≈"
    minus = "-" if less < 0 else ""
    told = f"{amount} · {sign}{minus}{three_digits(abs(less))} J"
    if plain.cost is not None and speculative.cost is not None:
        told += f" · {_amount(abs(plain.cost - speculative.cost), plain.currency, sign + minus)}"
    watts = _watts(pair.plain), _watts(pair.speculative)
    if called == ("Plain", "Speculative"):
        return word, told, f"{watts[0]} plain, {watts[1]} speculative"
    return word, told, f"{called[0]}: {watts[0]}; {called[1]}: {watts[1]}"


def _watts(run: Run) -> str:
    assert run.energy is not None
    seconds = run.energy.metered.seconds if run.energy.metered is not None else run.end_ms / 1000
    watts = run.energy.joules / seconds if seconds else 0.0
    return f"{'' if run.energy.measured else '≈'}{three_digits(watts)} W"
