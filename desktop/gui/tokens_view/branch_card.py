"""The card "Branch from here": other tokens for the place of the selected one, or any word typed.

Only asks: `branch_requested` gives a choice's number, `word_requested` what was typed.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QPushButton, QWidget

from desktop.gui.controls import Button, ToolButton, button, card, column, label
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.words import quoted

_CHOICE, _GAP = 28, 6
LONGEST_WORD = 200


class BranchCard(QWidget):
    """`show_place`, then `show_choices`."""

    branch_requested = Signal(int)
    word_requested = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._words: list[str] = []
        self.setObjectName("branchCard")
        self._says = label("", "caption", wrap=True)
        self._choices = _Choices(theme)
        self._choices.group.idClicked.connect(self._chosen)
        self._choices.more.clicked.connect(self._type)
        self._word = QLineEdit()
        self._word.setObjectName("branchWord")
        self._word.setAccessibleName("Any other word to put here")
        self._word.setPlaceholderText("Any other word")
        self._word.setMaxLength(LONGEST_WORD)
        self._word.textChanged.connect(self._tell)
        self._word.returnPressed.connect(self._branch)
        self._go = button(theme, "Branch", icon="git-branch", name="branchHere", height=34)
        self._go.clicked.connect(self._branch)
        self._why_not = label("", "caption", wrap=True, name="branchWhyNot")
        whole = card(
            label("Branch from here", "strong"),
            self._says,
            self._choices,
            self._word,
            self._go,
            self._why_not,
            spacing=8,
        )
        self.setLayout(column(whole))
        self.show_place(0, "")
        self.show_choices(())

    def show_place(self, before: int, why_not: str, *, running: bool = False) -> None:
        """What would be kept: `before` tokens. `why_not`: nothing can be branched now, "" = it can."""
        kept = f"Keep the {before:,} tokens before it" if before > 1 else "Keep the token before it"
        kept = kept if before else "Keep nothing of it"
        stays = "This answer is stopped and stays as it is." if running else "This answer stays as it is."
        self._says.setText(f"{kept}, put another word here, and let the model go on. {stays}")
        self._why_not.setText(why_not)
        self._why_not.setVisible(bool(why_not))
        self._tell()

    def show_choices(self, words: Sequence[str], best: int = 0) -> None:
        """Texts to choose from; `best` is chosen. What was being typed is kept."""
        self._words = list(words)
        self._choices.offer(words)
        self._word.setVisible(not words or bool(self._word.text()))
        self._choices.setVisible(bool(words))
        if words and not self._word.text():
            self._choices.check(min(max(best, 0), len(words) - 1))
        self._tell()

    @property
    def words(self) -> list[str]:
        """What can be chosen."""
        return self._words

    def clear_word(self) -> None:
        """Another token was selected: what was typed belonged to the one before."""
        self._word.clear()

    def focus_branch(self) -> None:
        """To the button that does it, or to the field when there is nothing to choose."""
        (self._go if self._go.isEnabled() else self._word).setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot(int)
    def _chosen(self, _number: int) -> None:
        self._word.clear()
        self._word.hide()
        self._tell()

    @Slot()
    def _type(self) -> None:
        self._choices.check(-1)
        self._word.show()
        self._word.setFocus(Qt.FocusReason.OtherFocusReason)
        self._tell()

    @Slot()
    def _branch(self) -> None:
        if not self._go.isEnabled():
            return
        if self._word.text():
            self.word_requested.emit(self._word.text())
        else:
            self.branch_requested.emit(self._choices.group.checkedId())

    @Slot()
    def _tell(self) -> None:
        """What the button would do."""
        chosen, typed = self._choices.group.checkedId(), self._word.text()
        if typed:
            self._choices.check(-1)
        word = typed or (self._words[chosen] if 0 <= chosen < len(self._words) else "")
        self._go.set_text(f"Branch with {quoted(word)}" if word else "Branch")
        self._go.setEnabled(bool(word) and not self._why_not.text())


class _Choices(QWidget):
    """Buttons of which one is down, and "+"; they wrap like words."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.group = QButtonGroup(self)
        self.more = ToolButton(theme, "plus", "Any other word", name="branchOther", box=_CHOICE)
        self.more.setParent(self)

    def offer(self, words: Sequence[str]) -> None:
        """Replace them."""
        for old in self.group.buttons():
            self.group.removeButton(old)
            old.hide()
            old.deleteLater()
        for number, word in enumerate(words):
            made = Button(self._theme, quoted(word).strip("“”"), height=_CHOICE)
            made.setProperty("kind", "choice")
            made.setObjectName(f"branchChoice{number}")
            made.setAccessibleName(f"Put {quoted(word)} here")
            made.setCheckable(True)
            made.setParent(self)
            self.group.addButton(made, number)
            made.show()
        self._place()

    def check(self, number: int) -> None:
        """Press one; -1 = none."""
        self.group.setExclusive(False)
        for made in self.group.buttons():
            made.setChecked(self.group.id(made) == number)
        self.group.setExclusive(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap for the new width."""
        super().resizeEvent(event)
        self._place()

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(self._theme.px(240), self.height())

    def _place(self) -> None:
        px, x, y = self._theme.px, 0, 0
        high = px(_CHOICE)
        buttons: list[QPushButton | ToolButton] = [*self.group.buttons(), self.more]  # type: ignore[list-item]
        for made in buttons:
            width = min(made.sizeHint().width(), max(self.width(), high))
            if x and x + width > self.width():
                x, y = 0, y + high + px(_GAP)
            made.setGeometry(QRect(x, y, width, high))
            x += width + px(_GAP)
        self.setFixedHeight(y + high)
