"""What the person chose: one frozen dataclass, kept as JSON.

A key this version does not know is kept (a newer version may have written it); a value it cannot use becomes the default and
is reported as a warning. Knows nothing of the engine or Qt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

Theme = Literal["system", "light", "dark"]
KvType = Literal["f16", "q8_0", "q4_0"]


@dataclass(frozen=True, slots=True)
class Settings:
    """Defaults are what a newcomer gets. Lengths in tokens; `n_threads` 0 = physical cores; `max_tokens` 0 = no limit."""

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
    unknown: dict[str, Any] = field(default_factory=dict)
