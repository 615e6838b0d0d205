"""The settings page, the theme and what the window remembers: changes take effect at once and are saved."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QUrl, Slot
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog

from desktop import __version__, paths
from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import model_name
from desktop.bridge.preferences import Preferences
from desktop.errors import SettingsUnwritable
from desktop.gui.main_window import MainWindow
from desktop.gui.numbers import size
from desktop.gui.presenters.drafts import DraftPresenter
from desktop.gui.presenters.energy import EnergyPresenter
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.model_words import models_folder
from desktop.gui.presenters.models import ModelPresenter
from desktop.gui.theme import Scheme, Theme
from desktop.settings import LIMITS, Settings
from desktop.store.store import Store

if (
    TYPE_CHECKING
):  # pages and sheets are large: loaded when first asked for, not before the window is on screen
    from desktop.gui.settings_page.facts import SettingsFacts
    from desktop.gui.settings_page.page import SettingsPage
    from desktop.gui.shortcuts import ShortcutsSheet

_NEXT_THEME: dict[str, Scheme] = {"system": "light", "light": "dark", "dark": "system"}


class SettingsPresenter(QObject):
    """Joins the page to `Preferences`. The page is made when it is first asked for: it is large."""

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        preferences: Preferences,
        models: ModelPresenter,
        drafts: DraftPresenter,
        host: EngineHost,
        chat: Chat,
        store: Store,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._preferences = window, theme, preferences
        self._models, self._host, self._chat, self._store = models, host, chat, store
        self._drafts, self._faults = drafts, faults
        self.energy = EnergyPresenter(window.panel, preferences, host, faults, self)
        self._page: SettingsPage | None = None
        self._keys: ShortcutsSheet | None = None
        self.commands: dict[str, Callable[[], None]] = {
            "settings": self.open,
            "shortcuts": self._show_keys,
            "larger": partial(self._resize, 1),
            "smaller": partial(self._resize, -1),
            "normal_size": partial(self._resize, 0),
        }
        window.sidebar.settings_clicked.connect(self.open)
        window.sidebar.theme_clicked.connect(self._next_theme)
        window.composer.sampling_clicked.connect(self._open_sampling)
        window.sidebar_wanted.connect(self._keep_sidebar)
        window.panel_wanted.connect(self._keep_panel)
        window.page_closed.connect(self._left)
        window.error_action.connect(self._on_error_action)
        preferences.changed.connect(self._on_changed)
        preferences.unwritable.connect(self._on_unwritable)
        host.loaded.connect(self._refresh_facts)
        drafts.changed.connect(self._refresh_facts)
        self.energy.changed.connect(self._refresh_facts)
        drafts.settings_requested.connect(self._open_speculation)

    @Slot()
    def open(self) -> None:
        """Show the page."""
        page = self._page or self._make_page()
        page.set_settings(self._preferences.now, self._facts())
        self._window.show_page(page, "Settings")
        self._on_section(page.section)

    @Slot()
    def _open_sampling(self) -> None:
        self.open()
        if self._page is not None:
            self._page.open_section("Sampling")

    @Slot()
    def _open_speculation(self) -> None:
        self.open()
        if self._page is not None:
            self._page.open_section("Speculation")

    @Slot(str)
    def _on_section(self, title: str) -> None:
        """Files are judged only for who looks at them."""
        if title == "Speculation":
            self._drafts.look()
        elif title == "Energy and cost":
            self.energy.look()

    def _make_page(self) -> SettingsPage:
        from desktop.gui.settings_page.page import SettingsPage

        self._page = page = SettingsPage(self._theme)
        page.changed.connect(self._preferences.set)
        page.back.connect(self._window.close_page)
        page.open_folder.connect(self._open_folder)
        page.choose_models_folder.connect(self._choose_models_folder)
        page.delete_all_requested.connect(self._delete_all)
        page.measure_requested.connect(self._drafts.measure)
        page.advice_requested.connect(self._window.composer.drafting.measure_clicked)
        page.prices_edited.connect(self.energy.keep)
        page.prices_reset.connect(self.energy.forget)
        page.section_shown.connect(self._on_section)
        return page

    def _facts(self) -> SettingsFacts:
        import psutil

        from desktop.gui.settings_page.facts import SettingsFacts

        info = self._host.info
        return SettingsFacts(
            physical_cores=psutil.cpu_count(logical=False) or 1,
            gpu=self._host.has_gpu,
            model_name=model_name(info),
            n_ctx_train=info.n_ctx_train if info else 0,
            memory=self._memory(),
            data_folder=str(paths.data_dir()),
            models_folder=str(models_folder(self._preferences.now)),
            version=__version__,
            conversations=len(self._store.conversations()),
            drafts=self._drafts.facts(),
            energy=self.energy.facts(),
        )

    def _memory(self) -> str:
        info = self._host.info
        if info is None:
            return ""
        import psutil

        needed, free = size(info.memory.needed), size(psutil.virtual_memory().available)
        return (
            f"{model_name(info)} with {info.n_ctx:,} tokens of context needs {needed}; {free} are free now."
        )

    @Slot()
    def _refresh_facts(self) -> None:
        if self._page is not None and self._window.page is self._page:
            self._page.set_facts(self._facts())

    @Slot()
    def _left(self) -> None:
        """Back in the chat: a model setting that was changed is used from the next answer on."""
        self._models.apply_settings()

    @Slot(object, object)
    def _on_changed(self, _before: Settings, now: Settings) -> None:
        self._theme.reduce_motion = now.reduce_motion
        if (now.theme, now.interface_percent) != (self._theme.scheme, self._theme.percent):
            self._theme.set(now.theme, now.interface_percent)
        if self._page is not None:
            self._page.set_settings(now)

    @Slot(object)
    def _on_unwritable(self, error: SettingsUnwritable) -> None:
        self._faults.tell(error, self._preferences.save)

    @Slot()
    def _next_theme(self) -> None:
        self._preferences.update(theme=_NEXT_THEME[self._theme.scheme])

    def _resize(self, step: int) -> None:
        low, high, width = (int(limit) for limit in LIMITS["interface_percent"])
        percent = self._preferences.now.interface_percent + step * width if step else 100
        self._preferences.update(interface_percent=min(max(percent, low), high))

    @Slot(bool)
    def _keep_sidebar(self, visible: bool) -> None:
        self._preferences.update(sidebar_visible=visible)

    @Slot(bool)
    def _keep_panel(self, visible: bool) -> None:
        self._preferences.update(panel_visible=visible)

    @Slot(str)
    def _on_error_action(self, action: str) -> None:
        if action == "settings":
            self.open()
        elif action == "open_data_folder":
            self._open_folder(str(paths.data_dir()))

    @Slot(str)
    def _open_folder(self, folder: str) -> None:
        with suppress(OSError):  # then the file manager says what is wrong with it
            Path(folder).mkdir(parents=True, exist_ok=True)
        QDesktopServices.openUrl(QUrl.fromLocalFile(folder))

    @Slot()
    def _choose_models_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(
            self._window, "Models folder", str(models_folder(self._preferences.now))
        )
        if folder:
            self._preferences.update(models_dir=folder)
            self._refresh_facts()

    @Slot()
    def _delete_all(self) -> None:
        self._chat.delete_all()
        self._window.undo_bar.hide()  # there is nothing left to bring back
        self._refresh_facts()

    def _show_keys(self) -> None:
        from desktop.gui.shortcuts import ShortcutsSheet

        self._keys = self._keys or ShortcutsSheet(self._theme)
        self._keys.open(self._window)
