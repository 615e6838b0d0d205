"""Measuring drafts, as a sheet over the window: what will be tried, how far it is, what came of it.

Shows what it is told; the presenter measures and keeps. Esc cancels a measuring, else it closes; a click
beside the sheet or "In the background" closes it and lets the measuring go on.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from desktop.bridge.advice import Ranking, Way
from desktop.bridge.advice_prompts import FEWEST
from desktop.gui.advisor.offer import Offer, Running
from desktop.gui.advisor.offer_page import OfferPage
from desktop.gui.advisor.result_page import ResultPage
from desktop.gui.controls import Elided, ToolButton, button, column, row
from desktop.gui.sheet import Sheet
from desktop.gui.theme import Theme

State = Literal["offer", "running", "result"]
_WIDTH, _NARROW = 940, 640
_MARGINS = (22, 14, 14, 18)


class AdvisorSheet(Sheet):
    """`start_requested`: on the person's own prompts or not; `keep_requested` carries the way."""

    start_requested = Signal(bool)
    cancel_requested = Signal()
    again_requested = Signal()
    keep_requested = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "Measure drafts", name="advisor_sheet", parent=parent)
        self.state: State = "offer"
        self._title = Elided("", "heading", name="advisor_title")
        self._close = ToolButton(theme, "x", "Close", name="advisor_close", box=30)
        self._close.clicked.connect(self.dismiss)
        self.offer, self.result = OfferPage(theme, FEWEST), ResultPage(theme)
        self._start = button(theme, "Start measuring", "primary", "play", name="advisor_start", height=34)
        self._cancel = button(theme, "Cancel", icon="square", name="advisor_cancel", height=34)
        self._cancel.setToolTip("Esc. The draft that was in use stays in use.")
        self._hide = button(theme, "Go on in the background", name="advisor_hide", height=34)
        self._again = button(theme, "Measure again", icon="rotate-cw", name="advisor_again", height=34)
        self._build()
        self._connect()
        theme.changed.connect(self._see_through)
        self._see_through()
        self._set("offer")

    def _build(self) -> None:
        self._area = QScrollArea()
        self._area.setObjectName("advisor_area")
        self._area.setAccessibleName("Drafts")
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._body = QWidget()
        self._body.setLayout(column(self.offer, self.result, margins=(0, 0, 8, 0), spacing=0))
        self._area.setWidget(self._body)
        top = row(self._title, self._close)
        top.setStretch(0, 1)
        foot = row(self._start, self._cancel, self._hide, self._again, None, spacing=8)
        self._lay = column(top, self._area, foot, margins=_MARGINS, spacing=12)
        self.card.setLayout(self._lay)

    def _connect(self) -> None:
        self._start.clicked.connect(self._on_start)
        self._cancel.clicked.connect(self.cancel_requested)
        self._hide.clicked.connect(self.dismiss)
        self._again.clicked.connect(self.again_requested)
        self.result.kept.connect(self.keep_requested)
        self.offer.changed.connect(self._refresh_offer)

    @Slot()
    def _see_through(self) -> None:
        # The style sheet gives scroll areas the page's background; here the card's shows.
        self._area.setStyleSheet("QScrollArea, QScrollArea>QWidget>QWidget{background:transparent}")

    def show_offer(self, offer: Offer) -> None:
        """Before measuring."""
        self._name(offer.target)
        self.offer.show_offer(offer)
        self._set("offer")

    def show_running(self, state: Running) -> None:
        """While measuring."""
        self._name(state.target)
        self.result.show_running(state)
        self._cancel.setEnabled(not state.ending)
        self._set("running")

    def show_result(
        self, target: str, ranking: Ranking, made: str, in_use: str, gone: Callable[[Way], bool], note: str
    ) -> None:
        """After measuring."""
        self._name(target)
        self.result.show_result(ranking, made, in_use, gone, note)
        self._set("result")

    def _name(self, target: str) -> None:
        title = f"Measure drafts for {target}" if target else "Measure drafts"
        self._title.set_text(title)
        self.setAccessibleName(title)

    def _set(self, state: State) -> None:
        changed, self.state = self.state != state, state
        focus = self.focusWidget() if self.isVisible() else None
        self.offer.setVisible(state == "offer")
        self.result.setVisible(state != "offer")
        self._start.setVisible(state == "offer")
        self._cancel.setVisible(state == "running")
        self._hide.setVisible(state == "running")
        self._again.setVisible(state == "result")
        self._refresh_offer()
        if self.isVisible() and (changed or focus is None or not focus.isVisible()):
            self.first_focus().setFocus(Qt.FocusReason.OtherFocusReason)
        if changed:
            self._area.verticalScrollBar().setValue(0)
        self.place()

    @Slot()
    def _refresh_offer(self) -> None:
        waited = not self._start.isEnabled() and self.focusWidget() is self._close
        self._start.setEnabled(self.offer.can_start)
        if waited and self.isVisible() and self.state == "offer" and self._start.isEnabled():
            self._start.setFocus(Qt.FocusReason.OtherFocusReason)
        self.place()

    def first_focus(self) -> QWidget:
        """What carries the decision."""
        first = self.result.rows[0].keep if self.result.rows else self._again
        best = first if first.isVisibleTo(self) else self._again
        wanted = {"offer": self._start, "running": self._cancel, "result": best}[self.state]
        return wanted if wanted.isEnabled() else self._close

    @Slot()
    def _on_start(self) -> None:
        self.start_requested.emit(self.offer.own)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc cancels a measuring, and the sheet stays; Page Up and Page Down scroll."""
        if event.key() == Qt.Key.Key_Escape and self.state == "running" and self._cancel.isEnabled():
            self.cancel_requested.emit()
            event.accept()
            return
        if event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            bar = self._area.verticalScrollBar()
            step = bar.pageStep() if event.key() == Qt.Key.Key_PageDown else -bar.pageStep()
            bar.setValue(bar.value() + step)
        super().keyPressEvent(event)

    def focusNextPrevChild(self, following: bool) -> bool:
        """What has the keyboard is in sight."""
        moved = super().focusNextPrevChild(following)
        focus = self.focusWidget()
        if self._area.isAncestorOf(focus):
            self._area.ensureWidgetVisible(focus)
        return moved

    def wanted(self, room_width: int, room_height: int) -> tuple[int, int]:
        """As high as the content, at most the room."""
        px = self.theme.px
        width = min(px(_NARROW if self.state == "offer" else _WIDTH), room_width)
        left, top, right, bottom = _MARGINS
        inner = width - left - right - 2  # the card's border
        page = self.offer if self.state == "offer" else self.result
        content = self._height(page, inner - 8)
        frame = top + bottom + 2 * 12 + px(30) + px(34) + 4
        return width, min(content + frame, room_height)

    def _height(self, page: QWidget, width: int) -> int:
        """What a page needs at a width. Its rows are styled and arranged for it first."""
        for child in page.findChildren(QWidget):
            child.ensurePolished()
        page.resize(QSize(width, page.height()))
        layout = page.layout()
        if layout is None:
            return 0
        layout.activate()
        needed = layout.totalHeightForWidth(width) if layout.hasHeightForWidth() else -1
        return max(needed, layout.totalMinimumSize().height())
