"""The line under an answer, and the menu of what is seldom wanted of it."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QLabel, QMenu
from pytestqt.qtbot import QtBot

from desktop.gui.chat_view import ChatView
from desktop.gui.chat_view.badge import Badge, counted
from tests.gui.chat_view.conftest import message

COUNTS = {"output_tokens": 415, "decode_ms": 8023.0}
DID = {
    "mode": "auto", "state": "active", "reason": "", "source": "draft", "rule": None, "rounds": 125,
    "drafted": 338, "accepted": 289, "rejected": 30, "dropped": 19, "plain_rate": 29.8, "draft": "draft 0.6B",
}  # fmt: skip
NONE = {"drafted": 0, "accepted": 0, "rejected": 0, "dropped": 0, "source": ""}


def shown(view: ChatView, **did: Any) -> Badge:
    view.set_thread([message(2, "assistant", "Hi", receipt={**COUNTS, "speculation": {**DID, **did}})])
    return next(badge for badge in view.findChildren(Badge) if badge.isVisible())


def words(badge: Badge) -> str:
    return " ".join(label.text() for label in badge.findChildren(QLabel) if label.text())


def action(view: ChatView, name: str) -> QAction | None:
    menu = view.findChildren(QMenu, "answer_menu")[-1]
    return next((made for made in menu.actions() if made.objectName() == name), None)


def test_speed_against_plain_then_the_counts(view: ChatView) -> None:
    badge = shown(view)
    assert words(badge) == "1.7× of plain · 51.6 tok/s · 415 tokens · 289 of 338 accepted"
    assert "51.6 tok/s / 29.8 tok/s, last measured here without drafting" in badge.toolTip()
    assert "289 of 338 drafted tokens accepted (86%), 30 rejected, 19 dropped" in badge.toolTip()
    assert "1.7× of plain" in badge.accessibleName()
    assert "with draft 0.6B" in [label.text() for label in view.findChildren(QLabel)]


@pytest.mark.parametrize(
    ("did", "end", "reason"),
    [
        ({"state": "paused", "reason": "drafting costs 9 ms, saves 4"},
         "drafting paused", "Drafting paused: drafting costs 9 ms, saves 4"),
        ({"state": "refused", "reason": "draft lacks token 32007", **NONE},
         "draft refused", "Draft refused: draft lacks token 32007"),
        ({"state": "off", "reason": "switched off", **NONE}, "drafting off", "Drafting off"),
        ({"state": "active", "reason": "nothing in the conversation to copy from", **NONE},
         "nothing drafted", "Nothing drafted: nothing in the conversation to copy from"),
    ],
)  # fmt: skip
def test_the_state_and_its_reason(view: ChatView, did: dict[str, Any], end: str, reason: str) -> None:
    badge = shown(view, **did)
    assert words(badge).endswith(end)
    assert reason in badge.toolTip()
    assert reason in badge.accessibleName()


def test_no_ratio_without_a_plain_rate(view: ChatView) -> None:
    assert words(shown(view, plain_rate=0)).startswith("51.6 tok/s")


def test_a_receipt_from_before_there_was_drafting_says_nothing_of_it(view: ChatView) -> None:
    old = message(2, "assistant", "Hi", receipt=COUNTS)
    assert counted(old) == ["51.6 tok/s", "415 tokens"]
    view.set_thread([old])
    assert next(badge for badge in view.findChildren(Badge) if badge.isVisible()).toolTip() == ""
    trace = action(view, "answer_trace")
    assert trace is not None
    assert not trace.isEnabled()


def test_one_answer_can_be_made_otherwise(view: ChatView, qtbot: QtBot) -> None:
    shown(view)
    plain = action(view, "answer_plain")
    assert plain is not None
    assert action(view, "answer_drafted") is None, "it was drafted"
    with qtbot.waitSignal(view.regenerate_otherwise) as otherwise:
        plain.trigger()
    assert otherwise.args == [2, False]
    shown(view, mode="off", state="off", **NONE)
    drafted = action(view, "answer_drafted")
    assert drafted is not None
    with qtbot.waitSignal(view.regenerate_otherwise) as otherwise:
        drafted.trigger()
    assert otherwise.args == [2, True]


def test_the_trace_is_asked_for(view: ChatView, qtbot: QtBot) -> None:
    shown(view)
    trace = action(view, "answer_trace")
    assert trace is not None
    with qtbot.waitSignal(view.trace_requested) as asked:
        trace.trigger()
    assert asked.args == [2]


def test_while_an_answer_is_written_none_is_made_again(view: ChatView) -> None:
    shown(view)
    view.set_busy(True)
    plain, trace = action(view, "answer_plain"), action(view, "answer_trace")
    assert plain is not None
    assert trace is not None
    assert not plain.isEnabled()
    assert trace.isEnabled()


def test_the_line_gives_way_where_it_is_narrow(view: ChatView, qtbot: QtBot) -> None:
    view.resize(400, 600)
    badge = shown(view, state="paused", reason="drafting costs 9 ms, saves 4")
    parent = badge.parentWidget()
    assert parent is not None
    assert parent.width() <= 400
    assert "…" in words(badge)
