"""`slipstream ask`: one answer, streamed to standard output as text or told as one JSON object at its end.

Knows: standard output. Must not know: options and their names in the parser, Qt.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from typing import Any

from desktop.bridge.metering import Metering
from desktop.contest import course, here
from desktop.contest.collected import Collected
from desktop.engine.engine import Engine
from desktop.engine.types import DraftInfo, Event
from desktop.headless import DONE, INTERRUPTED, Interrupt, session, write_trace
from desktop.meter.types import Energy
from desktop.options import Asked
from desktop.report import report


def run(asked: Asked) -> int:
    """Answer. Returns the exit code.

    Raises: UserError of many kinds, Cancelled before the answer begins.
    """
    with Interrupt() as interrupt:
        with session(asked, interrupt) as loaded:
            cards = course.on_card(loaded.engine.info)
            events = course.metered(loaded.engine.generate(asked.request, interrupt), Metering(), cards=cards)
            collected, energy = _stream(events, show=not asked.json)
            told = _told(collected, energy, loaded.engine, loaded.draft) if asked.json else None
            loaded.warn_if_refused(collected.finished.speculated)
        if told is not None:
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        elif not collected.text.endswith("\n"):
            sys.stdout.write("\n")
        sys.stdout.flush()
        write_trace(asked.trace, collected.rounds)
    return INTERRUPTED if interrupt.seen else DONE


def _stream(events: Iterable[Event | Energy], *, show: bool) -> tuple[Collected, Energy | None]:
    collected, energy = Collected(), None
    for event in events:
        if isinstance(event, Energy):
            energy = event
            continue
        shown = collected.add(event)
        if shown and show:
            sys.stdout.write(shown)
            sys.stdout.flush()
    return collected, energy


def _told(
    collected: Collected, energy: Energy | None, engine: Engine, draft: DraftInfo | None
) -> dict[str, Any]:
    drafted = None if draft is None else here.model_file(draft)
    return report(collected, here.model_file(engine.info), drafted, energy)
