"""The command line: `slipstream ask`, `race` and `selftest`, for scripts, tests and measurements.

Knows: which commands there are, the wording of errors, exit codes. Must not know: Qt, settings, the store;
how a command does its work.
Exit codes: 0 done, 1 a failed operation, 2 bad input, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from desktop import __version__
from desktop.engine.types import MODES
from desktop.errors import BadInput, Cancelled, ReceiptUnreadable, UserError
from desktop.gui import wording
from desktop.options import add_race, add_request, add_speculation, asked, check_output, existing

COMMANDS = ("ask", "race", "selftest", "-h", "--help", "--version")
"""First arguments that are for this module; anything else opens the window."""
_WITH_REPEAT = ("model", "draft", "json", "trace", "receipt", "repeat")
"""Options that mean something beside --repeat: the receipt says the rest."""
DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


def main(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    try:
        options = _parser().parse_args(list(arguments))
        if options.command is None:
            raise BadInput("no command given")
        run: Callable[[argparse.Namespace], int] = options.run
        return run(options)
    except (KeyboardInterrupt, Cancelled):
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; the interpreter must not complain about it while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except UserError as error:
        error.facts.setdefault("command", "race" if "race" in arguments[:1] else "ask")
        print(f"slipstream: error: {wording.one_line(error)}", file=sys.stderr)
        return (
            BAD_INPUT
            if isinstance(error, BadInput | ReceiptUnreadable) or "option" in error.facts
            else FAILED
        )


class _Parser(argparse.ArgumentParser):
    """Errors as everywhere here: one line, what and the next step."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="slipstream",
        description="Chat with language models on this computer. Without a command the window opens.",
    )
    parser.add_argument("--version", action="version", version=f"slipstream {__version__}")
    commands = parser.add_subparsers(dest="command", parser_class=_Parser)
    ask = commands.add_parser("ask", help="answer one prompt", description="Answer one prompt.")
    add_request(ask)
    add_speculation(ask, MODES, "off")
    ask.set_defaults(run=_ask)
    race = commands.add_parser(
        "race",
        help="one prompt with speculation and without, in turn",
        description="Answer one prompt with speculation and without, in turn: what does drafting buy here?",
    )
    add_request(race, needs_prompt=False)
    add_speculation(race, MODES[1:], "auto")
    add_race(race)
    race.set_defaults(run=_race, defaults=vars(race.parse_args([])))
    selftest = commands.add_parser("selftest", help="check that everything needed to chat works")
    selftest.add_argument("--model", type=Path, default=None, help=argparse.SUPPRESS)
    selftest.add_argument("--draft", type=Path, default=None, help=argparse.SUPPRESS)
    selftest.set_defaults(run=_selftest)
    return parser


def _ask(options: argparse.Namespace) -> int:
    wanted = asked(options)
    from desktop import ask  # loads llama.cpp: not before it is needed

    return ask.run(wanted)


def _race(options: argparse.Namespace) -> int:
    check_output(options.receipt, "--receipt")
    if options.repeat is not None:
        return _repeat(options)
    if options.prompt is None:
        raise BadInput("there is no prompt: give one, or a receipt with --repeat")
    wanted = asked(options)
    from desktop import race

    return race.run(wanted, options.runs, options.receipt)


def _repeat(options: argparse.Namespace) -> int:
    if options.prompt is not None:
        raise BadInput("--repeat takes the prompt from the receipt: give no other")
    check_output(options.trace, "--trace")
    given = [name for name, value in options.defaults.items() if getattr(options, name) != value]
    unused = [f"--{name.replace('_', '-')}" for name in given if name not in _WITH_REPEAT]
    from desktop import repeat

    wanted = repeat.Repeat(
        file=options.repeat,
        model=existing(options.model, "--model"),
        draft=existing(options.draft, "--draft"),
        json=options.json,
        trace=options.trace,
        receipt=options.receipt,
        unused=tuple(unused),
    )
    return repeat.run(wanted)


def _selftest(options: argparse.Namespace) -> int:
    from desktop.headless import Interrupt
    from desktop.selftest import run

    with Interrupt() as interrupt:
        return DONE if run(options.model, options.draft, print, interrupt) else FAILED
