"""Scenarios of bad model files, one process for a whole folder of them: `python -m tests.e2e.faults`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QLabel, QPushButton

from desktop.gui.error_card import ErrorCard
from tests.e2e.drive import Driver, main
from tests.e2e.gap import Gap

DRAFT = "half a thought, "


def _told(card: ErrorCard | None) -> dict[str, str]:
    """What the card says, as a person reads it."""
    if card is None:
        return {}

    def words(name: str) -> str:
        found = card.findChild(QLabel, name)
        return found.text() if found is not None else ""

    action = card.findChild(QPushButton, "errorAction")
    assert action is not None
    return {
        "kind": card.error.kind,
        "title": words("errorTitle"),
        "sentence": words("errorSentence"),
        "said": words("errorQuote"),
        "action": action.text(),
    }


def bad_files(driver: Driver, listed: str) -> dict[str, Any]:
    """Begin a conversation and a second message, drop one bad file after the other, then send the message.

    `listed`: a JSON file with the paths. A file that loads all the same is asked something, too.
    """
    driver.wait_model()
    app, host, editor = driver.app, driver.app.host, driver.app.window.composer.editor
    assert host.info is not None
    good = host.info.path
    driver.type("first")
    first = driver.wait_answer().text
    thread = [message.text for message in driver.thread()]
    editor.setPlainText(DRAFT)
    gap = Gap()
    told: list[dict[str, Any]] = []
    for path in json.loads(Path(listed).read_text()):
        app.window.clear_error()
        app.window.files_dropped.emit([path])
        assert driver.wait(lambda: not host.is_loading and _settled(driver)), f"{path}: nothing happened"
        report = {"file": Path(path).name, "gap_ms": gap.take(), **_told(app.window.error)}
        assert host.info is not None, f"{path}: the old model is gone"
        if not report.get("kind"):
            report |= _use(driver, Path(path))
            app.models.load(good)
            driver.wait_model()
        if len(told) in (0, 9):
            driver.grab(f"fault-{len(told)}")
        assert host.info.path == good
        told.append(report)
        assert editor.toPlainText() == DRAFT, f"{path}: the draft is gone"
        assert [message.text for message in driver.thread()] == thread, f"{path}: the conversation changed"
    driver.type("second")
    second = driver.wait_answer()
    return {
        "told": told,
        "same": second.text == first,
        "thread": [message.text for message in driver.thread()],
        "state": second.state,
        "last_model": Path(app.preferences.now.last_model).name,
    }


def _settled(driver: Driver) -> bool:
    """The outcome of a load is on screen."""
    return driver.app.window.error is not None or driver.app.window.composer.state == "ready"


def _use(driver: Driver, path: Path) -> dict[str, Any]:
    """Ask a model something in a conversation of its own, and come back."""
    app = driver.app
    assert app.host.info is not None
    assert app.host.info.path == path
    conversation = app.chat.conversation
    app.conversations.new()
    driver.type("hello")
    answer = driver.wait_answer()
    report = {"answer": answer.state, **_told(app.window.error)}
    app.window.clear_error()
    app.conversations._open(conversation)
    return report


def templates(driver: Driver, listed: str) -> dict[str, Any]:
    """Load each model and ask it something; then the first model again, in the same conversation."""
    driver.wait_model()
    assert driver.app.host.info is not None
    good = driver.app.host.info.path
    told = []
    for path in [*map(Path, json.loads(Path(listed).read_text())), good]:
        driver.app.models.load(path)
        driver.wait_model()
        driver.type("hello")
        answer = driver.wait_answer()
        told.append({"file": path.name, "state": answer.state, **_told(driver.app.window.error)})
        driver.grab(f"template-{path.stem}")
    return {"told": told, "thread": [[message.role, message.text] for message in driver.thread()]}


if __name__ == "__main__":
    main(bad_files, templates)
