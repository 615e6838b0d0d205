"""Measuring drafts for the loaded model: what the sheet is told, what is measured, kept, and put to use.

The sheet and what it needs are made when they are first asked for.
"""

from __future__ import annotations

import logging
import os
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from desktop.bridge.drafting import automatic_draft, chosen_draft, with_choice
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import model_name
from desktop.bridge.preferences import Preferences
from desktop.engine.types import ModelInfo
from desktop.errors import StoreError, UserError
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.drafts import DraftPresenter
from desktop.gui.presenters.faults import Faults
from desktop.gui.theme import Theme
from desktop.settings import Settings
from desktop.store.store import Store

if TYPE_CHECKING:
    from desktop.bridge.advice import Advice, Draft, Way
    from desktop.bridge.advisor import Advisor
    from desktop.gui.advisor.offer import Offer
    from desktop.gui.advisor.sheet import AdvisorSheet
    from desktop.gui.settings_page.draft_facts import Candidate

log = logging.getLogger(__name__)


class AdvisorPresenter(QObject):
    """`open` shows what was measured before, what is being measured, or what could be."""

    def __init__(
        self,
        window: MainWindow,
        theme: Theme,
        host: EngineHost,
        preferences: Preferences,
        drafts: DraftPresenter,
        store: Store,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._theme, self._host, self._preferences = window, theme, host, preferences
        self._drafts, self._store, self._faults = drafts, store, faults
        self._made: tuple[AdvisorSheet, Advisor] | None = None
        self._advice: Advice | None = None
        self._key = ""
        """Of what is being measured, or shown."""
        self._own: tuple[str, ...] = ()
        self._problem, self._note = "", ""
        self._unseen = False
        """A result came while the sheet was closed."""
        window.composer.drafting.measure_clicked.connect(self.open)

    @Slot()
    def open(self) -> None:
        """Show the sheet."""
        sheet, advisor = self._made or self._make()
        self._problem, self._unseen = "", False
        if advisor.plan is None or advisor.ending:
            self._look()
        self._show()
        sheet.open(self._window)

    def _look(self) -> None:
        """See what there is: files, prompts, what was measured before."""
        kept = self._kept()
        if kept is not None or not self._note:  # what could not be written down is still known
            self._advice, self._note = kept, ""
        self._own = self._own_prompts()
        self._drafts.look()

    @property
    def sheet(self) -> AdvisorSheet | None:
        """The sheet, once it was asked for."""
        return self._made[0] if self._made is not None else None

    def _make(self) -> tuple[AdvisorSheet, Advisor]:
        from desktop.bridge.advisor import Advisor
        from desktop.gui.advisor.sheet import AdvisorSheet

        sheet, advisor = AdvisorSheet(self._theme), Advisor(self._host, self)
        self._made = sheet, advisor
        sheet.start_requested.connect(self._start)
        sheet.cancel_requested.connect(advisor.cancel)
        sheet.again_requested.connect(self._again)
        sheet.keep_requested.connect(self._keep)
        advisor.changed.connect(self._show)
        advisor.finished.connect(self._on_finished)
        advisor.stopped.connect(self._on_stopped)
        self._drafts.changed.connect(self._show_offer)
        self._preferences.changed.connect(self._on_settings)
        self._host.loaded.connect(self._on_loaded)
        self._host.ended.connect(self._show_offer)
        return self._made

    # What is shown

    @Slot()
    def _show(self) -> None:
        """Whatever there is to see now."""
        if self._made is None:
            return
        from desktop.gui.advisor import words
        from desktop.gui.advisor.offer import Running

        sheet, advisor = self._made
        plan, progress = advisor.plan, advisor.progress
        chip = self._window.composer.drafting
        if plan is not None and progress is not None and not advisor.ending:
            state = Running(plan.target_name, progress, advisor.rows, advisor.ending)
            chip.set_measuring(f"Measuring drafts: {progress.done} of {progress.total}…")
            sheet.show_running(state)
            return
        chip.set_measuring("Drafts are measured: see the result…" if self._unseen else "")
        advice = self._advice
        if advice is None:
            sheet.show_offer(self._offer())
            return
        from desktop.bridge.advice import rank

        made = words.made(advice, time.time())
        sheet.show_result(advice.target, rank(advice.rows), made, self._in_use(), _gone, self._note)

    @Slot()
    def _show_offer(self) -> None:
        if self._made is not None and self._made[0].state == "offer" and self._made[0].isVisible():
            self._show()

    def _offer(self) -> Offer:
        from desktop.bridge.advice_prompts import builtin_prompts
        from desktop.gui.advisor.offer import Offer

        info, curve = self._host.info, self._host.drafts.curve
        if info is None:
            return Offer()
        return Offer(
            target=model_name(info),
            candidates=self._candidates(),
            own=len(self._own),
            kinds=tuple(kind for kind, _ in builtin_prompts()),
            token_ms=curve[0][1] if curve else 0.0,
            writing=self._host.busy,
            ending=self._made is not None and self._made[1].ending,
            problem=self._problem,
        )

    def _candidates(self) -> tuple[Candidate, ...]:
        facts = self._drafts.facts()
        return (*((facts.automatic,) if facts.automatic is not None else ()), *facts.candidates)

    def _own_prompts(self) -> tuple[str, ...]:
        from desktop.bridge.advice_prompts import own_prompts

        info = self._host.info
        try:
            return own_prompts(self._store, info.n_ctx) if info is not None else ()
        except StoreError as error:  # told where the conversations are shown; the built-in set is there
            log.warning("no prompts of the person's own: %s", error.detail)
            return ()

    def _kept(self) -> Advice | None:
        """What was measured before with this model and these settings."""
        from desktop.bridge.advice_file import read

        self._key = self._key_now()
        return read(self._key) if self._key else None

    def _key_now(self) -> str:
        from desktop.bridge.advice_file import key_of

        info = self._host.info
        try:
            return key_of(info.path, self._preferences.now) if info is not None else ""
        except OSError:
            return ""  # the file was deleted while it is in use

    def _in_use(self) -> str:
        """Key of the way that answers are made now."""
        from desktop.bridge.advice import Way

        info, settings = self._host.info, self._preferences.now
        mode = settings.speculation
        draft = chosen_draft(settings, info.path) if info is not None and mode in ("auto", "draft") else None
        return Way(mode, "", str(draft) if draft is not None else "").key

    # What is done

    @Slot(bool)
    def _start(self, own: bool) -> None:
        from desktop.bridge.advice_plan import Plan
        from desktop.bridge.advice_prompts import builtin_prompts

        info = self._host.info
        if self._made is None or info is None:
            return
        prompts = self._own if own else tuple(text for _, text in builtin_prompts())
        drafts = tuple(_draft(one) for one in self._candidates())
        self._problem, self._note, self._advice, self._key = "", "", None, self._key_now()
        self._made[1].start(Plan(info.path, model_name(info), drafts, prompts, own, self._preferences.now))

    @Slot()
    def _again(self) -> None:
        self._look()
        self._advice, self._note = None, ""
        self._show()

    @Slot(object)
    def _keep(self, way: Way) -> None:
        """As if it were chosen in the settings: the mode, and its draft model for this target."""
        info, now = self._host.info, self._preferences.now
        if info is None:
            return
        drafts = dict(now.drafts)
        if way.draft:
            automatic = automatic_draft(info.path)
            own = automatic is not None and str(automatic) == way.draft
            drafts = with_choice(drafts, info.path, None if own else way.draft)
        self._note = "Kept. It holds from the next answer on, where a conversation has no mode of its own."
        self._preferences.update(speculation=way.mode, drafts=drafts)
        self._show()

    @Slot(object)
    def _on_finished(self, advice: Advice) -> None:
        from desktop.bridge.advice_file import keep

        self._advice = advice
        self._unseen = self._made is not None and not self._made[0].isVisible()
        try:
            if self._key:
                keep(self._key, advice)
        except UserError as error:
            self._note = f"This result is not kept for the next time: {error.detail}."

    @Slot(object)
    def _on_stopped(self, error: UserError | None) -> None:
        """By the person, or for a reason that is told."""
        self._advice = None
        if error is None or self._made is None:
            return
        self._problem = f"Measuring has stopped: {error.detail or 'the model could not answer'}."
        if not self._made[0].isVisible():
            self._faults.tell(UserError(self._problem))

    @Slot(object, object)
    def _on_settings(self, before: Settings, now: Settings) -> None:
        if self._made is not None and self._made[0].isVisible() and before.theme == now.theme:
            self._show()

    @Slot(object)
    def _on_loaded(self, _info: ModelInfo) -> None:
        """Nothing that was measured holds for another model."""
        self._advice, self._note, self._unseen = None, "", False
        if self._made is not None and self._made[0].isVisible():
            self._look()
        self._show()


def _gone(way: Way) -> bool:
    return bool(way.draft) and not os.path.isfile(way.draft)


def _draft(one: Candidate) -> Draft:
    from desktop.bridge.advice import Draft

    verdict = one.verdict
    if verdict is None:
        return Draft(one.path, one.name)
    return Draft(one.path, one.name, verdict.memory.needed if verdict.memory else 0, verdict.reason)
