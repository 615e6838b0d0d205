"""The line under an answer: how fast, against plain, what drafting did and whether it was on."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.engine.types import Timings
from desktop.gui import drafted
from desktop.gui.drafted import DraftCounts
from desktop.gui.parts import Elided
from desktop.gui.theme import Theme
from desktop.store.types import Message

_GLYPH = {"active": ("wind", "accent"), "paused": ("pause", "warn"), "refused": ("circle-alert", "bad")}


def counted(message: Message) -> list[str]:
    """What is counted of an answer, as short phrases; empty for the person's own or an unfinished one."""
    tokens, rate = message.receipt.get("output_tokens"), _rate(message)
    if message.role == "user" or not isinstance(tokens, int) or tokens <= 0:
        return []
    words = [f"{tokens:,} tokens" if tokens != 1 else "1 token"]
    if message.receipt.get("passage"):
        words[0] += " for a passage"  # the rest of the answer is older
    if rate > 0:
        words.insert(0, f"{rate:.1f} tok/s" if rate < 100 else f"{rate:,.0f} tok/s")
    did = drafted.from_receipt(message.receipt)
    if did.drafted:
        words.append(f"{did.counts()} accepted")
    if did.known and (did.state != "active" or not did.drafted):
        words.append(did.word[:1].lower() + did.word[1:])
    return words


def _rate(message: Message) -> float:
    tokens, ms = message.receipt.get("output_tokens"), message.receipt.get("decode_ms")
    if not isinstance(tokens, int) or not isinstance(ms, int | float) or ms <= 0:
        return 0.0
    return Timings(0, 0, float(ms)).decode_rate(tokens)


class Badge(QWidget):
    """A sign of drafting's state, the ratio to plain in colour, then the counts. Hovering tells the whole."""

    def __init__(self, theme: Theme, message: Message, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("badge")
        did, rate = drafted.from_receipt(message.receipt), _rate(message)
        words, ratio = counted(message), did.ratio_words(rate)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(theme.px(4))
        self._add_sign(theme, did, line)
        if ratio:
            self._add_ratio(theme, ratio, did.ratio(rate) or 0.0, line)
        if words:
            separator = "· " if ratio else ""
            self._rest = Elided(separator + " · ".join(words), "caption")
            line.addWidget(self._rest, 1)
        told = [f"{ratio}: {did.ratio_source(rate)}"] if ratio else []
        told += [did.sentence()] if did.known else []
        self.setToolTip("\n".join(told))
        if told and words:
            self._rest.setAttribute(
                Qt.WidgetAttribute.WA_TransparentForMouseEvents
            )  # it has a tip of its own
        self.setAccessibleName(". ".join([*words[:2], *told]))

    def _add_sign(self, theme: Theme, did: DraftCounts, line: QHBoxLayout) -> None:
        sign = _GLYPH.get(did.state) if did.known else None
        if sign is None or (did.state == "active" and not did.drafted):
            return
        glyph = QLabel(self)
        glyph.setPixmap(theme.pixmap(*sign, 14))
        glyph.setFixedSize(theme.px(16), theme.px(16))
        line.addWidget(glyph)

    def _add_ratio(self, theme: Theme, words: str, ratio: float, line: QHBoxLayout) -> None:
        strong = QLabel(words, self)
        strong.setObjectName("badge_ratio")
        strong.setProperty("type", "captionstrong")
        if ratio > 1.0:
            strong.setStyleSheet(f"color:{theme.colors.accent}")
        line.addWidget(strong)
