"""What a race can be run with: draft models that fit the loaded one, and the model made to show a race."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from desktop import paths
from desktop.bridge.engine_host import EngineHost
from desktop.bridge.preferences import Preferences
from desktop.errors import ModelError
from desktop.gui.first_run import FirstRun
from desktop.gui.numbers import size
from desktop.gui.presenters import race_order
from desktop.gui.presenters.drafts import DraftPresenter
from desktop.gui.race.setup import Setup
from desktop.gui.settings_page.draft_facts import Candidate


class RaceShelf(QObject):
    """Fills in the page's choices."""

    def __init__(
        self,
        setup: Setup,
        first_run: FirstRun,
        host: EngineHost,
        preferences: Preferences,
        drafts: DraftPresenter,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._setup, self._first_run, self._host = setup, first_run, host
        self._preferences, self._drafts = preferences, drafts
        self._looked = False
        drafts.changed.connect(self.refresh)

    def look(self) -> None:
        """The page is shown: have the files judged that could draft."""
        self._looked = True
        self._drafts.look()

    @Slot()
    def refresh(self) -> None:
        """Choices of both lanes."""
        info = self._host.info
        plain, speculative = race_order.usual_lanes(self._preferences.now, info.path if info else None)
        usual = self._host.drafts.info.path if self._host.drafts.info is not None else speculative.draft
        choices = [(one.path, one.name, size(one.size) if one.size else "") for one in self._fitting()]
        for form in (self._setup.plain, self._setup.speculative):
            form.set_drafts(choices, usual)
        self._setup.set_usual(plain, speculative)

    def _fitting(self) -> list[Candidate]:
        """Those that can draft; while nothing was judged, those that are in use or come with the model."""
        facts = self._drafts.facts()
        found = [facts.automatic] if facts.automatic is not None else []
        found += [one for one in facts.candidates if one.verdict is not None and not one.verdict.reason]
        known = {one.path for one in found}
        for path in (self._host.drafts.wanted,):
            if path is not None and path not in known and self._host.drafts.info is not None:
                found.append(Candidate(path, self._host.drafts.info.name or path.stem))
        return found

    def name_of(self, path: Path | None) -> str:
        """What a draft model is called."""
        return next((one.name for one in self._fitting() if one.path == path), path.stem if path else "")

    def show_demonstration(self, made: int, reason: str) -> None:
        """`made`: bytes of the model of the demonstration, 0 = it is not made yet. `reason`: why not now."""
        bytes_ = made
        if not made and (self._looked or self._host.info is not None):
            # Reading the guide takes a moment: not before the window is on screen.
            bytes_ = demonstration_size(paths.guide_model())
        self._setup.demonstration.set_state(bytes_, made=bool(made), reason=reason)
        self._first_run.set_race_size(0 if made else bytes_)


@cache
def demonstration_size(guide: Path) -> int:
    """Bytes the model of the demonstration will have; 0 = it cannot be made of this guide."""
    from desktop.engine import ggufcopy, padded  # numbers of a file: not before the window is on screen

    try:
        return ggufcopy.size_of(padded.pad(ggufcopy.read(guide)))
    except (ModelError, OSError):
        return 0
