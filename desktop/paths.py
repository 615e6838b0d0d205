"""Where things live: data, cache, logs, models and the resources the program ships. Makes no folder at
import.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import platformdirs

APP = "slipstream"


def data_dir() -> Path:
    """Conversations, settings, models. `SLIPSTREAM_HOME` moves everything (tests, portable use)."""
    home = os.environ.get("SLIPSTREAM_HOME")
    return Path(home) / "data" if home else Path(platformdirs.user_data_dir(APP, appauthor=False))


def cache_dir() -> Path:
    """Measured costs, probe results: can be deleted at any time."""
    home = os.environ.get("SLIPSTREAM_HOME")
    return Path(home) / "cache" if home else Path(platformdirs.user_cache_dir(APP, appauthor=False))


def log_dir() -> Path:
    """Program and engine logs."""
    home = os.environ.get("SLIPSTREAM_HOME")
    return Path(home) / "logs" if home else Path(platformdirs.user_log_dir(APP, appauthor=False))


def database() -> Path:
    """The conversation database."""
    return data_dir() / "conversations.sqlite3"


def settings_file() -> Path:
    """The settings, JSON."""
    return data_dir() / "settings.json"


def shipped_prices() -> Path:
    """The tables of prices that come with the program."""
    return resources() / "prices.json"


def own_prices() -> Path:
    """The person's own prices, laid over the shipped ones."""
    return data_dir() / "prices.json"


def models_dir() -> Path:
    """Default folder of the user's models."""
    return data_dir() / "models"


def races_dir() -> Path:
    """Receipts of races."""
    return data_dir() / "races"


def demonstration_dir() -> Path:
    """The model made to show a race with: can be deleted at any time."""
    return cache_dir() / "demonstration"


def resources() -> Path:
    """Icons, fonts, built-in models: beside the package in a source tree, inside it in a wheel or frozen
    app.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen:
        return Path(frozen) / "resources"
    package = Path(__file__).resolve().parent
    inside = package / "resources"
    return inside if inside.is_dir() else package.parent / "resources"


def guide_model() -> Path:
    """The built-in guide (target)."""
    return resources() / "models" / "guide-q8_0.gguf"


def guide_draft() -> Path:
    """The built-in guide's draft model."""
    return resources() / "models" / "guide-draft-q8_0.gguf"
