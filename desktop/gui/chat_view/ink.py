"""How pieces look in a text document: fonts, colours, margins, gaps. Knows the theme, not the widgets."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QFont,
    QFontMetricsF,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextFormat,
    QTextLength,
    QTextTableCellFormat,
    QTextTableFormat,
)

from desktop.gui.chat_view.pieces import Cell, Code, Para, Piece, Run, Style, Table
from desktop.gui.chat_view.struck import struck_format
from desktop.gui.theme import Theme

MARKER = QTextFormat.Property.UserProperty + 1  # str: bullet or number painted before the block
QUOTE = QTextFormat.Property.UserProperty + 2  # int: bars painted left of the block
RULE = QTextFormat.Property.UserProperty + 3  # bool: a line painted across the block
CHIP = QTextFormat.Property.UserProperty + 4  # bool: inline code, a rounded ground painted under it

INDENT, QUOTE_INDENT = 24, 18  # design px of a list level, of a quote level
_SIZES = {"p": (14, 400, 23), "h1": (20, 600, 28), "h2": (17, 600, 25), "h3": (15, 600, 23)}
_SMALL_HEADING = (14, 600, 23)
_CELL_PADDING = 7
_MIN_COLUMN = 84


def gap(before: Piece | None, piece: Piece) -> int:
    """Design px between two pieces."""
    if before is None or (isinstance(piece, Para) and piece.joined):
        return 0
    if isinstance(piece, Table) and not piece.head and isinstance(before, Table):
        return 0
    if not isinstance(piece, Para) or not isinstance(before, Para):
        return 12 if isinstance(piece, (Code, Table)) or piece.style in ("p", "rule") else 20
    if "rule" in (piece.style, before.style):
        return 14
    if piece.style != "p":
        return 22 if piece.style in ("h1", "h2") else 18
    if before.style != "p":
        return 8
    if piece.depth and before.depth:
        return 5 if piece.marker else 7
    return 8 if piece.depth else 12


class Ink:
    """Formats of one theme and size. Made anew when the theme changes."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self._formats: dict[tuple[str, Style, bool, str], QTextCharFormat] = {}
        self._words: dict[tuple[str, str], QTextCharFormat] = {}

    def char(
        self, style: Style = Style.PLAIN, block: str = "p", href: str = "", colour: str = "text"
    ) -> QTextCharFormat:
        """Format of a run."""
        key = (block, style, bool(href), colour)
        known = self._formats.get(key)
        if known is None:
            known = self._formats[key] = self._char(style, block, bool(href), colour)
        if not href:
            return known
        linked = QTextCharFormat(known)
        linked.setAnchor(True)
        linked.setAnchorHref(href)
        linked.setToolTip(href)
        return linked

    def _char(self, style: Style, block: str, link: bool, colour: str) -> QTextCharFormat:
        theme, form = self.theme, QTextCharFormat()
        size, weight, _ = _SIZES.get(block, _SMALL_HEADING)
        code = bool(style & Style.CODE)
        font = theme.font(size - 1 if code else size, 600 if style & Style.BOLD else weight, mono=code)
        font.setItalic(bool(style & Style.ITALIC))
        font.setStrikeOut(bool(style & Style.STRIKE))
        form.setFont(font)
        form.setForeground(theme.color("accent" if link else "text3" if style & Style.FAINT else colour))
        if link:
            form.setFontUnderline(True)
            form.setUnderlineColor(theme.color("accent", 0.5))
        if code:
            form.setProperty(CHIP, True)
        return form

    def block(self, para: Para, above: int) -> QTextBlockFormat:
        """Format of a paragraph with `above` design px before it."""
        px, form = self.theme.px, QTextBlockFormat()
        form.setLeftMargin(px(INDENT) * para.depth + px(QUOTE_INDENT) * para.quote)
        form.setTopMargin(px(above))
        height = 13 if para.style == "rule" else _SIZES.get(para.style, _SMALL_HEADING)[2]
        form.setLineHeight(px(height), int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        if para.style.startswith("h"):
            form.setHeadingLevel(int(para.style[1]))
        if para.marker:
            form.setProperty(MARKER, para.marker)
        if para.quote:
            form.setProperty(QUOTE, para.quote)
        if para.style == "rule":
            form.setProperty(RULE, True)
        return form

    def write(
        self, cursor: QTextCursor, para: Para, above: int, *, first: bool, colour: str = "text"
    ) -> None:
        """Writes one paragraph at the cursor; `first` uses the block the cursor is in."""
        form = self.block(para, above)
        plain = self.char(Style.PLAIN, para.style, colour=colour)
        if first:
            cursor.setBlockFormat(form)
            cursor.setBlockCharFormat(plain)
        else:
            cursor.insertBlock(form, plain)
        for run in para.runs:
            if run.style & Style.STRUCK:
                cursor.insertText(run.text, self._struck(run.href, para.style, plain))
                continue
            cursor.insertText(
                run.text, self.char(run.style, para.style, run.href, "text2" if para.quote else colour)
            )

    def _struck(self, word: str, style: str, plain: QTextCharFormat) -> QTextCharFormat:
        """Format of a rejected proposal; the same words are proposed again and again."""
        known = self._words.get((word, style))
        if known is None:
            known = self._words[word, style] = struck_format(word, plain.font())
        return known

    # -- tables ----------------------------------------------------------------------------------------

    def column_widths(self, table: Table, width: int) -> list[int]:
        """Pixels per column: as wide as the text wants, shrunk fairly when there is not enough room."""
        letter = QFontMetricsF(self.theme.font(14)).averageCharWidth() * 1.12
        pad = 2 * self.theme.px(_CELL_PADDING) + 4
        want = [w * letter + pad for w in table.weights]
        least = [min(w, self.theme.px(_MIN_COLUMN)) for w in want]
        room = width - sum(least)
        if sum(want) <= width or room <= 0:
            return [round(w) for w in (want if room > 0 else least)]
        extra = [w - low for w, low in zip(want, least, strict=True)]
        return [int(low + room * e / sum(extra)) for low, e in zip(least, extra, strict=True)]

    def write_table(self, cursor: QTextCursor, table: Table, width: int) -> int:
        """Writes a table into an empty document; returns its width in pixels."""
        widths = self.column_widths(table, width)
        rows: list[tuple[Cell, ...]] = ([table.head] if table.head else []) + list(table.rows)
        form = QTextTableFormat()
        form.setBorder(0)
        form.setCellSpacing(0)
        form.setCellPadding(0)
        form.setBorderCollapse(True)
        form.setMargin(0)
        form.setHeaderRowCount(1 if table.head else 0)
        form.setColumnWidthConstraints([QTextLength(QTextLength.Type.FixedLength, w) for w in widths])
        grid = cursor.insertTable(max(1, len(rows)), len(widths), form)
        for i, row in enumerate(rows):
            for j, cell in enumerate(row[: len(widths)]):
                place = grid.cellAt(i, j)
                place.setFormat(self._cell(i, len(rows), head=bool(table.head) and i == 0))
                self._write_cell(
                    place.firstCursorPosition(), cell, table.aligns[j], head=bool(table.head) and i == 0
                )
        return sum(widths)

    def _cell(self, row: int, rows: int, *, head: bool) -> QTextTableCellFormat:
        px, form = self.theme.px, QTextTableCellFormat()
        form.setLeftPadding(px(_CELL_PADDING))
        form.setRightPadding(px(_CELL_PADDING))
        form.setTopPadding(px(5))
        form.setBottomPadding(px(5))
        form.setBottomBorder(1)
        form.setBottomBorderBrush(self.theme.color("line3" if head else "line2"))
        form.setBottomBorderStyle(QTextTableFormat.BorderStyle.BorderStyle_Solid)
        return form

    def _write_cell(self, cursor: QTextCursor, cell: Cell, align: str, *, head: bool) -> None:
        form = QTextBlockFormat()
        form.setLineHeight(self.theme.px(20), int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        flag = {"right": Qt.AlignmentFlag.AlignRight, "center": Qt.AlignmentFlag.AlignHCenter}.get(
            align, Qt.AlignmentFlag.AlignLeft
        )
        form.setAlignment(flag)
        cursor.setBlockFormat(form)
        for run in cell or (Run(""),):
            style = run.style | Style.BOLD if head else run.style
            cursor.insertText(run.text, self.char(style, "p", run.href))

    # -- code ------------------------------------------------------------------------------------------

    def code_block(self) -> QTextBlockFormat:
        """Format of a line of code."""
        form = QTextBlockFormat()
        form.setLineHeight(self.theme.px(20), int(QTextBlockFormat.LineHeightTypes.FixedHeight.value))
        return form

    def code_font(self) -> QFont:
        """Font of code blocks."""
        return self.theme.font(13, mono=True)

    def code_char(self, colour: str = "text") -> QTextCharFormat:
        """Format of code in one colour."""
        form = QTextCharFormat()
        form.setFont(self.code_font())
        form.setForeground(self.theme.color(colour))
        return form
