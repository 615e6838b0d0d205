"""Numbers for people."""

from __future__ import annotations

from datetime import datetime

import pytest

from desktop.gui.numbers import count, day_group, duration_text, size, when

NOW = datetime(2026, 11, 27, 14, 30).timestamp()


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.00 kB"), (6_430_000, "6.43 MB"), (639_000_000, "639 MB"),
        (999_499_999, "999 MB"), (999_500_000, "1.00 GB"), (14_400_000_000, "14.4 GB"),
        (5_000_000_000_000_000, "5,000 TB"),
    ],
)  # fmt: skip
def test_sizes(amount: int, text: str) -> None:
    assert size(amount) == text


@pytest.mark.parametrize(
    ("ms", "text"),
    [
        (4.2, "4.2 ms"),
        (205, "205 ms"),
        (999.6, "1.00 s"),
        (8021, "8.02 s"),
        (41_260, "41.3 s"),
        (125_000, "2:05 min"),
    ],
)
def test_durations(ms: float, text: str) -> None:
    assert duration_text(ms) == text


def test_counts() -> None:
    assert [count(1, "token"), count(2, "token"), count(8192, "token"), count(8192)] == [
        "1 token", "2 tokens", "8,192 tokens", "8,192",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("then", "group", "short"),
    [
        (datetime(2026, 11, 27, 14, 29, 30), "Today", "Now"),
        (datetime(2026, 11, 27, 0, 1), "Today", "00:01"),
        (datetime(2026, 11, 28, 9, 0), "Today", "Now"),  # a clock that was set back
        (datetime(2026, 11, 26, 23, 59), "Yesterday", ""),
        (datetime(2026, 11, 20, 8, 0), "Previous 7 days", "Fri"),
        (datetime(2026, 11, 19, 8, 0), "Previous 30 days", "19 Nov"),
        (datetime(2026, 10, 27, 8, 0), "Older", "27 Oct"),
        (datetime(2024, 2, 29, 8, 0), "Older", "29 Feb 2024"),
    ],
)
def test_days_are_local_calendar_days(then: datetime, group: str, short: str) -> None:
    assert (day_group(then.timestamp(), NOW), when(then.timestamp(), NOW)) == (group, short)
