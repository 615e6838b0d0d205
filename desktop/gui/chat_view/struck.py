"""A rejected proposal inside a text document: one object, drawn as a struck word, which no copy contains."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRect, QRectF, QSizeF
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QPainter,
    QPyTextObject,
    QTextCharFormat,
    QTextDocument,
    QTextFormat,
)

from desktop.gui.theme import Theme

_WORD = QTextFormat.Property.UserProperty + 5  # str
_TYPE = QTextFormat.ObjectTypes.UserObject + 1


def struck_format(word: str, font: QFont) -> QTextCharFormat:
    """The format of the one character that stands for a proposal."""
    form = QTextCharFormat()
    form.setObjectType(_TYPE)
    form.setFont(font)
    form.setProperty(_WORD, word)
    form.setToolTip("")
    return form


def struck_word(form: QTextFormat) -> str:
    """The word of such a format; "" for any other."""
    return str(form.property(_WORD) or "") if form.objectType() == _TYPE else ""


class StruckWords(QPyTextObject):
    """Draws the proposals of one document; must live as long as it."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        document.documentLayout().registerHandler(_TYPE, self)

    def intrinsicSize(self, _document: QTextDocument, _position: int, form: QTextFormat) -> QSizeF:
        """As wide as the word and its spaces; no higher than the letters, so that no line grows."""
        metrics = QFontMetricsF(form.toCharFormat().font())
        return QSizeF(metrics.horizontalAdvance(struck_word(form)), metrics.ascent())

    def drawObject(
        self,
        painter: QPainter,
        rect: QRectF | QRect,
        _document: QTextDocument,
        _position: int,
        form: QTextFormat,
    ) -> None:
        """The word, struck; not the spaces."""
        word = struck_word(form)
        lead = word[: len(word) - len(word.lstrip())]
        font = QFont(form.toCharFormat().font())
        font.setStrikeOut(True)
        painter.save()
        painter.setFont(font)
        painter.setPen(self._theme.color("bad"))
        at = QRectF(rect).bottomLeft() + QPointF(painter.fontMetrics().horizontalAdvance(lead), 0)
        painter.drawText(at, word.strip())
        painter.restore()
