"""The prompt sets of resources/prompts, for tests and benchmarks. CC0; see the README there."""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).resolve().parents[1] / "resources" / "prompts"
SETS = ("prose", "code", "rewrite", "summary")


def prompts(name: str) -> list[str]:
    """One of `SETS`."""
    return _parts(name)


def short(count: int = 0) -> list[str]:
    """Short prompts, no two alike: every form with every topic, in an order that spreads both, so that the
    first few are as diverse as all of them. `count` 0 = all, more than 200.
    """
    forms, topics = _parts("forms"), (FOLDER / "topics.txt").read_text("utf-8").splitlines()
    turned = [
        form.replace("{topic}", topics[(place + turn) % len(topics)])
        for turn in range(len(topics))
        for place, form in enumerate(forms)
    ]
    return turned[:count] if count else turned


def _parts(name: str) -> list[str]:
    text = (FOLDER / f"{name}.txt").read_text("utf-8")
    return [part.strip("\n") for part in text.split("\n---\n")]
