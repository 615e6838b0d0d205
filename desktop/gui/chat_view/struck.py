"""A rejected proposal inside a text document: a blank of its width, painted over as a struck word.

A blank is one object character, so no copy, search or reader of the text meets the word.
"""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, QUrl
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QImage,
    QPainter,
    QTextBlock,
    QTextDocument,
    QTextFormat,
    QTextImageFormat,
)

from desktop.gui.theme import Theme

_WORD = QTextFormat.Property.UserProperty + 5  # str
_BLANK = QUrl("struck:")


def add_blank(document: QTextDocument) -> None:
    """What every struck word of a document is to its layout."""
    image = QImage(1, 1, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    document.addResource(QTextDocument.ResourceType.ImageResource, _BLANK, image)


def struck_format(word: str, font: QFont) -> QTextImageFormat:
    """The format of the one character that stands for a proposal; `word` with the spaces around it."""
    metrics = QFontMetricsF(font)
    form = QTextImageFormat()
    form.setName(_BLANK.toString())
    form.setWidth(metrics.horizontalAdvance(word))
    form.setHeight(metrics.ascent())  # no higher than the letters, so that no line grows
    form.setFont(font)
    form.setProperty(_WORD, word)
    return form


def paint_struck(painter: QPainter, block: QTextBlock, theme: Theme) -> None:
    """The struck words of one paragraph, where their blanks are."""
    layout = block.layout()
    for span in block.textFormats():
        word = span.format.property(_WORD)
        if not word:
            continue
        for at in range(span.start, span.start + span.length):
            line = layout.lineForTextPosition(at)
            if line.isValid():
                left = _left(line.cursorToX(at), line.cursorToX(at + 1))
                spot = QPointF(layout.position().x() + left, layout.position().y() + line.y() + line.ascent())
                _word(painter, str(word), spot, span.format.font(), theme)


def _left(one: object, other: object) -> float:
    values = [value[0] if isinstance(value, tuple) else value for value in (one, other)]
    return min(float(value) for value in values if isinstance(value, float | int))


def _word(painter: QPainter, word: str, at: QPointF, font: QFont, theme: Theme) -> None:
    struck = QFont(font)
    struck.setStrikeOut(True)
    painter.setFont(struck)
    painter.setPen(theme.color("bad"))
    lead = QFontMetricsF(font).horizontalAdvance(word[: len(word) - len(word.lstrip())])
    painter.drawText(at + QPointF(lead, 0), word.strip())
