"""Renders chat templates, which are programs out of a stranger's file.

`render` runs one in jinja2's immutable sandbox. That alone cannot stop a template that loops or eats
memory, so a foreign template runs in a child process (`TemplateProcess`, this module as a program) that
ends itself when one rendering takes longer than `TIME_LIMIT_S`. Must not know: models, tokens, the meaning
of messages.
"""

from __future__ import annotations

import faulthandler
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from desktop.engine import child
from desktop.errors import TemplateFailed

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

TIME_LIMIT_S = 2.0
OUTPUT_LIMIT = 32 << 20
"""Characters of one rendering."""
_MEMORY_LIMIT = 2 << 30
"""Address space of the child, in bytes, where the system can limit it."""


class TemplateRaised(Exception):  # noqa: N818 - a verdict of the template, not a failure of ours
    """The template refuses these messages, or is wrong; another shape of the same conversation may do."""


class Renderer(Protocol):
    """Renders messages (`role`, `content`); raises TemplateRaised, or TemplateFailed when out of bounds."""

    def render(
        self, source: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any], day: date
    ) -> str:
        """Render one conversation."""

    def close(self) -> None:
        """Free what it holds."""


class DirectTemplates:
    """Renders in this process: for templates of our own."""

    def render(
        self, source: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any], day: date
    ) -> str:
        """Render one conversation."""
        return render(source, messages, variables, day)

    def close(self) -> None:
        """Nothing to free."""


class TemplateProcess:
    """Renders in a child process, started ahead of its first use, and again after it had to be ended."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = self._start()

    @staticmethod
    def _start() -> subprocess.Popen[bytes]:
        return child.start("desktop.engine.template", [], takes_input=True)

    def render(
        self, source: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any], day: date
    ) -> str:
        """Render one conversation; takes at most about `TIME_LIMIT_S`."""
        process = self._child = self._child or self._start()
        order = {
            "source": source,
            "messages": list(messages),
            "variables": dict(variables),
            "day": day.isoformat(),
        }
        reply = self._ask(process, json.dumps(order).encode() + b"\n")
        if not reply:
            self.close()
            raise TemplateFailed(f"the chat template did not end within {TIME_LIMIT_S:g} s")
        answer: dict[str, str] = json.loads(reply)
        if "raised" in answer:
            raise TemplateRaised(answer["raised"])
        if "failed" in answer:
            raise TemplateFailed(answer["failed"])
        return answer["text"]

    @staticmethod
    def _ask(process: subprocess.Popen[bytes], order: bytes) -> bytes:
        """One line there, one line back; nothing when the child has ended."""
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(order)
            process.stdin.flush()
        except OSError:
            return b""
        return process.stdout.readline()

    def close(self) -> None:
        """End the child."""
        process, self._child = self._child, None
        if process is not None:
            child.end(process)


def render(
    source: str, messages: Sequence[Mapping[str, str]], variables: Mapping[str, Any], day: date
) -> str:
    """Render a chat template as Hugging Face does.

    Args:
        source: jinja2 text of the template.
        messages: `role` and `content` of each message.
        variables: more names the template sees, like `add_generation_prompt` and `bos_token`.
        day: the day templates see as today: pinned, or a conversation's prompt would change at midnight.

    Raises: TemplateRaised, TemplateFailed.
    """
    from jinja2 import TemplateError

    def strftime_now(form: str) -> str:
        return datetime.combine(day, time()).strftime(form)

    pieces: list[str] = []
    size = 0
    try:
        names = {"messages": messages, "strftime_now": strftime_now, **variables}
        for piece in _compiled(source).generate(names):
            size += len(piece)
            if size > OUTPUT_LIMIT:
                raise TemplateFailed("the chat template writes without end")
            pieces.append(piece)
    except (RecursionError, MemoryError, OverflowError) as error:
        raise TemplateFailed(f"the chat template is out of bounds: {type(error).__name__}") from error
    except (TemplateError, TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise TemplateRaised(f"{type(error).__name__}: {error}") from error
    return "".join(pieces)


@lru_cache(maxsize=4)
def _compiled(source: str) -> Template:
    """A template ready to render: compiling one costs more than rendering it."""
    from jinja2 import TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def fail(message: str) -> NoReturn:
        raise TemplateError(message)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _generation_tag()]
    )
    environment.filters["tojson"] = _to_json
    environment.globals["raise_exception"] = fail
    return environment.from_string(source)


def _to_json(value: Any, ensure_ascii: bool = False, indent: int | None = None, **options: Any) -> str:
    """Plain JSON: jinja2's own filter escapes for HTML."""
    known = {key: options[key] for key in ("separators", "sort_keys") if key in options}
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, **known)


def _generation_tag() -> type[Extension]:
    """`{% generation %}` marks what a model is to learn in training; here only its body matters."""
    from jinja2.ext import Extension

    class Generation(Extension):
        tags = {"generation"}  # noqa: RUF012 - as jinja2 declares it

        def parse(self, parser: Parser) -> list[nodes.Node]:
            next(parser.stream)
            return parser.parse_statements(("name:endgeneration",), drop_needle=True)

    return Generation


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # not on Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_LIMIT, _MEMORY_LIMIT))


def _serve() -> None:
    """Answer orders, a line each, until the parent closes the pipe."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent to answer
    _limit_memory()
    import jinja2.sandbox  # noqa: F401 - loaded now, so that the first order does not wait for it

    with open(os.devnull, "w") as nowhere:
        for line in sys.stdin.buffer:
            # A C thread: it ends this process even inside one long operation, and without the parent, too.
            faulthandler.dump_traceback_later(TIME_LIMIT_S, exit=True, file=nowhere)
            sys.stdout.buffer.write(json.dumps(_answer(json.loads(line))).encode() + b"\n")
            sys.stdout.buffer.flush()
            faulthandler.cancel_dump_traceback_later()


def _answer(order: dict[str, Any]) -> dict[str, str]:
    try:
        day = date.fromisoformat(order["day"])
        return {"text": render(order["source"], order["messages"], order["variables"], day)}
    except TemplateRaised as error:
        return {"raised": str(error)}
    except TemplateFailed as error:
        return {"failed": error.detail}


if __name__ == "__main__":
    _serve()
