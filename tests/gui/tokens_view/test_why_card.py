"""The hover card: when it opens, what closes it, where it stands, what it says."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from desktop.engine.spans import spans
from desktop.gui.theme import Theme
from desktop.gui.tokens_view import TokensView, WhyCard, why, why_proposal
from tests.gui.tokens_view.conftest import ROUNDS, WORDS

SPANS = spans(ROUNDS, WORDS.__getitem__)
WHY = why(SPANS[3], ROUNDS[2])


@pytest.fixture
def host(qtbot: QtBot) -> Iterator[QWidget]:
    """A button in the middle of a window."""
    window, host = QWidget(), QPushButton("word")
    layout = QVBoxLayout(window)
    layout.addStretch(1)
    layout.addWidget(host)
    layout.addStretch(1)
    window.resize(600, 400)
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield host
    window.close()


def _rect(host: QWidget, at: QPoint) -> QRect:
    return QRect(host.window().mapToGlobal(at), host.window().mapToGlobal(at + QPoint(40, 20)))


def test_it_opens_after_a_while_under_the_mouse_and_at_once_with_focus(
    host: QWidget, qtbot: QtBot, theme: Theme
) -> None:
    card = WhyCard(theme, host)
    card.hover(WHY, _rect(host, QPoint(300, 300)))
    assert not card.isVisible()
    qtbot.waitUntil(card.isVisible)
    card.dismiss()
    assert not card.isVisible()
    card.show_now(WHY, _rect(host, QPoint(300, 300)))
    assert card.isVisible()
    assert card.accessibleName() == WHY.in_words()


def test_what_is_dismissed_before_its_time_does_not_open(host: QWidget, qtbot: QtBot, theme: Theme) -> None:
    card = WhyCard(theme, host)
    card.hover(WHY, _rect(host, QPoint(300, 300)))
    card.dismiss()
    late = WhyCard(theme, host)
    late.hover(WHY, _rect(host, QPoint(300, 300)))
    qtbot.waitUntil(late.isVisible)  # the same wait is over
    assert not card.isVisible()


def test_escape_closes_it_and_is_then_the_windows_again(host: QWidget, qtbot: QtBot, theme: Theme) -> None:
    card = WhyCard(theme, host)
    card.show_now(WHY, _rect(host, QPoint(300, 300)))
    with qtbot.waitSignal(card.dismissed):
        QTest.keyClick(host, Qt.Key.Key_Escape)
    assert not card.isVisible()
    with qtbot.assertNotEmitted(card.dismissed):
        QTest.keyClick(host, Qt.Key.Key_Escape)


def test_it_stays_inside_the_window(host: QWidget, qtbot: QtBot, theme: Theme) -> None:
    card, window = WhyCard(theme, host), host.window()
    for at in (QPoint(0, 0), QPoint(560, 0), QPoint(0, 370), QPoint(560, 370)):
        card.show_now(WHY, _rect(host, at))
        assert window.rect().contains(card.geometry()), at
        assert not card.geometry().intersects(QRect(at, at + QPoint(40, 20)))


def test_it_goes_with_its_host(host: QWidget, qtbot: QtBot, theme: Theme) -> None:
    card = WhyCard(theme, host)
    card.show_now(WHY, _rect(host, QPoint(300, 300)))
    host.hide()
    assert not card.isVisible()
    with qtbot.waitSignal(card.destroyed):
        host.deleteLater()


def test_a_rejection_says_who_said_what_and_by_which_rule() -> None:
    said, gave, took = WHY.rows
    assert (said.name, said.word, said.value, said.struck) == ("Draft said", "“on”", 0.4, True)
    assert (gave.value, gave.rank, gave.by_target) == (0.1, 3, True)
    assert (took.name, took.word, took.value, took.rank) == ("Target took", "“by”", 0.55, 0)
    assert WHY.note.startswith("1 of 3 drafted here accepted. Rejection rule:")


def test_every_kind_says_something_else() -> None:
    notes = [why(span, ROUNDS[span.judged.round]).note for span in SPANS]
    assert notes[0] == "The first token: read off the prompt."
    assert notes[1] == "Nothing was drafted in this round: it does not pay."
    assert notes[2].startswith("Accepted, place 1 of 3 in the draft. Rejection rule")
    assert notes[4].startswith("Accepted, place 1 of 2 in the draft. Equal rule")
    assert notes[6] == "2 of 2 drafted here accepted. The target adds one token of its own."
    assert why(SPANS[4], ROUNDS[3]).rows[0].name == "Lookup said"


def test_a_dropped_proposal_was_never_judged() -> None:
    told = why_proposal(SPANS[3].before[1], ROUNDS[2])
    assert told.note == "Dropped: proposed after a rejected token, so never judged."
    assert len(told.rows) == 1


def test_in_the_page_it_opens_on_focus_and_escape_keeps_it_shut(view: TokensView) -> None:
    view.activateWindow()
    view.select(3)
    view.chips.setFocus(Qt.FocusReason.TabFocusReason)
    assert view.chips.card.isVisible()
    assert view.chips.card.why == WHY
    QTest.keyClick(view.chips, Qt.Key.Key_Escape)
    QTest.keyClick(view.chips, Qt.Key.Key_Left)
    assert not view.chips.card.isVisible()
    QTest.keyClick(view.chips, Qt.Key.Key_Return)
    assert view.chips.card.isVisible()


def test_hovering_a_chip_opens_it(view: TokensView, qtbot: QtBot) -> None:
    QTest.mouseMove(view.chips.viewport(), view.chips.chip_rect(3).center())
    qtbot.waitUntil(view.chips.card.isVisible)
    assert view.chips.card.why == WHY
