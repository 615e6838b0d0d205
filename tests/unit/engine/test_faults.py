"""Loading what cannot be loaded: each fault has its kind, and none takes this process down."""

from __future__ import annotations

import json
import random
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from desktop import paths
from desktop.engine import child, memory, probe
from desktop.engine.engine import Engine, never
from desktop.engine.hashes import sha256_16
from desktop.engine.probe import ensure_probed
from desktop.engine.types import LoadOptions, Memory, Request
from desktop.errors import (
    BadInput,
    Cancelled,
    EngineFailed,
    ModelCrashed,
    ModelError,
    ModelMissing,
    ModelTooLarge,
    ModelUnreadable,
    ModelUnsupported,
    TemplateFailed,
)
from desktop.gguf import read_header
from tests.tiny_gguf import Tiny
from tests.unit.engine.answers import ask, user
from tests.unit.engine.conftest import Load

Models = Callable[[Tiny], Path]


def options(path: Path, **more: object) -> LoadOptions:
    return replace(LoadOptions(path, n_ctx=256, n_threads=1, probe=False), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"", b"GGUF", b"<html>Not found</html>", b"\0" * 5000])
def test_a_file_that_is_no_model_is_unreadable(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelUnreadable) as refused:
        Engine.load(options(path))
    assert refused.value.facts["path"] == str(path)


def test_missing_files_folders_and_missing_parts(tmp_path: Path, models: Models) -> None:
    with pytest.raises(ModelMissing):
        Engine.load(options(tmp_path / "none.gguf"))
    with pytest.raises(ModelUnreadable):
        Engine.load(options(tmp_path))
    first = tmp_path / "big-00001-of-00002.gguf"
    first.write_bytes(models(Tiny()).read_bytes())
    with pytest.raises(ModelMissing):
        Engine.load(options(first))


def test_a_truncated_model_is_unreadable_before_llama_cpp_sees_it(tmp_path: Path, models: Models) -> None:
    data = models(Tiny()).read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(data[: len(data) * 2 // 3])
    with pytest.raises(ModelUnreadable, match="cut off"):
        Engine.load(options(path))


def test_an_unknown_architecture_is_unsupported_and_named(load: Load) -> None:
    with pytest.raises(ModelUnsupported) as refused:
        load(Tiny(architecture="martian"))
    assert refused.value.facts["architecture"] == "martian"
    assert "martian" in "\n".join(Engine.log_tail())


def test_a_header_llama_cpp_refuses_is_unreadable_with_its_reason(load: Load) -> None:
    with pytest.raises(ModelUnreadable) as refused:
        load(Tiny(kv_heads=3, extra=(("llama.attention.key_length", 7),)), check_memory=False)
    assert refused.value.detail


def test_settings_that_cannot_be_are_bad_input(models: Models) -> None:
    with pytest.raises(BadInput):
        Engine.load(options(models(Tiny()), kv_type="q9_9"))
    with pytest.raises(BadInput):
        Engine.load(options(models(Tiny()), n_ctx=-5))


def test_the_context_is_at_most_what_the_model_was_trained_for(load: Load) -> None:
    assert load(n_ctx=100_000).info.n_ctx == 512
    assert load(n_ctx=0).info.n_ctx == 512


def test_kv_types(load: Load) -> None:
    tiny = Tiny(width=128, heads=4)
    whole, small = (load(tiny, kv_type=kind) for kind in ("f16", "q8_0"))
    assert small.info.memory.kv < 0.6 * whole.info.memory.kv
    assert len(ask(small, "hello").tokens) == 12


def test_memory_is_measured_and_the_formula_agrees(models: Models) -> None:
    path = models(Tiny(width=256, layers=4, n_ctx=4096))
    wanted = options(path, n_ctx=4096)
    measured = memory.measure(wanted, read_header(path))
    formula = memory.by_formula(read_header(path), 4096, "f16")
    assert measured.weights == formula.weights
    assert measured.kv == pytest.approx(formula.kv, rel=0.01)
    assert measured.compute > 0


def test_too_large_is_refused_with_the_context_that_fits(
    models: Models, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = models(Tiny(width=256, layers=4, n_ctx=65536))
    wanted = options(path, n_ctx=65536)
    needed = memory.estimate(wanted, read_header(path), 65536)
    free = needed.needed - needed.kv // 2 + (128 << 20)
    monkeypatch.setattr(memory, "free_bytes", lambda: free)
    with pytest.raises(ModelTooLarge) as refused:
        Engine.load(wanted)
    facts = refused.value.facts
    assert (facts["needed"], facts["free"], facts["n_ctx"]) == (needed.needed, free, 65536)
    fits = int(facts["n_ctx_fits"])
    assert 30_000 < fits < 33_000
    Engine.load(replace(wanted, n_ctx=fits)).close()
    monkeypatch.setattr(memory, "free_bytes", lambda: 1000)
    with pytest.raises(ModelTooLarge) as hopeless:
        Engine.load(wanted)
    assert hopeless.value.facts["n_ctx_fits"] == 0


def test_memory_adds_up() -> None:
    assert Memory(weights=1, kv=20, compute=300, free=0).needed == 321


def test_a_load_can_be_cancelled_and_shows_progress(models: Models) -> None:
    seen: list[float] = []
    Engine.load(options(models(Tiny())), seen.append).close()
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    with pytest.raises(Cancelled):
        Engine.load(options(models(Tiny())), cancelled=lambda: True)


def test_an_exception_of_the_listener_is_not_swallowed(models: Models) -> None:
    def broken(fraction: float) -> None:
        raise LookupError(str(fraction))

    with pytest.raises(LookupError):
        Engine.load(options(models(Tiny())), broken)


def test_a_looping_template_is_refused_and_the_engine_goes_on(load: Load) -> None:
    template = "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}"
    engine = load(Tiny(template=template))
    with pytest.raises(TemplateFailed):
        engine.generate(Request(user("hello")))
    assert ask(engine, "hello", raw=True).tokens


def test_a_raising_template_falls_back(load: Load) -> None:
    assert ask(load(Tiny(template="{{ raise_exception('never') }}")), "hello").tokens


def test_a_probe_is_made_once_per_file(
    models: Models, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.gguf"
    path.write_bytes(models(Tiny()).read_bytes())
    Engine.load(options(path, probe=True)).close()
    remembered = json.loads((paths.cache_dir() / "probed.json").read_text())
    assert [str(path) in entry for entry in remembered] == [True]
    monkeypatch.setattr(child, "start", lambda *_: pytest.fail("probed twice"))
    ensure_probed(options(path), never)


def test_a_failed_probe_raises_what_the_child_found(load: Load, models: Models, tmp_path: Path) -> None:
    strange = models(Tiny(architecture="martian"))
    with pytest.raises(ModelUnsupported) as refused:
        ensure_probed(options(strange), never)
    assert refused.value.facts == {"path": str(strange), "architecture": "martian"}
    silent = models(Tiny(scale=float("nan")))
    with pytest.raises(ModelUnreadable, match="numbers"):
        ensure_probed(options(silent), never)
    assert not (paths.cache_dir() / "probed.json").exists()


def test_a_probe_that_dies_or_hangs_is_a_crash(models: Models, monkeypatch: pytest.MonkeyPatch) -> None:
    start = child.start
    path = models(Tiny())
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)"
    for code, why in ((dies, f"signal {signal.SIGSEGV.value}"), ("import time; time.sleep(60)", "no answer")):
        monkeypatch.setattr(
            child, "start", lambda _module, _order, code=code: start("timeit", ["-n1", "-r1", code])
        )
        monkeypatch.setattr(probe, "TIME_LIMIT_S", 1.0 if "sleep" in code else 60.0)
        with pytest.raises(ModelCrashed, match=why):
            ensure_probed(options(path), never)


def test_a_probe_can_be_cancelled(models: Models) -> None:
    asked = iter([False, True])
    with pytest.raises(Cancelled):
        ensure_probed(options(models(Tiny())), lambda: next(asked))


@pytest.mark.slow
def test_random_damage_never_takes_this_process_down(models: Models, tmp_path: Path) -> None:
    data = models(Tiny()).read_bytes()
    chance = random.Random(3)
    verdicts = []
    for number in range(20):
        damaged = bytearray(data)
        for _ in range(4):
            damaged[chance.randrange(12_000)] = chance.randrange(256)
        path = tmp_path / f"damaged{number}.gguf"
        path.write_bytes(damaged)
        try:
            Engine.load(options(path, probe=True)).close()
            verdicts.append("loads")
        except (ModelError, EngineFailed) as error:
            verdicts.append(error.kind)
    assert len(verdicts) == 20
    assert len(set(verdicts)) > 1


def test_fingerprints_are_remembered_until_the_file_changes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")
    assert sha256_16(path) == sha256_16(path) == "ba7816bf8f01cfea"
    path.write_bytes(b"abcd")
    assert sha256_16(path) == "88d4266fd4e6338d"
    with pytest.raises(ModelMissing):
        sha256_16(tmp_path / "none")
