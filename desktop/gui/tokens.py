"""Design tokens: colours, type roles, spacing, radii. The only module with a colour or a font size in it."""

from __future__ import annotations

from dataclasses import dataclass

SIDEBAR, RAIL, PANEL, HEADER, MEASURE, COMPOSER = 244, 56, 304, 56, 640, 672
XS, S, M, L, XL, XXL = 4, 8, 12, 16, 20, 24  # 4-step grid
GAP = 10  # between cards
R_TINT, R_ROW, R_CARD, R_BUBBLE, R_COMPOSER = 3, 8, 10, 14, 16


@dataclass(frozen=True, slots=True)
class Colors:
    """One palette, hex strings. Names as in the design document."""

    bg: str
    side: str
    surface: str
    raised: str
    sel: str
    code: str
    line: str
    line2: str
    line3: str
    text: str
    text2: str
    text3: str
    accent: str
    accent_bg: str
    on_accent: str
    ok: str
    ok_bg: str
    bad: str
    bad_bg: str
    warn: str
    warn_bg: str
    keyword: str
    string: str
    comment: str
    function: str
    number: str


DARK = Colors(
    bg="#0f1115", side="#0b0d10", surface="#171a20", raised="#1d2128", sel="#191d24", code="#12151a",
    line="#23272f", line2="#2d323c", line3="#667082", text="#e6e8ec", text2="#a2a9b5", text3="#8b93a1",
    accent="#7c9cff", accent_bg="#1a2238", on_accent="#0b0d10", ok="#5ecf9a", ok_bg="#163528",
    bad="#f07f86", bad_bg="#2b191c", warn="#e8b66b", warn_bg="#2d2415",
    keyword="#c39bff", string="#8fd3a6", comment="#8b93a1", function="#86b3ff", number="#f0a878",
)  # fmt: skip
LIGHT = Colors(
    bg="#ffffff", side="#f7f8fa", surface="#ffffff", raised="#f1f3f6", sel="#e9ecf1", code="#f7f8fa",
    line="#e6e9ee", line2="#d6dbe3", line3="#7f8897", text="#1a1d23", text2="#565e6c", text3="#5f6775",
    accent="#3b5bdb", accent_bg="#e8edff", on_accent="#ffffff", ok="#0b6e46", ok_bg="#d9f2e5",
    bad="#bb2c38", bad_bg="#fdeaec", warn="#8a5608", warn_bg="#fdf1dc",
    keyword="#7a3fd0", string="#1d7f4a", comment="#5f6775", function="#2456c9", number="#b3560f",
)  # fmt: skip

# role: (px, weight, colour, mono). A QLabel with property "type" set to a role is styled so.
TYPE: dict[str, tuple[int, int, str, bool]] = {
    "axis": (11, 400, "text3", False), "caption": (12, 400, "text2", False),
    "captionstrong": (12, 500, "text", False),
    "section": (12, 500, "text3", False), "ui": (13, 400, "text", False), "ui2": (13, 400, "text2", False),
    "strong": (13, 500, "text", False), "body": (14, 400, "text", False), "body2": (14, 400, "text2", False),
    "hint": (14, 400, "text3", False),
    "heading2": (14, 600, "text", False), "heading": (15, 600, "text", False),
    "metric": (16, 600, "text", False), "figure": (20, 600, "text", False),
    "headline": (32, 600, "text", False),
    "mono": (13, 400, "text", True), "mono2": (12, 400, "text2", True),
}  # fmt: skip
