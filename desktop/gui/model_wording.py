"""What a person reads when something is wrong with a model file, at rest or while it is loaded.

Pure strings, no Qt; `wording.describe` gives them out.
"""

from __future__ import annotations

from desktop.errors import UserError
from desktop.gui.numbers import count, size
from desktop.gui.words import Wording, file, first_line, number, start


def failed(error: UserError) -> Wording:
    """Any fault of a model file without words of its own."""
    name = file(error)
    return Wording(
        "The model did not load",
        f"{start(name)} could not be loaded. Your conversations are safe.",
        "choose_model",
        "Choose another model",
        f"{name} could not be loaded" + (f": {first_line(error, '')}" if error.detail else ""),
        "try another model with --model",
    )


def missing(error: UserError) -> Wording:
    """No such file."""
    name = file(error)
    return Wording(
        "The model file is not there",
        f"{start(name)} was moved, renamed or deleted. Your conversations are safe.",
        "choose_model",
        "Choose another model",
        f"no such model file: {error.facts.get('path') or name}",
        f"check the path given to {error.facts.get('option', '--model')}",
    )


def unreadable(error: UserError) -> Wording:
    """Not a GGUF, truncated or corrupt."""
    name = file(error)
    return Wording(
        "This is not a readable model file",
        f"{start(name)} is damaged, incomplete or not a GGUF file. If it was downloaded, download it again: "
        "a download that ended early is the usual reason.",
        "choose_model",
        "Choose another model",
        f"{name} is damaged, incomplete or not a GGUF file",
        "download it again or try another with --model",
    )


def unsupported(error: UserError) -> Wording:
    """Of a kind this build does not know."""
    name = file(error)
    kind = f' "{error.facts["architecture"]}"' if error.facts.get("architecture") else ""
    return Wording(
        "This kind of model is not supported",
        f"{start(name)} is of a kind{kind} that this version of Slipstream cannot run. "
        "The file itself may be fine; a newer version may know it.",
        "choose_model",
        "Choose another model",
        f"{name} is of a kind{kind} that this version cannot run",
        "try another model with --model",
    )


def too_large(error: UserError) -> Wording:
    """Needs more memory than is free."""
    name = file(error)
    needed, free = number(error, "needed"), number(error, "free")
    n_ctx, fits = number(error, "n_ctx"), number(error, "n_ctx_fits")
    context = f" with {count(n_ctx, 'token')} of context" if n_ctx else ""
    need = "needs more memory than is free"
    if needed:
        need = f"needs {size(needed)} of memory{context}; {size(free)} are free"
    what = f"{name} {need.replace(';', ' and')}"
    if fits > 0:
        return Wording(
            "The model does not fit in memory",
            f"{start(name)} {need}. With {count(fits, 'token')} of context it fits.",
            "smaller_context",
            f"Use {fits:,} tokens",
            what,
            f"try --ctx {fits}",
        )
    return Wording(
        "The model does not fit in memory",
        f"{start(name)} {need}. It does not fit with a smaller context either: close other programs or "
        "take a smaller model or quantisation.",
        "choose_model",
        "Choose another model",
        what,
        "close other programs or try a smaller model with --model",
    )


def crashed(error: UserError) -> Wording:
    """The probe process ended."""
    name = file(error)
    return Wording(
        "The model ended the test run",
        f"{start(name)} was tried in a separate process first, and that process ended or did not "
        "answer. The file is probably damaged. Nothing else was touched.",
        "choose_model",
        "Choose another model",
        f"trying {name} in a separate process ended that process",
        "the file is probably damaged: download it again or try another with --model",
    )


def cannot_draft(error: UserError) -> Wording:
    """Refused as a draft for the target."""
    name, target = file(error), str(error.facts.get("target", "")) or "the one that is loaded"
    why = first_line(error, str(error.facts.get("check", "")) or "the two do not fit together")
    return Wording(
        f"This model cannot draft for {target}",
        f"{start(name)} was refused: {why}. Answers are the same without it, only not sooner.",
        "settings",
        "Choose another draft",
        f"{name} cannot draft for {target}: {why}",
        "try another with --draft",
    )
