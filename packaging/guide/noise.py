"""What people type by accident or in play: mistakes, key-mash, symbols, sums, invented words."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "asdfjkl", "qwertzuiop", "1234567890", _LETTERS)
_DOUBLES = (
    "bl",
    "br",
    "ch",
    "cl",
    "dr",
    "fl",
    "gl",
    "gr",
    "kr",
    "pl",
    "pr",
    "sh",
    "sk",
    "st",
    "tr",
    "zw",
)
_ONSETS = (*"bcdfghjklmnprstvwyz", *_DOUBLES)
_NUCLEI = (*"aeiou", "ai", "ee", "oo", "ou", "ea")
_CODAS = ("", "", *"bdglmnprstx", "ck", "ff", "lm", "nd", "nk", "rb")
_BLOCKS = (
    (0x21, 0x2F),
    (0xA0, 0xBF),
    (0x2190, 0x21FF),
    (0x2200, 0x22FF),
    (0x2500, 0x25FF),
    (0x2600, 0x26FF),
    (0x2800, 0x28FF),
    (0x1F300, 0x1F64F),
    (0x1F680, 0x1F6FF),
)
_SIGNS = ("+", "-", "*", "x", "/", " + ", " - ", " * ", " / ", " times ", " plus ", " minus ")
_ASKED = ("", "", "what is ", "what's ", "calculate ", "how much is ", "compute ")


def mistype(text: str, rng: Random) -> str:
    """Leave out, double, swap or replace one letter; short texts stay as they are."""
    places = [i for i, char in enumerate(text) if char.isascii() and char.isalpha()]
    if len(places) < 5:
        return text
    i = rng.choice(places[1:])
    edits: tuple[Callable[[], str], ...] = (
        lambda: text[:i] + text[i + 1 :],
        lambda: text[: i + 1] + text[i:],
        lambda: text[: i - 1] + text[i] + text[i - 1] + text[i + 1 :],
        lambda: text[:i] + rng.choice(_LETTERS) + text[i + 1 :],
    )
    return rng.choice(edits)()


def invented(rng: Random) -> str:
    """Return a word that does not exist, most of the time."""
    count = rng.choice((1, 2, 2, 3))
    parts = [rng.choice(_ONSETS) + rng.choice(_NUCLEI) + rng.choice(_CODAS) for _ in range(count)]
    return "".join(parts)


def number(rng: Random) -> str:
    """Return a number of up to four digits."""
    return str(rng.randint(0, 10 ** rng.randint(1, 4)))


def task(rng: Random) -> str:
    """Return a sum."""
    return rng.choice(_ASKED) + number(rng) + rng.choice(_SIGNS) + number(rng)


def junk(rng: Random) -> str:
    """Return key-mash, punctuation, one letter many times, or random symbols."""
    pick = rng.random()
    if pick < 0.5:
        row = rng.choice(_ROWS)
        words = rng.choice((1, 1, 1, 2, 3))
        return " ".join("".join(rng.choices(row, k=rng.randint(4, 11))) for _ in range(words))
    if pick < 0.65:
        return "".join(rng.choices("?!.,;-_#*()[]/&%$", k=rng.randint(1, 9)))
    if pick < 0.75:
        return rng.choice(_LETTERS) * rng.randint(1, 12)
    low, high = rng.choice(_BLOCKS)
    return "".join(chr(rng.randint(low, high)) for _ in range(rng.randint(1, 8)))
