"""What an answer's electricity cost, and its tokens hosted, as the panel's figures. Pure, no Qt.

Knows the counts and the energy of one answer, and prices. Nothing is shown before the answer has ended: its
energy is not known until then. What is estimated carries "≈", and every figure says how it was found.
"""

from __future__ import annotations

from dataclasses import dataclass

from desktop.gui.figures import EMPTY, Answer, Figure
from desktop.gui.numbers import DASH, duration_text, three_digits
from desktop.meter import cost
from desktop.meter.prices import Hosted, Prices
from desktop.meter.ratio import LEAST_INPUT, LEAST_OUTPUT, Line, TokenRatio, straight_line, token_ratio
from desktop.meter.types import Energy
from desktop.meter.words import price, three
from desktop.settings import Settings

_FITS = 0.98
"""The straight line has to explain this much before anything is said about twice the answer."""


@dataclass(frozen=True, slots=True)
class Costing:
    """What things cost. `per_kwh` in `currency`, None = not known; `origin`: where it is from."""

    per_kwh: float | None = None
    currency: str = "USD"
    origin: str = ""
    hosted: Hosted | None = None


def costing(prices: Prices, settings: Settings) -> Costing:
    """The person's price of electricity, else the table's first one in their currency."""
    hosted, currency = prices.model(settings.hosted), settings.currency
    if settings.price_per_kwh > 0:
        return Costing(settings.price_per_kwh, currency, "your price", hosted)
    tariff = next((one for one in prices.electricity if one.currency == currency), None)
    if tariff is None:
        return Costing(None, currency, "", hosted)
    return Costing(tariff.per_kwh, currency, f"{tariff.name}; {tariff.origin}", hosted)


@dataclass(frozen=True, slots=True)
class AnswerCost:
    """The figures of one answer at these prices."""

    answer: Answer
    prices: Costing

    def electricity(self) -> Figure:
        """Money; joules where there is no price."""
        energy = self.answer.energy
        if energy is None:
            return Figure(DASH, "", self._why_no_energy())
        if self.prices.per_kwh is None:
            why = f"No price per kWh in {self.prices.currency} is known: set it in Settings, Energy and cost"
            return Figure(_joules(energy), "", f"{energy.text}\n{why}")
        found = cost.electricity(energy, self.prices.per_kwh, self.prices.currency, self.prices.origin)
        return Figure(found.text, "", found.how)

    def power(self) -> tuple[str, Figure]:
        """ "34 W for 8.20 s, $0.30/kWh", and the joules."""
        energy, prices = self.answer.energy, self.prices
        if energy is None:
            return "Energy", EMPTY
        sign = "" if energy.measured else "≈ "
        told = f"{sign}{_digits(energy.watts, energy)} W for {duration_text(energy.seconds * 1000)}"
        if prices.per_kwh is not None:
            told += f", {price(prices.per_kwh, prices.currency)}/kWh"
        return told, Figure(_joules(energy), "", energy.text)

    def trust(self) -> Figure:
        """Measured or estimated, and between what."""
        energy = self.answer.energy
        if energy is None:
            return Figure(self._why_no_energy())
        between = f"{_digits(energy.low, energy)} to {_digits(energy.high, energy)} J"
        return Figure(f"{energy.label}: {between}", "", energy.text)

    def plain(self) -> Figure:
        """What the same answer would have cost without drafting; a dash where plain was never measured."""
        answer, energy = self.answer, self.answer.energy
        if energy is None or not answer.drafting.drafted:
            why = "Nothing was drafted: this is the plain answer" if answer.ended else ""
            return Figure(DASH, "", why if answer.output_tokens else "")
        found = _without_drafting(answer, energy)
        if found is None:
            return Figure(DASH, "", "The speed without drafting was not measured here yet")
        joules, how = found
        if self.prices.per_kwh is None:
            return Figure(f"≈ {three(joules)} J", "", how)
        each = self.prices.per_kwh / cost.JOULES_PER_KWH
        value = cost.Cost(joules * each, 0.0, 0.0, self.prices.currency, "", estimated=True)
        return Figure(value.text, "", f"{how}\nAt {price(self.prices.per_kwh, self.prices.currency)}/kWh")

    def hosted(self) -> tuple[str, Figure]:
        """The preset's name, and what the same tokens would cost there."""
        answer, preset = self.answer, self.prices.hosted
        if preset is None:
            return "Hosted", Figure(DASH, "", "No hosted model is chosen in Settings, Energy and cost")
        caption = f"{preset.name}, hosted"
        if not answer.ended or answer.prompt_tokens is None:
            return caption, Figure(DASH, "", preset.origin)
        found = cost.hosted(
            preset,
            prompt_tokens=answer.prompt_tokens,
            reused_tokens=answer.reused_tokens,
            output_tokens=answer.output_tokens,
        )
        return caption, Figure(found.text, "", found.how + self._against(found))

    def _against(self, hosted: cost.Cost) -> str:
        energy, prices = self.answer.energy, self.prices
        if energy is None or prices.per_kwh is None:
            return ""
        times = cost.times(cost.electricity(energy, prices.per_kwh, prices.currency), hosted)
        if times is None:
            return ""
        sign = "≈ " if hosted.estimated or not energy.measured else ""
        return f"\n{sign}{three(times)} times the electricity here; the computer itself is not counted"

    def ratio(self) -> Figure:
        """One output token against one input token; why not, where the answer does not tell."""
        answer = self.answer
        if not answer.ended:
            return Figure("One output token against one input token: known at the end.")
        found = self._ratio()
        if found is None:
            return Figure(
                "Too short to compare an output token with an input token.",
                "",
                f"It takes at least {LEAST_INPUT} prompt tokens that were not reused and {LEAST_OUTPUT} "
                f"written ones; here {(answer.prompt_tokens or 0) - answer.reused_tokens:,} were read and "
                f"{answer.output_tokens:,} written",
            )
        told = found.text
        if found.energy_times is not None:
            sign = "≈ " if found.estimated else ""
            told += f", and {sign}{three(found.energy_times)} × its energy"
        return Figure(f"{told}.", "", found.how)

    def _ratio(self) -> TokenRatio | None:
        answer = self.answer
        return token_ratio(
            prompt_tokens=answer.prompt_tokens or 0,
            reused_tokens=answer.reused_tokens,
            output_tokens=answer.output_tokens,
            prefill_ms=answer.prefill_ms or 0.0,
            decode_ms=answer.decode_ms,
            energy=answer.energy,
        )

    def _why_no_energy(self) -> str:
        return "Nothing was metered for this answer" if self.answer.ended else "Known when the answer ends"


@dataclass(frozen=True, slots=True)
class Growth:
    """Tokens against seconds, the straight line through them, and what it says."""

    points: list[tuple[float, float]]
    line: Line | None
    note: str
    source: str


def growth(answer: Answer) -> Growth:
    """Without points under three of them."""
    points = answer.growth()
    line = straight_line(points)
    if line is None:
        return Growth([], None, "", "")
    rate = three_digits(line.per_second)
    if line.fit >= _FITS:
        note = f"Twice the answer, twice the time: {rate} more tokens every second."
    else:
        note = f"Not quite a straight line: it explains {line.fit:.0%} of the variation."
    return Growth(points, line, note, line.text)


def _joules(energy: Energy) -> str:
    return ("" if energy.measured else "≈ ") + f"{_digits(energy.joules, energy)} J"


def _digits(value: float, energy: Energy) -> str:
    """Two digits of an estimate: a third would promise too much."""
    return three(value if energy.measured else float(f"{value:.2g}"))


def _without_drafting(answer: Answer, energy: Energy) -> tuple[float, str] | None:
    """Joules predicted for the same tokens at the plain speed last measured, and how."""
    rate, decode = answer.drafting.plain_rate, answer.decode_ms / 1000
    if rate <= 0 or answer.output_tokens < 2 or not 0 < decode <= energy.seconds:
        return None
    plain = (answer.output_tokens - 1) / rate
    seconds = energy.seconds - decode + plain
    joules = energy.watts * seconds
    how = (
        f"Predicted: {three(energy.seconds - decode)} s besides writing + ({answer.output_tokens:,} - 1) "
        f"tokens ÷ {three(rate)} tok/s, last measured here without drafting = {three(seconds)} s; "
        f"{three(seconds)} s × {three(energy.watts)} W, as in this answer = {three(joules)} J"
    )
    return joules, how
