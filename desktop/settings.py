"""What the person chose: one frozen dataclass, kept as JSON.

A key this version does not know is kept (a newer version may have written it); a value it cannot use becomes
the default and is reported as a warning. Knows nothing of the engine or Qt.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final, Literal, get_args

from desktop import files
from desktop.errors import SettingsUnwritable

Theme = Literal["system", "light", "dark"]
KvType = Literal["f16", "q8_0", "q4_0"]
Speculating = Literal["auto", "off", "draft", "lookup"]
DraftRule = Literal["auto", "rejection", "block", "coupled", "equal"]
Number = int | float

LIMITS: Final[Mapping[str, tuple[Number, Number, Number]]] = {
    "max_tokens": (0, 1_048_576, 64),
    "n_ctx": (0, 1_048_576, 256),
    "n_threads": (0, 256, 1),
    "n_gpu_layers": (0, 999, 1),
    "temperature": (0.0, 5.0, 0.05),
    "top_k": (0, 100_000, 1),
    "top_p": (0.0, 1.0, 0.01),
    "min_p": (0.0, 1.0, 0.01),
    "repeat_penalty": (0.5, 2.0, 0.01),
    "presence_penalty": (-2.0, 2.0, 0.05),
    "frequency_penalty": (-2.0, 2.0, 0.05),
    "seed": (-1, 2_147_483_647, 1),
    "interface_percent": (90, 150, 10),
    "draft_length": (0, 15, 1),
    "draft_longest": (1, 15, 1),
    "price_per_kwh": (0.0, 1000.0, 0.01),
    "watts": (0.0, 2000.0, 1.0),
}
"""Least, greatest and step of every number a person can set; whole numbers where all three are `int`."""

CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "theme": get_args(Theme),
    "kv_type": get_args(KvType),
    "speculation": get_args(Speculating),
    "draft_rule": get_args(DraftRule),
}
"""What a setting that is one of a few words may be, the default first."""

PATTERNS: Final[Mapping[str, re.Pattern[str]]] = {
    "currency": re.compile(r"[A-Z]{3}", re.ASCII),
    "hosted": re.compile(r"[^\x00-\x1f\x7f]{0,400}"),
}
"""What a setting that is a text of a certain form must match as a whole."""

_PATHS = (
    "models_dir",
    "last_model",
    "recent_models",
    "drafts",
)  # may hold file names that are no valid Unicode


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are what a newcomer gets. Lengths in tokens.

    `n_threads` 0 = physical cores, one for a tiny model; `max_tokens` 0 = until the context is full; `n_ctx`
    0 = what the model was trained for; `models_dir` "" = the default folder; `window` = x, y, width, height,
    all 0 = not yet known.

    `drafts`: which draft model goes with which target, by their files; "" = none, a target that is not in it
    gets the automatic one. `draft_length` 0 = chosen for each round by what pays; a fixed one is for study.
    `draft_longest`: never more tokens drafted in a round. `draft_pause`: no drafting while it does not pay.

    `price_per_kwh` in `currency` (three capitals), 0 = the table's price for that currency. `watts`: of the
    processor with all cores at work, where energy is estimated; 0 = from the number of its cores. `hosted`:
    id of the hosted model that answers are compared with, "" = the first one. `show_tokens`: colours in the
    text of answers.
    """

    system_prompt: str = ""
    max_tokens: int = 2048
    n_ctx: int = 4096
    n_threads: int = 0
    n_gpu_layers: int = 0
    kv_type: KvType = "f16"
    models_dir: str = ""
    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repeat_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int = -1
    stop: tuple[str, ...] = ()
    theme: Theme = "system"
    interface_percent: int = 100
    reduce_motion: bool = False
    last_model: str = ""
    recent_models: tuple[str, ...] = ()
    sidebar_visible: bool = True
    panel_visible: bool = True
    window: tuple[int, int, int, int] = (0, 0, 0, 0)
    speculation: Speculating = "auto"
    drafts: Mapping[str, str] = field(default_factory=dict)
    draft_length: int = 0
    draft_longest: int = 8
    draft_rule: DraftRule = "auto"
    draft_pause: bool = True
    price_per_kwh: float = 0.0
    currency: str = "USD"
    watts: float = 0.0
    hosted: str = ""
    show_tokens: bool = True
    unknown: dict[str, Any] = field(default_factory=dict)


def load(path: Path) -> tuple[Settings, list[str]]:
    """The settings at `path`, and one sentence for everything in the file that could not be used.

    Never fails: no file means the defaults; a file that is no JSON is moved aside to `<name>.damaged`.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        return Settings(), [f"{path.name} cannot be read ({error.strerror}); the defaults are used."]
    try:
        document = json.loads(data.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        return Settings(), [_set_aside(path)]
    return _from_document(document, path.name)


def save(path: Path, settings: Settings) -> None:
    """Write the settings so that a crash leaves the old file or the new one, never half of one.

    Raises `SettingsUnwritable` when the folder or the file cannot be written; the old file is untouched.
    """
    known = {f.name: getattr(settings, f.name) for f in fields(Settings) if f.name != "unknown"}
    known["drafts"] = dict(settings.drafts)
    # Escaped, so that a file name which is no valid Unicode can be written too.
    text = json.dumps({**settings.unknown, **known}, indent=2) + "\n"
    try:
        files.write(path, text)
    except OSError as error:
        raise SettingsUnwritable(str(error), path=str(path)) from error


def _from_document(document: dict[str, Any], name: str) -> tuple[Settings, list[str]]:
    defaults = Settings()
    known = {f.name for f in fields(Settings)} - {"unknown"}
    values: dict[str, Any] = {}
    warnings: list[str] = []
    for key, value in document.items():
        if key not in known:
            continue
        default = getattr(defaults, key)
        usable = _usable(key, value, default)
        if usable is None:
            warnings.append(f"{name}: {key} cannot be {_shown(value)}; {_shown(default)} is used.")
        else:
            values[key] = usable
    unknown = {key: value for key, value in document.items() if key not in known}
    return Settings(**values, unknown=unknown), warnings


def _usable(key: str, value: Any, default: Any) -> Any:
    """`value` as the type of `default`; None when it is of another kind or out of its range."""
    if key in CHOICES:
        return value if isinstance(value, str) and value in CHOICES[key] else None
    if isinstance(default, bool):
        return value if isinstance(value, bool) else None
    if isinstance(default, int | float):
        return _number(key, value, whole=isinstance(default, int))
    if key in PATTERNS:
        return (
            value if isinstance(value, str) and PATTERNS[key].fullmatch(value) and _is_text(value) else None
        )
    if isinstance(default, str):
        return value if _is_text(value, path=key in _PATHS) else None
    if isinstance(default, Mapping):
        return value if _is_mapping(value, path=key in _PATHS) else None
    if not isinstance(value, list):
        return None
    if key == "window":
        whole = all(isinstance(v, int) and not isinstance(v, bool) and abs(v) < 2**31 for v in value)
        return tuple(value) if whole and len(value) == 4 else None
    return tuple(value) if all(_is_text(v, path=key in _PATHS) and v for v in value) else None


def _number(key: str, value: Any, *, whole: bool) -> Number | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    low, high, _ = LIMITS[key]
    if not low <= value <= high or (whole and value != int(value)):  # NaN fails the first
        return None
    return int(value) if whole else float(value)


def _is_mapping(value: Any, *, path: bool) -> bool:
    """Whether `value` maps texts that are not empty to texts."""
    if not isinstance(value, dict):
        return False
    return all(key and _is_text(key, path=path) and _is_text(item, path=path) for key, item in value.items())


def _is_text(value: Any, *, path: bool = False) -> bool:
    """Whether `value` is a string that can be shown; a path only has to name a file."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        value.encode("utf-8", "surrogateescape" if path else "strict")
    except UnicodeEncodeError:
        return False
    return True


def _shown(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 40 else text[:39] + "…"


def _set_aside(path: Path) -> str:
    aside = path.with_name(path.name + ".damaged")
    try:
        os.replace(path, aside)
    except OSError:
        return f"{path.name} is damaged; the defaults are used."
    return f"{path.name} is damaged; it was kept as {aside.name} and the defaults are used."
