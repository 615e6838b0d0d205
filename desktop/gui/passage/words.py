"""What the passage card says: while it is written, what came of it, why an answer was left alone. No Qt."""

from __future__ import annotations

from desktop.bridge.passage import Passage, Widened
from desktop.bridge.passage_form import Verdict
from desktop.bridge.passage_work import Rewritten, Written
from desktop.engine.types import Prefill
from desktop.errors import ContextFull, UserError
from desktop.gui import drafted
from desktop.gui.numbers import count, three_digits
from desktop.gui.wording import describe
from desktop.gui.words import number

IDEAS = ("Shorter", "Simpler", "Fix spelling", "In a list")
SELECT_FIRST = (
    "Select some text of an answer first, with the mouse or the keyboard. "
    "Only that part is then written anew."
)
NO_MODEL = "No model is loaded. Choose one, then change the passage."
ANSWERING = "An answer is being written. Wait until it is done, or stop it with Esc."
LEFT_ALONE = "The answer was left alone."

_WIDENED: dict[Widened, str] = {
    "": "",
    "words": "",
    "lines": "Taken with it: the rest of its lines, or their formatting would break.",
    "rows": "Taken with it: the rest of the table rows.",
    "table": "Taken with it: the rest of the table.",
    "code": "Taken with it: the rest of the code block.",
}
_VERDICT: dict[Verdict, tuple[str, str]] = {
    "new": ("Changed", ""),
    "same": ("Nothing was changed", "The model wrote the passage just as it was."),
    "unclosed": (
        "The model did not keep to the form",
        "It ended without marking where the passage ends, so what it wrote may be something else.",
    ),
    "length": (
        "The model did not come to an end",
        "It wrote far more than the passage is long and was stopped.",
    ),
    "context": (
        "The context is full",
        "There was no room to end the new passage. Select less, or give the model a larger context in "
        "Settings.",
    ),
    "empty": ("The model wrote nothing", "The new passage was empty."),
    "marks": ("The model did not keep to the form", "It began the passage more than once."),
    "instruction": (
        "The model did not keep to the form",
        "It repeated what was asked instead of writing the passage.",
    ),
    "more": (
        "The model did not keep to the form",
        "It wrote text from around the passage as well, which would stand there twice.",
    ),
    "torn": (
        "The model did not keep to the form",
        "What it wrote would break the code block or table around it.",
    ),
}  # fmt: skip


def note(passage: Passage, later: int) -> str:
    """What a person should know before. `later`: messages that follow the answer."""
    said = [_WIDENED[passage.widened]]
    if later:
        who = "The message" if later == 1 else f"The {later:,} messages"
        said.append(f"{who} after it will stay with the present version.")
    return " ".join(filter(None, said))


def reading(prefill: Prefill) -> str:
    """While the prompt is read."""
    left = prefill.total - prefill.reused
    return f"Reading the prompt: {prefill.done - prefill.reused:,} of {left:,} tokens"


def writing(written: Written) -> str:
    """While the passage is written."""
    said = ["Writing"]
    if written.rate > 0:
        said.append(f"{three_digits(written.rate)} tok/s")
    if written.words:
        said.append(_from_old(written.kept, written.words))
    if written.drafted:
        said.append(f"lookup {written.accepted:,} of {written.drafted:,}")
    return " · ".join(said)


def outcome(made: Rewritten) -> tuple[str, str]:
    """Title and sentence of how it ended."""
    title, why = _VERDICT[made.verdict]
    return title, f"{why} {LEFT_ALONE}" if why else ""


def gained(made: Rewritten) -> str:
    """What lookup did for it, in counts and against plain."""
    passage = made.receipt["passage"]
    lookup, rate = passage["lookup"], float(passage["tokens_per_second"])
    ratio = drafted.from_receipt(made.receipt).ratio_words(rate)
    said = [
        ratio,
        f"{three_digits(rate)} tok/s" if rate > 0 else "",
        _from_old(passage["kept_words"], passage["words"]),
    ]
    if lookup["drafted"]:
        said.append(f"lookup: {lookup['accepted']:,} of {lookup['drafted']:,} drafted tokens accepted")
    else:
        said.append("lookup drafted nothing")
    return " · ".join(filter(None, said))


def gained_from(made: Rewritten) -> str:
    """What these figures were computed from, for hovering."""
    passage, did = made.receipt["passage"], drafted.from_receipt(made.receipt)
    rate, lookup = float(passage["tokens_per_second"]), passage["lookup"]
    said = [f"Old passage: {count(passage['old_tokens'], 'token')}; new: {made.receipt['output_tokens']:,}"]
    said.append(
        f"Lookup: {lookup['accepted']:,} of {lookup['drafted']:,} drafted tokens accepted, "
        f"{lookup['rejected']:,} rejected, {lookup['dropped']:,} dropped"
    )
    if did.ratio(rate) is not None:
        said.append(f"{did.ratio_words(rate)}: {did.ratio_source(rate)}")
    return "\n".join(said)


def _from_old(kept: int, words: int) -> str:
    return f"{kept:,} of {count(words, 'word')} from the old text" if words else ""


def refused(error: UserError) -> tuple[str, str]:
    """Title and sentence of an error; the passage's own words where it does not fit."""
    if isinstance(error, ContextFull):
        needed, n_ctx = number(error, "needed"), number(error, "n_ctx")
        room = f"It needs {count(needed, 'token')}; the context holds {n_ctx:,}. " if needed and n_ctx else ""
        return (
            "The passage does not fit the context",
            f"{room}Select less, or give the model a larger context in Settings. {LEFT_ALONE}",
        )
    words = describe(error)
    return words.title, words.sentence
