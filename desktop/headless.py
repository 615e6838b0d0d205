"""What `ask` and `race` have in common: Ctrl-C, a model loaded with its draft, notes, the trace.

Knows: the engine, the wording of errors, standard error. Must not know: argparse, Qt, settings, the store.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any, Self

from desktop.engine.engine import Cancel, Engine
from desktop.engine.trace import to_lines
from desktop.engine.types import DraftInfo, Round, Speculated
from desktop.errors import UserError
from desktop.gui import wording
from desktop.options import Asked

DONE, FAILED, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Interrupt:
    """Ctrl-C as a question to ask, so that the engine stops in order; a second one ends at once, as does
    the first when `at_once`.
    """

    def __init__(self) -> None:
        self.seen = False
        self.at_once = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._on_signal)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        if self.seen or self.at_once:
            raise KeyboardInterrupt
        self.seen = True

    def __call__(self) -> bool:
        return self.seen


@dataclass(slots=True)
class Session:
    """A loaded model, and the draft model beside it, if there is one."""

    engine: Engine
    draft: DraftInfo | None = None
    warned: bool = False

    def warn_if_refused(self, did: Speculated) -> None:
        """Say once that an answer was written plainly although drafting was asked for."""
        if did.state == "refused" and not self.warned:
            self.warned = True
            note(f"not drafting: {did.reason}")


@contextmanager
def session(asked: Asked, cancelled: Cancel) -> Iterator[Session]:
    """Load the model; with speculation, its draft too, and what decodes cost here.

    A draft that cannot be used is no failure: one line says so.
    Raises: ModelError of some kind, EngineFailed, Cancelled.
    """
    wanted = asked.request.speculation
    mode = f"--speculation {wanted.mode}"
    if asked.unused:
        note(f"{' and '.join(asked.unused)}: no effect with {asked.unused_with or mode}")
    with Engine.load(asked.load, cancelled=cancelled) as engine:
        loaded = Session(engine)
        if wanted.mode != "off":
            if wanted.draft is not None:
                try:
                    loaded.draft = engine.use_draft(wanted.draft, cancelled=cancelled)
                except UserError as error:
                    loaded.warned = True
                    note(wording.without_draft(error))
            engine.measure(wanted, cancelled)
        yield loaded


def note(text: str) -> None:
    """One line on standard error that is no error."""
    sys.stderr.write(f"slipstream: note: {wording.printable(text)}\n")


def write_trace(path: Path | None, rounds: Iterable[Round]) -> None:
    """Write the rounds as JSON lines.

    Raises: UserError when the file cannot be written.
    """
    if path is None:
        return
    try:
        with path.open("w", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in to_lines(rounds))
    except OSError as error:
        raise UserError(
            f"the trace could not be written to {path}: {os.strerror(error.errno or 0)}"
        ) from error
