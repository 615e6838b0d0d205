"""Token bytes to text: whole UTF-8 characters, thinking told apart from the answer, stop strings.

Knows: bytes and strings. Must not know: models, tokens, time. A `TextStream` serves one answer.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from enum import Enum, auto

from desktop.engine.types import Part, PartKind

THINKING_TAGS: tuple[tuple[str, str], ...] = (
    ("<think>", "</think>"),
    ("<thinking>", "</thinking>"),
    ("<reasoning>", "</reasoning>"),
    ("[THINK]", "[/THINK]"),
    ("<|channel>thought", "<channel|>"),
)
"""Opening and closing marks of a thinking section at the beginning of an answer."""
_CHANNEL, _MESSAGE, _END = "<|channel|>", "<|message|>", "<|end|>"
MARK_TOKENS = frozenset(
    {mark for pair in THINKING_TAGS for mark in pair} | {"<|channel>", _CHANNEL, _MESSAGE, "<|start|>", _END}
)
"""Control tokens whose text is needed to tell thinking from answer."""
_OPENINGS = (*(opening for opening, _ in THINKING_TAGS), _CHANNEL)


def opened_thinking(prompt_end: str) -> str:
    """Closing mark, when a prompt itself ends with an opened thinking section; else ""."""
    tail = prompt_end.rstrip()
    return next((closing for opening, closing in THINKING_TAGS if tail.endswith(opening)), "")


def held_back(text: str, marks: Sequence[str]) -> int:
    """Length of the longest end of `text` that begins, but does not complete, one of the marks."""
    longest = 0
    for mark in marks:
        for length in range(min(len(mark) - 1, len(text)), longest, -1):
            if text.endswith(mark[:length]):
                longest = length
                break
    return longest


class StopStrings:
    """Cuts a text exactly before the first stop string, wherever its pieces were split."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = tuple(stop for stop in stops if stop)
        self._held = ""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._stops

    def push(self, text: str) -> tuple[str, bool]:
        """Add text. Returns what is safe to show, and whether a stop string was met."""
        text = self._held + text
        found = min((at for at in (text.find(stop) for stop in self._stops) if at >= 0), default=-1)
        if found >= 0:
            self._held = ""
            return text[:found], True
        keep = len(text) - held_back(text, self._stops)
        self._held = text[keep:]
        return text[:keep], False

    def flush(self) -> str:
        """What was held back, at the end."""
        text, self._held = self._held, ""
        return text


class _Where(Enum):
    START = auto()  # nothing shown yet: a thinking section may open
    THINKING = auto()
    HEADER = auto()  # between the messages of a channel format: dropped up to the message mark
    ANSWER = auto()


class TextStream:
    """The text of one answer.

    Args:
        stops: stop strings; looked for in the answer, not in the thinking.
        opened: closing mark of a thinking section the prompt has opened, or "".
        thinking: whether a thinking section may open at all (not when an answer is continued, or raw).
    """

    def __init__(self, stops: Sequence[str] = (), opened: str = "", *, thinking: bool = True) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._stops = StopStrings(stops)
        self._closing = opened
        self._text = ""
        self._strip = bool(opened)
        start = _Where.START if thinking else _Where.ANSWER
        self._where = _Where.THINKING if opened else start
        self.stopped = False

    @property
    def in_thinking(self) -> bool:
        """Whether what comes next belongs to the thinking section."""
        return self._where in (_Where.THINKING, _Where.HEADER)

    def push(self, data: bytes) -> tuple[Part, ...]:
        """Add the bytes of one or more tokens. Sets `stopped` when a stop string was met."""
        text = self._decoder.decode(data)
        if self._where is _Where.ANSWER and self._stops.idle and not self._strip:
            return (Part("answer", text),) if text else ()
        return self._parts(text, final=False)

    def flush(self) -> tuple[Part, ...]:
        """The end: everything held back, unless a stop string has ended the answer."""
        if self.stopped:
            return ()
        parts = self._parts(self._decoder.decode(b"", True), final=True)
        rest = self._stops.flush()
        return (*parts, Part("answer", rest)) if rest else parts

    def _parts(self, text: str, *, final: bool) -> tuple[Part, ...]:
        """Take `text` through the sections; several may begin and end in it."""
        self._text += text
        parts: list[Part] = []
        while not self.stopped:
            before = self._where
            kind, shown = self._advance(final=final)
            if kind == "answer" and shown:
                shown, self.stopped = self._stops.push(shown)
            if shown:
                parts.append(Part(kind, shown))
            if self._where is before:
                break
        return tuple(parts)

    def _advance(self, *, final: bool) -> tuple[PartKind, str]:
        """Take one section's worth out of the buffer; may move on to the next section."""
        if self._where is _Where.START:
            self._open(final=final)
            return "answer", ""
        if self._where is _Where.HEADER:
            self._read_header()
            return "thinking", ""
        if self._strip:
            self._text = self._text.lstrip()
            self._strip = not self._text
        if self._where is _Where.ANSWER:
            text, self._text = self._text, ""
            return "answer", text
        return "thinking", self._thinking(final=final)

    def _open(self, *, final: bool) -> None:
        """Decide whether the answer begins with a thinking section."""
        text = self._text.lstrip()
        opening = next((mark for mark in _OPENINGS if text.startswith(mark)), None)
        if opening is None:
            if final or (text and not any(mark.startswith(text) for mark in _OPENINGS)):
                self._where = _Where.ANSWER
        elif opening == _CHANNEL:
            self._where, self._closing = _Where.HEADER, _END
        else:
            self._where, self._closing = _Where.THINKING, dict(THINKING_TAGS)[opening]
            self._text, self._strip = text[len(opening) :], True

    def _read_header(self) -> None:
        """Channel format: `...<|channel|>NAME<|message|>` says what the next message is."""
        header, mark, rest = self._text.partition(_MESSAGE)
        if mark:
            name = header.rpartition(_CHANNEL)[2].strip()
            self._where = _Where.ANSWER if name.startswith("final") else _Where.THINKING
            self._text, self._strip = rest, True

    def _thinking(self, *, final: bool) -> str:
        thought, mark, rest = self._text.partition(self._closing)
        if mark:
            self._text, self._strip = rest, True
            self._where = _Where.HEADER if self._closing == _END else _Where.ANSWER
            return thought.rstrip()
        keep = len(thought) if final else len(thought) - held_back(thought, (self._closing,))
        self._text = thought[keep:]
        return thought[:keep]
