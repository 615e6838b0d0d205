"""Before measuring: what will be tried, on which prompts, about how long, and which files cannot draft."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QButtonGroup, QWidget

from desktop.engine.types import DraftInfo
from desktop.gui.advisor import words
from desktop.gui.advisor.offer import Offer
from desktop.gui.controls import Elided, Glyph, Item, Radio, column, label, row, tag
from desktop.gui.numbers import count, size
from desktop.gui.settings_page.draft_facts import Candidate
from desktop.gui.theme import Theme

_NAME = 230
_NO_MODEL = "Load a model first: drafts are measured together with the model they draft for."
_NO_DRAFT = (
    "No draft model on this computer fits {target}. Look for a smaller model of the same family with the "
    "same tokenizer, about a tenth of the size. Lookup needs none, and can be measured now."
)
_WRITING = "An answer is being written. Measuring begins when it is done."
_ENDING = "The draft that was in use is being brought back."
_FEW = "At least {least} are needed, of a sentence or more; there {are}."


class OfferPage(QWidget):
    """`changed`: what can be started, or how high it is."""

    changed = Signal()

    def __init__(self, theme: Theme, fewest: int) -> None:
        super().__init__()
        self._theme, self._fewest = theme, fewest
        self._offer = Offer()
        self._touched = False
        self.problem = label("", "strong", wrap=True, name="advisor_problem")
        self.what = label("", "body2", wrap=True, name="advisor_what")
        self.mine = Radio(theme, "My last prompts", name="advisor_own", text="My last prompts")
        self.builtin = Radio(theme, "Built-in set", name="advisor_builtin", text="Built-in set", on=True)
        self._group = QButtonGroup(self)
        for radio in (self.mine, self.builtin):
            self._group.addButton(radio)
        self._mine_words, self._set_words = label("", "caption", wrap=True), label("", "caption", wrap=True)
        self._choice = QWidget()
        self._choice.setLayout(
            column(
                label("Prompts", "section"), self.mine, _under(theme, self._mine_words),
                self.builtin, _under(theme, self._set_words), spacing=2,
            )
        )  # fmt: skip
        self._tried, self.note = QWidget(), label("", "caption", wrap=True, name="advisor_note")
        self._lay = column(self.problem, self.what, self._choice, self._tried, self.note, None, spacing=14)
        self.setLayout(self._lay)
        self._group.buttonClicked.connect(self._chosen)

    @property
    def own(self) -> bool:
        """Whether the person's prompts are chosen."""
        return self.mine.isChecked()

    @property
    def can_start(self) -> bool:
        """Whether measuring can begin."""
        offer = self._offer
        return bool(offer.target) and not offer.judging and not offer.ending

    def show_offer(self, offer: Offer) -> None:
        """What there is now."""
        self._offer = offer
        enough = offer.own >= self._fewest
        self.mine.setEnabled(enough)
        if not self._touched or not enough:
            (self.mine if enough else self.builtin).setChecked(True)
        self._mine_words.setText(self._mine(offer, enough=enough))
        self.mine.setAccessibleDescription(self._mine_words.text())
        self._set_words.setText(f"{count(len(offer.kinds), 'prompt')}: {', '.join(offer.kinds)}.")
        self.builtin.setAccessibleDescription(self._set_words.text())
        self._choice.setVisible(bool(offer.target))
        self.problem.setText(offer.problem)
        self.problem.setVisible(bool(offer.problem))
        self._fill(offer)
        self._say()

    def _mine(self, offer: Offer, *, enough: bool) -> str:
        if enough:
            return f"The newest {offer.own} you wrote. They stay on this computer, and are not kept."
        return _FEW.format(
            least=self._fewest, are=f"{'is' if offer.own == 1 else 'are'} {offer.own or 'none'}"
        )

    @Slot()
    def _chosen(self) -> None:
        self._touched = True
        self._say()

    def _say(self) -> None:
        offer = self._offer
        if not offer.target:
            self.what.setText(_NO_MODEL)
        elif offer.judging:
            self.what.setText("Looking at which models on this computer can draft.")
        else:
            self.what.setText(words.offered(offer, own=self.own))
        notes = [_WRITING] if offer.writing else []
        if offer.ending:
            notes = [_ENDING]
        if offer.target and not offer.writing:
            notes.append("You can go on chatting meanwhile: an answer you ask for goes first.")
        self.note.setText(" ".join(notes if offer.target else []))
        self.note.setVisible(bool(self.note.text()))
        self.changed.emit()

    def _fill(self, offer: Offer) -> None:
        """What is tried and what is not, with the checks that failed."""
        items: list[Item] = []
        if offer.target:
            items = [label("To be tried", "section"), self._line("Plain", "the model alone, to compare with")]
            items.append(self._line("Lookup", "repeats from the chat; needs no memory"))
        good = [one for one in offer.candidates if one.verdict is not None and not one.verdict.reason]
        bad = [one for one in offer.candidates if one.verdict is not None and one.verdict.reason]
        wait = [one for one in offer.candidates if one.verdict is None]
        items += [self._file(one, "by itself, and with lookup") for one in good]
        items += [self._file(one, "being looked at", "circle-dashed", "text3") for one in wait]
        if offer.target and not good and not wait:
            items.append(
                label(_NO_DRAFT.format(target=offer.target), "ui2", wrap=True, name="advisor_no_draft")
            )
        if bad:
            items += [6, label("Cannot draft for this model", "section")]
            items += [self._file(one, _reason(one.verdict), "circle-x", "bad") for one in bad if one.verdict]
        old, self._tried = self._tried, QWidget()
        self._tried.setLayout(column(*items, spacing=6))
        self._lay.replaceWidget(old, self._tried)
        self._tried.show()  # now, so that it counts for the sheet's height
        old.setParent(None)
        old.deleteLater()

    def _file(self, one: Candidate, words_: str, sign: str = "circle-check", token: str = "ok") -> QWidget:
        needs = one.verdict.memory.needed if one.verdict is not None and one.verdict.memory else 0
        more = f"; {size(needs)} of memory" if needs and token == "ok" else ""
        return self._line(one.name, words_ + more, sign, token, one.quantisation)

    def _line(
        self, name: str, words_: str, sign: str = "circle-check", token: str = "ok", format_: str = ""
    ) -> QWidget:
        made = QWidget()
        title = Elided(words.model(name), "strong")
        title.setMaximumWidth(min(title.sizeHint().width(), self._theme.px(_NAME)))
        title.setMinimumWidth(title.maximumWidth())
        items: list[Item] = [Glyph(self._theme, sign, token, 15), title]
        if format_:
            items.append(tag(format_))
        caption = label(words_, "caption", wrap=True)
        line = row(*items, caption, spacing=8)
        line.setStretch(len(items), 1)
        for item in items:
            if isinstance(item, QWidget):
                line.setAlignment(item, Qt.AlignmentFlag.AlignTop)
        made.setLayout(line)
        made.setAccessibleName(f"{name}: {words_}")
        return made


def _under(theme: Theme, caption: QWidget) -> QWidget:
    made = QWidget()
    made.setLayout(row(caption, margins=(theme.px(28) + 3, 0, 0, 4)))
    return made


def _reason(verdict: DraftInfo) -> str:
    """The refusal, and the checks that failed."""
    failed = [f"{check.name.lower()}: {check.found}" for check in verdict.checks if not check.passed]
    return verdict.reason + (f" ({'; '.join(failed)})" if failed else "")
