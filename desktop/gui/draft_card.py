"""The panel's card about drafting: how much was accepted, how far a round gets, whether it is on and why."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame

from desktop.gui.controls import Dot, Meter, column, label, row
from desktop.gui.figures import Answer
from desktop.gui.numbers import DASH
from desktop.gui.theme import Theme

_DOT = {"active": "ok", "paused": "warn", "refused": "bad", "off": "line3"}


class DraftCard(QFrame):
    """Hidden while nothing is known of drafting."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("card", "true")
        self.setObjectName("draftCard")
        self._share = label("", "strong", name="acceptance")
        self._meter = Meter(theme, "Drafted tokens accepted", name="acceptanceMeter")
        self._counts = label("", "caption", name="acceptedCounts")
        self._lost = label("", "caption", name="lostCounts")
        self._mean = label("", "captionstrong", name="meanLength")
        self._mean_line = row(label("Mean length of a round", "caption"), None, self._mean)
        self._dot, self._state = Dot(theme, "line3"), label("", "captionstrong", name="draftState")
        self._why = label("", "caption", wrap=True, name="draftReason")
        self._numbers = QFrame()
        self._numbers.setLayout(
            column(
                row(label("Drafted tokens accepted", "caption"), None, self._share),
                self._meter,
                row(self._counts, None, self._lost),
                self._mean_line,
                spacing=7,
            )
        )
        top = row(self._dot, self._state, None, spacing=6)
        top.setAlignment(self._dot, Qt.AlignmentFlag.AlignVCenter)
        self.setLayout(
            column(self._numbers, column(top, self._why, spacing=2), margins=(14, 12, 14, 12), spacing=9)
        )
        self.hide()

    def show_answer(self, answer: Answer, *, idle: bool = False) -> None:
        """What is known of an answer now. `idle`: there is none, so the card is hidden.

        Until something is known the card stays as it was, or keeps room for numbers: nothing may jump.
        """
        did = answer.drafting
        waiting = not did.known and not answer.ended
        if waiting and self.isHidden():
            self._numbers.show()
        self.setVisible(not idle and (did.known or waiting))
        if not waiting:
            self._numbers.setVisible(bool(did.drafted) or (did.state == "active" and not answer.ended))
        acceptance, mean = answer.acceptance(), answer.mean_length()
        self._share.setText(acceptance.value)
        self._counts.setText(did.counts() if did.drafted else DASH)
        self._lost.setText(did.lost() if did.drafted else "")
        self._mean.setText(f"{mean.value} {mean.unit}".rstrip())
        whole = max(did.drafted, 1)
        parts = [(did.accepted / whole, "ok"), (did.rejected / whole, "bad")]
        self._meter.set_parts(parts, acceptance.source or "Nothing drafted yet")
        for widget in (self._share, self._counts, self._lost, self._meter):
            widget.setToolTip(acceptance.source)
            widget.setAccessibleDescription(acceptance.source)
        self._mean.setToolTip(mean.source)
        self._mean.setAccessibleDescription(mean.source)
        self._dot.set("line3" if waiting else _DOT[did.state])
        self._state.setText("Nothing drafted yet" if waiting else did.word)
        self._why.setText(did.why[:1].upper() + did.why[1:] if did.why else " ")
        self._why.setVisible(waiting or bool(did.why) or not answer.ended)
        self.setAccessibleName(did.sentence())
        self.setToolTip(did.sentence())
