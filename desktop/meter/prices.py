"""The tables of prices: hosted models per million tokens, electricity per kWh. Each with its source and day.

Knows: the file that is shipped, the person's own laid over it, and that anything may stand in either. An
entry that cannot be used is left out with a sentence about it; nothing here fails. Fetches nothing.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from desktop import files
from desktop.errors import SettingsUnwritable

_MOST_BYTES = 1_000_000
_MOST_ENTRIES = 2_000
_MOST_WARNINGS = 20
_MOST_PRICE = 1_000_000.0
_LONGEST = 400
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Hosted:
    """Prices per million tokens. `cached_input` None = not known: counted as `input`.

    `date`: the day the source was copied, ISO, "" = not told. `inferred`: not read as it stands, see `note`.
    `own`: from the person's file.
    """

    id: str
    name: str
    input: float
    output: float
    cached_input: float | None = None
    currency: str = "USD"
    source: str = ""
    date: str = ""
    note: str = ""
    inferred: bool = False
    own: bool = False

    @property
    def origin(self) -> str:
        """Source, day and note, for the hover."""
        return _origin(self.source, self.date, self.note, own=self.own)


@dataclass(frozen=True, slots=True)
class Tariff:
    """Electricity. `per_kwh` in `currency`."""

    id: str
    name: str
    per_kwh: float
    currency: str = "USD"
    source: str = ""
    date: str = ""
    note: str = ""
    own: bool = False

    @property
    def origin(self) -> str:
        """Source, day and note, for the hover."""
        return _origin(self.source, self.date, self.note, own=self.own)


@dataclass(frozen=True, slots=True)
class Prices:
    """Both tables, in the order to be shown. `removed`: ids of hosted models the person took out."""

    hosted: tuple[Hosted, ...] = ()
    electricity: tuple[Tariff, ...] = ()
    removed: tuple[str, ...] = ()

    def model(self, wanted: str) -> Hosted | None:
        """The hosted model of that id; the first one when there is none."""
        return next((price for price in self.hosted if price.id == wanted), next(iter(self.hosted), None))

    def having(self, price: Hosted) -> Prices:
        """With this one as the person's own, in the place of the one with its id, else last."""
        mine = replace(price, own=True)
        hosted = tuple(mine if old.id == price.id else old for old in self.hosted)
        if mine not in hosted:
            hosted = (*hosted, mine)
        return replace(self, hosted=hosted, removed=tuple(one for one in self.removed if one != price.id))

    def without(self, unwanted: str) -> Prices:
        """Without the hosted model of that id; also when the shipped table brings it again."""
        hosted = tuple(price for price in self.hosted if price.id != unwanted)
        gone = tuple(dict.fromkeys([*self.removed, unwanted])) if hosted != self.hosted else self.removed
        return replace(self, hosted=hosted, removed=gone)


@dataclass(slots=True)
class _File:
    """One file's entries while they are checked."""

    name: str
    own: bool
    warnings: list[str] = field(default_factory=list)

    def warn(self, text: str) -> None:
        if len(self.warnings) < _MOST_WARNINGS:
            self.warnings.append(f"{self.name}: {text}.")


def load(shipped: Path, own: Path | None = None) -> tuple[Prices, list[str]]:
    """The shipped prices with the person's own laid over them, and a sentence for all that is not used.

    Having no own file is no warning. An own entry takes the place of the shipped one with its id; `removed`
    lists ids of shipped ones that are not wanted.
    """
    hosted: dict[str, Hosted] = {}
    tariffs: dict[str, Tariff] = {}
    warnings: list[str] = []
    removed: tuple[str, ...] = ()
    for path, is_own in ((shipped, False), (own, True)):
        if path is None:
            continue
        file = _File(path.name, is_own)
        document = _read(path, file)
        removed = _removed(document.get("removed", []), file) if is_own else ()
        hosted = {one: price for one, price in hosted.items() if one not in removed}
        hosted |= {price.id: price for price in _hosted(document.get("hosted", []), file)}
        tariffs |= {one.id: one for one in _tariffs(document.get("electricity", []), file)}
        warnings += file.warnings
    return Prices(tuple(hosted.values()), tuple(tariffs.values()), removed), warnings


def save_own(path: Path, prices: Prices) -> None:
    """Write the person's own entries, so that a crash leaves the old file or the new one.

    A file of which something could not be used is kept as `<name>.damaged`.

    Raises `SettingsUnwritable` when the folder or the file cannot be written; the old file is untouched.
    """
    try:
        if path.exists() and load(path)[1]:
            shutil.copyfile(path, path.with_name(path.name + ".damaged"))
        files.write(path, json.dumps(_own_document(prices), indent=2, ensure_ascii=False) + "\n")
    except OSError as error:
        raise SettingsUnwritable(str(error), path=str(path)) from error


def _own_document(prices: Prices) -> dict[str, Any]:

    def kept(entry: Hosted | Tariff) -> dict[str, Any]:
        said = {key: value for key, value in asdict(entry).items() if key != "own"}
        return {k: v for k, v in said.items() if v is not None and v is not False and v != ""}  # 0 is a price

    return {
        "hosted": [kept(price) for price in prices.hosted if price.own],
        "electricity": [kept(one) for one in prices.electricity if one.own],
        "removed": list(prices.removed),
    }


def _origin(source: str, day: str, note: str, *, own: bool) -> str:
    source = source or ("your own price" if own else "source not told")
    told = f"{source}, copied {day}" if day else source
    return f"{told}. {note}" if note else told


def _read(path: Path, file: _File) -> Mapping[str, Any]:
    try:
        with path.open("rb") as handle:
            data = handle.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        if not file.own:
            file.warn("is missing; there are no preset prices")
        return {}
    except OSError as error:
        file.warn(f"cannot be read ({error.strerror})")
        return {}
    if len(data) > _MOST_BYTES:
        file.warn("is larger than 1 MB and is not used")
        return {}
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        place = f" at line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        file.warn(f"is not JSON{place} and is not used")
        return {}
    if not isinstance(document, dict):
        file.warn("is not an object with hosted and electricity, and is not used")
        return {}
    return document


def _hosted(entries: object, file: _File) -> list[Hosted]:
    found = []
    for where, entry in _entries(entries, "hosted", file):
        paid, answer = _price(entry, "input"), _price(entry, "output")
        if paid is None or answer is None:
            file.warn(f"{where} needs input and output, prices per million tokens of 0 or more")
            continue
        common = _common(where, entry, file)
        if common is None:
            continue
        cached = _price(entry, "cached_input")
        if cached is None and entry.get("cached_input") is not None:
            file.warn(f"{where}: cached_input is no price; the input price is used for it")
        inferred = entry.get("inferred") is True
        found.append(Hosted(input=paid, output=answer, cached_input=cached, inferred=inferred, **common))
    return found


def _removed(entries: object, file: _File) -> tuple[str, ...]:
    if not isinstance(entries, list) or len(entries) > _MOST_ENTRIES or not all(map(_is_text, entries)):
        file.warn("removed is no list of ids, and is not used")
        return ()
    return tuple(dict.fromkeys(entries))


def _tariffs(entries: object, file: _File) -> list[Tariff]:
    found = []
    for where, entry in _entries(entries, "electricity", file):
        price = _price(entry, "per_kwh")
        if price is None:
            file.warn(f"{where} needs per_kwh, a price of 0 or more")
            continue
        common = _common(where, entry, file)
        if common is not None:
            found.append(Tariff(per_kwh=price, **common))
    return found


def _entries(entries: object, table: str, file: _File) -> list[tuple[str, Mapping[str, Any]]]:
    """Each entry that is an object with an id, and how a warning names it; of two with one id, the last."""
    if not isinstance(entries, list) or len(entries) > _MOST_ENTRIES:
        file.warn(f"{table} is not a list of at most {_MOST_ENTRIES:,} entries, and is not used")
        return []
    found: dict[str, tuple[str, Mapping[str, Any]]] = {}
    for place, entry in enumerate(entries, start=1):
        name = entry.get("id") if isinstance(entry, dict) else None
        if not _is_text(name) or not name:
            file.warn(f"{table}, entry {place}, has no id and is left out")
            continue
        if name in found:
            file.warn(f"{table} has {name} twice; the last is used")
        found[name] = (f"{table}, {name},", entry)
    return list(found.values())


def _common(where: str, entry: Mapping[str, Any], file: _File) -> dict[str, Any] | None:
    texts = {key: entry.get(key, "") for key in ("name", "currency", "source", "date", "note")}
    for key, value in texts.items():
        if not _is_text(value):
            file.warn(
                f"{where} has a {key} that is no plain text of at most {_LONGEST} characters; left empty"
            )
            texts[key] = ""
    texts["currency"] = texts["currency"] or "USD"
    if not _CURRENCY.fullmatch(texts["currency"]):
        file.warn(f"{where} has a currency that is no code of three capitals such as USD, and is left out")
        return None
    if texts["date"] and not _is_day(texts["date"]):
        file.warn(f"{where} has a date that is not written like 2026-11-22; left empty")
        texts["date"] = ""
    return {**texts, "id": entry["id"], "name": texts["name"] or entry["id"], "own": file.own}


def _price(entry: Mapping[str, Any], key: str) -> float | None:
    value = entry.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if 0 <= value <= _MOST_PRICE else None  # NaN fails


def _is_text(value: object) -> bool:
    """Whether it can be shown as it is: no control or direction signs, no halves of characters."""
    return isinstance(value, str) and len(value) <= _LONGEST and value.isprintable()


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False
