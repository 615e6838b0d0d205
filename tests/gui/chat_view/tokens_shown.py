"""A shown answer with its tokens, and what can be seen of them, for the tests."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.prose import ProseSection
from desktop.gui.chat_view.struck import _WORD
from tests.gui.chat_view.conftest import message
from tests.gui.chat_view.rounds import Trace

PROSE = """Halve the **range** until *one place* is left; a [link](https://e.org) and `code` too.

- one
- two three
"""


def answer(view: ChatView) -> AnswerEntry:
    entry = view._messages()[-1]
    assert isinstance(entry, AnswerEntry)
    return entry


def show(
    view: ChatView, qtbot: QtBot, text: str, trace: Trace, thinking: str = "", *, rejected: bool = False
) -> None:
    """A finished answer with its tokens shown."""
    view.set_tokens_shown(True)
    view.set_rejected_shown(rejected)
    view.set_thread([message(1, "user", "Go"), message(2, "assistant", text, thinking=thinking)])
    view.set_trace(2, trace.rounds, trace.pieces)
    qtbot.waitUntil(lambda: view.colours.trace(2) is not None and view._layer.settled)
    width = view._column()[1]
    for section in answer(view).sections:
        section.fit(width)


def prose(view: ChatView) -> list[ProseSection]:
    return [s for s in answer(view).sections if isinstance(s, ProseSection)]


def tinted(view: ChatView, kind: str) -> list[str]:
    """Shown words that are tinted, in order."""
    out = []
    for section in prose(view):
        for pane in section.panes():
            text = pane.document().toRawText().encode("utf-16-le")
            out += [
                text[2 * t.start : 2 * t.end].decode("utf-16-le") for t in pane.shades.tints if t.kind == kind
            ]
    return out


def letters(text: str) -> str:
    return "".join(c for c in text if c.isalnum())


def struck(view: ChatView) -> list[str]:
    out = []
    for section in prose(view):
        for pane in section.panes():
            block = pane.document().firstBlock()
            while block.isValid():
                out += [
                    str(f.format.property(_WORD)).strip()
                    for f in block.textFormats()
                    if f.format.property(_WORD)
                    for _ in range(f.length)
                ]
                block = block.next()
    return out
