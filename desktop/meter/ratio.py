"""One output token against one input token, on this computer; and tokens against seconds as a straight line.

Knows counts and times of one answer. An input token is one that was read (reused ones cost nothing), an
output token one after the first: the first comes with the reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.meter.types import Energy
from desktop.meter.words import three

LEAST_INPUT, LEAST_OUTPUT = 16, 8
"""With fewer tokens a ratio says more about the start than about tokens."""


@dataclass(frozen=True, slots=True)
class TokenRatio:
    """Seconds and joules of one token. `times`: output / input, in time; `energy_times`: in energy.

    Joules and `energy_times` are None unless the energy of reading and of writing were told apart; energy
    only divided by time would repeat `times`. `estimated`: the joules are an estimate.
    """

    input_seconds: float
    output_seconds: float
    times: float
    input_joules: float | None
    output_joules: float | None
    energy_times: float | None
    estimated: bool
    how: str

    @property
    def text(self) -> str:
        """ "One output token took 9.4 × the time of one input token" """
        return f"One output token took {three(self.times)} × the time of one input token"


def token_ratio(
    *,
    prompt_tokens: int,
    reused_tokens: int,
    output_tokens: int,
    prefill_ms: float,
    decode_ms: float,
    energy: Energy | None = None,
) -> TokenRatio | None:
    """From the counts and timings of an answer; None when it is too short to say.

    `decode_ms`: from the first output token to the last, as the engine has it.
    """
    read, written = prompt_tokens - reused_tokens, output_tokens - 1
    if read < LEAST_INPUT or output_tokens < LEAST_OUTPUT or not (prefill_ms > 0 and decode_ms > 0):
        return None
    one_in, one_out = prefill_ms / 1000 / read, decode_ms / 1000 / written
    lines = [
        f"Output: {three(decode_ms / 1000)} s ÷ ({output_tokens:,} - 1) tokens = {three(one_out * 1000)} ms, "
        f"{three(1 / one_out)} tok/s",
        f"Input: {three(prefill_ms / 1000)} s ÷ ({prompt_tokens:,} - {reused_tokens:,} reused) tokens = "
        f"{three(one_in * 1000)} ms, {three(1 / one_in)} tok/s",
    ]
    joules = _joules(energy, read, written)
    if joules is not None and energy is not None:
        lines.append(
            f"{energy.label}: {three(joules[1])} J an output token, {three(joules[0])} J an input token "
            f"({energy.source})"
        )
    return TokenRatio(
        input_seconds=one_in,
        output_seconds=one_out,
        times=one_out / one_in,
        input_joules=joules[0] if joules else None,
        output_joules=joules[1] if joules else None,
        energy_times=joules[1] / joules[0] if joules else None,
        estimated=energy is not None and not energy.measured,
        how="\n".join(lines),
    )


def _joules(energy: Energy | None, read: int, written: int) -> tuple[float, float] | None:
    """Joules of one input and one output token, by what was counted on each side of the first token."""
    if energy is None or energy.prefill_joules is None:
        return None
    before, after = energy.prefill_joules, energy.joules - energy.prefill_joules
    return (before / read, after / written) if before > 0 and after > 0 else None


@dataclass(frozen=True, slots=True)
class Line:
    """tokens = `start` + `per_second` × seconds. `fit`: the share of the variation it explains, 0 to 1."""

    per_second: float
    start: float
    fit: float
    points: int

    def tokens(self, seconds: float) -> float:
        """Where the line is at that time."""
        return self.start + self.per_second * seconds

    @property
    def text(self) -> str:
        """How it was found."""
        return (
            f"Straight line through {self.points:,} points (least squares): {three(self.per_second)} tokens "
            f"a second, explaining {100 * self.fit:.1f}% of the variation"
        )


def straight_line(points: Sequence[tuple[float, float]]) -> Line | None:
    """The line through (seconds, tokens); None under three points, or when no time passes."""
    count = len(points)
    if count < 3:
        return None
    mean_x, mean_y = sum(x for x, _ in points) / count, sum(y for _, y in points) / count
    xx = sum((x - mean_x) ** 2 for x, _ in points)
    yy = sum((y - mean_y) ** 2 for _, y in points)
    xy = sum((x - mean_x) * (y - mean_y) for x, y in points)
    if xx <= 0:
        return None
    fit = xy * xy / (xx * yy) if yy > 0 else 1.0
    return Line(xy / xx, mean_y - xy / xx * mean_x, min(1.0, fit), count)
