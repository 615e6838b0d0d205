"""Bytes to parts: characters, stop strings and thinking, wherever the pieces are split."""

from __future__ import annotations

import pytest

from desktop.engine.text import TextStream, opened_thinking
from desktop.engine.types import Part


def run(stream: TextStream, data: bytes, size: int) -> list[Part]:
    """Push `data` in pieces of `size` bytes, as a model would, and join parts of one kind."""
    parts: list[Part] = []
    for start in range(0, len(data), size):
        parts += stream.push(data[start : start + size])
        if stream.stopped:
            break
    parts += stream.flush()
    joined: list[Part] = []
    for part in parts:
        if joined and joined[-1].kind == part.kind:
            joined[-1] = Part(part.kind, joined[-1].text + part.text)
        else:
            joined.append(part)
    return joined


SIZES = (1, 2, 3, 5, 7, 1000)


@pytest.mark.parametrize("size", SIZES)
def test_characters_split_over_pieces_come_out_whole(size: int) -> None:
    text = "naïve 你好 🙂 e\u0301\0end"
    assert run(TextStream(), text.encode(), size) == [Part("answer", text)]


@pytest.mark.parametrize("size", SIZES)
def test_invalid_bytes_become_replacement_characters_and_are_not_lost_at_the_end(size: int) -> None:
    data = b"a\xff\xfeb\xe4\xbd"
    assert run(TextStream(), data, size) == [Part("answer", data.decode("utf-8", "replace"))]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        (("STOP",), "one two "),
        (("two", "STOP"), "one "),
        (("o STOP", "two S"), "one "),
        (("STOPPED",), "one two STOP three"),
        (("e two", "two"), "on"),
        (("",), "one two STOP three"),
    ],
)
def test_a_stop_string_cuts_exactly_before_itself(size: int, stops: tuple[str, ...], expected: str) -> None:
    stream = TextStream(stops)
    parts = run(stream, b"one two STOP three", size)
    assert "".join(part.text for part in parts) == expected
    assert stream.stopped == (expected != "one two STOP three")


def test_text_is_held_back_only_while_it_may_become_a_stop_string() -> None:
    stream = TextStream(("\n\nUser:",), thinking=False)
    assert stream.push(b"Hi\n") == (Part("answer", "Hi"),)
    assert stream.push(b"\nUs") == ()
    assert stream.push(b"ed") == (Part("answer", "\n\nUsed"),)


MARKS = [
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel>thought", "<channel|>"),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("opening", "closing"), MARKS)
def test_a_thinking_section_is_a_part_of_its_own(size: int, opening: str, closing: str) -> None:
    data = f"\n{opening}\nhm, é < 3{closing}\n\nYes <think> literally".encode()
    parts = run(TextStream(), data, size)
    assert parts == [Part("thinking", "hm, é < 3"), Part("answer", "Yes <think> literally")]


@pytest.mark.parametrize("size", SIZES)
def test_a_channel_format_is_thinking_then_answer(size: int) -> None:
    data = (
        b"<|channel|>analysis<|message|>We need 4.<|end|><|start|>assistant<|channel|>commentary<|message|>So"
        b"<|end|><|start|>assistant<|channel|>final<|message|>Four <|end|> it is"
    )
    parts = run(TextStream(), data, size)
    assert parts == [Part("thinking", "We need 4.So"), Part("answer", "Four <|end|> it is")]


@pytest.mark.parametrize("size", SIZES)
def test_a_mark_later_in_the_answer_is_text(size: int) -> None:
    text = "Use `<think>` and </think> in XML."
    assert run(TextStream(), text.encode(), size) == [Part("answer", text)]


@pytest.mark.parametrize("size", SIZES)
def test_the_prompt_may_have_opened_the_section(size: int) -> None:
    stream = TextStream(opened="</think>")
    assert stream.in_thinking
    assert run(stream, b"\nhm</think>\n\nYes", size) == [Part("thinking", "hm"), Part("answer", "Yes")]


def test_thinking_that_never_ends_is_all_thinking() -> None:
    assert run(TextStream(), b"<think>on and </thi", 4) == [Part("thinking", "on and </thi")]


def test_stop_strings_are_for_the_answer_not_for_the_thinking() -> None:
    parts = run(TextStream(("4",)), b"<think>2 + 2 = 4</think>It is 4.", 3)
    assert parts == [Part("thinking", "2 + 2 = 4"), Part("answer", "It is ")]


def test_without_thinking_a_mark_is_text() -> None:
    assert run(TextStream(thinking=False), b"<think>x", 3) == [Part("answer", "<think>x")]


def test_an_answer_that_only_resembles_a_mark_is_not_lost() -> None:
    assert run(TextStream(), b"<thi", 1) == [Part("answer", "<thi")]
    assert run(TextStream(), b"  \n", 1) == [Part("answer", "  \n")]


def test_a_prompt_that_ends_in_an_opened_section_is_noticed() -> None:
    assert opened_thinking("<|im_start|>assistant\n<think>\n") == "</think>"
    assert opened_thinking("<|im_start|>assistant\n<think>\n\n</think>\n\n") == ""
