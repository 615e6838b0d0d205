"""The card in which a passage is changed: says what is to change, shows what becomes of it, takes it back.

Stands above the composer. Knows passages and what came of one; what is to be done is told by signals.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.bridge.passage import Passage
from desktop.bridge.passage_work import Rewritten, Written
from desktop.engine.types import Prefill
from desktop.errors import UserError
from desktop.gui.controls import Button, Glyph, Kind, ToolButton, button, card, column, label, row
from desktop.gui.passage import words
from desktop.gui.passage.diff import Run, elided, word_diff
from desktop.gui.passage.text import PassageText
from desktop.gui.sheet import Sheet
from desktop.gui.theme import COMPOSER, Theme

State = Literal["hint", "asking", "writing", "changed", "left", "unsaved"]
"""hint: nothing can be changed now. left: the answer was left alone. unsaved: it could not be stored."""
_PREVIEW = (420, 180)
"""Characters shown of a long passage before it is changed: from its front, from its end."""
_COMPARED = (6_000, 4_000)
"""The same of what changed, and of what was written."""
_TALLEST = 300
_SIGN = {
    "hint": ("circle-alert", "text2"),
    "asking": ("pencil", "accent"),
    "writing": ("pencil", "accent"),
    "changed": ("circle-check", "ok"),
    "left": ("triangle-alert", "warn"),
    "unsaved": ("circle-x", "bad"),
}


class PassageCard(Sheet):
    """Call `ask` or `hint`, then what happens: `reading`, `writing`, `changed`, `left`, `failed`."""

    run_requested = Signal(str)
    """What should change."""
    stop_requested = Signal()
    undo_requested = Signal()
    save_requested = Signal()
    """Once more: the disk had refused it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Change a passage", name="passageCard", parent=parent)
        self.state: State = "hint"
        self._old, self._new, self._written, self._told = "", "", "", ""
        self._sign = Glyph(theme, "pencil", "accent", 18)
        self._title = label("Change a passage", "heading2", name="passageTitle")
        close = ToolButton(theme, "x", "Close (Esc)", name="closePassage", box=28)
        close.clicked.connect(self.leave)
        self._head = row(self._sign, self._title, None, close, spacing=10)
        self.text = PassageText(theme)
        self._fit = QTimer(self, singleShot=True, interval=0)  # not while the text is being laid out
        self._fit.timeout.connect(self.place)
        self.text.grown.connect(self._fit.start)
        self._box = card(self.text, kind="inset", margins=(12, 8, 12, 8))
        self._key = label("Struck: removed. Underlined: new.", "caption", name="passageKey")
        self._note = label("", "caption", wrap=True, name="passageNote")
        self._says = label("", "ui2", wrap=True, name="passageSays")
        self._field = self._make_field()
        self._ideas = [self._idea(theme, idea) for idea in words.IDEAS]
        self._buttons = self._make_buttons(theme)
        self._build()
        self._turn("hint")

    def _make_field(self) -> QLineEdit:
        made = QLineEdit()
        made.setObjectName("passageWish")
        made.setAccessibleName("What should change?")
        made.setPlaceholderText("What should change?")
        made.textChanged.connect(self._typed)
        made.returnPressed.connect(self._run)
        return made

    def _idea(self, theme: Theme, idea: str) -> Button:
        made = button(theme, idea, name=f"passageIdea{words.IDEAS.index(idea)}", height=28)
        made.clicked.connect(partial(self._take_idea, idea))
        return made

    def _make_buttons(self, theme: Theme) -> dict[str, Button]:
        told: dict[str, tuple[str, Kind, Callable[[], object]]] = {
            "run": ("Change it", "primary", self._run),
            "stop": ("Stop (Esc)", "secondary", self.stop_requested.emit),
            "save": ("Save it again", "primary", self.save_requested.emit),
            "undo": ("Undo", "secondary", self._undo),
            "again": ("Try again", "secondary", self._again),
            "show": ("Show what it wrote", "ghost", self._show_written),
            "shut": ("Close", "ghost", self.dismiss),
        }
        made: dict[str, Button] = {}
        for ident, (text, kind, do) in told.items():
            made[ident] = button(theme, text, kind, name=f"passage_{ident}", height=34)
            made[ident].setAutoDefault(True)  # Enter presses it
            made[ident].clicked.connect(do)
        return made

    def _build(self) -> None:
        ideas = row(*self._ideas, None, spacing=6)
        foot = row(self._key, None, *self._buttons.values(), spacing=8)
        self._layout: QVBoxLayout = column(
            self._head, self._note, self._box, self._says, self._field, ideas, foot, spacing=8,
            margins=(16, 12, 16, 14),
        )  # fmt: skip
        self.card.setLayout(self._layout)

    # -- what is shown ---------------------------------------------------------------------------------

    def hint(self, sentence: str) -> None:
        """Nothing can be changed, and why."""
        self._says.setText(sentence)
        self._turn("hint")

    def ask(self, passage: Passage, note: str, wish: str = "") -> None:
        """What should change in this passage?"""
        self._old, self._new, self._written, self._told = passage.core, "", "", note
        self._note.setText(note)
        self.text.set_mono(passage.kind in ("code", "rows"))
        self._field.setText(wish)
        self._turn("asking")
        self._show_old()

    def begin(self) -> None:
        """It is asked for now."""
        self._new = ""
        self._says.setText("Waiting for the engine")
        self._turn("writing")
        self.text.hold(True)

    def reading(self, prefill: Prefill) -> None:
        """The prompt is read."""
        self._says.setText(words.reading(prefill))

    def writing(self, written: Written) -> None:
        """More of the new passage."""
        self._new += written.text
        self._says.setText(words.writing(written))
        self._compare(going_on=True)

    def changed(self, made: Rewritten) -> None:
        """It is in the answer."""
        self._new = made.new
        self._says.setText(words.gained(made))
        self._says.setToolTip(words.gained_from(made))
        self._turn("changed")
        self._compare()
        self._announce("Changed", words.gained(made))

    def left(self, made: Rewritten) -> None:
        """The form was not kept, or nothing changed: the answer was left alone."""
        title, sentence = words.outcome(made)
        self._written = "" if made.verdict == "same" else made.written
        self._leave(title, sentence)

    def failed(self, error: UserError) -> None:
        """It could not be written."""
        self._leave(*words.refused(error))

    def unsaved(self, error: UserError) -> None:
        """It is written, and could not be stored."""
        title, sentence = words.refused(error)
        self._says.setText(sentence)
        self._turn("unsaved", title)
        self._compare()
        self._announce(title, sentence)

    def stopped(self) -> None:
        """By the person: ask again."""
        self._turn("asking")
        self._show_old()

    def _leave(self, title: str, sentence: str) -> None:
        self._says.setText(sentence)
        self._turn("left", title)
        self._show_old()
        self._announce(title, sentence)

    def _show_old(self) -> None:
        self.text.hold(False)
        self.text.show_runs([Run(elided(self._old, *_PREVIEW), "kept")], "The passage as it is")

    def _compare(self, *, going_on: bool = False) -> None:
        old, new = elided(self._old, *_COMPARED), elided(self._new.strip("\n"), *_COMPARED)
        runs = word_diff(old, new, going_on=going_on)
        self.text.hold(going_on)
        self.text.show_runs(runs, f"The passage, changed: {self._new[:500]}", follow=going_on)

    @Slot()
    def _show_written(self) -> None:
        self._buttons["show"].hide()
        self.text.show_runs([Run(elided(self._written, *_COMPARED), "kept")], "What the model wrote")
        self._note.setText("What the model wrote")
        self._note.show()
        self.place()
        self._buttons["again"].setFocus(Qt.FocusReason.OtherFocusReason)

    def _turn(self, state: State, title: str = "") -> None:
        self.state = state
        titles = {"writing": "Changing the passage", "changed": "Changed"}
        self._title.setText(title or titles.get(state, "Change a passage"))
        self._sign.set(*_SIGN[state])
        self._box.setVisible(state != "hint")
        self._note.setVisible(state == "asking" and bool(self._note.text()))
        self._says.setVisible(state != "asking")
        self._says.setToolTip("")
        self._field.setVisible(state == "asking")
        for idea in self._ideas:
            idea.setVisible(state == "asking")
        self._key.setVisible(state in ("writing", "changed", "unsaved"))
        shown = {
            "hint": ("shut",), "asking": ("run",), "writing": ("stop",), "changed": ("undo", "again", "shut"),
            "left": ("show", "again", "shut"), "unsaved": ("save", "shut"),
        }[state]  # fmt: skip
        for ident, each in self._buttons.items():
            each.setVisible(ident in shown and (ident != "show" or bool(self._written.strip())))
        self._typed()
        if not self.isHidden():
            self.place()
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)

    def _announce(self, title: str, sentence: str) -> None:
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, f"{title}. {sentence}"))

    # -- what the person does --------------------------------------------------------------------------

    @Slot()
    def _typed(self) -> None:
        self._buttons["run"].setEnabled(bool(self._field.text().strip()))

    def _take_idea(self, idea: str, _checked: bool = False) -> None:
        self._field.setText(idea)
        self._run()

    @Slot()
    def _run(self) -> None:
        wish = self._field.text().strip()
        if wish and self.state == "asking":
            self.run_requested.emit(wish)

    @Slot()
    def _undo(self) -> None:
        self.undo_requested.emit()
        self.dismiss()

    @Slot()
    def _again(self) -> None:
        self._note.setText(self._told)
        self.stopped()
        self._field.selectAll()

    @Slot()
    def leave(self) -> None:
        """Esc and the cross: what is under way stops, else the card closes."""
        if self.state == "writing":
            self.stop_requested.emit()
        else:
            self.dismiss()

    def first_focus(self) -> QWidget:
        """Where the keyboard is wanted in this state."""
        wanted = {
            "hint": "shut", "writing": "stop", "changed": "shut", "left": "again", "unsaved": "save",
        }  # fmt: skip
        return self._buttons[wanted[self.state]] if self.state in wanted else self._field

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc stops or closes."""
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click beside the card closes it where nothing is lost by that."""
        idle = self.state in ("hint", "changed", "left") or (
            self.state == "asking" and not self._field.text().strip()
        )
        if idle:
            super().mousePressEvent(event)

    def wanted(self, room_width: int, room_height: int) -> tuple[int, int]:
        """As wide as the composer, as high as its content. The text gives way where there is no room."""
        anchor = self._anchored()
        width = min(anchor.width() if anchor is not None else self.theme.px(COMPOSER), room_width)
        self._layout.activate()
        for shown in (self.state == "asking", False):
            for idea in self._ideas:
                idea.setVisible(shown)
            others = self._height(width) - (self.text.height() if not self._box.isHidden() else 0)
            if room_height - others >= self.text.least:
                break
        self.text.set_limit(min(self.theme.px(_TALLEST), room_height - others))
        return width, min(self._height(width), room_height)

    def _height(self, width: int) -> int:
        self._box.updateGeometry()  # or the layout goes on with the height it had
        self._layout.invalidate()
        wraps = self._layout.hasHeightForWidth()
        return self._layout.totalHeightForWidth(width) if wraps else self._layout.totalSizeHint().height()
