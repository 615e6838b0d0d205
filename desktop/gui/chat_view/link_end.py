"""Where a Markdown link that the parser has found ends in its source. Pure."""

from __future__ import annotations

import re

_SPACE = re.compile(r"[ \t\n]*")
_ANGLE = re.compile(r"<(?:[^<>\\\n]|\\.)*>")
_TITLE = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\((?:[^()\\]|\\.)*\)""", re.DOTALL)
_LABEL = re.compile(r"\[(?:[^\[\]\\]|\\.)*\]", re.DOTALL)


def link_end(source: str, at: int, then: str) -> int:
    """The place behind a link whose text ends at `at`, where its bracket closes.

    `then`: how the text behind it begins, to tell `[a][b]` from `[a]` with a text in brackets behind it.
    """
    if not source.startswith("]", at):
        return at
    inner = _address(source, at + 1)
    label = _LABEL.match(source, at + 1)
    ways = [inner, label.end() if label is not None else -1, at + 1]
    found = [way for way in ways if way >= 0]
    return next((way for way in found if not then or _fits(source, way, then)), found[0])


def _fits(source: str, at: int, then: str) -> bool:
    if then == "\n":
        return source[at:].lstrip(" \t\\").startswith("\n")
    return source.startswith((then, "\\", "&"), at)


def _address(source: str, at: int) -> int:
    """Behind `(address "title")`; -1 when there is none."""
    if not source.startswith("(", at):
        return -1
    at = _space(source, at + 1)
    angle = _ANGLE.match(source, at)
    at = angle.end() if angle is not None else _bare(source, at)
    behind = _space(source, at)
    title = _TITLE.match(source, behind) if behind > at else None
    at = _space(source, title.end()) if title is not None else behind
    return at + 1 if source.startswith(")", at) else -1


def _space(source: str, at: int) -> int:
    found = _SPACE.match(source, at)
    return found.end() if found is not None else at


def _bare(source: str, at: int) -> int:
    """Behind an address without angle brackets: its own brackets are in pairs."""
    depth = 0
    while at < len(source):
        one = source[at]
        if one == "\\" and at + 1 < len(source):
            at += 1
        elif one.isspace() or (one == ")" and depth == 0):
            break
        depth += (one == "(") - (one == ")")
        at += 1
    return at
