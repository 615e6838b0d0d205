"""Scenarios of hostile text, planted, streamed and pasted: `python -m tests.e2e.hostile`.

Gaps are the longest times the event loop stood still, in milliseconds.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject, QPoint, Qt, QUrl, Slot
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtTest import QTest

from desktop.gui.chat_view.answer import AnswerEntry
from desktop.gui.chat_view.pane import TextPane
from tests.e2e.drive import Driver, main
from tests.e2e.gap import Gap

SCHEMES = ("http", "https", "file", "javascript", "data", "vbscript", "mailto", "ftp")


class _Opened(QObject):
    """What would have been given to the desktop to open."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []
        for scheme in SCHEMES:
            QDesktopServices.setUrlHandler(scheme, self, "take")  # type: ignore[arg-type]

    @Slot(QUrl)
    def take(self, url: QUrl) -> None:
        self.urls.append(url.toString())


def planted(driver: Driver, _argument: str) -> dict[str, Any]:
    """Open every conversation of the database, look at all of it, click every link."""
    driver.wait_model()
    opened, gap = _Opened(), Gap()
    found = {}
    view = driver.app.view
    for conversation in driver.app._store.conversations():
        opened.urls.clear()
        gap.take()
        driver.app.window.sidebar.opened.emit(conversation.id)
        assert driver.wait(lambda: _read(driver)), f"{conversation.title}: never read to its end"
        opening = gap.take()
        driver.grab(f"hostile-{conversation.id}")
        gap.take()
        seen: list[str] = []
        bar = view.verticalScrollBar()
        for part in range(5):
            bar.setValue(bar.maximum() * part // 4)
            QTest.qWait(20)
            seen += [pane.toPlainText() for pane in _panes(driver)]
        scrolling = gap.take()
        anchors = _click_links(driver)
        found[str(conversation.id)] = {
            "title": driver.app.window.windowTitle(),
            "opening_ms": opening,
            "scrolling_ms": scrolling,
            "text": "\n".join(dict.fromkeys(seen)),
            "anchors": anchors,
            "opened": list(opened.urls),
        }
    return found


def _read(driver: Driver) -> bool:
    entries = [entry for entry in driver.app.view.entries if isinstance(entry, AnswerEntry)]
    return all(entry.unread() == 0 for entry in entries)


def _panes(driver: Driver) -> list[TextPane]:
    return [pane for pane in driver.app.view.findChildren(TextPane) if pane.isVisible()]


def _click_links(driver: Driver) -> list[str]:
    """Click each address that Qt takes for a link, and every line once besides."""
    driver.app.view.verticalScrollBar().setValue(0)
    QTest.qWait(20)
    anchors: list[str] = []
    for pane in _panes(driver):
        port = pane.viewport()
        for y in range(4, min(port.height(), 2000), 8):
            for x in range(2, port.width(), 8):
                anchor = pane.anchorAt(QPoint(x, y))
                if (anchor and anchor not in anchors) or x == 2:
                    QTest.mouseClick(port, Qt.MouseButton.LeftButton, pos=QPoint(x, y))
                    anchors += [anchor] if anchor else []
    return list(dict.fromkeys(anchors))


def streamed(driver: Driver, question: str) -> dict[str, Any]:
    """Ask; the model answers with something hostile."""
    driver.wait_model()
    gap = Gap()
    driver.type(question)
    answer = driver.wait_answer()
    assert driver.wait(lambda: _read(driver))
    worst = gap.take()
    driver.grab("hostile-stream")
    shown = "\n".join(pane.toPlainText() for pane in _panes(driver))
    return {"text": answer.text, "shown": shown, "state": answer.state, "gap_ms": worst}


def pasted(driver: Driver, text: str) -> dict[str, Any]:
    """Paste 200 KB, send it, and stop the answer while the prompt is read, unless it is refused before."""
    driver.wait_model()
    editor = driver.app.window.composer.editor
    big = (text * (200_000 // len(text) + 1))[:200_000]
    QGuiApplication.clipboard().setText(big)
    editor.setFocus()
    gap = Gap()
    driver.key(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    pasting = gap.take()
    assert editor.toPlainText() == big
    read: list[int] = []
    driver.app.chat.prefilled.connect(lambda _id, prefill: read.append(prefill.done))
    driver.key(Qt.Key.Key_Return)
    sending = gap.take()
    driver.wait(lambda: len(read) > 1 or not driver.app.chat.busy)
    if driver.app.chat.busy:
        driver.key(Qt.Key.Key_Escape)
    answer = driver.wait_answer()
    answering = gap.take()
    driver.grab("hostile-paste")
    card = driver.app.window.error
    return {
        "kept": driver.thread()[0].text == big,
        "state": answer.state,
        "kind": card.error.kind if card is not None else "",
        "facts": card.error.facts if card is not None else {},
        "title": driver.app.window.windowTitle(),
        "gaps_ms": {"paste": pasting, "send": sending, "answer": answering},
    }


if __name__ == "__main__":
    main(planted, streamed, pasted)
