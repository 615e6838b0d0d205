"""Which draft goes with which target, and what the engine is told of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from desktop import paths
from desktop.bridge.drafting import automatic_draft, chosen_draft, mode_of, prepared, speculation, with_choice
from desktop.engine.types import LONGEST_DRAFT, MODES, RULES
from desktop.settings import CHOICES, LIMITS, Settings

TARGET, DRAFT = Path("/models/big.gguf"), Path("/models/small.gguf")


@pytest.fixture
def guide_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "draft.gguf"
    path.touch()
    monkeypatch.setattr(paths, "guide_draft", lambda: path)
    return path


def test_the_guide_has_a_draft_of_its_own_and_others_have_none(guide_draft: Path) -> None:
    assert chosen_draft(Settings(), paths.guide_model()) == guide_draft
    assert chosen_draft(Settings(), TARGET) is None
    guide_draft.unlink()
    assert automatic_draft(paths.guide_model()) is None


def test_a_choice_holds_for_its_target_until_it_is_taken_back(guide_draft: Path) -> None:
    chosen = Settings(drafts=with_choice({}, TARGET, str(DRAFT)))
    assert chosen_draft(chosen, TARGET) == DRAFT
    assert chosen_draft(chosen, paths.guide_model()) == guide_draft
    none = Settings(drafts=with_choice(chosen.drafts, TARGET, ""))
    assert chosen_draft(none, TARGET) is None
    assert none.drafts == {str(TARGET): ""}
    assert with_choice(none.drafts, TARGET, None) == {}


def test_every_setting_reaches_the_engine() -> None:
    settings = Settings(
        speculation="draft", drafts={str(TARGET): str(DRAFT)}, draft_length=4, draft_longest=6,
        draft_rule="block", draft_pause=False,
    )  # fmt: skip
    made = speculation(settings, TARGET)
    assert (made.mode, made.draft, made.length, made.longest) == ("draft", DRAFT, 4, 6)
    assert (made.rule, made.pause) == ("block", False)
    assert speculation(settings, TARGET, "off").draft == DRAFT, "it stays loaded"
    assert speculation(settings, None).draft is None


def test_between_answers_no_draft_is_loaded_that_nothing_uses() -> None:
    drafts = {str(TARGET): str(DRAFT)}
    loaded = {mode: prepared(Settings(speculation=mode, drafts=drafts), TARGET).draft for mode in MODES}
    assert loaded == {"off": None, "lookup": None, "auto": DRAFT, "draft": DRAFT}


def test_settings_and_engine_agree_on_what_there_is() -> None:
    assert set(CHOICES["speculation"]) == set(MODES)
    assert set(CHOICES["draft_rule"]) == set(RULES)
    assert LIMITS["draft_length"][1] == LIMITS["draft_longest"][1] == LONGEST_DRAFT
    assert [mode_of(text) for text in (*MODES, "", "telepathy")] == [*MODES, None, None]
