"""Markdown read as it arrives gives the same pieces as read at once; what is hostile becomes harmless."""

from __future__ import annotations

import random

import pytest
from markdown_it import MarkdownIt

from desktop.gui.chat_view.blocks import SLICE, BlockStream, read
from desktop.gui.chat_view.flatten import TABLE_ROWS, flatten
from desktop.gui.chat_view.pieces import Code, Para, Piece, Run, Style, Table, piece_text
from desktop.gui.chat_view.units import Markdown
from tests.gui.chat_view.corpus import ANSWER, CORPUS, PYTHON

MARKDOWN = Markdown()


def pieces_of(text: str) -> list[Piece]:
    return read(text, MARKDOWN)


def in_cuts(text: str, sizes: list[int], rng: random.Random) -> BlockStream:
    """Feeds the text in random cuts; pieces once settled must stay."""
    stream, at = BlockStream(MARKDOWN), 0
    settled: list[Piece] = []
    while at < len(text):
        size = rng.choice(sizes)
        stream.feed(text[at : at + size])
        at += size
        assert stream.pieces[: len(settled)] == settled
        settled = stream.pieces[: stream.settled]
    return stream


@pytest.mark.parametrize("text", CORPUS, ids=range(len(CORPUS)))
def test_any_cut_gives_the_same_pieces(text: str) -> None:
    whole, rng = pieces_of(text), random.Random(len(text))
    sizes = [1, 2, 5, 17, 80] if len(text) < 2_000 else [80, 400]
    for _ in range(6):
        end = in_cuts(text, sizes, rng).finished()
        assert (pieces_of(text) if end.stale_references else end.pieces) == whole


@pytest.mark.parametrize(
    "text", [t for t in CORPUS if len(t) < 3_000], ids=range(sum(len(t) < 3_000 for t in CORPUS))
)
def test_units_agree_with_a_plain_parse(text: str) -> None:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    assert pieces_of(text) == flatten(parser.parse(text))


def test_every_character_one_by_one() -> None:
    stream = BlockStream(MARKDOWN)
    for letter in ANSWER:
        stream.feed(letter)
    assert stream.finished().pieces == pieces_of(ANSWER)


def test_finished_leaves_the_stream_open() -> None:
    stream = BlockStream(MARKDOWN)
    stream.feed("```py\na = 1\n")
    assert stream.finished().pieces == [Code("py", "a = 1")]
    stream.feed("b = 2\n```\nend")
    assert stream.finished().pieces == pieces_of("```py\na = 1\nb = 2\n```\nend")


def test_what_is_settled_is_not_read_again() -> None:
    stream = BlockStream(MARKDOWN)
    stream.feed("first\n\nsecond\n\n- a\n- b\n- c")
    assert stream.settled == 3  # two paragraphs and the items before the last complete one... a
    assert [piece_text(p) for p in stream.pieces] == ["first", "second", "• a", "• b", "• c"]


def test_code_keeps_its_text_and_language() -> None:
    code = next(p for p in pieces_of(ANSWER) if isinstance(p, Code))
    assert (code.language, code.text, code.closed) == ("python", PYTHON, True)


def test_open_fence_shows_what_has_arrived() -> None:
    stream = BlockStream(MARKDOWN)
    stream.feed("```py\na = 1\nb =")
    assert stream.pieces == [Code("py", "a = 1\nb =", closed=False)]
    stream.feed(" 2\n``")  # perhaps the end of the fence: not shown
    assert stream.pieces == [Code("py", "a = 1\nb = 2", closed=False)]


def test_ordered_numbers_go_on_and_may_begin_anywhere() -> None:
    markers = [
        p.marker for p in pieces_of("7. a\n7. b\n9. c\n\ntext\n\n0. z") if isinstance(p, Para) and p.marker
    ]
    assert markers == ["7.", "8.", "9.", "0."]


def test_a_long_table_is_several_with_the_same_columns() -> None:
    rows = "".join(f"| {'x' * (i % 9)} | {i} |\n" for i in range(100))
    tables = [p for p in pieces_of("| a | b |\n|---|---|\n" + rows) if isinstance(p, Table)]
    assert [len(t.rows) for t in tables] == [TABLE_ROWS, TABLE_ROWS, 20]
    assert [bool(t.head) for t in tables] == [True, False, False]
    assert len({t.weights for t in tables}) == 1


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "file:///etc/passwd",
        "data:text/html,x",
        "vbscript:x",
        "ftp://a/b",
        "//host",
        "x.html",
        "http://",
    ],
)
def test_unsafe_addresses_are_text(url: str) -> None:
    paras = [p for p in pieces_of(f"[label]({url}) ![alt]({url}) <{url}>") if isinstance(p, Para)]
    assert not [run for p in paras for run in p.runs if run.href]
    assert url in "".join(p.text for p in paras)


def test_good_addresses_are_links() -> None:
    runs = [
        r
        for p in pieces_of("[a](https://e.org/x) https://b.org/y. <http://c.org>")
        if isinstance(p, Para)
        for r in p.runs
    ]
    assert [r.href for r in runs if r.href] == ["https://e.org/x", "https://b.org/y", "http://c.org"]


def test_images_are_words() -> None:
    (para,) = pieces_of("![a cat](https://e.org/cat.png)")
    assert isinstance(para, Para)
    assert para.runs[0] == Run("a cat", Style.PLAIN, "https://e.org/cat.png")
    assert "not loaded: https://e.org/cat.png" in para.text


def test_html_is_text() -> None:
    text = "<script>alert(1)</script>\n\n<img src=x onerror=y> <b>bold</b>"
    assert "\n".join(p.text for p in pieces_of(text) if isinstance(p, Para)) == text.replace("\n\n", "\n")


def test_bidi_and_control_characters_are_seen() -> None:
    (para,) = pieces_of("a\u202eb\u2066c\x1b[31m\x00\ufdd0\u2029z")
    assert isinstance(para, Para)
    assert para.text == "a⟨RLO⟩b⟨LRI⟩c␛[31m\ufffd\ufffd z"


def test_code_is_kept_raw_for_copying() -> None:
    (code,) = pieces_of("```\na\u202eb\n```")
    assert piece_text(code) == "a\u202eb"


@pytest.mark.parametrize(
    "text",
    [
        "word " * 200_000, "x" * 1_000_000, "[" * 40_000, "![" * 20_000, ">" * 40_000, "- " * 20_000,
        "*a_" * 20_000, "`a" * 20_000, "a|" * 3_000 + "\n" + "-|" * 3_000 + "\n" + "1|\n" * 500,
        "[a]: b\n" * 20_000, "    code\n" * 20_000, "> " + "q " * 60_000, "\n" * 100_000, " " * 100_000,
        "```" + "x" * 100_000, "~" * 50_000, "1. " * 9_000, "[" * 5_000 + "](x)" * 5_000,
    ],
    ids=range(18),
)  # fmt: skip
def test_nothing_is_read_at_once_or_lost(text: str) -> None:
    """However nasty the text, no feed leaves a long tail to be read again, and no letter goes missing."""
    stream = BlockStream(MARKDOWN)
    for start in range(0, min(len(text), 200_000), SLICE):
        stream.feed(text[start : start + SLICE])
        assert len(stream._tail) <= 64_000
    shown = sum(len(piece_text(p)) for p in stream.finished().pieces)
    if text[0] in "wx":
        assert shown >= min(len(text), 200_000) - len(stream.pieces) * 2


def test_a_cut_paragraph_goes_on_without_a_gap() -> None:
    paras = [p for p in pieces_of("word " * 3_000) if isinstance(p, Para)]
    assert [p.joined for p in paras] == [False] + [True] * (len(paras) - 1)
    assert len(paras) > 2
    assert " ".join(p.text for p in paras).split() == ["word"] * 3_000
