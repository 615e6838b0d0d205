"""Colours for code, line by line as it arrives. Knows Pygments, not Qt.

Pygments lexes whole texts. A streaming block gets complete lines only, so the lexer's state stack is
carried from one feed to the next; the finished block is lexed once more as a whole, in slices.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from pygments.lexer import ExtendedRegexLexer, Lexer, RegexLexer
from pygments.lexers import get_lexer_by_name
from pygments.token import Comment, Error, Keyword, Name, Number, Operator, String, Token, _TokenType
from pygments.util import ClassNotFound

Span = tuple[int, int, str]
"""Start and length in characters, and the name of a theme colour."""

_COLOURS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "comment"),
    (Keyword.Type, "function"),
    (Keyword.Constant, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (Name.Function, "function"),
    (Name.Class, "function"),
    (Name.Decorator, "function"),
    (Name.Builtin, "function"),
    (Name.Tag, "keyword"),
    (Name.Attribute, "function"),
    (String, "string"),
    (Number, "number"),
)
_MAX_LINE = 2_000  # a longer line is not coloured


def lexer_for(language: str) -> Lexer | None:
    """The lexer of a fence's language; None when there is none."""
    try:
        return get_lexer_by_name(language.lower(), stripnl=False, ensurenl=False) if language else None
    except ClassNotFound:
        return None


def line_lexer(language: str) -> LineLexer | None:
    """A fresh lexer for a fence's language; None when there is none."""
    lexer = lexer_for(language)
    return LineLexer(lexer) if lexer else None


@cache
def colour(kind: _TokenType) -> str | None:
    """Theme colour of a token kind; None = text."""
    return next((name for parent, name in _COLOURS if parent[:] == kind[: len(parent)]), None)


class LineLexer:
    """Lexes text given in whole lines, remembering where it is."""

    def __init__(self, lexer: Lexer) -> None:
        self._lexer = lexer
        self._stack = ["root"]

    def feed(self, text: str) -> Iterator[Span]:
        """Spans of `text`, offsets counted from its start. A generator, so it can be stopped and resumed."""
        if any(len(line) > _MAX_LINE for line in text.split("\n")):
            return
        for start, kind, value in self._tokens(text):
            name = colour(kind)
            if name and kind is not Error and value.strip():
                yield start, len(value), name

    def _tokens(self, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        lexer = self._lexer
        if isinstance(lexer, RegexLexer) and not isinstance(lexer, ExtendedRegexLexer):
            yield from self._resumable(lexer, text)
        else:
            yield from lexer.get_tokens_unprocessed(text)

    def _resumable(self, lexer: RegexLexer, text: str) -> Iterator[tuple[int, _TokenType, str]]:
        """Pygments' own loop, with the stack kept afterwards."""
        rules: dict[str, Any] = lexer._tokens  # type: ignore[attr-defined]
        stack, at = self._stack, 0
        while at < len(text):
            tried = ((rule[0](text, at), rule) for rule in rules[stack[-1]])
            found, rule = next((hit for hit in tried if hit[0]), (None, None))
            if found is None or rule is None:
                if text[at] == "\n":
                    stack[:] = ["root"]
                yield at, Token.Text, text[at]
                at += 1
                continue
            _, action, state = rule
            if action is not None:
                if type(action) is _TokenType:
                    yield at, action, found.group()
                else:
                    yield from action(lexer, found)
            at = found.end()
            _turn(stack, state)


def _turn(stack: list[str], state: Any) -> None:
    """Applies a rule's new state to the stack, as Pygments does."""
    if state is None:
        return
    if isinstance(state, tuple):
        for step in state:
            _turn(stack, step)
    elif isinstance(state, int):
        del stack[max(1, len(stack) + state) if state < 0 else state :]
    elif state == "#pop":
        if len(stack) > 1:
            stack.pop()
    elif state == "#push":
        stack.append(stack[-1])
    else:
        stack.append(state)
