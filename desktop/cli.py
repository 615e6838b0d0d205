"""The headless interface: `slipstream ask` and `slipstream selftest`, for scripts, tests and measurements.

Knows: the engine, the wording of errors, streams and exit codes. Must not know: Qt, settings, the store.
Exit codes: 0 done, 1 a failed operation, 2 bad input, 130 Ctrl-C.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn, Self

from desktop import __version__, paths
from desktop.engine.types import Finished, LoadOptions, Message, ModelInfo, Request, Sampling, Step
from desktop.errors import BadInput, Cancelled, ModelMissing, UserError
from desktop.gui import wording

COMMANDS = ("ask", "selftest", "-h", "--help", "--version")
"""First arguments that are for this module; anything else opens the window."""
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
        print(f"slipstream: error: {wording.one_line(error)}", file=sys.stderr)
        named = isinstance(error, ModelMissing) and any(one.startswith("--model") for one in arguments)
        return BAD_INPUT if named or isinstance(error, BadInput) else FAILED


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
    _add_ask(commands.add_parser("ask", help="answer one prompt", description="Answer one prompt."))
    selftest = commands.add_parser("selftest", help="check that everything needed to chat works")
    selftest.add_argument("--model", type=Path, default=None, help=argparse.SUPPRESS)
    selftest.add_argument("--draft", type=Path, default=None, help=argparse.SUPPRESS)
    selftest.set_defaults(run=_selftest)
    return parser


def _add_ask(ask: argparse.ArgumentParser) -> None:
    plain = Sampling()
    ask.add_argument("prompt", metavar="PROMPT", help="what to ask; - reads it from standard input")
    ask.add_argument("--model", type=Path, metavar="F", help="GGUF file (default: the built-in guide)")
    ask.add_argument("--draft", type=Path, metavar="F", help="GGUF file of a draft model, for --speculation")
    ask.add_argument("--speculation", choices=("off", "auto", "draft", "lookup"), default="off")
    ask.add_argument("--draft-length", type=_whole(1), metavar="N", help="tokens to draft per round")
    ask.add_argument("--temperature", type=_number(0.0), default=plain.temperature, metavar="T")
    ask.add_argument("--top-k", type=_whole(0), default=plain.top_k, metavar="K", help="0 = off")
    ask.add_argument("--top-p", type=_number(0.0, 1.0), default=plain.top_p, metavar="P", help="1 = off")
    ask.add_argument("--min-p", type=_number(0.0, 1.0), default=plain.min_p, metavar="M", help="0 = off")
    ask.add_argument("--repeat-penalty", type=_number(0.01), default=plain.repeat_penalty, metavar="R")
    ask.add_argument("--seed", type=_whole(-1), default=-1, metavar="S", help="-1 = a new one each time")
    ask.add_argument("--max-tokens", type=_whole(0), default=2048, metavar="N", help="0 = no limit")
    ask.add_argument("--ctx", type=_whole(0), default=4096, metavar="N", help="0 = all the model knows")
    ask.add_argument(
        "--threads", type=_whole(0), default=0, metavar="N", help="0 = physical cores, one for a tiny model"
    )
    ask.add_argument("--system", default="", metavar="TEXT", help="system prompt")
    ask.add_argument("--raw", action="store_true", help="give the prompt to the model as it is")
    ask.add_argument("--ignore-eos", action="store_true", help="go on when the model says it is done")
    ask.add_argument("--json", action="store_true", help="print one JSON object at the end instead")
    ask.set_defaults(run=_ask)


def _whole(least: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= 0xFFFFFFFF:
            raise argparse.ArgumentTypeError(f"{text} is not a whole number from {least} up")
        return value

    parse.__name__ = "number"  # argparse names the type in its message
    return parse


def _number(least: float, most: float = 1e6) -> Callable[[str], float]:
    def parse(text: str) -> float:
        value = float(text)
        if not least <= value <= most:
            raise argparse.ArgumentTypeError(f"{text} is not a number from {least:g} to {most:g}")
        return value

    parse.__name__ = "number"
    return parse


class _Interrupt:
    """Ctrl-C as a question to ask, so that the engine stops in order; a second one ends at once."""

    def __init__(self) -> None:
        self.seen = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.seen:
            raise KeyboardInterrupt
        self.seen = True

    def __call__(self) -> bool:
        return self.seen


@dataclass(slots=True)
class _Collected:
    """One answer, put together from its events."""

    answer: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    rounds: int = 0
    drafted: int = 0
    accepted: int = 0
    finished: Finished | None = None

    def add(self, event: Step | Finished) -> str:
        """Take one event in; returns what it adds to the answer."""
        shown = "".join(part.text for part in event.parts if part.kind == "answer")
        self.answer.append(shown)
        self.thinking += [part.text for part in event.parts if part.kind == "thinking"]
        if isinstance(event, Finished):
            self.finished = event
        else:
            self.tokens += event.tokens
            self.rounds += 1
            self.drafted += event.round.drafted
            self.accepted += event.round.accepted
        return shown


def _ask(options: argparse.Namespace) -> int:
    if options.speculation != "off":
        raise BadInput(f"--speculation {options.speculation} is not in this version yet")
    request = _request(options)
    with _Interrupt() as interrupt:
        from desktop.engine.engine import Engine  # loads llama.cpp: not before it is needed

        load = LoadOptions(options.model or paths.guide_model(), options.ctx, options.threads)
        with Engine.load(load, cancelled=interrupt) as engine:
            collected = _stream(engine.generate(request, interrupt), sys.stdout if not options.json else None)
            info = engine.info
    if options.json:
        print(json.dumps(_report(collected, info), ensure_ascii=False))
    elif collected.answer and not "".join(collected.answer).endswith("\n"):
        print()
    sys.stdout.flush()
    return INTERRUPTED if interrupt.seen else DONE


def _request(options: argparse.Namespace) -> Request:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(
                errors="replace"
            )  # a terminal that cannot show a character is no reason to stop
    return Request(
        messages=[Message("user", _prompt(options.prompt))],
        system=_readable(options.system),
        sampling=Sampling(
            temperature=options.temperature,
            top_k=options.top_k,
            top_p=options.top_p,
            min_p=options.min_p,
            repeat_penalty=options.repeat_penalty,
            seed=options.seed,
        ),
        max_tokens=options.max_tokens,
        raw=options.raw,
        ignore_eos=options.ignore_eos,
    )


def _prompt(argument: str) -> str:
    if argument != "-":
        return _readable(argument)
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _readable(argument: str) -> str:
    """An argument as the system gave it, with bytes that are no UTF-8 replaced."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _stream(events: Any, out: Any) -> _Collected:
    collected = _Collected()
    for event in events:
        if isinstance(event, Step | Finished):
            shown = collected.add(event)
            if shown and out is not None:
                out.write(shown)
                out.flush()
    return collected


def _report(collected: _Collected, info: ModelInfo) -> dict[str, Any]:
    """The JSON object of `ask --json`: names and units as documented."""
    from desktop.engine.hashes import sha256_16

    finished = collected.finished
    assert finished is not None
    timings = finished.timings
    evaluated = finished.prompt_tokens - finished.reused_tokens
    return {
        "text": "".join(collected.answer),
        "thinking": "".join(collected.thinking),
        "tokens": collected.tokens,
        "prompt_tokens": finished.prompt_tokens,
        "reused_tokens": finished.reused_tokens,
        "output_tokens": finished.output_tokens,
        "stop_reason": finished.stop_reason,
        "ttft_ms": round(timings.ttft_ms, 3),
        "prefill_ms": round(timings.prefill_ms, 3),
        "decode_ms": round(timings.decode_ms, 3),
        "decode_tokens_per_second": round(timings.decode_rate(finished.output_tokens), 3),
        "prefill_tokens_per_second": round(timings.prefill_rate(evaluated), 3),
        "seed": finished.seed,
        "speculation": {
            "mode": "off",
            "source": None,
            "state": "off",
            "reason": "switched off",
            "rounds": collected.rounds,
            "drafted": collected.drafted,
            "accepted": collected.accepted,
            "acceptance": collected.accepted / collected.drafted if collected.drafted else None,
            "mean_accepted_length": finished.output_tokens / collected.rounds if collected.rounds else None,
        },
        "energy": {"joules": None, "source": "not measured"},
        "model": {"path": str(info.path), "name": info.name, "sha256_16": sha256_16(info.path)},
        "draft": None,
    }


def _selftest(options: argparse.Namespace) -> int:
    from desktop.selftest import run

    with _Interrupt() as interrupt:
        return DONE if run(options.model, options.draft, print, interrupt) else FAILED
