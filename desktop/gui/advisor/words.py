"""The advisor's sentences and figures. Pure strings, no Qt."""

from __future__ import annotations

import re
from datetime import datetime

from desktop.bridge.advice import MOST_DRAFTS, TOKENS, Advice, Ranking, Row, Way
from desktop.gui.advisor.offer import Offer, Running
from desktop.gui.chat_view.sanitize import visible
from desktop.gui.numbers import DASH, count, size, three_digits, when

_NAME = 120
_LONG_WORD = re.compile(r"(\S{12})(?=\S)")
_HINTS = {
    "off": "The model alone",
    "lookup": "Repeats from the chat",
    "draft": "Draft model",
    "auto": "Auto",
}
_SAME = {
    "same": "same text",
    "tie": "same text but for a tie",
    "differs": "text differs at token {at}",
    "own": "same odds, own text",
    "": "",
}
_SAME_SOURCE = {
    "same": "Every answer was the same as plain's, token by token.",
    "tie": "At token {at} two words are equally likely; rounding errors decide between them.",
    "differs": "An answer differs from plain's where it should not.",
    "own": "Without a fixed seed words are drawn anew: their odds are the model's, the text may differ.",
    "": "",
}


def way_name(way: Way) -> str:
    """What a way is called beside others."""
    name = model(way.name)
    return f"{name} + lookup" if way.mode == "auto" else name


def model(name: str) -> str:
    """A name from a stranger's file, as it may be shown."""
    shown = " ".join(visible(name[:_NAME]).split())
    return shown or "Unnamed"


def breakable(name: str) -> str:
    """The same to the eye, and wherever it is too long for its place it goes on in the next line."""
    return _LONG_WORD.sub("\\1\u200b", name)


def hint(row: Row) -> str:
    """Under the name: which mode it is, and whether the text is plain's."""
    same = _SAME[row.same].format(at=f"{row.at:,}")
    return _HINTS[row.way.mode] + (f", {same}" if same else "")


def same_source(row: Row) -> str:
    """What is meant by that."""
    return _SAME_SOURCE[row.same].format(at=f"{row.at:,}")


def ratio(value: float) -> str:
    """ "×1.42" """
    return f"×{value:.2f}"


def spread(row: Row) -> str:
    """ "1.31–1.55, 4 runs" """
    ratios = row.ratios
    runs = count(len(ratios), "run")
    return f"{min(ratios):.2f}–{max(ratios):.2f}, {runs}" if len(ratios) > 1 else runs


def speedup_source(row: Row) -> str:
    """What the speed-up was computed from."""
    if row.way.mode == "off":
        return "Plain is what the others are compared with."
    each = ", ".join(f"{ratio:.2f}" for ratio in row.ratios)
    return f"Median of decode tok/s by those of plain on the same prompt, the first token left out: {each}"


def rate(row: Row) -> str:
    """tok/s."""
    return three_digits(row.rate) if row.rate else DASH


def rate_source(row: Row) -> str:
    """What the rate was computed from."""
    rates = ", ".join(three_digits(rate) for rate in row.rates)
    return f"Median decode tok/s of {count(len(row.rates), 'answer')}: {rates}" if row.rates else ""


def acceptance(row: Row) -> tuple[str, str]:
    """Share and counts; dashes where nothing was drafted."""
    if not row.drafted:
        return DASH, "nothing drafted"
    return f"{row.accepted / row.drafted:.0%}", f"{row.accepted:,} of {row.drafted:,}"


def memory(way: Way) -> str:
    """What a way needs beside the model."""
    return f"+ {size(way.memory)}" if way.memory else ("none" if not way.draft else DASH)


def energy(row: Row) -> tuple[str, str]:
    """Energy of a token by that of plain, and how it is known."""
    if row.way.mode == "off" and row.energy is not None:
        return "×1.00", "energy"
    if row.energy is None:
        return DASH, "not known"
    return f"{'' if row.measured else '≈ '}{ratio(row.energy)}", "energy" if row.measured else "energy, est."


def energy_source(row: Row) -> str:
    """What it was computed from."""
    if row.energy is None:
        return "No meter answered for all of these answers."
    how = "measured" if row.measured else "estimated from the processor's time: a hint, not a measurement"
    return f"Joules a token, the reading of the prompt included, by those of plain; {how}."


def row_sentence(row: Row, *, best: bool = False) -> str:
    """All of a row, read aloud."""
    name = way_name(row.way)
    if row.problem:
        return f"{name}: not measured, {row.problem}"
    if not row.ratios:
        return f"{name}: not measured yet"
    share, counts = acceptance(row)
    parts = [
        f"{name}{', best' if best else ''}: {ratio(row.speedup)}, {spread(row)}",
        f"{rate(row)} tokens a second",
        f"accepted {share}, {counts}" if row.drafted else "nothing drafted",
        f"memory {memory(row.way)}",
    ]
    if row.energy is not None:
        parts.append(f"energy {ratio(row.energy)}{'' if row.measured else ', estimated'}")
    return "; ".join(part for part in parts if part)


def verdict(ranking: Ranking) -> str:
    """The result in one sentence."""
    best = ranking.best
    if best is None:
        return "Nothing could be measured"
    if best.way.mode == "off":
        return "Plain is best" if not ranking.tied else "Plain is best: nothing is faster beyond the spread"
    return f"{way_name(best.way)} is best: {ratio(best.speedup)}"


def because(ranking: Ranking) -> str:
    """What decided, or what it means."""
    best, rivals = ranking.best, ranking.tied
    if best is None:
        return "The reason stands beside each line."
    if best.way.mode == "off" and not rivals:
        if all(not row.ratios for row in ranking.rows if row is not best):
            return "No way of drafting could be measured; the reasons stand below."
        return "No way of drafting was faster with this model on this computer. Drafting can stay off."
    if ranking.by == "speed":
        least, most = ratio(min(best.ratios)), ratio(max(best.ratios))
        return f"Between {least} and {most} in {count(len(best.ratios), 'run')}, and no other way is as fast."
    names = _and([way_name(row.way) for row in rivals])
    what = {
        "memory": "needs less memory",
        "energy": "uses less energy",
        "simple": "is simpler",
        "speed": "",
    }[ranking.by]
    if best.way.mode == "off":
        return f"A tie with {names}: the difference is within the spread, and plain needs nothing else."
    guess = " (an estimate)" if ranking.by == "energy" and not best.measured else ""
    return f"A tie with {names}: the difference is within the spread. {way_name(best.way)} {what}{guess}."


def made(advice: Advice, now: float) -> str:
    """When, and on what."""
    then = when(advice.when, now)
    day = datetime.fromtimestamp(advice.when)
    told = "just now" if then == "Now" else f"{day:%d %b %Y, %H:%M}".lstrip("0")
    whose = "of your last prompts" if advice.own else "built-in prompts"
    skipped = f", {advice.skipped} left out: too long for the context" if advice.skipped else ""
    return f"Measured {told} on {advice.prompts} {whose}{skipped}."


def offered(offer: Offer, *, own: bool) -> str:
    """What will be done, and about how long it takes."""
    drafts = count(offer.usable, "draft model")
    if offer.usable > MOST_DRAFTS:
        drafts = f"the {MOST_DRAFTS} smallest of {drafts}"
    ways = ["plain", "lookup", *([drafts] if offer.usable else [])]
    prompts = offer.own if own else len(offer.kinds)
    answers = (2 + 2 * min(offer.usable, MOST_DRAFTS)) * prompts
    return (
        f"Tries {_and(ways)} on {count(prompts, 'prompt')}: {count(answers, 'short answer')} "
        f"of up to {TOKENS} tokens{_long(offer, answers)}"
    )


def _long(offer: Offer, answers: int) -> str:
    if not offer.token_ms:
        return ". How long it takes is known after the first ones."
    return f", {about(answers * TOKENS * offer.token_ms / 1000)} (estimate)."


def about(seconds: float) -> str:
    """A length of time nobody should count on: "≈ 40 s", "≈ 3 min"."""
    if seconds < 10:
        return "under 10 s"
    if seconds < 90:
        return f"≈ {round(seconds / 10) * 10} s"
    return f"≈ {round(seconds / 60)} min"


def running(state: Running) -> str:
    """Where it is."""
    now = state.progress
    if state.ending:
        return "Bringing back the draft that was in use"
    if now.done >= now.total:
        return "Comparing the texts"
    return f"Answer {now.done + 1} of {now.total}: {way_name(now.way)}"


def left(state: Running) -> str:
    """How long it still takes."""
    now = state.progress
    if state.ending:
        return ""
    if now.waits:
        return "Waits: the answer you asked for goes first"
    return f"{about(now.seconds)} left (estimate)" if now.seconds is not None else ""


def _and(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
