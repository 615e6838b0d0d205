"""`slipstream ask`: one answer, streamed to standard output as text or told as one JSON object at its end.

Knows: standard output. Must not know: options and their names in the parser, Qt.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from desktop.engine.types import Event
from desktop.headless import DONE, INTERRUPTED, Interrupt, session, write_trace
from desktop.options import Asked
from desktop.report import Collected, report


def run(asked: Asked) -> int:
    """Answer. Returns the exit code.

    Raises: UserError of many kinds, Cancelled before the answer begins.
    """
    with Interrupt() as interrupt:
        with session(asked, interrupt) as loaded:
            collected = _stream(loaded.engine.generate(asked.request, interrupt), show=not asked.json)
            told = report(collected, loaded.engine.info, loaded.draft) if asked.json else None
            loaded.warn_if_refused(collected.finished.speculated)
        if told is not None:
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        elif not collected.text.endswith("\n"):
            sys.stdout.write("\n")
        sys.stdout.flush()
        write_trace(asked.trace, collected.rounds)
    return INTERRUPTED if interrupt.seen else DONE


def _stream(events: Iterable[Event], *, show: bool) -> Collected:
    collected = Collected()
    for event in events:
        shown = collected.add(event)
        if shown and show:
            sys.stdout.write(shown)
            sys.stdout.flush()
    return collected
