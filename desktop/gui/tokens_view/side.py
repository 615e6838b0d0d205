"""What stands beside the Tokens page: the selected token's figures, the card to branch there, the keys."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, Qt, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.gui.controls import ToolButton, column, label, row
from desktop.gui.theme import Theme
from desktop.gui.tokens_view.branch_card import BranchCard
from desktop.gui.tokens_view.facts import TokenFacts
from desktop.gui.tokens_view.view import TokensView

_HEADER = 56


class TokenSide(QWidget):
    """Follows the selection of a view. Keys it does not know are the view's."""

    def __init__(self, theme: Theme, view: TokensView) -> None:
        super().__init__()
        self._theme, self._view = theme, view
        self.setObjectName("tokenSide")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = label("Token", "heading")
        self._back = ToolButton(theme, "arrow-left", "The token before", name="tokenBefore")
        self._on = ToolButton(theme, "chevron-right", "The token after", name="tokenAfter")
        self.facts, self.branch = TokenFacts(), BranchCard(theme)
        self._head = QWidget()
        self._head.setLayout(row(self._title, None, self._back, self._on, spacing=0, margins=(16, 0, 12, 0)))
        keys = label(
            "Keys: ← → move, N next token, Shift+N next round, C continue, B branch", "caption", wrap=True
        )
        page = QWidget()
        page.setLayout(column(self.facts, self.branch, None, keys, spacing=10, margins=(16, 10, 16, 14)))
        scroll = QScrollArea()
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setWidgetResizable(True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(page)
        self.setLayout(column(self._head, scroll, spacing=0))
        self._back.clicked.connect(self._step_back)
        self._on.clicked.connect(self._step_on)
        view.selected.connect(self.show_selection)
        theme.changed.connect(self.refresh)
        self.refresh()
        self.show_selection()

    @Slot()
    def show_selection(self) -> None:
        """The figures of what is selected in the view."""
        span, answer = self._view.span, self._view.answer
        self._title.setText("Token" if span is None else f"Token {span.first + 1:,}")
        self.facts.show_token(answer, span)
        self.branch.setVisible(span is not None)
        self._back.setEnabled(span is not None and span.first > 0)
        self._on.setEnabled(span is not None and span.first + len(span.tokens) < answer.total)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """N, C, B and the arrows work here as well."""
        QCoreApplication.sendEvent(self._view, event)

    @Slot()
    def refresh(self) -> None:
        """Height of the head, as the header's."""
        self._head.setFixedHeight(self._theme.px(_HEADER))

    @Slot()
    def _step_back(self) -> None:
        self._view.chips.step(-1)

    @Slot()
    def _step_on(self) -> None:
        self._view.chips.step(1)
