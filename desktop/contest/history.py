"""Races on disk: one receipt a file, written so that a crash leaves all of it or nothing. None is ever
dropped.

A list reads only the front of each file, where the summary stands. What cannot be read is left out of lists,
and left where it is. Must not know: what a race is made of, Qt.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from desktop import files
from desktop.contest import receipt
from desktop.contest.data import Race, Summary
from desktop.errors import ReceiptUnreadable, UserError

log = logging.getLogger(__name__)
_FRONT = 8192
_ID = re.compile(r"[0-9]{8}T[0-9]{6}-[0-9a-f]{8}\Z")
_START = f'{{"{receipt.KEY}": {receipt.VERSION}, "summary": '


class Races:
    """The receipts in `folder`, which is made when the first one is kept."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def list(self) -> list[Summary]:
        """Newest first. Never fails."""
        try:
            names = [entry.name for entry in os.scandir(self.folder) if entry.name.endswith(".json")]
        except FileNotFoundError:
            return []
        except OSError as error:
            log.warning("the races cannot be listed: %s", error)
            return []
        found = [self._summary(name[: -len(".json")]) for name in names if _ID.match(name[: -len(".json")])]
        return sorted((one for one in found if one is not None), key=lambda one: one.id, reverse=True)

    def load(self, race_id: str) -> Race:
        """One of them.

        Raises: ReceiptUnreadable.
        """
        return receipt.read(self._path(race_id), trusted=True)

    def keep(self, race: Race) -> str:
        """Write it down; returns its id. The same race twice is kept once.

        Raises: UserError when it cannot be written.
        """
        digest = hashlib.sha256()
        for text in receipt.texts(race):
            digest.update(text.encode("utf-8"))
        race_id = f"{_stamp(race.date)}-{digest.hexdigest()[:8]}"
        write(self._path(race_id), race, make_folder=True)
        return race_id

    def remove(self, race_id: str) -> None:
        """Delete one; fine when it is gone already.

        Raises: UserError when it cannot be deleted.
        """
        path = self._path(race_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise UserError(f"the race could not be deleted: {error.strerror}", path=str(path)) from error

    def export(self, race: Race, path: Path) -> None:
        """Write its receipt anywhere.

        Raises: UserError when it cannot be written; a file that was there before is then untouched.
        """
        write(path, race)

    def import_(self, path: Path) -> tuple[str, Race]:
        """Take a receipt in; returns its id, and the race.

        Raises: ReceiptUnreadable, UserError when it cannot be kept.
        """
        race = receipt.read(path)
        return self.keep(race), race

    def _path(self, race_id: str) -> Path:
        if not _ID.match(race_id):
            raise ReceiptUnreadable("there is no such race")
        return self.folder / f"{race_id}.json"

    def _summary(self, race_id: str) -> Summary | None:
        path = self._path(race_id)
        try:
            with path.open("rb") as file:
                front = file.read(_FRONT).decode("utf-8", "ignore")
            told = json.JSONDecoder().raw_decode(front, len(_START))[0] if front.startswith(_START) else None
            return _said(race_id, told)
        except (OSError, ValueError, RecursionError) as error:
            log.warning("%s cannot be read and is left out: %s", path.name, error)
            return None


def write(path: Path, race: Race, *, make_folder: bool = False) -> None:
    """Write a receipt, all of it or nothing, so that it outlasts a power cut.

    Raises: UserError (fact `path`).
    """
    try:
        if not make_folder:
            path.parent.stat()
        files.write(path, receipt.texts(race))
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UserError(f"the receipt could not be written to {path}: {why}", path=str(path)) from error


def _stamp(date: str) -> str:
    try:
        at = datetime.fromisoformat(date)
    except ValueError:
        at = datetime.now(UTC)
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).strftime("%Y%m%dT%H%M%S")


def _said(race_id: str, told: Any) -> Summary:
    if not isinstance(told, dict) or not isinstance(told.get("title"), str):
        raise ValueError("it has no summary")
    speedup, date = told.get("speedup"), told.get("date")
    if not isinstance(speedup, int | float) or isinstance(speedup, bool) or not 0 <= speedup < 1e6:
        speedup = None
    return Summary(
        id=race_id,
        title=told["title"][:200].encode("utf-8", "replace").decode("utf-8"),
        when=date if isinstance(date, str) and len(date) <= 40 else "",
        speedup=speedup,
        identical=told.get("identical") is True,
    )
