"""Numbers for people: sizes, counts, durations, rates, days. Pure strings, no Qt."""

from __future__ import annotations

from datetime import date, datetime

DASH = "–"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def three_digits(value: float) -> str:
    """51.6, 8.02, 1,204: three digits where there are decimals to give."""
    digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
    return f"{value:,.{digits}f}"


def size(amount: int) -> str:
    """Bytes in decimal units: "6.43 MB", "14.4 GB"."""
    if amount < 1000:
        return f"{amount} B"
    value, units = amount / 1000, ["kB", "MB", "GB", "TB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{three_digits(value)} {units[0]}"


def count(number: int, noun: str = "") -> str:
    """Thousands separated, with a noun in singular or plural: "8,192 tokens"."""
    return f"{number:,}" + (f" {noun}{'' if number == 1 else 's'}" if noun else "")


def duration(ms: float) -> tuple[str, str]:
    """A duration in milliseconds as number and unit: ("205", "ms"), ("3.41", "s"), ("2:05", "min")."""
    if ms < 999.5:
        return (f"{ms:.0f}" if ms >= 9.95 else f"{ms:.1f}"), "ms"
    if ms < 99_950:
        return three_digits(ms / 1000), "s"
    minutes, seconds = divmod(round(ms / 1000), 60)
    return f"{minutes}:{seconds:02d}", "min"


def duration_text(ms: float) -> str:
    """As `duration`, in one string."""
    return " ".join(duration(ms))


def day_group(then: float, now: float) -> str:
    """The sidebar's heading for a time, both in seconds since the epoch, by local days."""
    days = (_day(now) - _day(then)).days
    if days <= 0:
        return "Today"
    if days == 1:
        return "Yesterday"
    return "Previous 7 days" if days <= 7 else "Previous 30 days" if days <= 30 else "Older"


def when(then: float, now: float) -> str:
    """Short time: "Now", "14:02", "" for yesterday (the heading says it), "Mon", "12 Mar", "12 Mar 2024"."""
    moment, days = datetime.fromtimestamp(then), (_day(now) - _day(then)).days
    if days <= 0:
        return "Now" if now - then < 60 else f"{moment:%H:%M}"
    if days == 1:
        return ""
    if days <= 7:
        return _DAYS[moment.weekday()]
    year = "" if moment.year == _day(now).year else f" {moment.year}"
    return f"{moment.day} {_MONTHS[moment.month - 1]}{year}"


def _day(seconds: float) -> date:
    return datetime.fromtimestamp(seconds).date()
