"""What a person reads when something went wrong: every kind of error as title, sentence and next step.

Pure strings, no Qt: the window and the command line both read from here, and nowhere else is a sentence about
an error made. The sentence says what happened and what was kept; the action is the fix most likely to work.
What the engine or the system itself said (`error.detail`) is quoted beside it.
"""

from __future__ import annotations

from collections.abc import Callable

from desktop.errors import UserError
from desktop.gui import model_wording as model
from desktop.gui.numbers import count
from desktop.gui.words import Wording, capital, first_line, number


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
    return printable(f"{words.what}; {words.step}")


def without_draft(error: UserError) -> str:
    """For the command line: why an answer is written without the draft model that was asked for."""
    return printable(f"no draft model: {describe(error).what}; try another with --draft")


def printable(text: str) -> str:
    """A text as one line, safe for a terminal."""
    return "".join(c if c.isprintable() else "\ufffd" for c in " ".join(text.split()))


def _user_error(error: UserError) -> Wording:
    what = first_line(error, "that did not work")
    return Wording(
        "That did not work",
        f"{capital(what)}. Your conversations are safe.",
        "retry",
        "Try again",
        what,
        "try again",
    )


def _bad_input(error: UserError) -> Wording:
    what = first_line(error, "a value cannot be used")
    return Wording(
        "A value cannot be used",
        f"{capital(what)}. Nothing was changed.",
        "settings",
        "Open settings",
        what,
        f"see `slipstream {error.facts.get('command', 'ask')} --help` for what is possible",
    )


def _template_failed(error: UserError) -> Wording:
    return Wording(
        "The model's chat template failed",
        "The template inside the model file, which turns the conversation into a prompt, did not work. "
        "Your message is kept.",
        "choose_model",
        "Choose another model",
        f"the model's chat template failed: {first_line(error, 'no reason given')}",
        "try another model, or --raw to send the prompt as it is",
    )


def _context_full(error: UserError) -> Wording:
    needed, n_ctx = number(error, "needed"), number(error, "n_ctx")
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
    said = first_line(error, f"code {code}" if code is not None else "no reason given")
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
        f"the conversation database reported: {first_line(error, 'a problem')}",
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
    version, known = number(error, "version"), number(error, "known")
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


def _receipt_unreadable(error: UserError) -> Wording:
    path = error.facts.get("path")
    why = first_line(error, "it is damaged")
    return Wording(
        "The receipt cannot be read",
        f"It was left as it is: {why}. Choose a receipt that a race was exported to.",
        "retry",
        "Try again",
        "the receipt" + (f" {path}" if path else "") + f" cannot be read: {why}",
        "name a receipt written by `slipstream race --receipt` or exported from the window",
    )


_WORDS: dict[str, Callable[[UserError], Wording]] = {
    "UserError": _user_error, "BadInput": _bad_input, "ModelError": model.failed,
    "ModelMissing": model.missing, "ModelUnreadable": model.unreadable,
    "ModelUnsupported": model.unsupported, "ModelTooLarge": model.too_large,
    "ModelCrashed": model.crashed, "DraftRefused": model.cannot_draft,
    "TemplateFailed": _template_failed, "ContextFull": _context_full,
    "EngineFailed": _engine_failed, "StoreError": _store_error, "StoreUnreadable": _store_unreadable,
    "StoreTooNew": _store_too_new, "StoreFull": _store_full, "SettingsUnwritable": _settings_unwritable,
    "ReceiptUnreadable": _receipt_unreadable,
}  # fmt: skip
