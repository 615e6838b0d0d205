"""Text made visible: characters of effect but no shape get one. No Qt."""

from __future__ import annotations

import re

# Characters that change how their neighbours are drawn, shown by name. LRM, RLM and ALM stay: right-to-left
# text needs them, and they cannot reorder anything that is not beside them.
_BIDI = {
    0x202A: "LRE", 0x202B: "RLE", 0x202C: "PDF", 0x202D: "LRO", 0x202E: "RLO",
    0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI",
}  # fmt: skip
_MAP: dict[int, str] = {code: f"\u27e8{name}\u27e9" for code, name in _BIDI.items()}
_MAP |= {code: chr(0x2400 + code) for code in range(0x20) if code not in (0x09, 0x0A)}
_MAP |= {0x7F: "\u2421", 0x2028: " ", 0x2029: " ", 0x85: " "}
# Qt gives these a meaning inside a text document: frame ends and inline objects.
_MAP |= {0xFDD0: "\ufffd", 0xFDD1: "\ufffd", 0xFFFC: "\ufffd"}
NEEDS = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028-\u202e\u2066-\u2069\ufdd0\ufdd1\ufffc\ud800-\udfff]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def visible(text: str) -> str:
    """`text` with every character of effect but no shape replaced by something a person can see."""
    if not NEEDS.search(text):
        return text
    return _SURROGATE.sub("\ufffd", text).translate(_MAP)
