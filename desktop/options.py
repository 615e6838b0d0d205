"""What can be asked on the command line, and what the options mean together.

Knows: options, their values and defaults. Must not know: the engine at work (its types do), Qt, settings. It
says no before anything is loaded.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from desktop import paths
from desktop.contest.order import MOST_REPEATS
from desktop.engine.types import (
    LONGEST_DRAFT,
    RULES,
    LoadOptions,
    Message,
    Request,
    Sampling,
    Speculation,
)
from desktop.errors import BadInput, ModelMissing

_NEED_SPECULATION = ("draft", "draft_length", "longest", "rule", "no_pause")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a command was asked to do. `unused`: options given that do nothing, as they are typed;
    `unused_with`: beside what, "" = the speculation asked for.
    """

    load: LoadOptions
    request: Request
    json: bool = False
    trace: Path | None = None
    unused: tuple[str, ...] = ()
    unused_with: str = ""


def add_request(command: argparse.ArgumentParser, *, needs_prompt: bool = True) -> None:
    """The prompt, and how to answer it."""
    plain, add = Sampling(), command.add_argument
    many = None if needs_prompt else "?"
    add("prompt", metavar="PROMPT", nargs=many, help="what to ask; - reads it from standard input")
    add("--model", type=_path, metavar="F", help="GGUF file (default: the built-in guide)")
    add("--temperature", type=_number(0.0), default=plain.temperature, metavar="T", help="0 = greedy")
    add("--top-k", type=whole(0), default=plain.top_k, metavar="K", help="0 = off")
    add("--top-p", type=_number(0.0, 1.0), default=plain.top_p, metavar="P", help="1 = off")
    add("--min-p", type=_number(0.0, 1.0), default=plain.min_p, metavar="M", help="0 = off")
    add("--repeat-penalty", type=_number(0.01), default=plain.repeat_penalty, metavar="R", help="1 = off")
    add(
        "--xtc-probability",
        type=_number(0.0, 1.0),
        default=plain.xtc_probability,
        metavar="P",
        help="0 = off",
    )
    add("--xtc-threshold", type=_number(0.0, 1.0), default=plain.xtc_threshold, metavar="T")
    add("--mirostat-tau", type=_number(0.0), default=plain.mirostat_tau, metavar="T", help="0 = off")
    add("--mirostat-eta", type=_number(0.0, 1.0), default=plain.mirostat_eta, metavar="E")
    add("--seed", type=whole(-1), default=-1, metavar="S", help="-1 = a new one each time")
    add("--max-tokens", type=whole(0), default=2048, metavar="N", help="0 = no limit")
    add("--ctx", type=whole(0), default=4096, metavar="N", help="0 = all the model knows")
    add("--threads", type=whole(0), default=0, metavar="N", help="0 = physical cores, one for a tiny model")
    add("--system", default="", metavar="TEXT", help="system prompt")
    add("--raw", action="store_true", help="give the prompt to the model as it is")
    add("--ignore-eos", action="store_true", help="go on when the model says it is done")
    add("--json", action="store_true", help="print one JSON object at the end instead")


def add_speculation(command: argparse.ArgumentParser, modes: Sequence[str], mode: str) -> None:
    """How to draft. `mode` is the default, one of `modes`."""
    plain, add = Speculation(), command.add_argument
    length = whole(1, LONGEST_DRAFT)
    add("--speculation", choices=modes, default=mode, help=f"what drafts (default: {mode})")
    add(
        "--draft",
        type=_path,
        metavar="F",
        help="GGUF file of the draft model (default for the built-in guide: its own; else none)",
    )
    add("--draft-length", type=length, metavar="N", help="draft this many tokens in every round")
    add("--longest", type=length, metavar="N", help=f"never draft more (default: {plain.longest})")
    add("--rule", choices=RULES, help=f"how drafts are judged (default: {plain.rule})")
    add("--no-pause", action="store_true", default=None, help="draft even while it does not pay")
    add("--trace", type=_path, metavar="FILE", help="write what happened in every round, as JSON lines")


def add_race(command: argparse.ArgumentParser) -> None:
    """How often, and the receipt."""
    add = command.add_argument
    add("--runs", type=whole(1, MOST_REPEATS), default=3, metavar="N", help="of each kind (default: 3)")
    add("--receipt", type=_path, metavar="FILE", help="write the race's receipt, to be kept or repeated")
    add(
        "--repeat",
        type=_path,
        metavar="FILE",
        help="repeat the race of a receipt and say what comes out otherwise; instead of PROMPT",
    )


def whole(least: int, most: int = 0xFFFFFFFF) -> Callable[[str], int]:
    """A reader of whole numbers, for argparse."""

    def parse(text: str) -> int:
        value = int(text)
        if not least <= value <= most:
            span = f"from {least} to {most}" if most < 0xFFFFFFFF else f"from {least} up"
            raise argparse.ArgumentTypeError(f"{text} is not a whole number {span}")
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


def _path(text: str) -> Path:
    if not text:  # an unset variable of a script, most likely; Path("") would be the current folder
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def asked(options: argparse.Namespace) -> Asked:
    """Put the options together.

    Raises: BadInput, ModelMissing (fact `option`: a file that was named is not there).
    """
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal that cannot show a character is no reason to stop
            stream.reconfigure(errors="replace")
    model = existing(options.model, "--model") or paths.guide_model()
    speculation = _speculation(options, model)
    check_output(options.trace, "--trace")
    return Asked(
        load=LoadOptions(model, options.ctx, options.threads),
        request=_request(options, speculation),
        json=options.json,
        trace=options.trace,
        unused=_unused(options),
    )


def _request(options: argparse.Namespace, speculation: Speculation) -> Request:
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
            xtc_probability=options.xtc_probability,
            xtc_threshold=options.xtc_threshold,
            mirostat_tau=options.mirostat_tau,
            mirostat_eta=options.mirostat_eta,
        ),
        max_tokens=options.max_tokens,
        raw=options.raw,
        ignore_eos=options.ignore_eos,
        speculation=speculation,
    )


def _speculation(options: argparse.Namespace, model: Path) -> Speculation:
    plain = Speculation()
    length, longest = options.draft_length or 0, options.longest
    if longest and length > longest:
        raise BadInput(f"--draft-length {length} is more than --longest {longest}")
    draft = existing(options.draft, "--draft")
    if draft is None and model.resolve() == paths.guide_model().resolve():
        draft = paths.guide_draft()
    if draft is None and options.speculation == "draft":
        raise BadInput("--speculation draft needs a draft model: name one with --draft")
    return Speculation(
        mode=options.speculation,
        draft=draft if options.speculation in ("auto", "draft") else None,
        length=length,
        longest=longest or max(plain.longest, length),
        rule=options.rule or plain.rule,
        pause=not options.no_pause,
    )


def existing(path: Path | None, option: str) -> Path | None:
    """A file that was named must be there: it is told before anything is loaded."""
    if path is not None and not os.path.exists(path):
        raise ModelMissing(path=str(path), option=option)
    return path


def _unused(options: argparse.Namespace) -> tuple[str, ...]:
    names = {"off": _NEED_SPECULATION, "lookup": _NEED_SPECULATION[:1]}.get(options.speculation, ())
    return tuple(f"--{name.replace('_', '-')}" for name in names if getattr(options, name) is not None)


def check_output(path: Path | None, option: str) -> None:
    """Whether a file could be written there, as far as can be told before.

    Raises: BadInput.
    """
    if path is None:
        return
    if os.path.isdir(path):
        raise BadInput(f"{option} {path} is a folder")
    if not os.path.isdir(path.parent):
        raise BadInput(f"{option} {path}: there is no such folder")


def _prompt(argument: str) -> str:
    if argument != "-":
        return _readable(argument)
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _readable(argument: str) -> str:
    """An argument as the system gave it, with bytes that are no UTF-8 replaced."""
    return argument.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
