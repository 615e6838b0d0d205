"""Numbers of this room as words: three digits without exponents, and money. Pure strings."""

from __future__ import annotations

import math

_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£"}
_HUNDREDTHS = {"USD": "¢", "EUR": "ct"}


def three(value: float) -> str:
    """Three significant digits, more before the point: "280", "1,204", "8.2", "0.00233"."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = min(12, max(0, 2 - math.floor(math.log10(abs(value)))))
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def money(amount: float, currency: str) -> str:
    """An amount, to two significant digits or cents: "0.0023 ¢", "5.25 ¢", "$1.24", "CHF 0.30"."""
    if currency in _HUNDREDTHS and 0 < abs(amount) < 0.0995:
        return f"{_digits(amount * 100)} {_HUNDREDTHS[currency]}"
    return ("-" if amount < 0 else "") + _sign(currency) + _digits(abs(amount))


def price(amount: float, currency: str) -> str:
    """A price as it was given: "$0.003", "€0.287", "$10"."""
    text = f"{amount:,.6f}".rstrip("0").rstrip(".")
    return f"{_sign(currency)}{text}"


def _sign(currency: str) -> str:
    return _SIGNS.get(currency, f"{currency} ")


def _digits(amount: float) -> str:
    decimals = 2
    while amount and decimals < 12 and abs(amount) * 10**decimals < 9.95:
        decimals += 1
    return f"{amount:,.{decimals}f}"
