"""Plots as SVG, drawn by hand: small, readable on light and dark ground, with a title and a description.

Knows numbers and names only. What is plotted, and what it means, is `report`'s.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

WIDE, HIGH = 300, 210
"""Size of a panel."""
LEFT, RIGHT, TOP, BOTTOM = 46, 14, 34, 36
STYLE = """
.ground { fill: #ffffff; }
text { font: 11px system-ui, sans-serif; fill: #59636e; }
.title { font-size: 12px; font-weight: 600; fill: #24292f; }
.grid { stroke: #d9dee3; }
.line { fill: none; stroke-width: 2; }
.line.a { stroke: #0b63b0; } .dot.a, text.a { fill: #0b63b0; }
.line.b { stroke: #b3450b; } .dot.b, text.b { fill: #b3450b; }
.line.c { stroke: #4d7d2c; } .dot.c, text.c { fill: #4d7d2c; }
@media (prefers-color-scheme: dark) {
.ground { fill: #15181c; }
text { fill: #a3acb5; }
.title { fill: #e6e9ec; }
.grid { stroke: #343a41; }
.line.a { stroke: #6cb6ff; } .dot.a, text.a { fill: #6cb6ff; }
.line.b { stroke: #f0a35e; } .dot.b, text.b { fill: #f0a35e; }
.line.c { stroke: #9ccf75; } .dot.c, text.c { fill: #9ccf75; }
}
"""
"""Every colour has 4.5 : 1 against its ground. No variables: not every reader of SVG knows them."""


class Line(NamedTuple):
    """Values over 1, 2, 3 ... in one of the colours a, b and c. `flat`: one value all the way, as a level.
    `steps`: drawn as a staircase.
    """

    name: str
    values: Sequence[float]
    colour: str = "a"
    flat: bool = False
    steps: bool = False
    dash: str = ""


class Panel(NamedTuple):
    """One set of axes, from zero up, and the lines on it."""

    title: str
    across: str
    lines: Sequence[Line]


def drawing(title: str, description: str, panels: Sequence[Panel], columns: int = 3) -> str:
    """An SVG of panels side by side."""
    columns = min(columns, len(panels))
    wide, high = columns * WIDE, math.ceil(len(panels) / columns) * HIGH
    drawn = "".join(
        f'<g transform="translate({index % columns * WIDE} {index // columns * HIGH})">{_panel(panel)}</g>\n'
        for index, panel in enumerate(panels)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" '
        f'height="{high}" role="img" aria-labelledby="title desc">\n'
        f'<title id="title">{escape(title)}</title>\n<desc id="desc">{escape(description)}</desc>\n'
        f'<style>{STYLE}</style>\n<rect class="ground" width="{wide}" height="{high}"/>\n'
        f"{drawn}</svg>\n"
    )


def _panel(panel: Panel) -> str:
    count = max(len(line.values) for line in panel.lines if not line.flat)
    top = _ceiling(max(value for line in panel.lines for value in line.values))

    def x(place: float) -> float:
        return round(LEFT + (place - 1) / max(count - 1, 1) * (WIDE - LEFT - RIGHT), 1)

    def y(value: float) -> float:
        return round(HIGH - BOTTOM - value / top * (HIGH - TOP - BOTTOM), 1)

    parts = [f'<text class="title" x="{LEFT}" y="16">{escape(panel.title)}</text>']
    for tick in range(5):
        value = top * tick / 4
        parts.append(f'<path class="grid" d="M{LEFT} {y(value)}H{WIDE - RIGHT}"/>')
        parts.append(f'<text x="{LEFT - 5}" y="{y(value) + 4}" text-anchor="end">{value:g}</text>')
    for place in range(1, count + 1):
        if count <= 8 or place % 2 == 0 or place == 1:
            parts.append(f'<text x="{x(place)}" y="{HIGH - BOTTOM + 14}" text-anchor="middle">{place}</text>')
    middle = (LEFT + WIDE - RIGHT) / 2
    parts.append(f'<text x="{middle}" y="{HIGH - 6}" text-anchor="middle">{escape(panel.across)}</text>')
    for line in panel.lines:
        points = (
            [(x(1), y(line.values[0])), (x(count), y(line.values[0]))]
            if line.flat
            else [(x(place), y(value)) for place, value in enumerate(line.values, 1)]
        )
        parts.append(_line(line, points))
    parts += _key(panel.lines)
    return "".join(parts)


def _line(line: Line, points: Sequence[tuple[float, float]]) -> str:
    path = f"M{points[0][0]} {points[0][1]}"
    for (before, _), (place, value) in itertools.pairwise(points):
        path += f"H{(before + place) / 2:.1f}V{value}H{place}" if line.steps else f"L{place} {value}"
    dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
    dots = "" if line.flat or line.steps else "".join(
        f'<circle class="dot {line.colour}" cx="{place}" cy="{value}" r="2.6"/>' for place, value in points
    )  # fmt: skip
    return f'<path class="line {line.colour}" d="{path}"{dash}/>{dots}'


def _key(lines: Sequence[Line]) -> list[str]:
    """Names of the lines in a row below the title, each with a piece of its line."""
    parts, at = [], LEFT
    for line in lines:
        dash = f' stroke-dasharray="{line.dash}"' if line.dash else ""
        parts.append(f'<path class="line {line.colour}" d="M{at} 25h16"{dash}/>')
        parts.append(f'<text class="{line.colour}" x="{at + 20}" y="29">{escape(line.name)}</text>')
        at += 30 + 6 * len(line.name)
    return parts


def _ceiling(value: float) -> float:
    """A round number above a value, easy to divide by four."""
    step = 10.0 ** math.floor(math.log10(value))
    return next(
        step * times for times in (1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10, 12) if step * times >= value * 1.02
    )
