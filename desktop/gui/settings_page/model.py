"""Settings, Model: how models are loaded. A change here loads the model again before the next answer."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal, Slot

from desktop.gui.controls import button, label, row
from desktop.gui.settings_page.facts import SettingsFacts
from desktop.gui.settings_page.fields import ChoiceField
from desktop.gui.settings_page.folder_row import FolderField
from desktop.gui.settings_page.number_field import NumberField
from desktop.gui.settings_page.number_spec import NumberSpec, doubling
from desktop.gui.settings_page.rows import Row, Section
from desktop.gui.theme import Theme
from desktop.settings import LIMITS, Settings

_CONTEXT = (
    "How much of the conversation the model sees, in tokens. More takes more memory. "
    "0 = all the model was trained for."
)
_THREADS = "Processor cores that work on an answer. More than the physical ones is slower, not faster."
_KV = "How the conversation is held in memory while the model reads it."
_GPU = "Layers of the model that run on the graphics card. 0 = all on the processor."
_FOLDER = "GGUF files put here appear in the model list."
_LEAST_CONTEXT = 256
_FIRST_STOP = 512
_LARGEST_STOP = 131072  # of the context slider while no model says otherwise


class ThreadsField(NumberField):
    """As a number, but what is not chosen (0) shows as the number of physical cores."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "n_threads", "Threads", NumberSpec(1, 2, 1), hint=_THREADS, stops=[1, 2])
        self.cores = 1

    def set_value(self, value: Any) -> None:
        """0 = one for each physical core."""
        super().set_value(value or self.cores)


class ModelSection(Section):
    """Context, KV cache, threads, graphics card, folder."""

    open_folder = Signal(str)
    choose_models_folder = Signal()
    title = "Model"
    icon = "cpu"

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._trained = label("", "caption", wrap=True, name="n_ctx_trained")
        self._memory = label("", "caption", wrap=True, name="n_ctx_memory")
        self._context = NumberField(
            theme,
            "n_ctx",
            "Context size in tokens",
            self._context_spec(SettingsFacts()),
            hint=_CONTEXT,
            stops=[1, 2],
        )
        kv = ChoiceField(
            theme, "kv_type", "KV cache type",
            [("f16", "f16", "Exact. Takes the most memory."),
             ("q8_0", "q8_0", "About half the memory, hardly a difference in answers."),
             ("q4_0", "q4_0", "About a quarter of the memory; details of long conversations may blur.")],
        )  # fmt: skip
        self._threads = ThreadsField(theme)
        self._threads_note = label("", "caption", wrap=True, name="n_threads_note")
        self._automatic = button(
            theme, "Automatic", "link", name="n_threads_automatic", tip="One for each physical core"
        )
        self._automatic.clicked.connect(self._threads_automatic)
        self._gpu = NumberField(
            theme, "n_gpu_layers", "GPU layers", NumberSpec(*LIMITS["n_gpu_layers"]), hint=_GPU
        )
        self.bind(self._context, kv, self._threads, self._gpu)
        self.add(Row(theme, "Context size", _CONTEXT, self._context, self._trained, self._memory))
        self.add(Row(theme, "KV cache type", _KV, kv))
        self.add(Row(theme, "Threads", _THREADS, self._threads, row(self._threads_note, self._automatic)))
        self._gpu_row = Row(theme, "GPU layers", _GPU, self._gpu)
        self.add(self._gpu_row, line=False)
        self._add_folder()

    def _add_folder(self) -> None:
        choose = button(
            self.theme, "Choose…", "ghost", name="models_folder_choose", tip="Choose another models folder"
        )
        self._default_folder = button(
            self.theme,
            "Use the default folder",
            "link",
            name="models_folder_default",
            tip="Go back to the default models folder",
        )
        choose.setAccessibleName("Choose another models folder")
        choose.clicked.connect(self.choose_models_folder)
        self._default_folder.clicked.connect(self._use_default_folder)
        self._folder = FolderField(self.theme, "models", "models_folder", choose)
        self._folder.open_folder.connect(self.open_folder)
        self.add(Row(self.theme, "Models folder", _FOLDER, self._folder, row(self._default_folder, None)))

    def take_facts(self, facts: SettingsFacts) -> None:
        """Limits and notes of this computer and model."""
        spec = self._context_spec(facts)
        stop = spec.high if facts.n_ctx_train else min(spec.high, _LARGEST_STOP)
        self._context.set_spec(spec, doubling(_FIRST_STOP, int(stop)))
        self._memory.setText(facts.memory)
        self._memory.setVisible(bool(facts.memory))
        cores = max(facts.physical_cores, 1)
        reason = f"This computer has {cores} physical core{'' if cores == 1 else 's'}."
        self._threads.cores = cores
        self._threads.set_spec(NumberSpec(1, cores, 1, reason), range(1, cores + 1))
        self._gpu_row.setVisible(facts.gpu)
        self._folder.set_path(facts.models_folder)

    def show_values(self, settings: Settings, facts: SettingsFacts) -> None:
        """Also what follows from the values, and whether threads and folder are the automatic ones."""
        super().show_values(settings, facts)
        name, trained = facts.model_name or "This model", facts.n_ctx_train
        limit = f"{name} was trained for up to {trained:,} tokens"
        self._trained.setText(f"{limit} and gets no more." if settings.n_ctx > trained else f"{limit}.")
        self._trained.setVisible(trained > 0)
        automatic, cores = settings.n_threads == 0, self._threads.cores
        self._threads_note.setText(
            f"Automatic: one for each of the {cores} physical cores, one alone for Guide."
            if automatic and cores > 1
            else "Automatic: this computer has one core." if automatic
            else f"This computer has {cores} physical core{'' if cores == 1 else 's'}."
        )  # fmt: skip
        self._automatic.setVisible(not automatic)
        self._default_folder.setVisible(bool(settings.models_dir))

    def _context_spec(self, facts: SettingsFacts) -> NumberSpec:
        low, high, step = LIMITS["n_ctx"]
        if not facts.n_ctx_train:
            return NumberSpec(low, high, step, least=_LEAST_CONTEXT)
        most = min(high, facts.n_ctx_train)
        return NumberSpec(
            low, most, step, f"Enter at most {most:,} for this model.", least=min(_LEAST_CONTEXT, most)
        )

    @Slot()
    def _threads_automatic(self) -> None:
        self.edited.emit({"n_threads": 0})

    @Slot()
    def _use_default_folder(self) -> None:
        self.edited.emit({"models_dir": ""})
