"""The receipt of a race: everything needed to judge or repeat it, as one JSON object, and back again.

docs/receipt.md tells it with an example. What can be computed from the rest (ratios, rates, the verdict) is
written for readers and not read back. A receipt may come from a stranger: whatever is damaged or
contradicts itself is refused with the reason.
Must not know: where receipts are kept, engines, Qt.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop.contest import figures
from desktop.contest.data import LANES, Candidate, Configuration, Parting, Race, Run, path_text
from desktop.contest.fields import DamageError, Fields
from desktop.contest.here import LIBRARY
from desktop.contest.packed import text_of
from desktop.contest.reading import race_of
from desktop.contest.verdict import verdict
from desktop.errors import ReceiptUnreadable

KEY = "slipstream_receipt"
VERSION = 1
MOST_BYTES = 256 << 20
_TITLE = 80


def to_json(race: Race) -> str:
    """The receipt's text, one line."""
    return "".join(texts(race))


def texts(race: Race) -> Iterator[str]:
    """The receipt's text, a run at a time, for there may be long ones. The summary stands in front, to be
    read without the rest.
    """
    yield f'{_json(_front(race))[:-1]}, "pairs": ['
    for number, pair in enumerate(race.pairs):
        yield f'{", " if number else ""}{{"plain_first": {json.dumps(pair.plain_first)}'
        for lane in LANES:
            run = pair.run(lane)
            yield f', "{lane}": {_json(_run(run))[:-1]}, "rounds": {Fields.clean(text_of(run.steps))}}}'
        yield "}"
    yield "]}\n"


def _json(told: dict[str, Any]) -> str:
    return Fields.clean(json.dumps(told, ensure_ascii=False))


def _front(race: Race) -> dict[str, Any]:
    """Everything but the runs."""
    asked, machine, pair = race.asked, race.machine, race.pairs[0]
    return {
        KEY: VERSION,
        "summary": summary(race),
        "date": race.date,
        "prompt": race.prompt,
        "system": asked.system,
        "history": [asdict(message) for message in asked.history],
        "seed": race.seed,
        "sampling": asdict(asked.sampling),
        "max_tokens": asked.max_tokens,
        "stop": list(asked.stop),
        "raw": asked.raw,
        "ignore_eos": asked.ignore_eos,
        "day": asked.day,
        "demonstration": asked.demonstration,
        "model": figures.file(race.target),
        "drafts": [figures.file(draft) for draft in race.drafts],
        "load": {
            "n_ctx": asked.load.n_ctx,
            "n_threads": asked.load.n_threads,
            "n_gpu_layers": asked.load.n_gpu_layers,
            "kv_type": asked.load.kv_type,
        },
        "machine": {
            "cpu": machine.cpu,
            "cores": machine.cores,
            "threads": machine.threads,
            "os": machine.os,
        },
        "versions": {
            "slipstream": machine.slipstream,
            LIBRARY: machine.library,
            "python": machine.python,
        },
        "names": {"model": race.model, "draft": race.draft},
        "lanes": {"plain": _lane(pair.plain.config), "speculative": _lane(pair.speculative.config)},
        "speedup": figures.speedup(race.speedups, len(race.pairs)),
        "identical": race.parting is None,
        "expected_identical": race.expected_identical,
        "first_difference": difference(race.parting),
        "note": verdict(race),
        "costs": {"curve": [list(point) for point in race.curve], "step_ms": race.step_ms},
        "pieces": {str(token): _piece(data) for token, data in race.pieces.items()},
    }


def summary(race: Race) -> dict[str, Any]:
    """What a list of races shows of it."""
    speedup = race.speedup
    return {
        "title": " ".join(race.prompt[: 4 * _TITLE].split())[:_TITLE],
        "date": race.date,
        "speedup": round(speedup, 4) if speedup is not None else None,
        "identical": race.parting is None,
        "model": race.model[:_TITLE],
    }


def of_json(data: bytes, *, trusted: bool = False) -> Race:
    """The race of a receipt, the shown pair unpacked. `trusted`: it was written here.

    Raises: ReceiptUnreadable.
    """
    if len(data) > MOST_BYTES:
        raise ReceiptUnreadable(f"it has {len(data) / 1e6:.0f} MB, more than any receipt")
    try:
        found = json.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise ReceiptUnreadable("it is no text") from error
    except (ValueError, RecursionError) as error:
        raise ReceiptUnreadable("it is not JSON, or not all of it is there") from error
    if not isinstance(found, dict) or KEY not in found:
        raise ReceiptUnreadable("it is not a receipt of a race")
    version = found[KEY]
    if version != VERSION or isinstance(version, bool):
        raise ReceiptUnreadable(
            f"a newer version wrote it (format {str(version)[:20]}; this one knows {VERSION})"
        )
    try:
        return race_of(Fields(found), trusted=trusted)
    except DamageError as error:
        raise ReceiptUnreadable(str(error)) from error


def read(path: Path, *, trusted: bool = False) -> Race:
    """The race of a receipt's file. `trusted`: one that was written here.

    Raises: ReceiptUnreadable (fact `path`).
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ReceiptUnreadable("it is larger than any receipt", path=str(path))
        return of_json(path.read_bytes(), trusted=trusted)
    except OSError as error:
        raise ReceiptUnreadable(error.strerror or str(error), path=str(path)) from error
    except ReceiptUnreadable as error:
        error.facts.setdefault("path", str(path))
        raise


def difference(parting: Parting | None) -> dict[str, Any] | None:
    """The first difference under its documented names."""
    if parting is None:
        return None
    return {
        "run": parting.run + 1,
        "position": parting.position,
        "plain": _candidate(parting.plain),
        "speculative": _candidate(parting.speculative),
        "logit_gap": round(parting.plain.logit - parting.speculative.logit, 6),
        "noise": parting.noise,
        "tie": parting.tie,
        "expected": parting.expected,
    }


def _candidate(side: Candidate) -> dict[str, Any]:
    return {"token": side.token, "text": side.text or "", "logit": side.logit}


def _lane(held: Configuration) -> dict[str, Any]:
    told = asdict(held)
    draft = held.speculation.draft
    told["speculation"]["draft"] = None if draft is None else path_text(draft)
    return told


def _piece(data: bytes) -> str | Mapping[str, str]:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return {"hex": data.hex()}


def _run(run: Run) -> dict[str, Any]:
    end = run.finished
    return {
        "label": run.label,
        **figures.counts(end),
        "thinking_tokens": end.thinking_tokens,
        "context_used": end.context_used,
        "cut": None if end.cut is None else asdict(end.cut),
        "last_parts": [[part.kind, part.text] for part in end.parts],
        "speculation": figures.speculation(end),
        "energy": None if run.energy is None or run.energy.metered is None else run.energy.metered.record(),
    }
