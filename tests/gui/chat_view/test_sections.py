"""What streams in ends as what is shown at once: the same text, the same formats, the same sections."""

from __future__ import annotations

import random

import pytest
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from desktop.engine.types import Part
from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.clock import pause_ms
from desktop.gui.chat_view.code_card import CodeCard, fold_code
from desktop.gui.chat_view.pane import TextPane
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.corpus import ANSWER, CORPUS, PYTHON

Shape = list[tuple[str, float, float, int, list[tuple[int, int, str, bool]]]]


def shape(document: QTextDocument) -> Shape:
    """Every block: text, margins, heading, runs with their fonts and links."""
    out: Shape = []
    block = document.firstBlock()
    while block.isValid():
        form = block.blockFormat()
        runs = [
            (s.start, s.length, s.format.font().toString(), s.format.isAnchor()) for s in block.textFormats()
        ]
        out.append((block.text(), form.leftMargin(), form.topMargin(), form.headingLevel(), runs))
        block = block.next()
    return out


def shown(view: ChatView) -> list[tuple[str, int, Shape]]:
    """Every section of the last answer: kind, height, content."""
    entry = view._messages()[-1]
    assert isinstance(entry, AnswerEntry)
    width = view._column()[1]
    for section in entry.sections:
        section.fit(width)
    return [
        (type(s).__name__, s.height, [x for p in s.panes() for x in shape(p.document())])
        for s in entry.sections
    ]


@pytest.mark.parametrize(
    "text", [t for t in CORPUS if t.strip()][::2], ids=range(len([t for t in CORPUS if t.strip()][::2]))
)
def test_streamed_equals_shown_at_once(view: ChatView, text: str) -> None:
    rng = random.Random(len(text))
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", "", state="streaming")])
    at = 0
    while at < len(text):
        size = rng.choice([3, 17, 90, 700])
        view.stream(2, [Part("answer", text[at : at + size])])
        view._render()
        at += size
    view.finish(message(2, "assistant", text))
    streamed = shown(view)
    view.set_thread([])
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", text)])
    assert streamed == shown(view)


def test_two_thousand_tokens_keep_their_order(view: ChatView, qtbot: QtBot) -> None:
    words = [f"w{n}" + ("\n\n" if n % 40 == 39 else " ") for n in range(2_000)]
    view.set_thread([message(1, "user", "Count"), message(2, "assistant", "", state="streaming")])
    for n, word in enumerate(words):
        view.stream(2, [Part("answer", word)])
        if n % 250 == 0:
            qtbot.wait(1)
    view.finish(message(2, "assistant", "".join(words)))
    entry = view._messages()[-1]
    text = " ".join(s.text() for s in entry.sections if s.text())
    assert text.split() == [w.strip() for w in words]


def test_streaming_renders_many_parts_together(
    view: ChatView, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    view.set_thread([message(2, "assistant", "", state="streaming")])
    entry = view._messages()[-1]
    assert isinstance(entry, AnswerEntry)
    seen: list[int] = []
    render = entry.render

    def counted() -> None:
        seen.append(len(entry.text))
        render()

    monkeypatch.setattr(entry, "render", counted)
    for _ in range(300):
        view.stream(2, [Part("answer", "abc ")])
    qtbot.waitUntil(lambda: bool(seen) and seen[-1] == 1_200)
    assert len(seen) <= 3


def test_the_pause_follows_the_cost() -> None:
    assert [pause_ms(c) for c in (0, 1, 3, 5, 1_000)] == [33, 33, 90, 150, 250]


def test_colours_of_streamed_code_are_those_of_finished_code(view: ChatView, qtbot: QtBot) -> None:
    def colours() -> list[list[tuple[int, int, str]]]:
        document = view.findChildren(CodeCard)[-1].pane.document()
        blocks = [document.findBlockByNumber(n) for n in range(document.blockCount())]
        return [
            [(f.start, f.length, f.format.foreground().color().name()) for f in b.layout().formats()]
            for b in blocks
        ]

    text = f"```python\n{PYTHON}\n```\n"
    view.set_thread([message(2, "assistant", "", state="streaming")])
    for start in range(0, len(text), 11):
        view.stream(2, [Part("answer", text[start : start + 11])])
        view._render()
    view.finish(message(2, "assistant", text))
    qtbot.waitUntil(lambda: view.findChildren(CodeCard)[-1]._job is None)
    streamed = colours()
    assert sum(len(line) for line in streamed) > 15
    view.set_thread([])
    qtbot.wait(1)
    view.set_thread([message(2, "assistant", text)])
    qtbot.waitUntil(lambda: view.findChildren(CodeCard)[-1]._job is None)
    assert streamed == colours()


def test_continuing_goes_on_where_it_stopped(view: ChatView) -> None:
    first, second = ANSWER[:900], ANSWER[900:]
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", first, state="cut")])
    view.replace(message(2, "assistant", first, state="streaming"))
    view.stream(2, [Part("answer", second)])
    view.finish(message(2, "assistant", first + second))
    resumed = shown(view)
    view.set_thread([])
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", ANSWER)])
    assert resumed == shown(view)


def test_thinking_is_one_line_until_opened(view: ChatView) -> None:
    receipt = {"thinking_tokens": 245, "thinking_ms": 4_700}
    view.set_thread([message(2, "assistant", "Done.", thinking="step by step", receipt=receipt)])
    head = next(b for b in view.findChildren(QAbstractButton) if b.objectName() == "thinking")
    assert head.accessibleName() == "Thinking 4.7 s · 245 tokens"
    pane = next(p for p in view.findChildren(TextPane) if p.objectName() == "thinking_text")
    assert not pane.isVisible()
    before = view.entries[-1].height
    head.click()
    view.sync()
    assert pane.isVisible()
    assert pane.toPlainText() == "step by step"
    head.click()
    view.sync()
    assert not pane.isVisible()
    assert view.entries[-1].height == before


def test_thinking_runs_while_it_is_written(view: ChatView) -> None:
    view.set_thread([message(2, "assistant", "", state="streaming")])
    view.stream(2, [Part("thinking", "hm")])
    view._render()
    head = next(b for b in view.findChildren(QAbstractButton) if b.objectName() == "thinking")
    assert head.accessibleName() == "Thinking running"
    view.stream(2, [Part("answer", "Yes")])
    view._render()
    assert head.accessibleName() == "Thinking"


def test_long_code_is_folded_and_can_be_opened(view: ChatView, qtbot: QtBot) -> None:
    code = "".join(f"line {n}\n" for n in range(5_000))
    folded = fold_code(code)
    assert folded.lines == 5_001
    assert len(folded.text.split("\n")) <= 1_000
    view.set_thread([message(2, "assistant", f"```\n{code}```")])
    qtbot.waitUntil(lambda: view._messages()[-1].unread() == 0)
    view.verticalScrollBar().setValue(0)
    card = view.findChildren(CodeCard)[-1]
    assert card.pane.document().blockCount() <= 1_000
    card.expand_asked.emit()
    view.sync()
    assert card._big is not None
    big = card._big
    qtbot.waitUntil(lambda: big.complete)
    assert big.toPlainText() == code.rstrip("\n")
