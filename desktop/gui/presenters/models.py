"""Choosing and loading models: card, picker, composer state, dropped files, and what to do when one does not
load.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop import paths
from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import is_guide, model_name
from desktop.bridge.preferences import Preferences
from desktop.catalog.library import Library
from desktop.engine.types import LoadOptions, ModelInfo
from desktop.errors import ModelTooLarge, UserError
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.model_words import card_detail, file_title, models_folder, options, total_memory
from desktop.gui.theme import Theme
from desktop.settings import Settings

if TYPE_CHECKING:
    from desktop.gui.model_picker import ModelPicker

RECENT = 8
_RELOAD_FOR = ("n_ctx", "n_threads", "kv_type", "n_gpu_layers")


class ModelPresenter(QObject):
    """One model is wanted at a time; a load that fails leaves the old one in place."""

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        host: EngineHost,
        chat: Chat,
        preferences: Preferences,
        library: Library,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._host, self._chat = window, theme, host, chat
        self._preferences, self._library, self._faults = preferences, library, faults
        self._picker: ModelPicker | None = None
        self._wanted: LoadOptions | None = None
        self._under_way: LoadOptions | None = None
        self._fraction = 0.0
        self._failed: tuple[LoadOptions, UserError] | None = None
        self.commands: dict[str, Callable[[], None]] = {"choose_model": self.choose, "add_model": self.add}
        self._connect()
        first = self._first()
        if first is not None:
            window.first_run.set_loading(file_title(first), guide=is_guide(first))

    def _connect(self) -> None:
        window, host = self._window, self._host
        window.sidebar.model_clicked.connect(self.choose)
        window.composer.choose_model_requested.connect(self.choose)
        window.composer.cancel_load_requested.connect(host.cancel_load)
        window.first_run.add_model_clicked.connect(self.add)
        window.files_dropped.connect(self.open_files)
        window.error_action.connect(self._on_error_action)
        host.loading.connect(self._on_loading)
        host.putting_back.connect(self._on_putting_back)
        host.progress.connect(self._on_progress)
        host.loaded.connect(self._on_loaded)
        host.load_failed.connect(self._on_failed)
        host.load_cancelled.connect(self._on_cancelled)
        host.drafts.changed.connect(self._on_drafts)
        self._preferences.changed.connect(self._on_settings)

    def start(self) -> None:
        """Load what was used last, or the guide; unless a file given at the start is being loaded."""
        if self._host.is_loading or self._host.info is not None:
            return
        first = self._first()
        if first is not None:
            self._host.load(options(first, self._preferences.now))
        else:
            self.show_state()

    def _first(self) -> Path | None:
        last = self._preferences.now.last_model
        if last and os.path.isfile(last):  # unlike Path.is_file, False where one may not look
            return Path(last)
        guide = paths.guide_model()
        return guide if os.path.isfile(guide) else None

    @Slot()
    def choose(self) -> None:
        """Open the picker."""
        recent = [Path(text) for text in self._preferences.now.recent_models]
        picker = self._picker or self._make_picker()
        models = self._library.models(recent)
        picker.set_models(models, self._library.folder)
        memory = total_memory()
        for model in models:
            if model.size > memory:
                picker.set_fit(model.path, "larger than memory", "bad")
        picker.set_current(self._host.info.path if self._host.info else None)
        if self._host.is_loading:
            self._show_load()
        picker.open(self._window, self._window.sidebar.model)

    def _make_picker(self) -> ModelPicker:
        from desktop.gui.model_picker import ModelPicker

        self._picker = picker = ModelPicker(self._theme)
        picker.chosen.connect(self._on_chosen)
        picker.add_clicked.connect(self.add)
        picker.open_folder_clicked.connect(self.open_folder)
        picker.cancel_clicked.connect(self._host.cancel_load)
        return picker

    def _close_picker(self) -> None:
        if self._picker is not None:
            self._picker.dismiss()

    def _show_loading(self, fraction: float | None, name: str = "") -> None:
        if self._picker is not None:
            self._picker.set_loading(fraction, name)

    @Slot()
    def add(self) -> None:
        """Choose a GGUF file in a dialog, to be used where it is."""
        self._close_picker()
        start = str(self._library.folder if self._library.folder.is_dir() else Path.home())
        name, _ = QFileDialog.getOpenFileName(
            self._window, "Add a GGUF file", start, "Models (*.gguf);;All files (*)"
        )
        if name:
            self.open_files([name])

    @Slot(list)
    def open_files(self, names: list[str]) -> None:
        """Use the first of these files that is a model, list the others; say why when none is."""
        models, first_error = [], None
        for name in names:
            try:
                models.append(self._library.add(Path(name)).path)
            except UserError as error:
                first_error = first_error or error
        if models:
            self._list(models[1:])
            self.load(models[0])
        if first_error is not None:
            self._failed = None
            self._faults.tell(first_error)

    @Slot()
    def open_folder(self) -> None:
        """Show the models folder in the file manager."""
        with suppress(OSError):  # then the file manager says what is wrong with it
            self._library.folder.mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(self._library.folder)))

    @Slot(object)
    def _on_chosen(self, path: Path) -> None:
        """Choosing what is already in use changes nothing."""
        info = self._host.info
        same = info is not None and info.path == path and not self._host.is_loading and self._failed is None
        if not same or self._wanted != options(path, self._preferences.now):
            self.load(path)

    @Slot(object)
    def load(self, path: Path) -> None:
        """Load a file with the present settings."""
        self._close_picker()
        self._window.clear_error()
        self._failed = None
        self._host.load(options(path, self._preferences.now))

    def show_state(self) -> None:
        """Card, composer and first-run screen, as things are."""
        window, info = self._window, self._host.info
        if self._host.is_loading:
            self._show_load()
            return
        if info is None:
            window.sidebar.set_model("No model", "Choose one to begin", "none")
            window.first_run.set_no_model()
            window.composer.set_model("")
            window.composer.set_state("no_model")
            return
        window.sidebar.set_model(model_name(info), card_detail(info, self._host.drafts), "ready")
        window.composer.set_model(model_name(info))
        if self._chat.busy:
            self._show_busy()
        else:
            window.composer.set_state("ready")
        if is_guide(info.path):
            window.first_run.set_guide()
        else:
            window.first_run.set_model(info.name)

    @Slot()
    def _on_drafts(self) -> None:
        """The card says how far drafting is; nothing waits for it."""
        info = self._host.info
        if info is not None and not self._host.is_loading:
            detail = card_detail(info, self._host.drafts)
            self._window.sidebar.set_model(model_name(info), detail, "ready")

    def _show_busy(self) -> None:
        """Which conversation is being answered, when it is not the one on screen."""
        hint = "" if self._chat.writing_here else "Another conversation is being answered"
        self._window.composer.set_state("generating", hint)

    def _show_load(self) -> None:
        """A load under way; or one that waits for an answer to end, which can still be stopped."""
        if self._under_way is None:
            return
        path = self._under_way.path
        name = file_title(path)
        if self._chat.busy and not self._fraction:
            self._window.sidebar.set_model(name, "Loads after this answer", "loading")
            self._show_busy()
        else:
            self._window.sidebar.set_model(name, f"Loading {self._fraction:.0%}", "loading")
            self._window.composer.set_state("loading", name, self._fraction)
            self._window.first_run.set_loading(name, guide=is_guide(path))
        self._show_loading(self._fraction, name)

    @Slot(object)
    def _on_loading(self, wanted: LoadOptions) -> None:
        self._wanted = self._under_way = wanted
        self._fraction = 0.0
        self._show_load()

    @Slot(object)
    def _on_putting_back(self, old: LoadOptions) -> None:
        """The bar speaks of the old model now."""
        self._under_way = old
        if self._host.is_loading:
            self._show_load()

    @Slot(float)
    def _on_progress(self, fraction: float) -> None:
        """Shown by the percent: llama.cpp reports every tensor."""
        percent = round(fraction, 2)
        if self._host.is_loading and percent != self._fraction:
            self._fraction = percent
            self._show_load()

    @Slot(object)
    def _on_loaded(self, info: ModelInfo) -> None:
        if self._host.is_loading:  # put back, or another load follows
            return
        self._show_loading(None)
        if self._failed is None:  # the guide that stands in for a model that failed is not what was chosen
            self._remember(info.path)
        self.show_state()
        if self._window.page is None:
            self.apply_settings()  # what was changed meanwhile

    @Slot(object, object)
    def _on_failed(self, wanted: LoadOptions, error: UserError) -> None:
        if self._host.is_loading:  # something else is wanted by now
            return
        self._show_loading(None)
        self._failed = (wanted, error)
        guide = paths.guide_model()
        if self._host.info is None and wanted.path != guide and os.path.isfile(guide):
            self._host.load(options(guide, self._preferences.now))
        self.show_state()
        self._faults.tell(error, partial(self.load, wanted.path))

    @Slot(object)
    def _on_cancelled(self, _wanted: LoadOptions) -> None:
        if not self._host.is_loading:
            self._show_loading(None)
        self.show_state()

    @Slot(str)
    def _on_error_action(self, action: str) -> None:
        wanted, error = self._failed or (None, None)
        if action == "choose_model":
            self.choose()
        elif action == "smaller_context" and isinstance(error, ModelTooLarge):
            self._preferences.update(n_ctx=int(error.facts.get("n_ctx_fits", 0)))
            if wanted is not None:
                self.load(wanted.path)

    @Slot(object, object)
    def _on_settings(self, before: Settings, now: Settings) -> None:
        self._library.folder = models_folder(now)

    def apply_settings(self) -> None:
        """Load the model again when a setting it was loaded with has changed."""
        info, job = self._host.info, self._wanted
        if info is None or job is None or self._host.is_loading:
            return
        fresh = options(info.path, self._preferences.now)
        if any(getattr(fresh, name) != getattr(job, name) for name in _RELOAD_FOR):
            self.load(info.path)

    def _remember(self, path: Path) -> None:
        self._list([path])
        self._preferences.update(last_model=str(path))

    def _list(self, models: Sequence[Path]) -> None:
        """Put these first among those used before."""
        new = [str(path) for path in models]
        kept = [*new, *(old for old in self._preferences.now.recent_models if old not in new)]
        self._preferences.update(recent_models=tuple(kept[:RECENT]))
