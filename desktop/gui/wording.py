"""What a person reads when something went wrong: every kind of error as title, sentence and next step.

Pure strings, no Qt: the window and the command line both read from here, and nowhere else is a sentence about
an error made. The sentence says what happened and what was kept; the action is the fix most likely to work.
What the engine or the system itself said (`error.detail`) is quoted beside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from desktop.errors import UserError
from desktop.gui.numbers import count, size

Action = Literal["smaller_context", "choose_model", "retry", "settings", "open_data_folder"]


_UNNAMED = "the file"


@dataclass(frozen=True, slots=True)
class Wording:
    """Words for the window, and for the command line `what` happened and the next `step` as two clauses."""

    title: str
    sentence: str
    action: Action
    action_label: str
    what: str
    step: str


def describe(error: UserError) -> Wording:
    """Words for an error; a kind without its own takes those of the nearest kind above it."""
    for kind in type(error).__mro__:
        make = _WORDS.get(kind.__name__)
        if make is not None:
            return make(error)
    raise TypeError(f"not a UserError: {error!r}")


def one_line(error: UserError) -> str:
    """For the command line: "what; next step", one line, safe for a terminal."""
    words = describe(error)
    line = " ".join(f"{words.what}; {words.step}".split())
    return "".join(c if c.isprintable() else "\ufffd" for c in line)


def _number(error: UserError, key: str) -> int:
    value = error.facts.get(key, 0)
    return int(value) if isinstance(value, int | float) else 0


def _file(error: UserError) -> str:
    path = str(error.facts.get("path", ""))
    return PurePath(path).name or _UNNAMED


def _start(file: str) -> str:
    return (
        "The file" if file == _UNNAMED else file
    )  # a real name keeps its spelling at the start of a sentence


def _first_line(error: UserError, otherwise: str) -> str:
    return next((line.strip().rstrip(".") for line in error.detail.splitlines() if line.strip()), otherwise)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _user_error(error: UserError) -> Wording:
    what = _first_line(error, "that did not work")
    return Wording(
        "That did not work",
        f"{_capital(what)}. Your conversations are safe.",
        "retry",
        "Try again",
        what,
        "try again",
    )


def _bad_input(error: UserError) -> Wording:
    what = _first_line(error, "a value cannot be used")
    return Wording(
        "A value cannot be used",
        f"{_capital(what)}. Nothing was changed.",
        "settings",
        "Open settings",
        what,
        "see `slipstream ask --help` for what is possible",
    )


def _model_error(error: UserError) -> Wording:
    file = _file(error)
    return Wording(
        "The model did not load",
        f"{_start(file)} could not be loaded. Your conversations are safe.",
        "choose_model",
        "Choose another model",
        f"{file} could not be loaded" + (f": {_first_line(error, '')}" if error.detail else ""),
        "try another model with --model",
    )


def _model_missing(error: UserError) -> Wording:
    file = _file(error)
    return Wording(
        "The model file is not there",
        f"{_start(file)} was moved, renamed or deleted. Your conversations are safe.",
        "choose_model",
        "Choose another model",
        f"no such model file: {error.facts.get('path') or file}",
        "check the path given to --model",
    )


def _model_unreadable(error: UserError) -> Wording:
    file = _file(error)
    return Wording(
        "This is not a readable model file",
        f"{_start(file)} is damaged, incomplete or not a GGUF file. If it was downloaded, download it again: "
        "a download that ended early is the usual reason.",
        "choose_model",
        "Choose another model",
        f"{file} is damaged, incomplete or not a GGUF file",
        "download it again or try another with --model",
    )


def _model_unsupported(error: UserError) -> Wording:
    file = _file(error)
    kind = f' "{error.facts["architecture"]}"' if error.facts.get("architecture") else ""
    return Wording(
        "This kind of model is not supported",
        f"{_start(file)} is of a kind{kind} that this version of Slipstream cannot run. "
        "The file itself may be fine; a newer version may know it.",
        "choose_model",
        "Choose another model",
        f"{file} is of a kind{kind} that this version cannot run",
        "try another model with --model",
    )


def _model_too_large(error: UserError) -> Wording:
    file = _file(error)
    needed, free = _number(error, "needed"), _number(error, "free")
    n_ctx, fits = _number(error, "n_ctx"), _number(error, "n_ctx_fits")
    context = f" with {count(n_ctx, 'token')} of context" if n_ctx else ""
    need = "needs more memory than is free"
    if needed:
        need = f"needs {size(needed)} of memory{context}; {size(free)} are free"
    what = f"{file} {need.replace(';', ' and')}"
    if fits > 0:
        return Wording(
            "The model does not fit in memory",
            f"{_start(file)} {need}. With {count(fits, 'token')} of context it fits.",
            "smaller_context",
            f"Use {fits:,} tokens",
            what,
            f"try --ctx {fits}",
        )
    return Wording(
        "The model does not fit in memory",
        f"{_start(file)} {need}. It does not fit with a smaller context either: close other programs or "
        "take a smaller model or quantisation.",
        "choose_model",
        "Choose another model",
        what,
        "close other programs or try a smaller model with --model",
    )


def _model_crashed(error: UserError) -> Wording:
    file = _file(error)
    return Wording(
        "The model ended the test run",
        f"{_start(file)} was tried in a separate process first, and that process ended or did not "
        "answer. The file is probably damaged. Nothing else was touched.",
        "choose_model",
        "Choose another model",
        f"trying {file} in a separate process ended that process",
        "the file is probably damaged: download it again or try another with --model",
    )


def _template_failed(error: UserError) -> Wording:
    return Wording(
        "The model's chat template failed",
        "The template inside the model file, which turns the conversation into a prompt, did not work. "
        "Your message is kept.",
        "choose_model",
        "Choose another model",
        f"the model's chat template failed: {_first_line(error, 'no reason given')}",
        "try another model, or --raw to send the prompt as it is",
    )


def _context_full(error: UserError) -> Wording:
    needed, n_ctx = _number(error, "needed"), _number(error, "n_ctx")
    asked = f"It is {count(needed, 'token')} long" if needed else "It is too long"
    room = f"the context holds {count(n_ctx, 'token')}" if n_ctx else "the context is smaller"
    what = "the prompt does not fit the context"
    if needed and n_ctx:
        what = f"the prompt needs {count(needed, 'token')} and the context holds {n_ctx:,}"
    return Wording(
        "The message does not fit the context",
        f"{asked}; {room}. Shorten it, or give the model a larger context in Settings. Your message is kept.",
        "settings",
        "Change the context size",
        what,
        "shorten it or use a larger --ctx",
    )


def _engine_failed(error: UserError) -> Wording:
    code = error.facts.get("code")
    said = _first_line(error, f"code {code}" if code is not None else "no reason given")
    return Wording(
        "The engine stopped",
        "llama.cpp reported a failure while writing. What was written so far is kept.",
        "retry",
        "Answer again",
        f"llama.cpp reported a failure: {said}",
        "try again, with a smaller --ctx if memory is short",
    )


def _store_error(error: UserError) -> Wording:
    return Wording(
        "Conversations could not be saved or read",
        "The database of conversations reported a problem. The answer on screen is still there to copy.",
        "open_data_folder",
        "Open the data folder",
        f"the conversation database reported: {_first_line(error, 'a problem')}",
        "check the data folder",
    )


def _store_unreadable(error: UserError) -> Wording:
    path = error.facts.get("path")
    return Wording(
        "The conversations cannot be read",
        "The database is damaged or is not a database. It was left as it is: put back a copy, or move the "
        "file away to begin with an empty one.",
        "open_data_folder",
        "Open the data folder",
        "the conversation database is damaged" + (f": {path}" if path else ""),
        "put back a copy or move the file away",
    )


def _store_too_new(error: UserError) -> Wording:
    version, known = _number(error, "version"), _number(error, "known")
    numbers = f" (format {version}; this one knows {known})" if version and known else ""
    return Wording(
        "A newer Slipstream wrote these conversations",
        f"This version cannot read them without risk{numbers}. Nothing was changed. Use the newer version.",
        "open_data_folder",
        "Open the data folder",
        f"the conversations were written by a newer version{numbers.replace(';', ',')}",
        "use the newer version",
    )


def _store_full(error: UserError) -> Wording:
    return Wording(
        "The conversation could not be saved",
        "The disk is full or read-only. Make room, then go on; what is on screen is not saved yet.",
        "retry",
        "Try again",
        "the conversation could not be saved: the disk is full or read-only",
        "make room and try again",
    )


def _settings_unwritable(error: UserError) -> Wording:
    where = f" to {error.facts['path']}" if "path" in error.facts else ""
    return Wording(
        "The settings could not be saved",
        "They hold until Slipstream is closed. The disk may be full or read-only.",
        "retry",
        "Try again",
        f"the settings could not be saved{where}",
        "check that the disk has room and can be written",
    )


_WORDS: dict[str, Callable[[UserError], Wording]] = {
    "UserError": _user_error, "BadInput": _bad_input, "ModelError": _model_error,
    "ModelMissing": _model_missing, "ModelUnreadable": _model_unreadable,
    "ModelUnsupported": _model_unsupported, "ModelTooLarge": _model_too_large,
    "ModelCrashed": _model_crashed, "TemplateFailed": _template_failed, "ContextFull": _context_full,
    "EngineFailed": _engine_failed, "StoreError": _store_error, "StoreUnreadable": _store_unreadable,
    "StoreTooNew": _store_too_new, "StoreFull": _store_full, "SettingsUnwritable": _settings_unwritable,
}  # fmt: skip
