"""docs/benchmarks.md and docs/plots/*.svg, from the numbers in docs/benchmarks.json."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.plot import Line, Panel, drawing

Found = dict[str, Any]
LENGTHS = [str(length) for length in range(1, 13)]
WIDTHS = [str(width) for width in range(1, 17)]


def table(heads: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[str]:
    """A Markdown table."""
    return [
        "| " + " | ".join(heads) + " |",
        "|" + "---|" * len(heads),
        *("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows),
        "",
    ]


def speculation(found: Found) -> list[str]:
    """The chapter on speculation, as lines of Markdown. Parts that failed are named, not left out."""
    parts = {name: part for name, part in found.items() if isinstance(part, dict)}
    failed = [
        f"- **{name} failed**: `{_line(part['failed'])}`" for name, part in parts.items() if "failed" in part
    ]
    parts = {name: part for name, part in parts.items() if "failed" not in part}
    pairs = {name: part for name, part in parts.items() if name.startswith("pair ")}
    chapters = [
        ["## Speculation", "", f"Measured {found.get('when', 'now')}, {found['threads']} threads.", ""],
        [*_HOW, "", *([*failed, ""] if failed else [])],
        table(("what", "wanted", "measured"), promises(parts, pairs)),
        _pairs(pairs) if pairs else [],
        _sampled(parts),
        _guide(parts["guide"]) if "guide" in parts else [],
        _others(parts),
        _curves(parts["curves"]) if "curves" in parts else [],
    ]
    return [line for chapter in chapters for line in chapter]


_HOW = (
    "Synthetic pairs (`benchmarks/pairs.py`) have random weights and real compute: 551M parameters, a real",
    "vocabulary of 32,000 tokens, and a draft that reads 15 % of the weights the target reads. How often the",
    "draft is right is set when they are made. *Agreement* is how often both models' likeliest tokens are",
    "the same; *acceptance* is accepted / drafted tokens, which is less, for what follows a rejected one is",
    "dropped. Every row compares runs taken in turn in one process. *auto* decides by itself when to draft",
    "and how much, up to 12 tokens; a fixed length drafts in every round.",
)


def promises(parts: Found, pairs: Found) -> list[tuple[str, str, str]]:
    """What was promised of speculation, what was measured."""
    rows = []
    if pairs:
        ratios = {name: part["auto / best fixed"]["median"] for name, part in pairs.items()}
        worst = min(ratios, key=lambda name: ratios[name])
        rows.append(("auto / best fixed length, worst pair", "≥ 0.97", f"{ratios[worst]} ({worst})"))
    for part in pairs.values():
        if part["wanted"] >= 0.85 and part["quantisation"] == "Q4_0":
            rows.append(
                (f"auto / plain, Q4_0, agreement {part['wanted']}", "≥ 1.6", _span(part["auto / plain"]))
            )
    for name, side, wanted in (
        ("unrelated Q4_0", "auto", "≥ 0.97"),
        ("novel Q8_0", "lookup", "≥ 0.98"),
        ("repeated Q8_0", "lookup", "≥ 2.0"),
    ):
        if name in parts:
            rows.append((_NAMES[name], wanted, _span(parts[name][f"{side} / plain"])))
    for part in (part for name, part in parts.items() if name.startswith("sampled")):
        ours, theirs = (part["rows"][rule]["acceptance"] for rule in ("rejection", "equal"))
        rows.append(
            ("Acceptance at temperature 0.8, rejection sampling / equal", "> 1", f"{ours} / {theirs}")
        )
    if pairs:
        share = max(part["rows"]["auto"]["python_share"] for part in pairs.values())
        rows.append(("Python's share of a round, 551M pairs, largest", "≤ 3 %", f"{share:.1%}"))
    if "curves" in parts:
        for kind in ("Q4_0", "Q8_0"):
            draft, target = (parts["curves"][f"{whose} {kind}"]["1"] for whose in ("draft", "target"))
            rows.append((f"A draft's decode / the target's, {kind}", "≤ 0.2", f"{draft / target:.2f}"))
    same = [row["identical"] for part in pairs.values() for row in part["rows"].values()]
    if same:
        rows.append(("Greedy answers equal to plain", "all", f"{sum(same)} of {len(same)} ways"))
    return rows


_NAMES = {
    "unrelated Q4_0": "auto / plain with an unrelated draft, 512 tokens",
    "novel Q8_0": "lookup / plain on text that never repeats, 512 tokens",
    "repeated Q8_0": "lookup / plain repeating 400 tokens with one changed",
}


def _pairs(pairs: Found) -> list[str]:
    lines = ["### Pairs, greedy, tok/s", ""]
    lines += table(
        (
            "pair",
            "agreement",
            "acceptance",
            "plain",
            "auto",
            "best fixed",
            "auto / best fixed",
            "auto / plain",
        ),
        (
            (
                part["quantisation"],
                part["agreement"],
                part["rows"]["auto"].get("acceptance", "-"),
                part["rows"]["plain"]["rate"],
                part["rows"]["auto"]["rate"],
                f"{part['rows'][str(part['best_fixed'])]['rate']} (length {part['best_fixed']})",
                _span(part["auto / best fixed"]),
                _span(part["auto / plain"]),
            )
            for part in pairs.values()
        ),
    )
    for kind in ("Q4_0", "Q8_0"):
        if any(part["quantisation"] == kind for part in pairs.values()):
            name = kind.lower().replace("_", "")
            lines += [f"![Speed against draft length, {kind}](plots/pairs-{name}.svg)", ""]
    lines += ["tok/s at every fixed length:", ""]
    return lines + table(
        ("pair", *LENGTHS),
        (
            (f"{part['quantisation']} {part['wanted']}", *(part["rows"][k]["rate"] for k in LENGTHS))
            for part in pairs.values()
        ),
    )


def _sampled(parts: Found) -> list[str]:
    lines: list[str] = []
    for name, part in parts.items():
        if name.startswith("sampled"):
            lines += [f"### Temperature 0.8, {part['quantisation']}, agreement {part['wanted']}", ""]
            lines += [f"The rules at a fixed length of {part['length']}, the same pair and seeds:", ""]
            lines += table(
                ("rule", "acceptance", "tokens per round", "tok/s", "against plain"),
                (
                    (rule, row.get("acceptance", "-"), row.get("tokens_per_round", "-"), row["rate"],
                     part["against plain"][rule]["median"])
                    for rule, row in part["rows"].items()
                ),
            )  # fmt: skip
    return lines


def _guide(sets: Found) -> list[str]:
    lines = ["### The guide and its draft, greedy, one thread, tok/s", ""]
    lines += table(
        ("prompts", "plain", "auto", "lookup", "best fixed", "auto / plain", "auto acceptance", "Python"),
        (
            (
                name,
                part["rows"]["plain"]["rate"],
                part["rows"]["auto"]["rate"],
                part["rows"]["lookup"]["rate"],
                f"{part['rows'][str(part['best_fixed'])]['rate']} (length {part['best_fixed']})",
                part["auto / plain"],
                part["rows"]["auto"].get("acceptance", "-"),
                f"{part['rows']['auto']['python_share']:.0%}",
            )
            for name, part in sets.items()
        ),
    )
    return [*lines, "![The guide's speed against draft length](plots/guide.svg)", ""]


def _others(parts: Found) -> list[str]:
    if "others" not in parts:
        return []
    lines = ["### llama-cpp-python's own generation (`Llama.generate`), tok/s", ""]
    lines += table(
        ("where", "how", "tok/s", "same text as plain"),
        (
            (where, how, *((f"`{_line(one['error'])}`", "-") if "error" in one else
                           (sorted(one["rates"])[len(one["rates"]) // 2], one["identical"])))
            for where, hows in parts["others"].items()
            for how, one in hows.items()
        ),
    )  # fmt: skip
    if "repeated Q8_0" in parts:
        rows = parts["repeated Q8_0"]["rows"]
        lines += [
            f"Slipstream on the same repeat: plain {rows['plain']['rate']}, lookup {rows['lookup']['rate']}.",
            "",
        ]
    return lines


def _curves(curves: Found) -> list[str]:
    lines = ["### Cost of a decode by width", "", "Relative to one token; the first column is its ms.", ""]
    lines += table(
        ("model", "ms", *WIDTHS[1:]),
        (
            (name, round(row["1"], 2), *(f"{row[width] / row['1']:.2f}" for width in WIDTHS[1:]))
            for name, row in curves.items()
        ),
    )
    return [*lines, "![Cost of a decode by width](plots/costs.svg)", ""]


def seeing(found: Found) -> list[str]:
    """What-if against what was run, and what watching costs."""
    watched, what_if = found["watching"], found["what_if"]
    rows = (
        (
            f"{pair['quantisation']}, agreement {pair['wanted']}",
            *(f"{row['error']:+.1%} ({row['measured']:.0f})" for row in pair["rows"]),
        )
        for pair in what_if
    )
    return [
        "## Seeing it",
        "",
        "What-if: the speed predicted for other draft lengths from the rounds of one answer of",
        f"{found['tokens']} tokens drafted at length 8, against answers that really drafted so many (551M",
        f"pairs, medians of {found['runs']}; within 8 % was wanted). Such an answer has about twenty rounds:",
        "chance in what was accepted is part of the error. It leans to too fast, for the first token of a",
        "draft costs more than the others (caches are cold after the target's decode, and the draft catches",
        "up with what was accepted), and a trace does not tell it apart.",
        "",
        *table(("pair", *map(str, range(1, 9))), rows),
        "Each cell: predicted / measured - 1, and the measured tok/s.",
        "",
        f"Watching: the same answer in the same window, with panel, colours and sparkline {watched['on']}",
        f"tok/s, with none of them {watched['off']}: {watched['ratio']} (wanted 0.95; single pairs from",
        f"{min(watched['ratios'])} to {max(watched['ratios'])}). Both cores belong to the model here, and",
        "whatever is drawn stalls both of its threads.",
        "",
    ]


def exact(pairs: Found) -> list[str]:
    """The chapter on exactness."""
    lines = [
        "### Greedy answers with speculation and without",
        "",
        "Every prompt with draft, lookup and auto at lengths 1 to 12 and at the length that pays. Where an",
        "answer differs, the two candidates' logits are apart by no more than rounding between widths.",
        "",
    ]
    lines += table(
        ("pair", "prompts", "answers", "tokens each", "drafted", "differing", "where, gap of the logits"),
        (
            (name, part["prompts"], part["answers"], part["tokens"], part["drafted"], part["differing"],
             "; ".join(map(_place, part["places"])) or "-")
            for name, part in pairs.items()
        ),
    )  # fmt: skip
    return lines


def _place(place: Found) -> str:
    one, other = place["logits"]
    kind = "a tie" if place["tie"] else "**no tie**"
    return f"token {place['position']}: {abs(one - other):.5f}, {kind} ({place['answers']} answers)"


def plots(found: Found, folder: Path) -> None:
    """Write the plots of what was measured."""
    folder.mkdir(parents=True, exist_ok=True)
    parts = {name: part for name, part in found.items() if isinstance(part, dict) and "failed" not in part}
    for kind in ("Q4_0", "Q8_0"):
        ours = [part for name, part in parts.items() if name.startswith(f"pair {kind}")]
        if ours:
            panels = [_speeds(f"{kind}, agreement {part['wanted']}", part["rows"]) for part in ours]
            name = kind.lower().replace("_", "")
            told = "; ".join(
                f"agreement {p['wanted']}: plain {p['rows']['plain']['rate']}, "
                f"auto {p['rows']['auto']['rate']}, best at length {p['best_fixed']}"
                for p in ours
            )
            text = drawing(f"Tokens per second against draft length, {kind}", told, panels)
            (folder / f"pairs-{name}.svg").write_text(text, "utf-8")
    if "guide" in parts:
        panels = [_speeds(name, part["rows"]) for name, part in parts["guide"].items()]
        told = "; ".join(
            f"{name}: auto {p['auto / plain']} times plain" for name, p in parts["guide"].items()
        )
        (folder / "guide.svg").write_text(drawing("The guide pair by prompt set", told, panels), "utf-8")
    if "curves" in parts:
        (folder / "costs.svg").write_text(_costs(parts["curves"]), "utf-8")


def _speeds(title: str, rows: Found) -> Panel:
    lines = (
        Line("fixed", [rows[length]["rate"] for length in LENGTHS]),
        Line("auto", [rows["auto"]["rate"]], "b", flat=True),
        Line("plain", [rows["plain"]["rate"]], "c", flat=True, dash="5 3"),
    )
    return Panel(f"{title}: tok/s", "draft length, tokens", lines)


def _costs(curves: Found) -> str:
    kinds = {"Q4_0": ("a", ""), "Q8_0": ("b", ""), "F16": ("c", "5 3")}

    def panel(whose: str) -> Panel:
        lines = [
            Line(kind, [row[width] / row["1"] for width in WIDTHS], colour, steps=True, dash=dash)
            for kind, (colour, dash) in kinds.items()
            if (row := curves.get(f"{whose} {kind}"))
        ]
        return Panel(f"{whose.capitalize()}: cost relative to one token", "tokens in a decode", lines)

    told = "Cost of one decode by its width: a staircase that differs by quantisation, and is not monotone."
    return drawing("Cost of a decode by width", told, [panel("target"), panel("draft")])


def _span(ratio: Found) -> str:
    return f"{ratio['median']} ({ratio['low']} to {ratio['high']})"


def _line(text: str) -> str:
    return text.strip().splitlines()[-1].replace("|", "/").replace("`", "'")[:160]
