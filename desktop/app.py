"""Composition root: makes every part, joins them, and takes them apart again. The only file that knows every
room.
"""

from __future__ import annotations

import faulthandler
import logging
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop import __version__, paths
from desktop import settings as settings_file
from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.garbage import Garbage
from desktop.bridge.preferences import Preferences
from desktop.bridge.single_instance import SingleInstance
from desktop.catalog.library import Library
from desktop.errors import StoreError, StoreFull, StoreUnreadable, UserError
from desktop.gui.chat_view.view import ChatView
from desktop.gui.crash_dialog import CrashReporter
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.advisor import AdvisorPresenter
from desktop.gui.presenters.conversation import ConversationPresenter
from desktop.gui.presenters.drafts import DraftPresenter
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.history import HistoryPresenter
from desktop.gui.presenters.model_words import models_folder
from desktop.gui.presenters.models import ModelPresenter
from desktop.gui.presenters.passage import PassagePresenter
from desktop.gui.presenters.seeing import SeeingPresenter
from desktop.gui.presenters.settings import SettingsPresenter
from desktop.gui.theme import Theme
from desktop.gui.wording import describe
from desktop.store.store import Store

if TYPE_CHECKING:
    from desktop.gui.presenters.race import RacePresenter
    from desktop.gui.presenters.tokens import TokensPresenter

log = logging.getLogger(__name__)
LOG_BYTES = 1_000_000
"""Beyond this the log is put aside at the next start; one older log is kept."""
PURGE_AFTER_S = 3600.0
"""A deleted conversation can be brought back for as long as Undo is offered; an hour is well beyond."""


class App(QObject):
    """The running program: window, presenters, engine, store."""

    def __init__(
        self, application: QApplication, store: Store, preferences: Preferences, theme: Theme
    ) -> None:
        super().__init__(application)
        self._store, self.preferences, self._theme = store, preferences, theme
        self.host = EngineHost(self)
        self.chat = Chat(store, self.host, preferences.current, self)
        self.view = ChatView(theme)
        self.window = MainWindow(theme, self.view)
        library = Library(
            paths.guide_model(), models_folder(preferences.now), paths.cache_dir() / "models.json"
        )
        self.faults = faults = Faults(self.window)
        self.history = HistoryPresenter(self.window, self.chat, store)
        self.conversations = ConversationPresenter(
            self.window, self.view, self.chat, self.host, self.history, faults
        )
        self.models = ModelPresenter(self.window, theme, self.host, self.chat, preferences, library, faults)
        self.drafts = DraftPresenter(
            self.window, self.view, self.chat, self.host, preferences, library, self.conversations, faults
        )
        self.settings = SettingsPresenter(
            self.window, theme, preferences, self.models, self.drafts, self.host, self.chat, store, faults
        )
        self.seeing = SeeingPresenter(
            self.window, self.view, self.chat, self.host, preferences, self.conversations, faults
        )
        self.passages = PassagePresenter(
            self.window, theme, self.view, self.chat, self.host, preferences, faults
        )
        self.advisor = AdvisorPresenter(
            self.window, theme, self.host, preferences, self.drafts, store, faults
        )
        self.race: RacePresenter | None = None
        self.tokens: TokensPresenter | None = None
        self.conversations.held = self._held
        self.crashes = CrashReporter(theme, self.window)
        self._commands = {
            **self.conversations.commands, **self.models.commands, **self.settings.commands,
            **self.passages.commands, **self.seeing.commands,
        }  # fmt: skip
        self.conversations.busy_changed.connect(self.models.show_state)
        self.window.command.connect(self._command)
        self.window.closing.connect(self.close)
        self.crashes.quit_requested.connect(self.window.close)
        self.host.bug.connect(self.crashes.report)
        self._garbage = Garbage(lambda: not self.chat.busy, self)
        self._closed = False

    def show(self) -> None:
        """Open the window; the model is loaded after the first paint."""
        now = self.preferences.now
        x, y, width, height = now.window
        if width > 0 and height > 0:
            self.window.setGeometry(x, y, width, height)
            self._keep_on_screen()
        self.window.set_sides(sidebar=now.sidebar_visible, panel=now.panel_visible)
        self.history.refresh_list()
        self.window.show()
        QTimer.singleShot(0, self, self._go_on)

    @Slot()
    def _go_on(self) -> None:
        """What can wait until the window is on screen: the model, and the views that are large.

        One after the other, so that what is typed meanwhile comes in between.
        """
        self.models.start()
        for number, step in enumerate((self._add_race, self._add_tokens, self._garbage.start)):
            QTimer.singleShot(number + 1, self, partial(self._unless_closed, step))

    def _unless_closed(self, step: Callable[[], None]) -> None:
        if not self._closed:
            step()

    def _add_race(self) -> None:
        from desktop.bridge.racing import Racing
        from desktop.contest.history import Races
        from desktop.gui.presenters.race import RacePresenter
        from desktop.gui.race.view import RaceView

        preferences, view = self.preferences, RaceView(self._theme)
        racing = Racing(
            self.host,
            watts=lambda: preferences.now.watts,
            folder=lambda: models_folder(preferences.now),
            parent=self,
        )
        self.window.add_view("race", view)
        self.race = RacePresenter(
            self.window, self._theme, view, racing, Races(paths.races_dir()), self.host, self.chat,
            preferences, self.drafts, self.faults, price=self.settings.energy.price,
        )  # fmt: skip
        self.race.busy_changed.connect(self.models.show_state)

    def _add_tokens(self) -> None:
        from desktop.gui.presenters.tokens import TokensPresenter
        from desktop.gui.tokens_view import TokensView

        view = TokensView(self._theme)
        self.tokens = TokensPresenter(self.window, self._theme, view, self.host, self.chat, self.faults)
        self.window.add_view("tokens", view, self.tokens.side)
        self.view.token_activated.connect(self._open_token)

    @Slot(int, int)
    def _open_token(self, message_id: int, token: int) -> None:
        if self.tokens is not None:
            self.tokens.open(message_id, token)
            self.window.show_view("tokens")

    def _held(self) -> str:
        """What else has the model now."""
        if self.race is not None and self.race.busy:
            return "a race is being run; wait for its end, or cancel it"
        return "a passage is being changed; wait for its end, or stop it" if self.passages.busy else ""

    @Slot()
    def close(self) -> None:
        """Save, stop the engine and close the store, once."""
        if self._closed:
            return
        self._closed = True
        box = self.window.normalGeometry()  # what it has when it is not maximised
        self.preferences.update(window=(box.x(), box.y(), box.width(), box.height()))
        self.preferences.save()
        try:
            self.chat.settle()
        finally:  # a thread that still runs would abort the process
            self.host.shutdown()
            self._store.close()
            self._garbage.stop()

    @Slot()
    def raise_window(self) -> None:
        """Come to the front: the program was started a second time."""
        self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
        self.window.show()
        self.window.raise_()
        self.window.activateWindow()

    @Slot()
    def quit(self) -> None:
        """Close the window and leave, whatever dialog is open."""
        self.window.close()
        QApplication.quit()

    @Slot(str)
    def _command(self, ident: str) -> None:
        command = self._commands.get(ident)
        if command is not None:
            command()

    def _keep_on_screen(self) -> None:
        """A window remembered from a screen that is gone comes back to one that is there."""
        frame = self.window.geometry()
        if not any(screen.availableGeometry().intersects(frame) for screen in QGuiApplication.screens()):
            self.window.move(QGuiApplication.primaryScreen().availableGeometry().topLeft())


def main(files: Sequence[str] = ()) -> int:
    """Open the window and run until it is closed; returns the exit code. `files`: GGUF files to open."""
    start_logging()
    sys.setswitchinterval(0.0005)  # the engine thread waits less for Python's lock while the window works
    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("Slipstream")
    application.setApplicationVersion(__version__)
    application.setDesktopFileName("slipstream")
    instance = SingleInstance(paths.data_dir(), application)
    if not instance.acquire():
        if instance.hand_over([str(Path(file).absolute()) for file in files]):
            return 0
        sys.stderr.write("slipstream: error: Slipstream is already running; close it first\n")
        return 1
    app = build(application)
    if app is None:
        return 1
    instance.raised.connect(app.raise_window)
    instance.files.connect(app.models.open_files)
    sys.excepthook = _Hook(app)
    _quit_on_signals(app)
    app.show()
    QTimer.singleShot(0, instance, instance.listen)
    if files:
        app.models.open_files(list(files))
    code = application.exec()
    app.close()
    instance.release()
    return code


def build(application: QApplication) -> App | None:
    """Make everything; None when the conversations cannot be opened and the person chose to leave."""
    chosen, warnings = settings_file.load(paths.settings_file())
    for warning in warnings:
        log.warning("%s", warning)
    theme = Theme(application, chosen.theme, chosen.interface_percent, reduce_motion=chosen.reduce_motion)
    store = _open_store(theme)
    if store is None:
        return None
    preferences = Preferences(paths.settings_file(), chosen, application)
    return App(application, store, preferences, theme)


def start_logging() -> None:
    """Log to a file, native crashes too."""
    folder = paths.log_dir()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / "slipstream.log"
        if file.exists() and file.stat().st_size > LOG_BYTES:
            file.replace(folder / "slipstream.old.log")
        handler = logging.FileHandler(file, encoding="utf-8")
        faulthandler.enable((folder / "native-crash.log").open("a", encoding="utf-8"))
    except OSError:
        faulthandler.enable()  # a log is not worth failing for
        return
    logging.basicConfig(
        level=logging.INFO, handlers=[handler], format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    log.info("Slipstream %s starts", __version__)


def _open_store(theme: Theme) -> Store | None:
    """Open the database; a damaged one is set aside only when the person says so."""
    path = paths.database()
    while True:
        try:
            store = Store.open(path)
            with suppress(StoreFull):  # there is time: a full disk must not keep one from reading
                store.purge(PURGE_AFTER_S)
            return store
        except StoreError as error:
            log.error("the conversations cannot be opened: %s", error.detail)
            from desktop.gui.message_sheet import MessageSheet

            words = describe(error)
            choices = [("retry", "Try again"), ("quit", "Quit")]
            if isinstance(error, StoreUnreadable):
                choices.insert(0, ("aside", "Keep the damaged file and start anew"))
            answer = MessageSheet(theme, words.title, words.sentence, choices, detail=error.detail).ask()
            if answer == "aside":
                with suppress(StoreFull):  # then opening it fails again, and that is told
                    Store.set_aside(path)
            elif answer != "retry":
                return None


class _Hook:
    """What escapes a slot: a fault of the world is told, a bug is logged and shown with Copy."""

    def __init__(self, app: App) -> None:
        self._app = app

    def __call__(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if isinstance(error, KeyboardInterrupt):
            self._app.window.close()
        elif isinstance(error, UserError):
            log.warning("%s: %s", error.kind, error.detail)
            self._app.faults.tell(error)
        else:
            text = "".join(traceback.format_exception(kind, error, trace))
            log.error("bug\n%s", text)
            self._app.crashes.report(f"Slipstream {__version__}, Python {sys.version.split()[0]}\n\n{text}")


def _quit_on_signals(app: App) -> None:
    """Ctrl-C in the terminal and a polite kill close the window properly."""

    def close(_number: int, _frame: object) -> None:
        QTimer.singleShot(0, app, app.quit)  # not here: this may be in the middle of a transaction

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, close)
    # Python runs signal handlers between bytecodes only: give it some while Qt waits.
    timer = QTimer(app)
    timer.setInterval(200)
    timer.timeout.connect(_tick)
    timer.start()


def _tick() -> None:
    """Nothing: being called is all it is for."""
