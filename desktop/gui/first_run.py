"""What a new, empty conversation shows: the built-in guide's first hello, or the model that is loaded.

Something works before anything was added: a starter sends its own words, or begins a race.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.gui.card_button import CardButton
from desktop.gui.controls import Glyph, Mark, button, card, column, fill, label, row
from desktop.gui.numbers import size
from desktop.gui.theme import MEASURE, Theme

STARTERS = (
    ("wind", "How can guessing be faster?", "Guide explains drafting, the idea Slipstream is built on."),
    ("library", "Which model suits my computer?", "What to look for, and how much memory it takes."),
)
_RACE = "flag", "Show me a race", "The same answer with and without a draft. A larger Guide is made for it."
_HOW = "Get a GGUF file, for example from Hugging Face, and add it here or drop it on the window."
_MARK_NEEDS = 300
_GUIDE = "A small model that came with Slipstream. Nothing you write leaves this computer."


class FirstRun(QScrollArea):
    """Hello, three starters, and how to add a bigger model."""

    prompt_chosen = Signal(str)
    race_requested = Signal()
    add_model_clicked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setObjectName("firstRun")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._title = label("", "figure", name="hello")
        self._sub = label("", "body2", wrap=True, name="helloDetail")
        self._more = label("", "heading2", name="addTitle")
        self._how = label("", "caption", wrap=True, name="addDetail")
        self._starters = [
            self._starter(number, *starter) for number, starter in enumerate((*STARTERS, _RACE))
        ]
        for starter in self._starters[: len(STARTERS)]:
            starter.clicked.connect(self._choose)
        self._starters[-1].clicked.connect(self.race_requested)
        self._cards = QWidget()
        starters = row(*self._starters, spacing=12)
        for place in range(len(self._starters)):
            starters.setStretch(place, 1)
        self._cards.setLayout(starters)
        self._column, self._mark = QWidget(), Mark(self._theme, 48)
        self._build()
        theme.changed.connect(self.refresh)
        self.refresh()
        self.set_no_model()

    def _build(self) -> None:
        for words in (self._title, self._sub):
            words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        hello = column(row(None, self._mark, None), 4, self._title, self._sub, spacing=8)
        self._column.setLayout(column(hello, 10, self._cards, self._bigger(), spacing=12))
        page = QWidget()
        outer = QVBoxLayout(page)
        outer.setContentsMargins(16, 16, 16, 16)
        middle = row(None, self._column, None, spacing=0)
        middle.setStretch(1, 1000)
        fill(outer, None, middle, None)
        self.setWidget(page)

    def _starter(self, number: int, icon: str, prompt: str, detail: str) -> CardButton:
        made = CardButton(
            Glyph(self._theme, icon, "accent", 18),
            2,
            label(prompt, "strong", wrap=True),
            label(detail, "caption", wrap=True, name="starterDetail"),
            None,
            name=f"starter{number + 1}",
            accessible=f"{prompt} {detail}",
            margins=(14, 14, 14, 12),
        )
        made.setProperty("prompt", prompt)
        return made

    def _bigger(self) -> QFrame:
        words = column(self._more, self._how, spacing=3)
        add = button(self._theme, "Add a GGUF file", "primary", name="addModel", height=34)
        add.setToolTip("Choose a file (Ctrl+O)")
        add.clicked.connect(self.add_model_clicked)
        line = row(Glyph(self._theme, "box", "text2", 18), words, add, spacing=14)
        line.setStretch(1, 1)
        made = card(line, margins=(16, 14, 16, 14))
        made.setObjectName("biggerModel")
        return made

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Where there is little height, what can be done comes before the mark."""
        super().resizeEvent(event)
        self._mark.setVisible(self.height() >= self._theme.px(_MARK_NEEDS))

    def set_race_size(self, bytes_: int) -> None:
        """How large the model is that is made for the race; 0 = none needs to be made."""
        detail = _RACE[2] if not bytes_ else f"{_RACE[2][:-1]}: {size(bytes_)}, in seconds."
        words = self._starters[-1].findChild(QLabel, "starterDetail")
        assert words is not None
        words.setText(detail)
        self._starters[-1].setAccessibleName(f"{_RACE[1]} {detail}")

    def set_guide(self) -> None:
        """The built-in guide is loaded: it can answer the starters."""
        self._show("Hello. Guide is ready.", _GUIDE, starters=True)

    def set_model(self, name: str) -> None:
        """A model of the person's own is loaded."""
        self._show(
            f"{name} is ready.", "It runs on this computer. Nothing you write leaves it.", starters=False
        )

    def set_loading(self, name: str, *, guide: bool) -> None:
        """A model is being loaded. For the guide all stays where it will be, but nothing can be asked yet."""
        detail = _GUIDE if guide else "It will run on this computer. Nothing you write leaves it."
        hello = "Hello. " if guide else ""
        self._show(f"{hello}{name} is loading.", detail, starters=guide, ready=False)

    def set_no_model(self) -> None:
        """Nothing is loaded."""
        self._show(
            "No model is loaded.", "Choose one at the bottom left, or add a GGUF file.", starters=False
        )

    def _show(self, title: str, detail: str, *, starters: bool, ready: bool = True) -> None:
        self._title.setText(title)
        self._sub.setText(detail)
        self._cards.setVisible(starters)
        self._cards.setEnabled(ready)
        self._more.setText("Add a bigger model" if starters else "Add a model")
        self._how.setText(f"Guide knows Slipstream and little else. {_HOW}" if starters else _HOW)

    @Slot()
    def refresh(self) -> None:
        """Text measure from the theme."""
        self._column.setMaximumWidth(self._theme.px(MEASURE))
        for starter in self._starters:
            starter.setMinimumHeight(self._theme.px(122))

    @Slot()
    def _choose(self) -> None:
        self.prompt_chosen.emit(str(self.sender().property("prompt")))
