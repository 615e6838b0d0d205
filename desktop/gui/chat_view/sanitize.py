"""Makes hostile text harmless to show: control characters, bidi overrides, links. Knows nothing of Qt."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from desktop.gui.visible import NEEDS, visible

__all__ = ["bare_urls", "plain_lines", "safe_url", "visible"]

_URL = re.compile(r"https?://[^\s<>\"`]+[^\s<>\"`.,;:!?)\]}'*_]")


def plain_lines(text: str) -> str:
    """`text` with one kind of line end, for showing as it was typed."""
    return visible(text.replace("\r\n", "\n").replace("\r", "\n"))


def safe_url(url: str) -> str | None:
    """`url` if it is one that may be opened: http or https, with a host; otherwise None."""
    if NEEDS.search(url) or any(c.isspace() for c in url) or len(url) > 2000:
        return None
    try:
        parts = urlsplit(url)
        good = parts.scheme.lower() in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return None
    return url if good else None


def bare_urls(text: str) -> list[tuple[int, int]]:
    """Spans of http(s) addresses written without link marks."""
    if "://" not in text:
        return []
    return [m.span() for m in _URL.finditer(text) if safe_url(m.group())]
