"""Repeating a receipt: the order it makes, the sentences about what differs, the tokens compared."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desktop import paths
from desktop.contest import again, finding
from desktop.contest.data import Machine, ModelFile, Race
from desktop.engine.engine import Engine
from desktop.engine.types import Sampling
from tests.unit.contest.conftest import order, run


def test_an_order_is_made_again_from_the_record(race: Race) -> None:
    made = again.order_of(race)
    wanted = order().settled()
    assert made.model is not None
    assert made.model.path == paths.guide_model()
    assert replace(made, model=None) == wanted


def test_files_are_moved_to_where_they_are_here(race: Race) -> None:
    made = again.order_of(race, Path("/a.gguf"), {race.drafts[0].path: Path("/b.gguf")})
    assert made.model is not None
    assert (made.model.path, made.lanes[1].speculation.draft) == (Path("/a.gguf"), Path("/b.gguf"))


def test_a_repetition_has_the_same_tokens(race: Race, engine: Engine) -> None:
    repeated = again.compare(race, run(engine, again.order_of(race)))
    assert repeated.same_tokens == {"plain": True, "speculative": True}
    assert repeated.differs == ()
    assert [line.endswith("the same tokens as in the receipt.") for line in repeated.sentences()] == [
        True
    ] * 2


def test_one_with_other_tokens_says_where(race: Race, engine: Engine) -> None:
    hot = Sampling(temperature=9.0, top_k=0, top_p=1.0, min_p=0.0, seed=3)
    other = run(engine, replace(again.order_of(race), seed=3, sampling=hot))
    repeated = again.compare(race, other)
    assert repeated.same_tokens == {"plain": False, "speculative": False}
    at = repeated.positions["plain"]
    assert at is not None
    assert race.shown.plain.tokens[:at] == other.shown.plain.tokens[:at]
    assert race.shown.plain.tokens[at] != other.shown.plain.tokens[at]
    assert f"from token {at + 1} on" in repeated.sentences()[0]
    assert repeated.told()["same_tokens"]["plain"] is False


DIFFERENT: list[tuple[Callable[[Race], Race], str]] = [
    (lambda race: replace(race, machine=replace(race.machine, library="9.9.9")), "llama-cpp-python was"),
    (lambda race: replace(race, machine=replace(race.machine, cpu="Other")), "The processor was Other"),
    (lambda race: replace(race, machine=replace(race.machine, cores=77)), "The number of cores was 77"),
    (lambda race: replace(race, machine=replace(race.machine, os="Plan 9")), "The system was Plan 9"),
    (
        lambda race: replace(
            race, asked=replace(race.asked, load=replace(race.asked.load, n_threads=12))
        ),
        "The number of threads used was 12",
    ),
    (lambda race: replace(race, target=ModelFile("Guide", "/x", "0" * 16, 3)), "The model is another file"),
    (
        lambda race: replace(race, drafts=(replace(race.drafts[0], sha256_16="f" * 16),)),
        "The draft model is another file",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "sentence"), DIFFERENT)
def test_whatever_differs_is_one_sentence(change: Callable[[Race], Race], sentence: str, race: Race) -> None:
    (told,) = again.compare(change(race), race).differs
    assert told.startswith(sentence)
    assert told.endswith(".")


def test_what_is_not_known_does_not_differ(race: Race) -> None:
    old = replace(race, machine=Machine(), target=None, drafts=())
    assert again.compare(old, race).differs == ()


def test_sentences_are_safe_to_print(race: Race) -> None:
    odd = replace(race, machine=replace(race.machine, cpu="\x1b[31m<b>" + "x" * 10_000))
    (told,) = again.compare(odd, race).differs
    assert told.isprintable()
    assert len(told) < 250


def wanted(path: Path) -> ModelFile:
    from desktop.contest.here import described

    return described(path, "Guide draft")


def test_a_model_is_found_by_its_path_or_its_hash(tmp_path: Path) -> None:
    draft = paths.guide_draft()
    there = wanted(draft)
    assert finding.find(there, tmp_path) == draft
    moved = replace(there, path="/nowhere/else.gguf")
    assert finding.find(moved, tmp_path) == draft  # one of the built-in ones
    own = tmp_path / "folder" / "mine.gguf"
    own.parent.mkdir()
    own.write_bytes(draft.read_bytes() + b"\0")
    assert finding.find(replace(wanted(own), path="/nowhere/else.gguf"), tmp_path) == own


def test_one_that_changed_at_its_path_is_taken_unless_the_old_one_is_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "mine.gguf"
    path.write_bytes(paths.guide_draft().read_bytes() + b"\0")
    before = wanted(path)
    path.write_bytes(paths.guide_draft().read_bytes() + b"\1")
    assert finding.find(before, tmp_path) == path
    folder = tmp_path / "models"
    folder.mkdir()
    (folder / "old.gguf").write_bytes(paths.guide_draft().read_bytes() + b"\0")
    assert finding.find(before, folder) == folder / "old.gguf"


def test_what_is_no_file_is_not_found(tmp_path: Path) -> None:
    for path in ("/nowhere/a.gguf", str(tmp_path), "/dev/zero", "", "\0"):
        assert finding.find(ModelFile("a", path, "0" * 16, 5), tmp_path) is None


def test_an_error_names_the_file_that_is_meant() -> None:
    told = finding.described(ModelFile("My\x1b model", "/far/away/my.gguf", "0123456789abcdef", 5))
    assert told == "My\ufffd model (my.gguf, sha256 0123456789abcdef…)"


def test_a_copy_of_the_same_bytes_is_the_same_model(tmp_path: Path) -> None:
    copy = tmp_path / "copy.gguf"
    shutil.copy(paths.guide_draft(), copy)
    assert wanted(copy).sha256_16 == wanted(paths.guide_draft()).sha256_16
