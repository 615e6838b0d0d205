"""The form in which a passage is asked for, and whether a model has kept to it. No Qt, no engine.

The passage stands between two marks in the person's message, and the answer is begun with the first of
them: so lookup finds the old words at once, and what is left to the model is where to end. Whatever does not
keep to the form is told by kind; the sentences are the window's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count
from typing import Literal

from desktop.bridge.passage import Passage
from desktop.bridge.passage_places import fence_of
from desktop.bridge.request import make_request
from desktop.engine.types import Request, Speculation, StopReason
from desktop.settings import Settings
from desktop.store.types import Message

Verdict = Literal[
    "new", "same", "unclosed", "length", "context", "empty", "marks", "instruction", "more", "torn"
]
"""new: good. same: nothing was changed. unclosed: it ended without the closing mark. length, context: it did
not come to an end. marks: the opening mark again. instruction: what was asked, not what was asked for. more:
text around the passage came back too. torn: it would tear the code block or table it stands in.
"""
TIMES, SPARE = 3, 256
"""A new passage may be so many times as long as the old one, and so many tokens more."""
_NAMES = ("passage", "excerpt", "part")
_AROUND, _LEAST = 12, 4
"""Words before and behind the passage that are looked for in the new one; fewer than that prove nothing."""
_ASKED = "Change this passage of your answer"
_WHERE = {
    "prose": "",
    "code": " It is part of a code block: write code only, without a fence.",
    "cell": " It is one cell of a table: write one line.",
    "rows": " It is rows of a table: keep their columns.",
}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Marks:
    """Stand around the passage, in the request and in what is written."""

    opening: str
    closing: str


def marks_for(*texts: str) -> Marks:
    """Marks that none of the texts has anything like in it."""
    joined = "\n".join(texts).casefold()
    name = next(name for name in _candidates() if f"<{name}" not in joined and f"</{name}" not in joined)
    return Marks(f"<{name}>", f"</{name}>")


def _candidates() -> Iterator[str]:
    yield from _NAMES
    yield from (f"{_NAMES[0]}{number}" for number in count(2))


def asked(passage: Passage, instruction: str, marks: Marks) -> str:
    """What the model is told, as the person's message."""
    return (
        f"{_ASKED}:\n\n{marks.opening}\n{passage.core}\n{marks.closing}\n\n"
        f"What to change: {instruction.strip()}\n\n"
        f"Write only the new passage, between {marks.opening} and {marks.closing}: nothing before it, "
        "nothing after it, no other part of the answer. Leave everything as it is that need not change."
        f"{_WHERE[passage.kind]}"
    )


def passage_request(
    path: Sequence[Message],
    passage: Passage,
    instruction: str,
    marks: Marks,
    settings: Settings,
    speculation: Speculation,
) -> Request:
    """The request for a new passage; `path` ends with the answer. Its `max_tokens` is still to be set.

    The closing mark is the only stop string: the person's own are about whole answers.
    """
    answer = path[-1]
    asking = replace(answer, role="user", text=asked(passage, instruction, marks), thinking="")
    begun = replace(answer, text=f"{marks.opening}\n", thinking="")
    request = make_request(
        (*path, asking, begun), settings, speculation, begun=path[0].created, continue_last=True
    )
    return replace(request, max_tokens=SPARE, stop=(marks.closing,))


def longest(old_tokens: int) -> int:
    """Most tokens a new passage may have, its closing mark included."""
    return TIMES * old_tokens + SPARE


def drafting(speculation: Speculation, *, has_draft: bool) -> Speculation:
    """How a passage is drafted, whatever the conversation's mode: most of it is a copy, so lookup is always
    among the sources. A draft model that is loaded for use may take turns with it, for what is new.
    """
    both = has_draft and speculation.mode in ("auto", "draft")
    return replace(speculation, mode="auto" if both else "lookup")


def judge(
    passage: Passage,
    instruction: str,
    marks: Marks,
    written: str,
    reason: StopReason,
    *,
    closed: bool,
    full: bool,
) -> tuple[Verdict, str]:
    """Whether the form was kept, and what is to be put into the answer ("" where it was not).

    `written`: up to the closing mark. `closed`: that mark came. `full`: the context was full at the end.
    """
    name = marks.opening.strip("<>")
    if found := re.search(rf"<\s*/\s*{name}\s*>", written, re.IGNORECASE):
        written, closed = written[: found.start()], True  # small models spell it so
    if not closed and reason == "length":
        return ("context" if full else "length"), ""
    if not written.strip():
        return "empty", ""
    if re.search(rf"<\s*{name}\b", written, re.IGNORECASE):
        return "marks", ""
    if _echoes(written, instruction, passage.core):
        return "instruction", ""
    if _has_more(passage, written):
        return "more", ""
    if not closed:
        return "unclosed", ""
    new = passage.fitted(written)
    if not new.strip():
        return "empty", ""
    if new == passage.core:
        return "same", ""
    return ("torn", "") if _tears(passage, new) else ("new", new)


def _echoes(written: str, instruction: str, core: str) -> bool:
    """The instruction came back, or the sentence around it."""
    words = _words(written)
    if _ASKED in written and _ASKED not in core:
        return True
    said = (_words(instruction), _words(f"What to change: {instruction}"))
    return bool(words) and words in said and words != _words(core)


def _has_more(passage: Passage, written: str) -> bool:
    """Words from around the passage that it does not have itself."""
    new, old = _joined(_words(written)), _joined(_words(passage.core))
    nearest = _words(passage.before[-2_000:])[-_AROUND:], _words(passage.after[:2_000])[:_AROUND]
    around = [_joined(words) for words in nearest if len(words) >= _LEAST]
    return any(words in new and words not in old for words in around)


def _words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


def _joined(words: Sequence[str]) -> str:
    return f" {' '.join(words)} "


def _tears(passage: Passage, new: str) -> bool:
    """Whether the code block or table around it would end early."""
    lines = [line for line in new.split("\n") if line.strip()]
    if passage.kind == "code":
        return any(fence_of(line) for line in lines) and not any(map(fence_of, passage.core.split("\n")))
    return passage.kind == "rows" and not all("|" in line for line in lines)
