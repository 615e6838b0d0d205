"""An answer as sections, and the way of a streaming answer's text into them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.engine.types import Part
from desktop.gui import drafted
from desktop.gui.chat_view.blocks import SLICE, BlockStream, read
from desktop.gui.chat_view.body import follow
from desktop.gui.chat_view.entry import Act, MessageEntry
from desktop.gui.chat_view.look import Layer
from desktop.gui.chat_view.piece_section import PieceSection
from desktop.gui.chat_view.pieces import Piece
from desktop.gui.chat_view.prose import ProseSection
from desktop.gui.chat_view.rest import RestSection
from desktop.gui.chat_view.rows import ActionsSection, CaptionSection, EndingSection, WriterSection
from desktop.gui.chat_view.section import Host, Section
from desktop.gui.chat_view.thinking import ThinkingSection
from desktop.gui.chat_view.tokens_row import TokensSection
from desktop.store.types import Message

MARKDOWN_LIMIT = 256_000
"""Characters read as Markdown; what comes after is shown as plain text, on demand."""
_LINE, _LETTER = 25, 6.9  # design px, for estimates
_WAITING = "Reading the prompt"


class AnswerEntry(MessageEntry):
    """A model's message: finished, or being written."""

    above = 4

    def __init__(self, host: Host, message: Message, act: Act) -> None:
        super().__init__(host, message, act)
        self._text, self._thinking = message.text, message.thinking
        self._note, self._waiting, self._last = _cut_note(message), _WAITING, False
        self._stream = BlockStream(host.markdown)
        self._read = 0  # characters of the text given to the stream
        self._settled = 0  # pieces that were final at the last look
        self._body: list[PieceSection] = []
        self.layer = Layer()
        self._parts: dict[str, tuple[object, Section]] = {}

    @property
    def text(self) -> str:
        """The raw Markdown so far."""
        return self._text

    @property
    def streaming(self) -> bool:
        """Whether it is being written."""
        return self.message.state == "streaming"

    @property
    def _end(self) -> int:
        return min(len(self._text), MARKDOWN_LIMIT)

    def estimate(self, width: int) -> int:
        """From the number of characters and lines."""
        return self.host.theme.px(self.above + 24 + 36 + 12) + self._guess(0, width)

    def unread(self) -> int:
        """Height of what has not been read, estimated."""
        return self._guess(self._read, 640) if self.expanded and self._read < self._end else 0

    def _guess(self, start: int, width: int) -> int:
        per_line = max(20.0, width / self.host.theme.px(_LETTER * 10) * 10)
        lines = (self._end - start) / per_line + 0.6 * self._text.count("\n", start, self._end)
        return self.host.theme.px(_LINE * (int(lines) + 1))

    # -- text ------------------------------------------------------------------------------------------

    def expand(self) -> None:
        """Makes everything; of a long text only the beginning is read."""
        super().expand()
        self._look_at_tokens()
        self._show_slice()

    def read_more(self) -> bool:
        """Reads the next slice."""
        if self._read >= self._end:
            return False
        self._show_slice()
        return True

    def add(self, parts: Sequence[Part]) -> None:
        """Text that arrived; shown by the next `render`."""
        self._thinking += "".join(p.text for p in parts if p.kind == "thinking")
        self._text += "".join(p.text for p in parts if p.kind == "answer")

    def render(self) -> None:
        """Shows what has arrived."""
        self.host.colours.follow(self.id, self._text, self._thinking, final=False)
        if self.expanded:
            self._look_at_tokens()
            self._show_slice()
            self._recolour(self._body[-2:])

    # -- tokens ----------------------------------------------------------------------------------------

    def _look_at_tokens(self) -> None:
        """What is to be shown of them; the rounds are asked for when they are needed."""
        colours = self.host.colours
        shown = colours.shown(self.id)
        self.layer.traced = colours.trace(self.id) if shown else None
        self.layer.rejected = colours.rejected_shown
        if shown and self.layer.traced is None and not self.streaming and self._text:
            colours.want(self.id, self._text, self._thinking)

    def recolour(self) -> list[ProseSection]:
        """Tokens are to be shown otherwise; returns the sections whose text is to be looked at again."""
        if not self.expanded:
            return []
        self._look_at_tokens()
        self._compose()
        return [s for s in self._body if isinstance(s, ProseSection) and s.widget is not None]

    def _recolour(self, sections: Sequence[PieceSection]) -> None:
        for section in sections:
            if isinstance(section, ProseSection):
                section.recolour()

    def _show_slice(self) -> None:
        stop, first = min(self._end, self._read + SLICE), self._settled
        if stop > self._read:
            self._stream.feed(self._text[self._read : stop])
            self._read = stop
        self._settled = self._stream.settled
        done = self._finished()
        if done is None:
            follow(self.host, self._body, self._stream.pieces, first, self.layer)
        else:
            follow(self.host, self._body, done, 0, self.layer)
        self._compose()

    def _finished(self) -> Sequence[Piece] | None:
        """The pieces of the whole text once it is whole."""
        if self.streaming or self._read < self._end:
            return None
        done = self._stream.finished()
        if done.stale_references and self._end <= 4 * SLICE:
            return read(self._text[: self._end], self.host.markdown)
        return done.pieces

    def set_message(self, message: Message, *, last: bool) -> None:
        """Another state: begins to be written again, is finished, has other versions."""
        before, self.message = self.message, message
        text, thinking = message.text, message.thinking
        if self.streaming and len(text) < len(self._text) and self._text.startswith(text):
            text, thinking = self._text, self._thinking  # an older snapshot of what is being written
        self._note = _cut_note(message) or self._note
        self._last = last
        if (message, text, thinking) == (before, self._text, self._thinking):
            return
        if not text.startswith(self._text[: self._read]):
            self._stream, self._read, self._settled = BlockStream(self.host.markdown), 0, 0
        self._text, self._thinking = text, thinking
        if not self.streaming:
            self.host.colours.follow(self.id, text, thinking, final=True)
        if self.expanded:
            self._look_at_tokens()
            self._show_slice()
            self._recolour(self._body)

    # -- sections --------------------------------------------------------------------------------------

    def _part(self, key: str, state: object, make: Callable[[], Section]) -> Section:
        """A section that is made anew only when what it shows has changed."""
        known = self._parts.get(key)
        if known is not None and known[0] == state:
            return known[1]
        made = make()
        self._parts[key] = (state, made)
        return made

    def _compose(self) -> None:
        """Puts the sections in order; those that went are released."""
        sections = [*self._head(), *self._body, *self._foot()]
        if self._body:
            self._body[0].above = 8
        for old in self.sections:
            if old not in sections:
                old.release()
        self.sections = sections

    def _head(self) -> list[Section]:
        host, message = self.host, self.message
        did = drafted.from_receipt(message.receipt)
        draft = did.draft if did.source == "draft" else ""
        writer = self._part(
            "writer", (message.model, draft), lambda: WriterSection(host, message.model, draft)
        )
        out = [writer]
        if self._note:
            note = self._note
            out.append(self._part("note", note, lambda: CaptionSection(host, "note", note, "circle-alert")))
        if self._thinking:
            think = self._part("thinking", None, lambda: ThinkingSection(host))
            assert isinstance(think, ThinkingSection)
            think.say(self._thinking, message.receipt, running=self.streaming and not self._text)
            out.append(think)
        elif self.streaming and not self._text:
            status = self._part("status", None, lambda: CaptionSection(host, "status", "", "ellipsis"))
            assert isinstance(status, CaptionSection)
            status.say(self._waiting)
            out.append(status)
        return out

    def _foot(self) -> list[Section]:
        host, message = self.host, self.message
        out: list[Section] = []
        if len(self._text) > MARKDOWN_LIMIT:
            rest = self._part("rest", None, lambda: RestSection(host))
            assert isinstance(rest, RestSection)
            rest.say(self._text[MARKDOWN_LIMIT:])
            out.append(rest)
        if self.streaming:
            return out + self._tokens()
        if message.state != "done":
            go_on = (lambda: self.act("continue")) if self._last else None
            again = (lambda: self.act("again")) if self._last else None
            begun = bool(message.text or message.thinking)
            state = (message.state, message.receipt.get("output_tokens"), self._last, begun)
            out.append(self._part("ending", state, lambda: EndingSection(host, message, go_on, again)))
        actions = self._part("actions", message, lambda: ActionsSection(host, message, self.act, 8))
        assert isinstance(actions, ActionsSection)
        actions.show_switch()
        return [*out, actions, *self._tokens()]

    def _tokens(self) -> list[Section]:
        """The row of an answer that shows its tokens."""
        host, traced, running, struck = self.host, self.layer.traced, self.streaming, self.layer.rejected
        if traced is None or traced.ends()[0] < 0:
            return []
        row = self._part(
            "tokens",
            (id(traced), running),
            lambda: TokensSection(host, traced, self.act, rejected=struck, running=running),
        )
        assert isinstance(row, TokensSection)
        row.show_rejected(struck)
        return [] if row.nothing and not host.colours.chosen(self.id) else [row]

    def set_last(self, last: bool) -> None:
        """Only the last message can go on."""
        if last != self._last:
            self._last = last
            if self.expanded:
                self._compose()

    def refresh_actions(self) -> None:
        """Continue and Answer again, too."""
        super().refresh_actions()
        for section in self.sections:
            if isinstance(section, EndingSection):
                section.release()

    # -- captions --------------------------------------------------------------------------------------

    def note(self, text: str) -> None:
        """A line above the answer."""
        self._note = text
        if self.expanded:
            self._compose()

    def status(self, text: str) -> None:
        """What is being waited for, while nothing has arrived."""
        self._waiting = text or _WAITING
        if self.expanded:
            self._compose()


def _cut_note(message: Message) -> str:
    """What the receipt says was left out."""
    count = message.receipt.get("cut_messages")
    if not isinstance(count, int) or count <= 0:
        return ""
    what = "oldest message was" if count == 1 else f"oldest {count:,} messages were"
    return f"The {what} left out to fit the context"
