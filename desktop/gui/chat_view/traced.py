"""The rounds of one answer beside its text: which token wrote which part. Grows with both. Pure.

Tokens that wrote nothing of the answer, such as those of the thinking, have no part of it. Text that no round
is known for has no token. Places count characters of the text with one kind of line end.
"""

from __future__ import annotations

import codecs
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from desktop.engine.spans import Counts, How, Place, Proposal, Span, along, by_position, spans
from desktop.engine.types import Round
from desktop.gui.chat_view.places import one_line_end

Piece = Callable[[int], bytes]
_HELD = 12  # rounds that may wait for the end of a character
_AHEAD, _SURE = 400, 24  # spans looked through, and characters compared, to find the way again
_BINS, _TOKENS_A_BIN = 40, 12
_BEHIND_MARKS = " \t\n>]|"


class Traced:
    """`spans`; beside them the round each is judged by, that round's number, its first token's number, how it
    came to be, and the proposal the target refused in its place.
    """

    def __init__(self, limit: int | None = None) -> None:
        """`limit`: tokens that count as the answer's. The text says which were taken."""
        self._limit = limit
        self.rounds: list[Round] = []
        self.spans: list[Span] = []
        self.judges: list[Round] = []
        self.numbers: list[int] = []
        self.firsts: list[int] = []
        self.hows: list[How] = []
        self.refused: list[Proposal | None] = []
        self.reach = 0
        """The text has its tokens up to here."""
        self._tokens = 0
        self._held: list[Round] = []
        self._piece: Piece = lambda _: b""
        self._next = 0  # span to be placed
        self._begun = False
        self._begins: list[int] = []
        self._ends: list[int] = []
        self._whose: list[int] = []
        self._text = ""
        self._along: tuple[tuple[int, int], list[Counts]] | None = None

    # -- growing ---------------------------------------------------------------------------------------

    def add(self, rounds: Sequence[Round], piece: Piece, *, final: bool = False) -> None:
        """Rounds that were made since. `final`: these are the last."""
        chunk, self._piece = [*self._held, *rounds], piece
        made = spans(chunk, piece)
        cut = len(chunk)
        if not final and len(self._held) < _HELD and made and _unfinished(made[-1]):
            cut = made[-1].tokens[0].round
            while made and made[-1].tokens[-1].round >= cut:
                cut = min(cut, made.pop().tokens[0].round)
        base = len(self.rounds)
        for span in made:
            judged = span.judged.round
            self.spans.append(span)
            self.judges.append(chunk[judged])
            self.numbers.append(base + judged)
            self.firsts.append(self._tokens + span.first)
            self.hows.append(span.how)
            self.refused.append(_rejected(span))
        self._tokens += sum(len(span.tokens) for span in made)
        self.rounds += chunk[:cut]
        self._held = chunk[cut:]

    def end(self) -> None:
        """No more rounds: what waited for the end of a character is taken as it is."""
        if self._held:
            self.add((), self._piece, final=True)

    def follow(self, text: str, thinking: str = "", *, final: bool = True, most: int = 1 << 30) -> bool:
        """Place up to `most` spans in the text as far as it has come; true when that is all there is now."""
        text = one_line_end(text)
        if not text.startswith(self._text):
            self._restart()
        self._text = text
        if not self._begun and not self._begin(text, thinking, final=final):
            return True
        for _ in range(most):
            if self._next >= len(self.spans) or not self._place(text, final=final):
                return True
        return self._next >= len(self.spans)

    def _restart(self) -> None:
        self._next, self.reach, self._begun = 0, 0, False
        self._begins, self._ends, self._whose = [], [], []

    def _begin(self, text: str, thinking: str, *, final: bool) -> bool:
        """Finds where in the tokens the answer begins, or where in the answer the tokens begin."""
        if not text:
            return False
        said = "".join(one_line_end(span.text) for span in self.spans)
        if not said:
            return False
        thought = one_line_end(thinking).strip()[-40:]
        after = said.find(thought) + len(thought) if thought and thought in said else 0
        head = text[:_SURE]
        at = said.find(head, after)
        while at > after and not (said[at - 1] in _BEHIND_MARKS or text[0].isspace()):
            at = said.find(head, at + 1)
        if at >= 0:
            self._skip_to(at)
        elif (start := text.find(said.lstrip()[:_SURE])) > 0 and (final or len(said) >= _SURE):
            self.reach = start
            self._skip_to(len(said) - len(said.lstrip()))
        elif not final and (len(said) < len(thinking) + _SURE or said.endswith(head[: len(said)])):
            return False  # more may come
        self._begun = True
        return True

    def _skip_to(self, at: int) -> None:
        """Passes over so many characters of the spans still to be placed; a span begun is placed cut."""
        while self._next < len(self.spans):
            length = len(one_line_end(self.spans[self._next].text))
            if at < length or (at == 0 and length):
                break
            at, self._next = at - length, self._next + 1
        if at and self._next < len(self.spans):
            rest = one_line_end(self.spans[self._next].text)[at:]
            shared = _shared(rest, self._text, self.reach)
            self._own(shared)

    def _own(self, length: int) -> None:
        """The next span wrote so many characters."""
        if length:
            self._begins.append(self.reach)
            self._ends.append(self.reach + length)
            self._whose.append(self._next)
        self.reach, self._next = self.reach + length, self._next + 1

    def _place(self, text: str, *, final: bool) -> bool:
        """Places the next span; false when it has to wait for more text."""
        said = one_line_end(self.spans[self._next].text)
        if text.startswith(said, self.reach):
            self._own(len(said))
            return True
        shared = _shared(said, text, self.reach)
        if self.reach + shared >= len(text):  # the text ends within it
            if not final:
                return False
            self._own(shared)
            return True
        self._find_again(text)
        return True

    def _find_again(self, text: str) -> None:
        """Text and tokens differ here: one of them goes on further behind."""
        ahead = [one_line_end(span.text) for span in self.spans[self._next : self._next + _AHEAD]]
        said = "".join(ahead)
        at = said.find(text[self.reach : self.reach + _SURE])
        if at > 0:
            self._skip_to(at)
            return
        behind = text.find(said[:_SURE], self.reach) if said.strip() else -1
        if behind > self.reach:
            self.reach = behind
        else:
            self._next += 1

    # -- asking ----------------------------------------------------------------------------------------

    def at(self, place: int) -> int:
        """Number of the span that wrote the character at a place; -1 when none is known."""
        index = bisect_right(self._begins, place) - 1
        return self._whose[index] if index >= 0 and place < self._ends[index] else -1

    def between(self, start: int, end: int) -> Iterator[tuple[int, int, int]]:
        """Spans that wrote something of a part of the text: number, and from where to where."""
        first, last = bisect_right(self._ends, start), bisect_left(self._begins, end)
        return zip(self._whose[first:last], self._begins[first:last], self._ends[first:last], strict=True)

    def part(self, number: int) -> tuple[int, int] | None:
        """From where to where a span wrote."""
        index = bisect_right(self._whose, number) - 1
        if index < 0 or self._whose[index] != number:
            return None
        return self._begins[index], self._ends[index]

    def beside(self, number: int, step: int) -> int:
        """The span before (-1) or after (+1) another, of those that wrote something; -1 = none."""
        index = bisect_right(self._whose, number) - 1 + (step if step > 0 else 0)
        if step < 0 and index >= 0 and self._whose[index] >= number:
            index -= 1
        return self._whose[index] if 0 <= index < len(self._whose) else -1

    def ends(self) -> tuple[int, int]:
        """First and last span that wrote something; -1, -1 = none."""
        return (self._whose[0], self._whose[-1]) if self._whose else (-1, -1)

    def number_of(self, token: int) -> int:
        """The span of a token of the answer; -1 = none."""
        index = bisect_right(self.firsts, token) - 1
        return index if index >= 0 and token < self.firsts[index] + len(self.spans[index].tokens) else -1

    def told(self, number: int) -> Span:
        """A span that counts its tokens from the beginning of the answer."""
        return replace(self.spans[number], first=self.firsts[number])

    @property
    def tokens(self) -> int:
        """Tokens of the whole, thinking included."""
        last = self._whose[-1] if self._whose else -1
        placed = self.firsts[last] + len(self.spans[last].tokens) if last >= 0 else 0
        return self._tokens if self._limit is None else max(self._limit, placed)

    @property
    def whole(self) -> bool:
        """Whether the tokens are known from the text's beginning."""
        return not self._begins or not self._text[: self._begins[0]].strip()

    def along(self) -> list[Counts]:
        """Acceptance from the answer's first token to its end, in parts of a dozen or more. Counted once."""
        key = (self.reach, len(self.spans))
        if self._along is None or self._along[0] != key:
            bins = min(_BINS, max(1, len(self._whose) // _TOKENS_A_BIN))
            first = self._whose[0] if self._whose else len(self.spans)
            self._along = (key, along(self.spans[first:], bins))
        return self._along[1]

    def refused_any(self) -> bool:
        """Whether some of the answer's text stands where a proposal was rejected."""
        return self.end_refused >= 0 or any(self.refused[number] is not None for number in self._whose)

    def written_in(self, start: int, end: int) -> bool:
        """Whether the last word there is was written in a part of the text."""
        return bool(self._ends) and start < self._ends[-1] and self._text[end:].strip() == ""

    @property
    def end_refused(self) -> int:
        """The span that ended the answer, without a word, in place of a rejected proposal; -1 = none did."""
        last = len(self.spans) - 1
        if not self._whose or self._whose[-1] == last or self.reach < len(self._text):
            return -1
        return last if not self.spans[last].text and self.refused[last] is not None else -1

    def by_place(self) -> list[Place]:
        """Acceptance by place in the draft, from the round that began the answer's text."""
        return by_position(self.rounds[self.numbers[self._whose[0]] :]) if self._whose else []


def _rejected(span: Span) -> Proposal | None:
    """The proposal the target judged and refused; those behind it were never judged."""
    for token in span.tokens:
        for one in token.before:
            if one.outcome == "rejected":
                return one
    return None


def _unfinished(span: Span) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    decoder.decode(b"".join(token.data for token in span.tokens))
    return bool(decoder.getstate()[0])


def _shared(said: str, text: str, at: int) -> int:
    """How many characters a text has from `at` on that `said` begins with."""
    count = 0
    while count < len(said) and at + count < len(text) and said[count] == text[at + count]:
        count += 1
    return count
