"""What can be seen of an answer: its tokens, a race, step mode, a branch, a passage, the advisor.

As `drive`; the argument is the theme and the window's size: "dark 1280 800". Keys do everything that a
person would not rather do by typing.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QWidget

from desktop import paths
from desktop.gui.numbers import three_digits
from desktop.gui.tokens_view.why_card import WhyCard
from tests.e2e.drive import Driver, main

QUESTION = "What is speculative decoding?"
CONTROL = Qt.KeyboardModifier.ControlModifier


def everything(driver: Driver, argument: str) -> dict[str, Any]:
    """From a first answer to the advisor, with a picture of each."""
    scheme, width, height = argument.split()
    # A fixed length drafts also where it does not pay, as on a busy computer.
    driver.app.preferences.update(speculation="draft", draft_length=3)
    driver.app.preferences.update(theme=scheme, temperature=0.0, reduce_motion=True)
    driver.app.window._theme.set(scheme, 100)  # type: ignore[arg-type]
    driver.app.window.resize(int(width), int(height))
    driver.wait_model()
    assert driver.wait(lambda: driver.app.tokens is not None)
    assert driver.wait(lambda: bool(driver.app.host.drafts.step_ms)), "the draft was not measured"
    told: dict[str, Any] = {}
    for part in (coloured, raced, stepped, branched, changed, advised):
        told[part.__name__] = part(driver, f"{scheme}-{width}")
    return told


def named(driver: Driver, name: str) -> QWidget:
    """A widget of the window."""
    found = driver.app.window.findChild(QWidget, name)
    assert isinstance(found, QWidget), name
    return found


def said(driver: Driver, name: str) -> str:
    """The words of a label."""
    found = named(driver, name)
    assert isinstance(found, QLabel)
    return found.text()


def press(driver: Driver, name: str) -> None:
    """A button, by keyboard: it must be there, seen, enabled and reachable."""
    found = named(driver, name)
    assert isinstance(found, QAbstractButton)
    assert driver.wait(lambda: found.isVisible() and found.isEnabled()), f"{name} cannot be pressed"
    found.setFocus()
    assert found.hasFocus(), f"{name} cannot be reached by keyboard"
    QTest.keyClick(found, Qt.Key.Key_Space)
    QTest.qWait(1)


def coloured(driver: Driver, tag: str) -> dict[str, Any]:
    """An answer with its tokens tinted; going through them says why."""
    driver.type(QUESTION)
    answer = driver.wait_answer()
    driver.key(Qt.Key.Key_F9)
    cards = driver.app.window.findChildren(WhyCard)
    assert driver.wait(lambda: any(card.isVisible() for card in cards))
    card = next(card for card in cards if card.isVisible())
    reasons = []
    for _ in range(6):
        driver.key(Qt.Key.Key_Right)
        reasons.append(card.why.in_words())
    driver.grab(f"seeing-why-{tag}")
    driver.key(Qt.Key.Key_Escape)
    return {"text": answer.text, "reasons": reasons, "energy": answer.receipt["energy"]}


def raced(driver: Driver, tag: str) -> dict[str, Any]:
    """From the prompt to the verdict, and another draft length looked up."""
    driver.key(Qt.Key.Key_2, CONTROL)
    prompt = named(driver, "racePrompt")
    prompt.setFocus()
    driver.key(Qt.Key.Key_A, CONTROL)
    QTest.keyClicks(prompt, QUESTION)
    driver.grab(f"race-setup-{tag}")
    press(driver, "raceRun")
    race = driver.app.race
    assert race is not None
    view = driver.app.window.findChild(QWidget, "raceView")
    assert driver.wait(lambda: getattr(view, "race", None) is not None and not race.busy), "no race"
    driver.grab(f"race-{tag}")
    shown = view.race  # type: ignore[union-attr]
    slider = named(driver, "raceWhatIfLength")
    predicted = []
    if slider.isVisible():
        slider.setFocus()
        driver.key(Qt.Key.Key_Home)
        predicted.append(said(driver, "raceWhatIfRate"))
        driver.key(Qt.Key.Key_Right)
        predicted.append(said(driver, "raceWhatIfRate"))
        driver.grab(f"race-whatif-{tag}")
    pair = shown.shown
    return {
        "verdict": said(driver, "raceVerdict"),
        "speedup": said(driver, "raceSpeedup"),
        "ratio": shown.speedup,
        "same": pair.plain.tokens == pair.speculative.tokens,
        "rates": [three_digits(pair.plain.rate), three_digits(pair.speculative.rate)],
        "predicted": predicted,
        "kept": len(list((paths.data_dir() / "races").iterdir())),
    }


def stepped(driver: Driver, tag: str) -> dict[str, Any]:
    """An answer made token by token, and gone on with: the same text as at once."""
    chat = driver.app.chat
    driver.key(Qt.Key.Key_1, CONTROL)
    driver.key(Qt.Key.Key_N, CONTROL)

    def pause_at_once(busy: bool) -> None:
        if busy:
            chat.pause()

    chat.busy_changed.connect(pause_at_once)
    driver.type(QUESTION)
    chat.busy_changed.disconnect(pause_at_once)
    assert driver.wait(lambda: driver.app.host.is_paused), "the answer ended before it was paused"
    driver.key(Qt.Key.Key_3, CONTROL)
    totals = []
    assert driver.app.tokens is not None
    view = driver.app.tokens._view
    for _ in range(3):
        before = view.answer.total
        press(driver, "nextToken")
        assert driver.wait(lambda before=before: view.answer.total > before)  # type: ignore[misc]
        totals.append(view.answer.total)
    driver.wait(lambda: len(view.table.rows) >= 10)
    driver.grab(f"tokens-paused-{tag}")
    press(driver, "continueTokens")
    answer = driver.wait_answer()
    return {"totals": totals, "candidates": len(view.table.rows), "text": answer.text}


def branched(driver: Driver, tag: str) -> dict[str, Any]:
    """Another word in the place of the third token."""
    assert driver.app.tokens is not None
    view = driver.app.tokens._view
    before = driver.thread()[-1]
    assert driver.wait(lambda: view.answer.total == before.receipt["output_tokens"])
    kept = "".join(span.text for span in view.answer.spans[:2])
    view.select(2)
    assert driver.wait(lambda: named(driver, "branchHere").isEnabled()), "no alternative was offered"
    driver.grab(f"tokens-done-{tag}")
    if not named(driver, "branchHere").isVisible():  # in a narrow window it is in a drawer
        driver.key(Qt.Key.Key_J, CONTROL)
        driver.grab(f"tokens-drawer-{tag}")
    press(driver, "branchHere")
    after = driver.wait_answer()
    driver.grab(f"tokens-branched-{tag}")
    return {"kept": kept, "before": before.text, "after": after.text, "versions": after.versions}


def changed(driver: Driver, tag: str) -> dict[str, Any]:
    """A passage is asked for anew; Guide may or may not keep the form."""
    driver.key(Qt.Key.Key_1, CONTROL)
    before = driver.thread()[-1]
    driver.app.passages.change(before.id, 0, len(before.text))
    wish = named(driver, "passageWish")
    assert driver.wait(wish.isVisible)
    QTest.keyClicks(wish, "Make it shorter")
    driver.grab(f"passage-{tag}")
    driver.key(Qt.Key.Key_Return)
    assert driver.wait(lambda: not driver.app.passages.busy)
    driver.grab(f"passage-done-{tag}")
    after = driver.thread()[-1]
    driver.key(Qt.Key.Key_Escape)
    return {"before": before.text, "after": after.text, "new": after.id != before.id, "old": before.id}


def advised(driver: Driver, tag: str) -> dict[str, Any]:
    """All ways to draft are measured; one is kept."""
    driver.app.advisor.open()
    sheet = driver.app.advisor.sheet
    assert sheet is not None
    start = sheet.findChild(QAbstractButton, "advisor_start")
    assert start is not None
    driver.grab(f"advisor-{tag}")
    start.setFocus()
    QTest.keyClick(start, Qt.Key.Key_Space)

    def keeps() -> list[QAbstractButton]:
        return [
            one for one in sheet.findChildren(QAbstractButton) if one.objectName().startswith("advice_keep")
        ]

    assert driver.wait(lambda: any(one.isVisible() for one in keeps())), "nothing was measured"
    driver.app.window.grab().save(str(driver.folder / f"advisor-result-{tag}.png"))
    verdict = sheet.findChild(QLabel, "advisor_verdict")
    ways = [one.accessibleName() for one in keeps()]
    driver.key(Qt.Key.Key_Escape)
    return {"verdict": verdict.text() if verdict is not None else "", "ways": ways}


if __name__ == "__main__":
    main(everything)
