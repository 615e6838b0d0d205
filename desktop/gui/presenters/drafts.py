"""Drafting, from the widgets to the engine: which draft model is in use, the composer's chip, one answer made
otherwise, traces as files, and what the settings page is told.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog

from desktop import paths
from desktop.bridge.chat import Chat
from desktop.bridge.drafting import automatic_draft, chosen_draft, prepared
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.naming import GUIDE, GUIDE_DRAFT, draft_name, model_name
from desktop.bridge.preferences import Preferences
from desktop.catalog.library import Library
from desktop.engine.types import Mode, ModelInfo
from desktop.errors import UserError
from desktop.gui.chat_view.view import ChatView
from desktop.gui.main_window import MainWindow
from desktop.gui.presenters.conversation import ConversationPresenter
from desktop.gui.presenters.faults import Faults
from desktop.gui.settings_page.draft_facts import Candidate, DraftFacts
from desktop.settings import Settings

_CONCERN = ("speculation", "drafts", "draft_length", "draft_longest", "draft_rule", "draft_pause")


class DraftPresenter(QObject):
    """The draft model follows the target and the settings; `changed`: what the page is told is new."""

    changed = Signal()
    settings_requested = Signal()

    def __init__(
        self,
        window: MainWindow,
        view: ChatView,
        chat: Chat,
        host: EngineHost,
        preferences: Preferences,
        library: Library,
        conversations: ConversationPresenter,
        faults: Faults,
    ) -> None:
        super().__init__(window)
        self._window, self._chat, self._host, self._preferences = window, chat, host, preferences
        self._library, self._conversations, self._faults = library, conversations, faults
        self._files: list[Candidate] = []
        chip = window.composer.drafting
        chip.mode_chosen.connect(chat.set_mode)
        chip.settings_clicked.connect(self.settings_requested)
        view.regenerate_otherwise.connect(self._answer_otherwise)
        view.trace_requested.connect(self._export)
        chat.mode_changed.connect(self._show)
        preferences.changed.connect(self._on_settings)
        host.loaded.connect(self._on_loaded)
        host.drafts.changed.connect(self._show)
        host.drafts.changed.connect(self.changed)
        host.drafts.judged.connect(self.changed)
        self._show()

    def look(self) -> None:
        """List the files that could draft for the loaded model, and have them judged."""
        info = self._host.info
        self._files = self._list(info) if info is not None else []
        self._host.drafts.judge([candidate.path for candidate in self._files])
        self.changed.emit()

    def facts(self) -> DraftFacts:
        """What the settings page shows."""
        info, drafts = self._host.info, self._host.drafts
        if info is None:
            return DraftFacts()
        import psutil

        automatic = automatic_draft(info.path)
        files = [self._judged(candidate) for candidate in self._files]
        return DraftFacts(
            target=info.path,
            target_name=model_name(info),
            target_needs=info.memory.needed,
            free=psutil.virtual_memory().available,
            candidates=tuple(candidate for candidate in files if candidate.path != automatic),
            automatic=next((candidate for candidate in files if candidate.path == automatic), None),
            in_use=draft_name(drafts.info),
            problem=self._problem(),
            loading=drafts.loading,
            measuring=drafts.measuring,
            curve=tuple(drafts.curve),
            step_ms=drafts.step_ms,
        )

    @Slot()
    def measure(self) -> None:
        """As the person asked."""
        self._host.drafts.measure_again()

    def _list(self, info: ModelInfo) -> list[Candidate]:
        """Smaller models of the library, the guide's draft, and the one that is chosen wherever it lies."""
        models = self._library.models([Path(text) for text in self._preferences.now.recent_models])
        size = next((model.size for model in models if model.path == info.path), info.size)
        found = [
            Candidate(model.path, GUIDE if model.builtin else model.name, model.quantisation, model.size)
            for model in models
            if model.path != info.path and not model.problem and model.size < size
        ]
        listed = {candidate.path for candidate in found}
        for path in (automatic_draft(info.path), chosen_draft(self._preferences.now, info.path)):
            if path is not None and path not in listed:
                found.insert(0, _of_file(path))
                listed.add(path)
        return found

    def _judged(self, candidate: Candidate) -> Candidate:
        drafts = self._host.drafts
        verdict = drafts.verdicts.get(candidate.path)
        if verdict is None:
            return candidate
        loaded = drafts.info is not None and drafts.info.path == candidate.path
        return replace(candidate, verdict=replace(verdict, loaded=loaded))

    def _problem(self) -> str:
        error = self._host.drafts.error
        if error is None:
            return ""
        name = self._host.drafts.wanted.name if self._host.drafts.wanted is not None else "The draft model"
        return f"{name} is not in use: {error.detail or 'it could not be loaded'}."

    @Slot()
    def _show(self) -> None:
        """The chip in the composer."""
        drafts, settings = self._host.drafts, self._preferences.now
        chip = self._window.composer.drafting
        chip.set_mode(self._chat.mode, settings.speculation)
        if drafts.loading is not None:
            chip.set_state(f"Loading the draft model: {drafts.loading:.0%}.")
        elif drafts.info is not None:
            chip.set_state(f"Draft model: {draft_name(drafts.info)}.")
        else:
            chip.set_state(
                "No draft model: only what is in the conversation can be repeated.", self._problem()
            )

    @Slot(object)
    def _on_loaded(self, info: ModelInfo) -> None:
        self._host.drafts.use(prepared(self._preferences.now, info.path))
        if self._files:
            self.look()

    @Slot(object, object)
    def _on_settings(self, before: Settings, now: Settings) -> None:
        if not any(getattr(before, name) != getattr(now, name) for name in _CONCERN):
            return
        info = self._host.info
        if info is not None and prepared(before, info.path) != prepared(now, info.path):
            self._host.drafts.use(prepared(now, info.path))
        self._show()

    @Slot(int, bool)
    def _answer_otherwise(self, message_id: int, drafted: bool) -> None:
        """Once only: without drafting, or with it where it is off."""
        usual: Mode = self._chat.mode or self._preferences.now.speculation
        on: Mode = "auto" if usual == "off" else usual
        self._conversations.answer_again(message_id, on if drafted else "off")

    @Slot(int)
    def _export(self, message_id: int) -> None:
        """Write the rounds of an answer as JSON lines."""
        start = str(Path.home() / f"answer-{message_id}.trace.jsonl")
        name, _ = QFileDialog.getSaveFileName(
            self._window, "Export trace", start, "JSON lines (*.jsonl);;All files (*)"
        )
        if not name:
            return
        try:
            Path(name).write_text(self._chat.traces.text(message_id), encoding="utf-8")
        except OSError as error:
            reason = error.strerror or str(error)
            self._faults.tell(UserError(f"{Path(name).name} could not be written: {reason}"))


def _of_file(path: Path) -> Candidate:
    try:
        size = path.stat().st_size
    except OSError:
        size = 0
    return Candidate(path, GUIDE_DRAFT if path == paths.guide_draft() else path.stem, "", size)
