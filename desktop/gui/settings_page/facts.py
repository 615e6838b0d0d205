"""What the settings page is told about this computer and the loaded model. Plain data, no Qt."""

from __future__ import annotations

from dataclasses import dataclass, field

from desktop.gui.settings_page.draft_facts import DraftFacts
from desktop.gui.settings_page.energy_facts import EnergyFacts


@dataclass(frozen=True, slots=True)
class SettingsFacts:
    """Facts the page shows beside the choices.

    `n_ctx_train` in tokens, 0 = no model loaded or not stated. `memory` is a sentence made by the caller:
    "Guide with 4,096 tokens of context needs 61 MB; 5.2 GB are free.", "" = not known.
    """

    physical_cores: int = 1
    gpu: bool = False
    model_name: str = ""
    n_ctx_train: int = 0
    memory: str = ""
    data_folder: str = ""
    models_folder: str = ""
    version: str = ""
    conversations: int = 0
    drafts: DraftFacts = field(default_factory=DraftFacts)
    energy: EnergyFacts = field(default_factory=EnergyFacts)
