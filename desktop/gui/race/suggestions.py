"""Prompts to race with when there is no conversation: (a few words, the prompt). Pure data."""

from __future__ import annotations

GUIDE = (
    ("Drafting", "How does speculative decoding work?"),
    ("Output tokens", "Why do output tokens cost more than input tokens?"),
    ("Privacy", "Does anything I write leave this computer?"),
)
"""For the built-in guide: it knows Slipstream and little else."""
GENERAL = (
    ("Explain", "Explain step by step how binary search works, and why it needs so few comparisons."),
    ("Code", "Write a Python function that parses a CSV line with quoted fields. Comment each step."),
    ("Story", "Write the first page of a story about a lighthouse keeper who receives a letter by mistake."),
    (
        "Repeat",
        "Repeat this list exactly, then add five more: oak, beech, birch, maple, ash, elm, willow, pine.",
    ),
)
"""For any other model: from what a draft guesses easily to what it does not."""
DEMONSTRATION = "How does speculative decoding work?"
"""What the race of the first-run screen asks."""
