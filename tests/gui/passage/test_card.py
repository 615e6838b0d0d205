"""The card in which a passage is changed, in each of its states: words, keys, room."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from desktop.bridge.passage import cut
from desktop.bridge.passage_form import Verdict
from desktop.bridge.passage_work import Rewritten, Written
from desktop.engine.types import Prefill
from desktop.errors import ContextFull, EngineFailed, StoreFull
from desktop.gui.chat_view.badge import counted
from desktop.gui.passage import words
from desktop.gui.passage.card import PassageCard
from desktop.gui.passage.text import PassageText
from desktop.gui.theme import Theme
from desktop.store.types import Message
from tests.gui.pages.conftest import assert_named_and_reachable

TEXT = "The first one stays. The second one is much too long for that. The third one stays as well."
OLD = "The second one is much too long for that."
NEW = "The second one is short."


def rewritten(verdict: Verdict = "new", new: str = NEW, plain: float = 20.0) -> Rewritten:
    """What came of the second sentence."""
    passage = cut(TEXT, TEXT.index(OLD), TEXT.index(OLD) + len(OLD))
    assert passage is not None
    receipt = {
        "output_tokens": 9,
        "speculation": {
            "state": "active", "source": "lookup", "rounds": 3, "drafted": 8, "accepted": 6, "rejected": 1,
            "dropped": 1, "plain_rate": plain,
        },
        "passage": {
            "words": 5, "kept_words": 4, "tokens_per_second": 30.0, "old_tokens": 11,
            "lookup": {"rounds": 3, "drafted": 8, "accepted": 6, "rejected": 1, "dropped": 1},
        },
    }  # fmt: skip
    return Rewritten(passage, "Shorter", verdict, new if verdict == "new" else "", new, receipt)


def said(card: PassageCard, name: str = "passageSays") -> str:
    found = card.findChild(QLabel, name)
    assert found is not None
    return found.text()


def pressable(card: PassageCard) -> list[str]:
    return [each.text() for each in card.findChildren(QAbstractButton) if each.isVisible() and each.text()]


def press(card: PassageCard, name: str) -> None:
    found = card.findChild(QAbstractButton, f"passage_{name}")
    assert found is not None
    assert found.isVisible()
    found.click()


def field(card: PassageCard) -> QLineEdit:
    found = card.findChild(QLineEdit, "passageWish")
    assert found is not None
    return found


def opened(card: PassageCard, note: str = "") -> PassageCard:
    card.ask(rewritten().passage, note)
    card.open(card.window(), card.window().findChild(QWidget, "foot"))
    return card


def test_everything_in_it_has_a_name_and_can_be_reached(card: PassageCard) -> None:
    assert_named_and_reachable(opened(card))


def test_it_shows_the_passage_and_asks_what_should_change(card: PassageCard, qtbot: QtBot) -> None:
    opened(card, "Taken with it: the rest of the table.")
    assert [run.text for run in card.text.shown()] == [OLD]
    assert said(card, "passageNote") == "Taken with it: the rest of the table."
    assert field(card).hasFocus()
    assert pressable(card) == [*words.IDEAS, "Change it"]
    with qtbot.waitSignal(card.run_requested) as run:
        QTest.keyClicks(field(card), "  Shorter, please ")
        QTest.keyClick(field(card), Qt.Key.Key_Return)
    assert run.args == ["Shorter, please"]


def test_nothing_asked_is_nothing_run(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    with qtbot.assertNotEmitted(card.run_requested):
        QTest.keyClicks(field(card), "   ")
        QTest.keyClick(field(card), Qt.Key.Key_Return)
    button = card.findChild(QAbstractButton, "passage_run")
    assert button is not None
    assert not button.isEnabled()


def test_an_idea_runs_at_once(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    idea = card.findChild(QAbstractButton, "passageIdea0")
    assert idea is not None
    with qtbot.waitSignal(card.run_requested) as run:
        idea.setFocus()
        QTest.keyClick(idea, Qt.Key.Key_Space)
    assert run.args == ["Shorter"]


def test_enter_that_begins_does_not_stop_what_it_began(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    card.run_requested.connect(card.begin)
    with qtbot.assertNotEmitted(card.stop_requested):
        QTest.keyClicks(field(card), "x")
        QTest.keyClick(field(card), Qt.Key.Key_Return)
    assert card.state == "writing"


def test_while_it_is_written_the_old_words_wait_and_the_new_ones_are_told_apart(card: PassageCard) -> None:
    opened(card)
    card.begin()
    card.reading(Prefill(50, 100, 20))
    assert said(card) == "Reading the prompt: 30 of 80 tokens"
    card.writing(Written("The second new ", 4, 3, 2, 4, 3, 31.25))
    assert said(card) == "Writing · 31.2 tok/s · 2 of 3 words from the old text · lookup 3 of 4"
    assert [(run.text.strip(), run.change) for run in card.text.shown()] == [
        ("The second", "kept"), ("new", "added"), ("one is much too long for that.", "pending"),
    ]  # fmt: skip
    assert pressable(card) == ["Stop (Esc)"]


def test_esc_stops_first_and_closes_then(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    card.begin()
    with qtbot.waitSignal(card.stop_requested), qtbot.assertNotEmitted(card.closed):
        QTest.keyClick(card, Qt.Key.Key_Escape)
    card.stopped()
    assert card.state == "asking"
    with qtbot.waitSignal(card.closed):
        QTest.keyClick(card, Qt.Key.Key_Escape)


def test_a_click_beside_it_loses_nothing(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    field(card).setText("typed")
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not card.isHidden()
    card.begin()
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not card.isHidden()
    card.stopped()
    field(card).clear()
    QTest.mouseClick(card, Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert card.isHidden()


def test_what_changed_is_struck_and_underlined_and_lookups_gain_is_told(card: PassageCard) -> None:
    opened(card)
    card.begin()
    card.changed(rewritten())
    assert said(card) == (
        "1.5× of plain · 30.0 tok/s · 4 of 5 words from the old text · lookup: 6 of 8 drafted tokens accepted"
    )
    changes = {run.change: run.text for run in card.text.shown()}
    assert changes["removed"].split() == ["much", "too", "long", "for", "that."]
    assert changes["added"] == "short."
    html = card.text.document().toHtml()
    assert (html.count("line-through"), html.count("text-decoration: underline")) == (1, 1)
    assert pressable(card) == ["Undo", "Try again", "Close"]


def test_without_a_plain_rate_no_speed_up_is_told(card: PassageCard) -> None:
    opened(card)
    card.changed(rewritten(plain=0.0))
    assert "of plain" not in said(card)


def test_undo_and_again(card: PassageCard, qtbot: QtBot) -> None:
    opened(card, "Noted.")
    field(card).setText("Shorter")
    card.begin()
    card.changed(rewritten())
    press(card, "again")
    assert (card.state, field(card).text(), said(card, "passageNote")) == ("asking", "Shorter", "Noted.")
    card.changed(rewritten())
    with qtbot.waitSignals([card.undo_requested, card.closed]):
        press(card, "undo")


@pytest.mark.parametrize(
    "verdict",
    ["same", "unclosed", "length", "context", "empty", "marks", "instruction", "more", "torn"],
)
def test_an_answer_left_alone_is_told_with_what_the_model_wrote(card: PassageCard, verdict: Verdict) -> None:
    opened(card)
    card.begin()
    card.left(rewritten(verdict, "<b>Sure!</b> Here it is"))
    assert "left alone" in said(card)
    assert said(card, "passageTitle") != "Changed"
    assert [run.text for run in card.text.shown()] == [OLD], "the passage as it is"
    if verdict == "same":
        assert "Show what it wrote" not in pressable(card)
        return
    press(card, "show")
    assert card.text.toPlainText() == "<b>Sure!</b> Here it is"
    assert "Show what it wrote" not in pressable(card)


def test_an_error_says_what_to_do(card: PassageCard) -> None:
    opened(card)
    card.failed(ContextFull("too long", needed=5000, n_ctx=4096))
    assert said(card).startswith("It needs 5,000 tokens; the context holds 4,096. Select less")
    assert pressable(card) == ["Try again", "Close"]
    card.failed(EngineFailed("code -3"))
    assert said(card, "passageTitle") == "The engine stopped"


def test_what_could_not_be_stored_stays_in_sight(card: PassageCard, qtbot: QtBot) -> None:
    opened(card)
    card.changed(rewritten())
    card.unsaved(StoreFull("full"))
    assert "short." in card.text.toPlainText()
    with qtbot.waitSignal(card.save_requested):
        press(card, "save")


def test_a_hint_has_one_way_out(card: PassageCard, qtbot: QtBot) -> None:
    card.hint(words.SELECT_FIRST)
    card.open(card.window())
    assert pressable(card) == ["Close"]
    assert not card.text.isVisible()
    with qtbot.waitSignal(card.closed):
        QTest.keyClick(card.first_focus(), Qt.Key.Key_Return)


def _fits(card: PassageCard) -> bool:
    """The card in the window, and all that can be pressed in the card, one beside or below the other."""
    if not card.rect().contains(card.card.geometry()):
        return False
    boxes = [
        QRect(child.mapTo(card.card, QPoint(0, 0)), child.size())
        for child in card.card.findChildren(QWidget)
        if child.isVisible() and isinstance(child, QAbstractButton | QLineEdit | PassageText)
    ]
    inside = all(card.card.rect().contains(box) for box in boxes)
    return inside and not any(one.intersects(other) for one, other in combinations(boxes, 2))


@pytest.mark.parametrize("size", [(900, 600), (560, 420), (1280, 800)])
@pytest.mark.parametrize("percent", [100, 150])
def test_it_fits_the_window_whatever_is_in_it(
    card: PassageCard, theme: Theme, window: QWidget, qtbot: QtBot, size: tuple[int, int], percent: int
) -> None:
    theme.set(percent=percent)
    window.resize(*size)
    opened(card)
    qtbot.waitUntil(lambda: _fits(card))
    long = "wide " * 20_000 + "w" * 50_000 + "\u202e<b>مرحبا</b> 👩‍👧\x00\n" * 100
    card.ask(replace(rewritten().passage, core=long), "Taken with it: the rest of the code block.")
    qtbot.waitUntil(lambda: _fits(card))
    card.begin()
    card.writing(Written(long, 9, 3, 2, 8, 6, 3.0))
    qtbot.waitUntil(lambda: _fits(card))
    card.changed(rewritten(new=long))
    qtbot.waitUntil(lambda: _fits(card))
    theme.set(percent=100)


def test_it_follows_the_theme(card: PassageCard, theme: Theme) -> None:
    opened(card)
    card.changed(rewritten())
    dark = card.text.document().toHtml()
    theme.set("light")
    assert card.text.document().toHtml() != dark
    theme.set("dark")


def test_the_note_names_what_is_taken_along_and_what_stays_behind() -> None:
    table = "| a | b |\n|---|---|\n| c | d |\n| e | f |\n"
    passage = cut(table, table.index("d |"), table.index("f"))
    assert passage is not None
    assert words.note(passage, 0) == "Taken with it: the rest of the table rows."
    assert words.note(rewritten().passage, 0) == ""
    assert words.note(rewritten().passage, 1) == "The message after it will stay with the present version."
    assert "2 messages" in words.note(rewritten().passage, 2)


def test_the_line_under_the_answer_says_that_the_counts_are_of_a_passage() -> None:
    receipt = rewritten().receipt | {"decode_ms": 300.0}
    message = Message(1, 1, None, "assistant", TEXT, receipt=receipt)
    assert "9 tokens for a passage" in counted(message)
    plain = Message(1, 1, None, "assistant", TEXT, receipt={"output_tokens": 9})
    assert counted(plain) == ["9 tokens"]
