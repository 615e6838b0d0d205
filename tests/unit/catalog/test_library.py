"""The list of models, from real GGUF files in every arrangement people have them."""

from __future__ import annotations

import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from gguf import GGUFWriter

from desktop.catalog import walk
from desktop.catalog.library import Library, ModelFile
from desktop.errors import ModelMissing, ModelUnreadable
from tests.tiny_gguf import Tiny, write_tiny

SMALL = Tiny(layers=1, width=32, heads=2, kv_heads=1, feed_forward=32)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_tiny(tmp_path_factory.mktemp("tiny") / "tiny.gguf", SMALL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "models"
    made.mkdir()
    return made


def put(tiny: Path, *targets: Path) -> None:
    for target in targets:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(tiny, target)


def small_header(path: Path, architecture: str, **values: str) -> Path:
    """A GGUF without tensors."""
    writer = GGUFWriter(path, architecture)
    for key, value in values.items():
        writer.add_string(f"general.{key}", value)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def paths(models: list[ModelFile]) -> list[Path]:
    return [model.path for model in models]


def test_no_folder_and_no_guide_is_an_empty_list(tmp_path: Path) -> None:
    assert Library(tmp_path / "guide.gguf", tmp_path / "none").models() == []
    assert Library(None, tmp_path / "none").models([tmp_path / "gone.gguf", Path("a\0b")]) == []


def test_what_a_model_says_of_itself(tiny: Path, folder: Path) -> None:
    put(tiny, folder / "some-file.gguf")
    (model,) = Library(None, folder).models()
    size = tiny.stat().st_size
    assert model == ModelFile(folder / "some-file.gguf", "Tiny", "F32", "llama", size)


def test_the_guide_first_then_the_folder_by_name_then_recent_files(tmp_path: Path, folder: Path) -> None:
    guide = write_tiny(tmp_path / "resources-guide.gguf", Tiny(layers=1, name="Zebra guide"))
    write_tiny(folder / "1.gguf", Tiny(layers=1, name="beta"))
    (folder / "deep" / "er").mkdir(parents=True)
    write_tiny(folder / "deep" / "er" / "2.GGUF", Tiny(layers=1, name="Alpha"))
    elsewhere = write_tiny(tmp_path / "elsewhere.gguf", Tiny(layers=1, name="Aardvark"))
    recent = [folder / "1.gguf", elsewhere, guide, elsewhere, tmp_path / "gone.gguf"]
    models = Library(guide, folder).models(recent)
    assert [model.name for model in models] == ["Zebra guide", "Alpha", "beta", "Aardvark"]
    assert [model.builtin for model in models] == [True, False, False, False]


def test_a_guide_inside_the_models_folder_is_shown_once(tiny: Path, folder: Path) -> None:
    put(tiny, folder / "guide.gguf", folder / "a.gguf")
    models = Library(folder / "guide.gguf", folder).models()
    assert paths(models) == [folder / "guide.gguf", folder / "a.gguf"]
    assert models[0].builtin


def test_a_split_model_is_one_model(tiny: Path, folder: Path) -> None:
    parts = [folder / f"big-Q4_K_M-0000{n}-of-00003.gguf" for n in (1, 2, 3)]
    put(tiny, *parts)
    library = Library(None, folder)
    (model,) = library.models([parts[2]])
    assert (model.path, model.size, model.problem) == (parts[0], 3 * tiny.stat().st_size, "")
    assert library.add(parts[1]) == model
    parts[1].unlink()
    (model,) = library.models()
    assert (model.name, model.quantisation) == ("big-Q4_K_M", "Q4_K_M")
    assert model.problem == "part 2 of 3 is missing"
    with pytest.raises(ModelMissing, match="part 2 of 3"):
        library.add(parts[0])
    parts[0].unlink()
    (model,) = library.models()
    assert model.problem == "part 1 of 3 is missing"


def test_what_is_no_language_model_is_left_out(tiny: Path, folder: Path) -> None:
    put(tiny, folder / "mmproj-model-f16.gguf", folder / "model-mmproj.gguf")
    small_header(folder / "encoder.gguf", "clip")
    adapter = small_header(folder / "lora.gguf", "llama", type="adapter")
    library = Library(None, folder)
    assert library.models([adapter]) == []
    with pytest.raises(ModelUnreadable, match="adapter"):
        library.add(adapter)
    with pytest.raises(ModelUnreadable, match="image"):
        library.add(folder / "model-mmproj.gguf")


@pytest.mark.parametrize(
    ("content", "problem"),
    [(b"", "empty"), (b"PK\x03\x04 a zip file", "GGUF"), (b"GGUF\x03\x00\x00\x00", "ends in the middle")],
)
def test_a_file_that_is_none_is_shown_with_its_problem(folder: Path, content: bytes, problem: str) -> None:
    bad = folder / "Bad-Q8_0.gguf"
    bad.write_bytes(content)
    (model,) = Library(None, folder).models()
    assert (model.name, model.quantisation, model.size) == ("Bad-Q8_0", "Q8_0", len(content))
    assert problem in model.problem
    with pytest.raises(ModelUnreadable, match=problem) as caught:
        Library(None, folder).add(bad)
    assert caught.value.facts["path"] == str(bad)


def test_a_vocabulary_without_weights_says_so(folder: Path) -> None:
    small_header(folder / "ggml-vocab-llama.gguf", "llama")
    (model,) = Library(None, folder).models()
    assert model.problem == "it holds no weights"


def test_adding_uses_the_file_in_place(tiny: Path, folder: Path, tmp_path: Path) -> None:
    put(tiny, tmp_path / "my models" / "ü.gguf")
    model = Library(None, folder).add(tmp_path / "my models" / "ü.gguf")
    assert (model.path, model.name, model.problem) == (tmp_path / "my models" / "ü.gguf", "Tiny", "")
    assert list(folder.iterdir()) == []


def test_adding_what_is_not_there(folder: Path) -> None:
    library = Library(None, folder)
    with pytest.raises(ModelMissing):
        library.add(folder / "none.gguf")
    with pytest.raises(ModelMissing):
        library.add(Path("a\0b.gguf"))
    with pytest.raises(ModelUnreadable, match="folder"):
        library.add(folder)


@pytest.mark.parametrize("name", ["", "...", "\u202e\u2066"])
def test_a_name_with_nothing_in_it_is_replaced_by_that_of_the_file(folder: Path, name: str) -> None:
    write_tiny(folder / "Qwen3-0.6B-IQ4_XS.gguf", Tiny(layers=1, name=name))
    (model,) = Library(None, folder).models()
    assert model.name == "Qwen3-0.6B-IQ4_XS"


@pytest.mark.parametrize(
    ("stem", "quantisation"),
    [
        ("Qwen3-8B-Q4_K_M", "Q4_K_M"),
        ("llama.q8_0", "Q8_0"),
        ("gemma-IQ3_XXS", "IQ3_XXS"),
        ("x-Q6_K", "Q6_K"),
        ("x-bf16", "BF16"),
        ("x-f16-Q5_1", "Q5_1"),
        ("x-Q4_K_M-imat", "Q4_K_M"),
        ("FAQ4_0things", ""),
        ("plain", ""),
    ],
)
def test_the_quantisation_in_a_name(folder: Path, stem: str, quantisation: str) -> None:
    small_header(folder / f"{stem}.gguf", "llama")
    (model,) = Library(None, folder).models()
    assert model.quantisation == quantisation


def test_links_are_followed_once_and_never_for_ever(tiny: Path, folder: Path, tmp_path: Path) -> None:
    put(tiny, tmp_path / "disk" / "a.gguf")
    (folder / "disk").symlink_to(tmp_path / "disk")
    (folder / "again.gguf").symlink_to(tmp_path / "disk" / "a.gguf")
    (folder / "self").symlink_to(folder)
    (tmp_path / "disk" / "up").symlink_to(folder)
    (folder / "nowhere.gguf").symlink_to(tmp_path / "gone")
    (folder / "loop.gguf").symlink_to(folder / "loop.gguf")
    assert len(Library(None, folder).models([tmp_path / "disk" / "a.gguf"])) == 1


def test_odd_things_named_gguf_are_passed_over(tiny: Path, folder: Path) -> None:
    (folder / "folder.gguf").mkdir()
    os.mkfifo(folder / "pipe.gguf")  # opening it would wait for ever
    put(tiny, folder / ".cache" / "hidden.gguf", folder / ".hidden.gguf", folder / "a.gguf.part")
    put(tiny, folder / os.fsdecode(b"\xff.gguf"))
    assert len(Library(None, folder).models()) == 1


@contextmanager
def nobody() -> Iterator[None]:
    """Root may read everything; be somebody else."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_what_may_not_be_read_does_not_hide_the_rest(tiny: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        put(tiny, folder / "locked" / "a.gguf", folder / "b.gguf", folder / "secret.gguf")
        notes = folder / "notes.json"
        folder.chmod(0o755)
        (folder / "b.gguf").chmod(0o644)
        (folder / "locked").chmod(0)
        (folder / "secret.gguf").chmod(0)
        library = Library(None, folder, notes)
        with nobody():
            models = library.models([folder / "locked" / "a.gguf"])
        (folder / "locked").chmod(stat.S_IRWXU)
        (folder / "secret.gguf").chmod(0o644)
        assert [(m.path.name, bool(m.problem)) for m in models] == [("secret.gguf", True), ("b.gguf", False)]
        with nobody():  # what could not be opened is tried again
            assert [m.problem for m in library.models()] == ["", ""]


def test_a_whole_disk_as_models_folder_ends(
    tiny: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = folder.joinpath(*"abcdefgh")
    put(tiny, deep / "seen.gguf", deep / "i" / "too-deep.gguf")
    assert paths(Library(None, folder).models()) == [deep / "seen.gguf"]
    monkeypatch.setattr(walk, "MAX_FOLDERS", 3)
    assert Library(None, folder).models() == []
    monkeypatch.setattr(walk, "MAX_FILES", 2)
    put(tiny, *(folder / f"{n}.gguf" for n in range(4)))
    assert len(Library(None, folder).models()) == 2


def test_headers_are_read_once_until_the_file_changes(folder: Path, tmp_path: Path) -> None:
    notes = tmp_path / "cache" / "models.json"
    file = write_tiny(folder / "a.gguf", Tiny(layers=1, name="First"))
    assert Library(None, folder, notes).models()[0].name == "First"
    document = json.loads(notes.read_text(encoding="utf-8"))
    document["files"][str(file)]["name"] = "From the notes"
    notes.write_text(json.dumps(document), encoding="utf-8")
    assert Library(None, folder, notes).models()[0].name == "From the notes"
    write_tiny(file, Tiny(layers=2, name="Second"))
    assert Library(None, folder, notes).models()[0].name == "Second"
    file.unlink()
    write_tiny(folder / "b.gguf", SMALL)
    Library(None, folder, notes).models()
    assert list(json.loads(notes.read_text(encoding="utf-8"))["files"]) == [str(folder / "b.gguf")]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        '{"form": 1}',
        '{"form": 1, "files": {"a": 3}}',
        '{"form": 1, "files": {"a": {"size": 1}}}',
        '{"form": 99, "files": {}}',
        "[" * 100_000,
    ],
)
def test_damaged_notes_are_made_anew(tiny: Path, folder: Path, tmp_path: Path, content: str) -> None:
    put(tiny, folder / "a.gguf")
    notes = tmp_path / "models.json"
    notes.write_text(content, encoding="utf-8")
    assert [m.name for m in Library(None, folder, notes).models()] == ["Tiny"]
    assert json.loads(notes.read_text(encoding="utf-8"))["files"]


def test_notes_that_say_nonsense_of_a_file_are_not_believed(tiny: Path, folder: Path, tmp_path: Path) -> None:
    put(tiny, folder / "a.gguf")
    status = (folder / "a.gguf").stat()
    note = {"size": status.st_size, "changed": status.st_mtime_ns, "name": 3, "is_model": "yes"}
    notes = tmp_path / "models.json"
    notes.write_text(json.dumps({"form": 1, "files": {str(folder / "a.gguf"): note}}), encoding="utf-8")
    assert [m.name for m in Library(None, folder, notes).models()] == ["Tiny"]


def test_no_room_for_notes_is_no_error(tiny: Path, folder: Path, tmp_path: Path) -> None:
    put(tiny, folder / "a.gguf")
    (tmp_path / "file").touch()
    assert len(Library(None, folder, tmp_path / "file" / "models.json").models()) == 1
