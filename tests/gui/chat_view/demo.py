"""Draws the conversation view with real content: `python -m tests.gui.chat_view.demo FOLDER` writes PNGs."""

from __future__ import annotations

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QAbstractButton, QApplication

from desktop.engine.types import Part
from desktop.gui.chat_view import ChatView
from desktop.gui.theme import Theme
from desktop.store.types import Message
from tests.gui.chat_view.corpus import ANSWER

POEM = """Roses are red,
violets are *blue*,

and `this` line has [a link](https://example.org) in it, which goes on for a while so that it wraps.
"""
WIDE = (
    "| "
    + " | ".join(f"column {i}" for i in range(12))
    + " |\n|"
    + "---|" * 12
    + "\n"
    + "| value " * 12
    + "|\n"
)
LINE = "x = 'a very long line of code that does not fit into the measure and must scroll sideways' + str(1)\n"
REST = """# H1 title

Body

## H2 title

Body **bold** ~~gone~~

### H3

- [ ] open
- [x] done

> quote
>
> > deeper

\u05e2\u05d1\u05e8\u05d9\u05ea and \u65e5\u672c\u8a9e.
"""
THOUGHT = "The user wants a binary search and asks why the midpoint is computed as lo plus half the gap. "
LONG = (
    "Compare these two rental contracts.\n"
    + "and this line is long enough to wrap in the bubble of the person\n" * 20
)


def message(number: int, role: str, text: str, **more: object) -> Message:
    return Message(number, 1, None, role, text, model="Qwen3 8B" if role == "assistant" else "", **more)  # type: ignore[arg-type]


RECEIPT = {"output_tokens": 415, "decode_ms": 8020.0, "thinking_tokens": 245, "thinking_ms": 4700.0}
THREAD = [
    message(1, "user", "Binary search in Python. Why compute the midpoint that way?"),
    message(2, "assistant", ANSWER, thinking=THOUGHT * 3, receipt=RECEIPT, version=2, versions=3),
    message(3, "user", LONG, version=1, versions=2),
    message(
        4,
        "assistant",
        f"{POEM}\n{WIDE}\n```python\n{LINE * 3}```\n\n{REST}",
        receipt={"output_tokens": 68, "cut_messages": 6},
        state="interrupted",
    ),
]


def settle(ms: int = 60) -> None:
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def main(folder: Path) -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    folder.mkdir(parents=True, exist_ok=True)
    theme = Theme(app, "dark", reduce_motion=True)
    for scheme in ("dark", "light"):
        theme.set("dark" if scheme == "dark" else "light")
        for width, height in ((732, 744), (620, 544)):
            view = ChatView(theme)
            view.resize(width, height)
            view.show()
            view.set_thread(THREAD)
            settle()
            name = f"{scheme}_{width}"
            view.grab().save(str(folder / f"{name}_end.png"))
            view.verticalScrollBar().setValue(0)
            think = next(b for b in view.findChildren(QAbstractButton) if b.objectName() == "thinking")
            think.click()
            settle()
            view.grab().save(str(folder / f"{name}_top.png"))
            bar = view.verticalScrollBar()
            for step in (1, 2, 3):
                bar.setValue(int(height * 0.85 * step))
                settle()
                view.grab().save(str(folder / f"{name}_page{step}.png"))
            view.close()
        view = ChatView(theme)
        view.resize(732, 500)
        view.show()
        view.set_thread(THREAD[:1])
        view.append(message(9, "assistant", "", state="streaming"))
        view.status(9, "Reading the prompt 512 of 2,048")
        settle()
        view.grab().save(str(folder / f"{scheme}_status.png"))
        view.stream(9, [Part("thinking", "Let me see. " * 20)])
        settle()
        view.stream(9, [Part("answer", ANSWER[:700])])
        settle()
        view.edit_last()
        settle()
        view.grab().save(str(folder / f"{scheme}_stream.png"))
        view.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
