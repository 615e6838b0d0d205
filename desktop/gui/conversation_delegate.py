"""Paints one row of the sidebar's list and makes the editor for a rename. Knows the rows and the theme."""

from __future__ import annotations

from PySide6.QtCore import QAbstractItemModel, QPoint, QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFont, QPainter, QPen, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import QLineEdit, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from desktop.gui.conversation_model import ROW_ROLE, ConversationModel, Entry, Heading, Index, Row
from desktop.gui.theme import R_ROW, Theme

MENU_WIDTH = 28
"""Width of the "…" at the right of a hovered row, design pixels."""
_PAD = 12
_LEAD = 24  # characters of a snippet before the match


class RowDelegate(QStyledItemDelegate):
    """Paints headings, conversations and results."""

    renamed = Signal(int, str)

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, _option: QStyleOptionViewItem, index: Index) -> QSize:
        """Heights of the three kinds of row."""
        row = index.data(ROW_ROLE)
        height = 32 if isinstance(row, Heading) else 66 if row.snippet else 49
        return QSize(10, self._theme.px(height))

    def row_rect(self, area: QRect) -> QRect:
        """The row's shape: it ends 12 px before the view does, where the scroll bar may be."""
        return QRect(area.left(), area.top(), self._view.width() - self._theme.px(_PAD) + 1, area.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """One row."""
        row: Row = index.data(ROW_ROLE)
        area = self.row_rect(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if isinstance(row, Heading):
            self._heading(painter, area, row.text)
        else:
            model = index.model()
            current = isinstance(model, ConversationModel) and model.current == row.id
            self._entry(painter, area.adjusted(0, 0, 0, -self._theme.px(2)), row, option.state, current)
        painter.restore()

    def _heading(self, painter: QPainter, area: QRect, text: str) -> None:
        pad = self._theme.px(_PAD)
        painter.setFont(self._theme.type_font("section"))
        painter.setPen(self._theme.color("text3"))
        flags = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignLeft
        painter.drawText(area.adjusted(pad, 0, -pad, -self._theme.px(6)), int(flags), text)

    def _entry(
        self, painter: QPainter, area: QRect, row: Entry, state: QStyle.StateFlag, current: bool
    ) -> None:
        theme, pad = self._theme, self._theme.px(_PAD)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if current or hovered:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("sel" if current else "raised"))
            painter.drawRoundedRect(area, R_ROW, R_ROW)
        if state & QStyle.StateFlag.State_Selected and self._view.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.color("accent"), 2))
            painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), R_ROW, R_ROW)
        inner = area.adjusted(
            pad, theme.px(6), -pad - (theme.px(MENU_WIDTH - _PAD) if hovered else 0), -theme.px(6)
        )
        painter.setFont(theme.type_font("strong" if current else "ui"))
        painter.setPen(theme.color("text"))
        title = painter.fontMetrics().elidedText(row.title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(inner, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), title)
        below = inner.adjusted(0, theme.px(19), 0, 0)
        if row.snippet:
            self._snippet(painter, below, row)
        else:
            painter.setFont(theme.type_font("caption"))
            painter.setPen(theme.color("text2"))
            painter.drawText(below, int(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft), row.detail)
        if hovered:
            side = theme.px(16)
            corner = QPoint(area.right() - theme.px(8) - side, area.top() + theme.px(8))
            painter.drawPixmap(corner, theme.pixmap("ellipsis", "text2"))

    def _snippet(self, painter: QPainter, area: QRect, row: Entry) -> None:
        """Two lines around the match, which is strong and tinted: never colour alone."""
        cut = max(row.start - _LEAD, 0)
        if cut:  # at the beginning of a word
            cut = row.snippet.find(" ", cut, row.start) + 1 or cut
        lead = "…" if cut else ""
        text = lead + row.snippet[cut:].replace("\n", " ")
        shift = len(lead) - cut
        match = [self._match_format(row.start + shift, row.end - row.start)] if row.end > row.start else []
        font = self._theme.type_font("caption")
        layout, left = _two_lines(text, font, match, area.width())
        if left < len(text):
            short = text[:left].rstrip() + "…"
            layout, taken = _two_lines(short, font, match, area.width())
            if taken < len(short):  # the last word makes room for the dots
                layout, _ = _two_lines(short.rpartition(" ")[0] + "…", font, match, area.width())
        painter.setPen(self._theme.color("text2"))
        layout.draw(painter, area.topLeft().toPointF())

    def _match_format(self, start: int, length: int) -> QTextLayout.FormatRange:
        made = QTextLayout.FormatRange()
        made.start, made.length = start, length
        look = QTextCharFormat()
        look.setFontWeight(600)
        look.setForeground(self._theme.color("text"))
        look.setBackground(self._theme.color("accent", 0.28))
        made.format = look
        return made

    def createEditor(self, parent: QWidget, _option: QStyleOptionViewItem, _index: Index) -> QWidget:
        """A line to type the new title in."""
        editor = QLineEdit(parent)
        editor.setObjectName("renameConversation")
        editor.setAccessibleName("New title")
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, _index: Index) -> None:
        """Over the whole row."""
        editor.setGeometry(self.row_rect(option.rect).adjusted(1, 2, -1, -4))

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        """The present title, all selected."""
        if isinstance(editor, QLineEdit):
            editor.setText(str(index.data(Qt.ItemDataRole.EditRole)))
            editor.selectAll()

    def setModelData(self, editor: QWidget, _model: QAbstractItemModel, index: Index) -> None:
        """Ask for the rename, unless nothing changed or nothing is left."""
        row = index.data(ROW_ROLE)
        title = editor.text().strip() if isinstance(editor, QLineEdit) else ""
        if isinstance(row, Entry) and title and title != row.title:
            self.renamed.emit(row.id, title)


def _two_lines(
    text: str, font: QFont, formats: list[QTextLayout.FormatRange], width: int
) -> tuple[QTextLayout, int]:
    """The text laid out on two lines at most, and how many characters they took."""
    layout = QTextLayout(text, font)
    option = QTextOption()
    option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
    layout.setTextOption(option)
    layout.setFormats(formats)
    layout.beginLayout()
    y, end = 0.0, 0
    for _ in range(2):
        line = layout.createLine()
        if not line.isValid():
            break
        line.setLineWidth(width)
        line.setPosition(QPointF(0, y))
        y += line.height()
        end = line.textStart() + line.textLength()
    layout.endLayout()
    return layout, end
