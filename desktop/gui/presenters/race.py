"""Races, from the page to the engine: what can be raced now, one under way, its result, earlier ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge.chat import Chat
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import draft_name, is_guide, model_name
from desktop.bridge.preferences import Preferences
from desktop.bridge.racing import Racing
from desktop.contest.again import Repeated, order_of
from desktop.contest.data import LANES, Race
from desktop.contest.history import Races
from desktop.contest.order import RaceOrder
from desktop.engine.types import Step
from desktop.errors import BadInput, UserError
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters import race_order
from desktop.gui.presenters.drafts import DraftPresenter
from desktop.gui.presenters.faults import Faults
from desktop.gui.presenters.file_dialogs import Ask, ask_open, ask_save
from desktop.gui.presenters.race_compare import Comparing
from desktop.gui.presenters.race_files import RaceFiles
from desktop.gui.presenters.race_shelf import RaceShelf
from desktop.gui.presenters.race_talk import RaceTalk
from desktop.gui.race import suggestions, told
from desktop.gui.race.summaries import dated
from desktop.gui.race.view import RaceView
from desktop.gui.race.wanted import Wanted
from desktop.gui.theme import Theme
from desktop.gui.wording import describe
from desktop.settings import Settings

Price = Callable[[], tuple[float, str]]
"""Of electricity: per kWh, 0 = not known, and the currency's three letters."""
VIEW = "race"
_CONCERN = ("speculation", "drafts", "draft_length", "temperature")


class RacePresenter(QObject):
    """One race at a time. While there is one, nothing can be sent: see `busy`."""

    busy_changed = Signal(bool)

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        view: RaceView,
        racing: Racing,
        races: Races,
        host: EngineHost,
        chat: Chat,
        preferences: Preferences,
        drafts: DraftPresenter,
        faults: Faults,
        *,
        price: Price = lambda: (0.0, ""),
        ask_open: Ask = ask_open,
        ask_save: Ask = ask_save,
    ) -> None:
        super().__init__(window)
        self._window, self._view, self._racing, self._races = window, view, racing, races
        self._host, self._chat, self._preferences, self._faults = host, chat, preferences, faults
        self._price = price
        self._shelf = RaceShelf(view.setup, window.first_run, host, preferences, drafts, self)
        self.files = RaceFiles(window, theme, races, faults, ask_open=ask_open, ask_save=ask_save)
        self._talk = RaceTalk(chat, view.setup.prompt, self)
        self._repeating: Race | None = None
        self._missing: Race | None = None
        """A receipt whose files are not here."""
        self._order: RaceOrder | None = None
        self._comparing: Comparing | None = None
        """Of the race that is shown."""
        self.commands: dict[str, Callable[[], None]] = {}
        self._connect_view()
        self._connect_rest()
        self._refresh()

    def _connect_view(self) -> None:
        view, files = self._view, self.files
        view.run_requested.connect(self._run)
        view.cancel_requested.connect(self._racing.cancel)
        view.demonstration_requested.connect(self.show_demonstration)
        view.demonstration_deleted.connect(self._delete_demonstration)
        view.repeat_requested.connect(self._repeat)
        view.export_requested.connect(files.export)
        view.picture_requested.connect(self._picture)
        view.import_requested.connect(files.bring)
        view.opened.connect(self._open)
        view.deleted.connect(self._delete)
        view.new_requested.connect(self._refresh)
        files.imported.connect(self._on_imported)
        files.said.connect(view.say)
        self._window.first_run.race_requested.connect(self.show_demonstration)
        self._window.view_changed.connect(self._on_view)

    def _connect_rest(self) -> None:
        racing, chat, host = self._racing, self._chat, self._host
        racing.preparing.connect(self._view.prepare)
        racing.begun.connect(self._on_begun)
        racing.stepped.connect(self._on_stepped)
        racing.finished.connect(self._on_finished)
        racing.failed.connect(self._on_failed)
        racing.cancelled.connect(self._on_cancelled)
        host.work.ended.connect(self._on_compared)
        chat.busy_changed.connect(self._refresh)
        for changed in (host.loading, host.loaded, host.load_failed, host.load_cancelled):
            changed.connect(self._refresh)
        self._preferences.changed.connect(self._on_settings)

    @property
    def busy(self) -> bool:
        """A race is under way."""
        return self._racing.busy

    @property
    def reason(self) -> str:
        """Why no race can be run now, and what to do; "" = one can."""
        if self._chat.busy:
            return "An answer is being written. Wait for its end, or stop it in Chat (Esc)."
        if self._host.is_loading:
            return "A model is being loaded. Wait until it is ready."
        if self._host.info is None:
            return "No model is loaded. Choose one (Ctrl+M)."
        return ""

    @Slot()
    def show_demonstration(self) -> None:
        """The race that needs no download, in the view of races."""
        self._window.show_view(VIEW)
        reason = self._demonstration_reason()
        if not reason:
            self._begin(race_order.demonstration(self._preferences.now))
        elif not self.busy:
            self._view.say(reason)

    # What the page asks

    @Slot(Wanted)
    def _run(self, wanted: Wanted) -> None:
        info, drafts = self._host.info, self._host.drafts
        if self.reason or self.busy or info is None:
            self._refresh()
            return
        self._begin(
            race_order.order(
                wanted,
                self._preferences.now,
                self._talk.before,
                target=info.path,
                model=model_name(info),
                draft=draft_name(drafts.info) or self._shelf.name_of(wanted.speculative.draft),
            )
        )

    def _begin(self, order: RaceOrder) -> None:
        self._show_running(order)
        self._racing.start(order)
        self._refresh()

    def _show_running(self, order: RaceOrder) -> None:
        self._order, self._repeating = order, None
        self._window.clear_error()
        self._view.begin(order.prompt, order.lanes, order.repeats)
        self.busy_changed.emit(True)

    @Slot(Race)
    def _repeat(self, race: Race) -> None:
        """With the receipt's own files, wherever they lie here; asked again, with what is loaded."""
        info, draft = self._host.info, self._host.drafts.info
        if self.busy or self._chat.busy or self._host.is_loading:
            self._view.say(self.reason or "A race is under way.")
            return
        stand_in = self._missing is race and info is not None
        order = order_of(race)
        if stand_in and info is not None:
            order = race_order.with_loaded(race, info.path, draft.path if draft else None)
        self._show_running(order)
        self._repeating = race
        if stand_in:
            self._racing.start(order)
        else:
            self._racing.repeat(race)
        self._refresh()

    @Slot(Race)
    def _picture(self, race: Race) -> None:
        self.files.picture(race, self._view.repeated)

    @Slot(str)
    def _open(self, race_id: str) -> None:
        try:
            race = self._races.load(race_id)
        except UserError as error:
            self._faults.tell(error)
            self._list()
            return
        self._show(race)

    @Slot(str)
    def _delete(self, race_id: str) -> None:
        try:
            self._races.remove(race_id)
        except UserError as error:
            self._faults.tell(error, partial(self._delete, race_id))
        self._list()

    @Slot(str, object)
    def _on_imported(self, _race_id: str, race: Race) -> None:
        self._list()
        self._show(race)

    @Slot()
    def _delete_demonstration(self) -> None:
        try:
            self._racing.delete_demonstration()
        except UserError as error:
            self._faults.tell(error, self._delete_demonstration)
        self._refresh()

    # What the race tells

    @Slot(int, str)
    def _on_begun(self, number: int, lane: str) -> None:
        self._view.begin_run(number, LANES[lane != "plain"])

    @Slot(str, object)
    def _on_stepped(self, lane: str, steps: Sequence[Step]) -> None:
        self._view.live_step(LANES[lane != "plain"], steps, self._racing.words)

    @Slot(object)
    def _on_finished(self, race: Race) -> None:
        receipt = self._repeating
        self._end()
        self._show(race)
        self._keep(race)
        if receipt is not None:
            self._comparing = Comparing(receipt, race)
            self._host.work.start(self._comparing)

    @Slot(object, object, object)
    def _on_compared(self, work: object, result: object, _error: object) -> None:
        if work is self._comparing and isinstance(result, Repeated):
            self._view.show_repeat(result)

    def _keep(self, race: Race) -> None:
        try:
            self._races.keep(race)
        except UserError as error:
            self._faults.tell(error, partial(self._keep, race))
        self._list()

    @Slot(object)
    def _on_failed(self, error: UserError) -> None:
        order, receipt = self._order, self._repeating
        self._end()
        if receipt is not None:
            self._back_to(receipt, isinstance(error, BadInput), describe(error).what)
            return
        self._view.show_setup()
        self._view.say("The race could not be run to its end.")
        self._faults.tell(error, partial(self._begin, order) if order is not None else None)

    def _back_to(self, receipt: Race, missing: bool, news: str) -> None:
        """A receipt that was not repeated is still there; what is loaded may stand in for what is missing."""
        self._show(receipt)
        self._missing = self._view.race if missing else None
        info = self._host.info
        if missing and info is not None:
            self._view.offer_repeat_with(model_name(info))
        self._view.say(news)

    @Slot()
    def _on_cancelled(self) -> None:
        receipt = self._repeating
        self._end()
        if receipt is not None:
            self._back_to(receipt, False, "Cancelled. Nothing of it was kept.")
            return
        self._view.show_setup()
        self._view.say("The race was cancelled. Nothing of it was kept.")

    def _end(self) -> None:
        self._order = self._repeating = None
        self._refresh()
        self.busy_changed.emit(False)

    def _show(self, race: Race) -> None:
        self._missing = self._comparing = None
        self._view.show_race(told.priced(race, *self._price()))

    # What else changes

    @Slot(str)
    def _on_view(self, view: str) -> None:
        if view == VIEW:
            self._shelf.look()
            self._refresh()
            self._list()

    @Slot(object, object)
    def _on_settings(self, before: Settings, now: Settings) -> None:
        if any(getattr(before, name) != getattr(now, name) for name in _CONCERN):
            self._shelf.refresh()

    @Slot()
    def _refresh(self) -> None:
        """What can be raced now, and with what."""
        info = self._host.info
        self._view.setup.set_reason(self.reason)
        self._view.set_repeatable("" if not self.busy else "A race is under way.")
        guide = info is None or is_guide(info.path)
        self._view.setup.prompt.set_suggestions(suggestions.GUIDE if guide else suggestions.GENERAL)
        self._shelf.refresh()
        self._shelf.show_demonstration(self._racing.demonstration_size(), self._demonstration_reason())

    def _demonstration_reason(self) -> str:
        if self.busy:
            return "A race is under way."
        return "" if self._host.info is None and not self._host.is_loading else self.reason

    def _list(self) -> None:
        self._view.setup.history.set_summaries(dated(self._races.list()))
