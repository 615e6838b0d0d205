"""One message of the conversation as sections: made only when it comes near the viewport.

Until then its height is an estimate.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.gui.chat_view.bubble import BubbleSection, fold_text
from desktop.gui.chat_view.rows import ActionsSection
from desktop.gui.chat_view.section import Host, Section
from desktop.store.types import Message

Act = Callable[[int, str], None]
"""Called with the message's id and: copy, edit, again, plain, drafted, trace, continue, previous, next,
tokens, rejected, walk; or submit:<text>.
"""

_LINE, _LETTER = 23, 7.0  # design px, for estimates


class Entry:
    """Base. `above`: design px before it."""

    above = 20

    def __init__(self, host: Host) -> None:
        self.host = host
        self.sections: list[Section] = []
        self.expanded = False
        self.height = 0
        """Pixels, with `above`."""
        self._estimated = -1

    @property
    def id(self) -> int:
        """The message's id; -1 for what is no message."""
        return -1

    def estimate(self, width: int) -> int:
        """Height in pixels, without looking closely."""
        return self.host.theme.px(self.above)

    def expand(self) -> None:
        """Makes the sections."""
        self.expanded = True

    def unread(self) -> int:
        """Pixels (estimated) of text that has not been read yet."""
        return 0

    def read_more(self) -> bool:
        """Reads some more of a long text; false when there is nothing to read."""
        return False

    def layout(self, width: int) -> None:
        """Sets the tops of the sections and the height."""
        if not self.expanded:
            if self._estimated != width:
                self.height, self._estimated = self.estimate(width), width
            return
        px = self.host.theme.px
        y = px(self.above)
        for section in self.sections:
            y += px(section.above)
            section.top = y
            y += section.height
        self.height = y + self.unread()

    def forget_estimate(self) -> None:
        """The interface size changed."""
        self._estimated = -1

    def release(self) -> None:
        """Gives all widgets back."""
        for section in self.sections:
            section.release()


class MessageEntry(Entry):
    """An entry with a message."""

    def __init__(self, host: Host, message: Message, act: Act) -> None:
        super().__init__(host)
        self.message = message
        self._act = act

    @property
    def id(self) -> int:
        """The message's id."""
        return self.message.id

    @property
    def text(self) -> str:
        """The raw text, for copying."""
        return self.message.text

    def act(self, action: str) -> None:
        """Passes on what was clicked."""
        self._act(self.message.id, action)

    def set_message(self, message: Message, *, last: bool) -> None:
        """Shows another state of the same message."""
        self.message = message

    def set_last(self, last: bool) -> None:
        """Whether it is the last message."""

    def refresh_actions(self) -> None:
        """What may be clicked has changed."""
        for section in self.sections:
            if isinstance(section, ActionsSection):
                section.release()


class UserEntry(MessageEntry):
    """The person's message."""

    def estimate(self, width: int) -> int:
        """From the folded text."""
        per_line = max(20, int(width * 0.8 / _LETTER))
        short, _ = fold_text(self.message.text)
        lines = sum(1 + len(line) // per_line for line in short.split("\n"))
        return self.host.theme.px(self.above + 16 + _LINE * lines + 30)

    def expand(self) -> None:
        """Bubble and actions."""
        super().expand()
        actions = ActionsSection(self.host, self.message, self.act, 0)
        self.bubble = BubbleSection(self.host, self.message.text, self._submit, actions.hover)
        self.sections = [self.bubble, actions]

    def _submit(self, text: str) -> None:
        self.act(f"submit:{text}")

    def set_message(self, message: Message, *, last: bool) -> None:
        """Other text or other versions."""
        if message == self.message:
            return
        super().set_message(message, last=last)
        if self.expanded:
            self.release()
            self.expand()

    def edit(self) -> None:
        """Opens the editor."""
        if not self.expanded:
            self.expand()
        self.bubble.edit()
