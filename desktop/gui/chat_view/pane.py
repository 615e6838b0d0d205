"""One read-only text surface: draws a document, lets it be selected, opens its links. Never scrolls itself.

A `QTextBrowser`, because that gives selection, links by keyboard and a text interface for screen readers.
What Qt cannot draw is painted underneath: list markers, quote bars, rules, the ground of inline code.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QPointF, QRectF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QTextCursor,
    QTextOption,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QFrame, QTextBrowser, QTextEdit, QWidget

from desktop.gui.chat_view.ink import MARKER, Ink
from desktop.gui.chat_view.pieces import LINE
from desktop.gui.chat_view.places import OBJECT
from desktop.gui.chat_view.sanitize import safe_url
from desktop.gui.chat_view.shade import Shades, unit_at
from desktop.gui.chat_view.tints import Tint
from desktop.gui.chat_view.under import paint_under


class TextPane(QTextBrowser):
    """A document at its full height. The owner sets the width with `fit` and gives it the height returned."""

    link = Signal(str)
    pressed = Signal(object, QMouseEvent)  # this pane, the event: a selection begins
    dragged = Signal(object, QMouseEvent)
    released = Signal()
    copy_asked = Signal()
    select_all_asked = Signal()
    menu_asked = Signal(object, QContextMenuEvent)
    pointed = Signal(object, int)  # this pane, the unit of the document under the mouse; -1 = none
    clicked = Signal(object, int)  # a click that marked nothing and opened no link
    twice = Signal()  # a second click: a word is being marked

    def __init__(self, ink: Ink, name: str, parent: QWidget, *, wrap: int = 0) -> None:
        """`wrap`: pixels of width to lay out at, until `fit` says otherwise; 0 = lines are not wrapped."""
        super().__init__(parent)
        self.setObjectName(name)
        self._ink = ink
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setReadOnly(True)
        self.setOpenLinks(False)
        self.setUndoRedoEnabled(False)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByMouse
            | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
        )
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(
            Qt.ScrollBarPolicy.ScrollBarAlwaysOff if wrap else Qt.ScrollBarPolicy.ScrollBarAsNeeded
        )
        self.setLineWrapMode(
            QTextEdit.LineWrapMode.FixedPixelWidth if wrap else QTextEdit.LineWrapMode.NoWrap
        )
        self.setWordWrapMode(
            QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere if wrap else QTextOption.WrapMode.NoWrap
        )
        if wrap:
            self.setLineWrapColumnOrWidth(wrap)
        self.viewport().setAutoFillBackground(False)
        self.document().setDocumentMargin(0)
        self.shades = Shades(self.document(), ink.theme)
        self._down = QPoint()
        self.anchorClicked.connect(self._clicked)

    # -- geometry --------------------------------------------------------------------------------------

    def fit(self, width: int) -> int:
        """Lays the text out at `width` pixels and returns the height it needs."""
        document = self.document()
        if self.lineWrapMode() == QTextEdit.LineWrapMode.FixedPixelWidth:
            # Not the widget's own width: a hidden widget learns that only when it is shown.
            if self.lineWrapColumnOrWidth() != width:  # it lays out again even when nothing changes
                self.setLineWrapColumnOrWidth(width)
            document.setTextWidth(width)
            return math.ceil(document.size().height())
        bar = self.horizontalScrollBar().sizeHint().height() if document.idealWidth() > width else 0
        return math.ceil(document.size().height()) + bar

    def reach_links(self, has_links: bool) -> None:
        """Tab stops at a pane with links, and goes from link to link; Return opens one."""
        policy = Qt.FocusPolicy.StrongFocus if has_links else Qt.FocusPolicy.ClickFocus
        if policy != self.focusPolicy():
            self.setFocusPolicy(policy)

    def break_anywhere(self) -> None:
        """For endless words: Qt needs a third of a second to find no place to break in 4,000 letters."""
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)

    def rewind(self) -> None:
        """Puts an idle cursor at the beginning: text written at it carries it along, and the view with it."""
        cursor = self.textCursor()
        if not cursor.hasSelection() and not cursor.atStart():
            cursor.movePosition(QTextCursor.MoveOperation.Start)
            self.setTextCursor(cursor)

    def minimumSizeHint(self) -> QSize:
        """None: the owner decides."""
        return QSize(0, 0)

    # -- safety ----------------------------------------------------------------------------------------

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Nothing is ever loaded."""
        return QByteArray()

    def _clicked(self, url: QUrl) -> None:
        good = safe_url(url.toString())
        if good:
            self.link.emit(good)

    # -- selection -------------------------------------------------------------------------------------

    def select(self, start: int, end: int) -> None:
        """Marks document positions from `start` to `end`, without scrolling there."""
        cursor, sideways = self.textCursor(), self.horizontalScrollBar().value()
        if (cursor.anchor(), cursor.position()) == (start, end):
            return
        cursor.setPosition(start)
        cursor.setPosition(end, QTextCursor.MoveMode.KeepAnchor)
        self.setTextCursor(cursor)
        self.horizontalScrollBar().setValue(sideways)
        self.verticalScrollBar().setValue(0)

    def select_nothing(self) -> None:
        """Takes the marking away."""
        cursor = self.textCursor()
        if cursor.hasSelection():
            cursor.clearSelection()
            self.setTextCursor(cursor)

    def end_position(self) -> int:
        """Last position of the document."""
        return max(0, self.document().characterCount() - 1)

    def selected_text(self) -> str:
        """Marked text; list markers are included where an item is marked from its beginning."""
        cursor = self.textCursor()
        if not cursor.hasSelection():
            return ""
        if cursor.currentTable() is not None:
            return cursor.selection().toPlainText()
        out, start, end = [], cursor.selectionStart(), cursor.selectionEnd()
        block = self.document().findBlock(start)
        while block.isValid() and block.position() <= end:
            begin, stop = max(start, block.position()), min(end, block.position() + block.length() - 1)
            part = QTextCursor(block)
            part.setPosition(begin)
            part.setPosition(stop, QTextCursor.MoveMode.KeepAnchor)
            marker = block.blockFormat().property(MARKER) if begin == block.position() else None
            text = part.selectedText().replace(LINE, "\n").replace(OBJECT, "")
            out.append((f"{marker} " if marker else "") + text)
            block = block.next()
        return "\n".join(out)

    def createMimeDataFromSelection(self) -> QMimeData:
        """What other programs are given: the marked text, not what was struck in it."""
        data = QMimeData()
        data.setText(self.selected_text())
        return data

    def shade(self, tints: Sequence[Tint]) -> None:
        """Tints runs of the text."""
        first = self.shades.show(tints)
        if first >= 0:
            block = self.document().findBlock(first)
            top = int(block.layout().position().y()) if block.isValid() else 0
            self.viewport().update(0, top, self.viewport().width(), max(0, self.viewport().height() - top))

    def choose(self, part: tuple[int, int] | None) -> None:
        """Frames a part of the text."""
        if part != self.shades.chosen:
            self.shades.chosen = part
            self.viewport().update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begins a selection, also where text is marked already: marked text is not dragged away."""
        extends = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if event.button() == Qt.MouseButton.LeftButton and not extends:
            self.select_nothing()
        self._down = event.position().toPoint()
        super().mousePressEvent(event)
        event.accept()
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit(self, event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Goes on with a selection, perhaps into another pane."""
        super().mouseMoveEvent(event)
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged.emit(self, event)
        elif not event.buttons():
            self.pointed.emit(self, self.unit_at(event.position().toPoint()))

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is pointed at."""
        super().leaveEvent(event)
        self.pointed.emit(self, -1)

    def unit_at(self, point: QPoint) -> int:
        """The unit of the document drawn at a point of the viewport; -1 = none."""
        return unit_at(self.document(), QPointF(point.x() + self.horizontalScrollBar().value(), point.y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Marks a word."""
        super().mouseDoubleClickEvent(event)
        event.accept()
        self.twice.emit()
        self.pressed.emit(self, event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Ends a selection."""
        super().mouseReleaseEvent(event)
        event.accept()
        self.released.emit()
        at = event.position().toPoint()
        moved = (at - self._down).manhattanLength() >= QApplication.startDragDistance()
        plain = event.button() == Qt.MouseButton.LeftButton and not event.modifiers()
        if plain and not moved and not self.textCursor().hasSelection() and not self.anchorAt(at):
            self.clicked.emit(self, self.unit_at(at))

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Tab goes to the first link, Shift+Tab to the last."""
        super().focusInEvent(event)
        forward = event.reason() == Qt.FocusReason.TabFocusReason
        if forward or event.reason() == Qt.FocusReason.BacktabFocusReason:
            end = QTextCursor.MoveOperation.Start if forward else QTextCursor.MoveOperation.End
            self.moveCursor(end)
            self.focusNextPrevChild(forward)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copying and selecting concern the whole message; links take Return; the rest is the view's."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy_asked.emit()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            self.select_all_asked.emit()
        elif (
            event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.textCursor().charFormat().isAnchor()
        ):
            super().keyPressEvent(event)
        else:
            event.ignore()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """The view's own menu."""
        self.menu_asked.emit(self, event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Sideways is ours, up and down is the view's."""
        bar, delta = self.horizontalScrollBar(), event.angleDelta()
        sideways = delta.x() or (delta.y() if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0)
        if sideways and bar.maximum() and abs(sideways) >= abs(delta.y()):
            pixels = event.pixelDelta().x()
            bar.setValue(bar.value() - (pixels or sideways // 2))
            event.accept()
        else:
            event.ignore()

    # -- painting --------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        """What belongs under the text, then the text."""
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(-self.horizontalScrollBar().value(), 0)
        clip = QRectF(event.rect()).translated(self.horizontalScrollBar().value(), 0)
        paint_under(painter, self.document(), clip, self._ink.theme)
        self.shades.paint(painter, clip)
        painter.end()
        super().paintEvent(event)
