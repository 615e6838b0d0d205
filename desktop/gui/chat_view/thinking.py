"""What a model thought before it answered: one line, opened on demand."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QEasingCurve, QPointF, QRectF, Qt, QVariantAnimation, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QTextCursor
from PySide6.QtWidgets import QAbstractButton, QPushButton, QWidget

from desktop.gui.chat_view.big_text import BigText
from desktop.gui.chat_view.controls import turned
from desktop.gui.chat_view.ink import Ink
from desktop.gui.chat_view.pane import TextPane
from desktop.gui.chat_view.pieces import LINE, Para, Run, endless
from desktop.gui.chat_view.sanitize import plain_lines
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.theme import R_ROW, Theme

SHOWN_CHARS = 1_200  # of an opened section; the rest comes with 'Show all'
FULL_CHARS = 12_000  # a longer text is shown in its own scrolled box
_HEAD, _INSET, _OPEN_MS = 28, 21, 160


class ThinkingHead(QAbstractButton):
    """Arrow, brain, 'Thinking', and how long it took."""

    def __init__(self, theme: Theme, caption: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("thinking")
        self._theme, self._caption = theme, caption
        self.setCheckable(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.say(caption)

    def say(self, caption: str) -> None:
        """Changes the caption."""
        self._caption = caption
        self.setAccessibleName(f"Thinking {caption}".strip())
        self.setToolTip("Show or hide what the model thought")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, with a ground when hovered and a ring when focused."""
        theme, px = self._theme, self._theme.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        arrow = theme.pixmap("chevron-right", "text2", 14)
        painter.drawPixmap(QPointF(0, middle - px(7)), turned(arrow, 90) if self.isChecked() else arrow)
        painter.drawPixmap(QPointF(px(_INSET), middle - px(8)), theme.pixmap("brain", "text2", 15))
        x = px(_INSET + 20)
        base = middle + painter.fontMetrics().ascent() / 2 - px(2)
        for text, role, token in (
            ("Thinking", "strong", "text" if self.underMouse() else "text2"),
            (self._caption, "caption", "text3"),
        ):
            painter.setFont(theme.type_font(role))
            painter.setPen(theme.color(token))
            painter.drawText(QPointF(x, base), text)
            x += painter.fontMetrics().horizontalAdvance(text) + px(8)
        if self.hasFocus():
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), R_ROW, R_ROW)
        painter.end()


class ThinkingBox(QWidget):
    """Head and text. The text is clipped while it opens."""

    toggled = Signal(bool)
    show_all = Signal()

    def __init__(self, theme: Theme, ink: Ink, caption: str, parent: QWidget, room: int) -> None:
        super().__init__(parent)
        self.setObjectName("thinking_box")
        self._theme, self._ink = theme, ink
        self._shown = ""
        self._big: BigText | None = None
        self.head = ThinkingHead(theme, caption, self)
        self.head.clicked.connect(self.toggled)
        self.clip = QWidget(self)
        self.pane = TextPane(ink, "thinking_text", self.clip, wrap=room)
        self.pane.setAccessibleName("What the model thought")
        self.more = QPushButton("Show all", self.clip)
        self.more.setObjectName("show_all_thinking")
        self.more.setAccessibleName("Show all of the thinking")
        self.more.setProperty("kind", "link")
        self.more.clicked.connect(self.show_all)

    def show_text(self, text: str, *, everything: bool) -> None:
        """Shows the first part of the text, or all of it."""
        if everything and len(text) > FULL_CHARS:
            if self._big is None:
                self._big = BigText(self._theme, text, self.clip)
                self._big.show()
                self.pane.hide()
            self.more.hide()
            return
        shown = plain_lines((text if everything else text[:SHOWN_CHARS]).strip()).replace("\n", LINE)
        self.more.setVisible(not everything and len(text) > SHOWN_CHARS)
        if endless(shown):
            self.pane.break_anywhere()
        cursor = QTextCursor(self.pane.document())
        if shown.startswith(self._shown) and self._shown:
            cursor.movePosition(QTextCursor.MoveOperation.End)
            cursor.insertText(shown[len(self._shown) :], self._ink.char(colour="text2"))
        elif shown != self._shown:
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.removeSelectedText()
            self._ink.write(cursor, Para((Run(shown),)), 0, first=True, colour="text2")
        self._shown = shown
        self.pane.rewind()

    def fit(self, width: int, share: float) -> int:
        """Places the parts, `share` of the text open; returns the height."""
        px = self._theme.px
        metrics = self.head.fontMetrics().horizontalAdvance(self.head.accessibleName())
        self.head.setGeometry(0, 0, min(width, metrics + px(_INSET + 60)), px(_HEAD))
        if share <= 0:
            self.clip.hide()
            return px(_HEAD)
        inner = width - px(_INSET)
        if self._big is not None:
            height = px(320)
            self._big.setGeometry(0, 0, inner, height)
        else:
            height = self.pane.fit(inner)
            self.pane.setGeometry(0, 0, inner, height)
        if not self.more.isHidden():
            self.more.setGeometry(0, height + px(2), self.more.sizeHint().width(), px(24))
            height += px(26)
        self.clip.setGeometry(px(_INSET), px(_HEAD + 2), inner, int(height * share))
        self.clip.show()
        return px(_HEAD + 2) + int(height * share)


class ThinkingSection(Section):
    """Keeps the text, whether it is open, and whether it is still being written."""

    def __init__(self, host: Host) -> None:
        super().__init__(host, 4)
        self._text, self._running = "", False
        self._receipt: Mapping[str, object] = {}
        self._share, self._everything = 0.0, False
        self.height = host.theme.px(_HEAD)
        self._motion: QVariantAnimation | None = None

    @property
    def caption(self) -> str:
        """'4.7 s · 245 tokens', 'running', or nothing."""
        if self._running:
            return "running"
        ms, tokens = self._receipt.get("thinking_ms"), self._receipt.get("thinking_tokens")
        parts = [f"{ms / 1000:.1f} s"] if isinstance(ms, (int, float)) and ms > 0 else []
        parts += [f"{tokens:,} tokens"] if isinstance(tokens, int) and tokens > 0 else []
        return " · ".join(parts)

    def say(self, text: str, receipt: Mapping[str, object], *, running: bool) -> None:
        """New text, or the end of it."""
        if (text, receipt, running) == (self._text, self._receipt, self._running):
            return
        changed = text != self._text
        self._text, self._receipt, self._running = text, receipt, running
        if isinstance(self.widget, ThinkingBox):
            self.widget.head.say(self.caption)
            if changed and self._share > 0:
                self.widget.show_text(self._text, everything=self._everything)
            self.refit()

    def build(self) -> QWidget:
        """The box, open or closed as it was."""
        box = ThinkingBox(self.host.theme, self.host.ink, self.caption, self.host.canvas, self.room)
        box.toggled.connect(self._toggle)
        box.show_all.connect(self._show_all)
        box.head.setChecked(self._share > 0)
        if self._share > 0:
            box.show_text(self._text, everything=self._everything)
        self.host.adopt(self, box.pane)
        return box

    def _show_all(self) -> None:
        self._everything = True
        if isinstance(self.widget, ThinkingBox):
            self.widget.show_text(self._text, everything=True)
            self.refit()
            self.host.moved()

    def _toggle(self, opening: bool) -> None:
        if isinstance(self.widget, ThinkingBox) and opening:
            self.widget.show_text(self._text, everything=self._everything)
        if self._motion is not None:
            self._motion.stop()
        if self.host.theme.reduce_motion:
            self._open(1.0 if opening else 0.0)
            return
        self._motion = QVariantAnimation()
        self._motion.setDuration(_OPEN_MS)
        self._motion.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._motion.setStartValue(self._share)
        self._motion.setEndValue(1.0 if opening else 0.0)
        self._motion.valueChanged.connect(self._open)
        self._motion.start()

    def _open(self, share: object) -> None:
        self._share = float(share) if isinstance(share, (int, float)) else 0.0
        self.refit()
        self.host.moved()

    def measure(self, width: int) -> int:
        """Height of the box as far as it is open."""
        return self.widget.fit(width, self._share) if isinstance(self.widget, ThinkingBox) else self.height

    def panes(self) -> list[TextPane]:
        """The text, while open."""
        open_ = isinstance(self.widget, ThinkingBox) and self._share > 0
        return [self.widget.pane] if open_ and isinstance(self.widget, ThinkingBox) else []
